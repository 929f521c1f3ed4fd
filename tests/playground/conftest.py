"""What the tests of the playground share."""

from collections.abc import Iterator

import pytest

from tests.playground.gitlab_support import Bench, bench


@pytest.fixture(name="bench")
def a_bench() -> Iterator[Bench]:
    """Run a GitLab stand-in with a receiver of its webhooks."""
    with bench() as made:
        yield made
