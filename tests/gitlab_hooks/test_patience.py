"""How long a delivery waits for GitLab's answers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitlab_hooks.delivery import Delivery
from gitlab_hooks.patience import ENOUGH_REFUSALS, ENOUGH_TRIES, LONGEST_WAIT_MS, has_waited
from tests.gitlab_hooks.team import NOW


@pytest.mark.parametrize("asked", [True, False])
@given(
    attempts=st.integers(1, 2 * ENOUGH_REFUSALS),
    before=st.integers(0, 2 * ENOUGH_REFUSALS),
    waited=st.integers(0, 2 * LONGEST_WAIT_MS),
)
def test_patience(attempts: int, before: int, waited: int, *, asked: bool) -> None:
    """A day has to be over, and GitLab to have been asked often enough, or refused by the gate for half a day."""
    before = min(before, attempts - 1)
    one = Delivery(1, "", NOW, b"", attempts, unasked=before, accepted=NOW)
    ended = has_waited(one, NOW + waited, asked=asked)

    unasked = before + (not asked)
    assert ended == (waited >= LONGEST_WAIT_MS and (attempts - unasked >= ENOUGH_TRIES or unasked >= ENOUGH_REFUSALS))
