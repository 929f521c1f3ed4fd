"""Which deliveries of GitLab's log were missed."""

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitlab_hooks.hook_admin import Attempt
from gitlab_hooks.missed import HOUR_MS, MARGIN_MS, has_failed, is_late, is_ours, look_since, missed
from tests.gitlab_hooks.team import NOW

STATUSES = st.sampled_from(["200", "201", "204", "301", "401", "404", "500", "503", "internal error", "", "2xx", "²00"])
TIMES = st.integers(NOW - 100, NOW)


def attempt(number: int, at: int | None, status: str) -> Attempt:
    return Attempt(number, at, status, {}, b"{}")


@pytest.mark.parametrize(
    ("status", "failed"),
    [
        ("200", False),
        ("204", False),
        ("299", False),
        ("302", True),
        ("401", True),
        ("503", True),
        ("internal error", True),
        ("", True),
        ("²00", True),
    ],
)
def test_what_has_failed(status: str, failed: bool) -> None:
    """A delivery has arrived if it was answered by 2xx, and only then."""
    assert has_failed(attempt(1, NOW, status)) is failed


@given(st.lists(st.tuples(TIMES, STATUSES), max_size=30), TIMES)
def test_missed_is_what_failed_since(rows: list[tuple[int, str]], since: int) -> None:
    """Of a log, newest first, all that failed since a moment was missed; behind the first older one nothing is read."""
    log = [attempt(number, at, status) for number, (at, status) in enumerate(sorted(rows, reverse=True))]
    asked: list[Attempt] = []

    def read() -> Iterator[Attempt]:
        for one in log:
            asked.append(one)
            yield one

    found = list(missed(read(), since))

    assert found == [one for one in log if one.at is not None and one.at >= since and has_failed(one)]
    assert len(asked) <= sum(one.at is not None and one.at >= since for one in log) + 1


def test_what_has_no_time_is_not_passed_over() -> None:
    """A delivery of which GitLab does not tell when it failed counts as missed, and does not end the search."""
    log = [attempt(3, None, "503"), attempt(2, NOW, "503"), attempt(1, NOW - 10, "503")]

    assert [one.id for one in missed(log, NOW)] == [3, 2]


@pytest.mark.parametrize(
    ("url", "ours"),
    [
        ("https://nudge.example.com/gitlab", True),
        ("https://nudge.example.com/gitlab/", True),
        ("https://nudge.example.com/gitlab2", False),
        ("https://nudge.example.com/bot/gitlab", False),
        ("https://other.example.com/gitlab", False),
        ("https://nudge.example.com", False),
    ],
)
@pytest.mark.parametrize("public_url", ["https://nudge.example.com", "https://nudge.example.com/"])
def test_our_hooks(url: str, public_url: str, ours: bool) -> None:
    """Our hooks send to the bot's public address and `/gitlab`, a slash at the end aside."""
    assert is_ours(url, public_url) is ours


@given(st.none() | st.integers(0, NOW), st.integers(0, 1000))
def test_since_when(complete: int | None, hours: int) -> None:
    """It is looked a little further back than to where all had arrived, within a limit; if never, there is no need."""
    since = look_since(complete, NOW, hours)

    assert (since is None) is (complete is None)
    if since is not None and complete is not None:
        assert since == max(NOW - hours * HOUR_MS, complete - MARGIN_MS)


@pytest.mark.parametrize(("age", "after", "late"), [(11, 10, True), (10, 10, False), (0, 10, False), (10**9, 0, False)])
def test_what_is_late(age: int, after: int, late: bool) -> None:
    """What failed longer ago than the limit is late, and nothing is without one."""
    assert is_late(NOW - age, NOW, after) is late
