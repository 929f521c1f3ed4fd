"""When a failed try is repeated."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.retry import CAP_MS, LONGEST_WISH_MS, Pauses, next_try

NOW = 1_800_000_000_000


@pytest.mark.parametrize(
    ("attempts", "after", "jitter", "pause"),
    [
        (0, None, 0.0, 1_000),
        (0, None, 1.0, 500),
        (1, None, 0.0, 2_000),
        (4, None, 0.5, 12_000),  # 16 s, less a quarter
        (6, None, 0.0, 64_000),
        (7, None, 0.0, 120_000),  # 128 s, capped at two minutes
        (10**9, None, 0.0, 120_000),
        (0, 0.0, 0.0, 1_000),
        (0, 0.2, 0.0, 1_000),
        (0, 7.0, 1.0, 7_000),
        (0, 1_200.0, 0.0, 1_200_000),  # the server's own wish may be longer than our cap
        (0, 86_400.0, 0.0, 3_600_000),  # ... up to an hour
        (0, float("inf"), 0.0, 3_600_000),
        (0, float("nan"), 0.0, 1_000),
        (0, -5.0, 0.0, 1_000),
    ],
)
def test_pauses(attempts: int, after: float | None, jitter: float, pause: int) -> None:
    """The pause doubles, is capped, is never shorter than the server asked for, and survives any wish."""
    assert next_try(attempts, after, NOW, jitter) == NOW + pause


@pytest.mark.parametrize(("attempts", "pause"), [(0, 60), (1, 120), (3, 480), (4, 900), (10**9, 900)])
def test_longer_pauses(attempts: int, pause: int) -> None:
    """What costs more to try begins with a longer pause, and grows to one."""
    pauses = Pauses(first=60_000, cap=900_000)

    assert next_try(attempts, None, NOW, 0.0, pauses) == NOW + pause * 1000


@given(st.integers(0, 10_000), st.none() | st.floats(), st.floats(0, 1))
def test_the_next_try_is_ahead_and_within_bounds(attempts: int, after: float | None, jitter: float) -> None:
    """Whatever the server says, the next try is at least half a second away, and at most an hour."""
    pause = next_try(attempts, after, NOW, jitter) - NOW

    assert 500 <= pause <= max(CAP_MS, LONGEST_WISH_MS)


@given(st.integers(0, 10_000), st.floats(0, 1))
def test_pauses_never_shrink(attempts: int, jitter: float) -> None:
    """With the same jitter a later attempt never waits less than an earlier one."""
    assert next_try(attempts, None, NOW, jitter) <= next_try(attempts + 1, None, NOW, jitter)


@given(st.integers(0, 20), st.floats(0, 3_600), st.floats(0, 1))
def test_a_servers_wish_is_obeyed(attempts: int, after: float, jitter: float) -> None:
    """Nothing is tried before the server allows it."""
    assert next_try(attempts, after, NOW, jitter) >= NOW + after * 1000
