"""Quiet time on a person's own clock."""

from datetime import UTC, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from bot.quiet import Quiet, always, quiet_until
from bot.when import DAY

SEOUL, BERLIN = ZoneInfo("Asia/Seoul"), ZoneInfo("Europe/Berlin")
NIGHTS = Quiet(19 * 60, 8 * 60)
WORK = Quiet(19 * 60, 8 * 60, days=(0, 1, 2, 3, 4), weekends=True)
ZONES = st.sampled_from([UTC, SEOUL, BERLIN, ZoneInfo("Australia/Lord_Howe"), ZoneInfo("America/St_Johns")])
QUIETS = st.builds(
    Quiet,
    start=st.integers(0, DAY - 1),
    end=st.integers(0, DAY),
    days=st.sets(st.integers(0, 6), max_size=7).map(lambda found: tuple(sorted(found))),
    weekends=st.booleans(),
)
MOMENTS = st.integers(1_700_000_000_000, 1_900_000_000_000)
HOUR = 3_600_000


def at(text: str, zone: tzinfo = SEOUL) -> int:
    return round(datetime.fromisoformat(text).replace(tzinfo=zone).timestamp() * 1000)


def ends(quiet: Quiet, text: str, zone: tzinfo = SEOUL) -> str:
    """Return when quiet ends that lasts at a time, "" where there is none."""
    now = at(text, zone)
    until = quiet_until(quiet, now, zone)
    assert until is not None
    return "" if until == now else f"{datetime.fromtimestamp(until / 1000, zone):%Y-%m-%d %H:%M}"


@pytest.mark.parametrize(
    ("quiet", "now", "until"),
    [
        (NIGHTS, "2026-11-24 18:59", ""),
        (NIGHTS, "2026-11-24 19:00", "2026-11-25 08:00"),
        (NIGHTS, "2026-11-24 00:00", "2026-11-24 08:00"),
        (NIGHTS, "2026-11-24 07:59", "2026-11-24 08:00"),
        (NIGHTS, "2026-11-24 08:00", ""),
        (WORK, "2026-11-27 18:59", ""),
        (WORK, "2026-11-27 20:00", "2026-11-30 08:00"),
        (WORK, "2026-11-28 12:00", "2026-11-30 08:00"),
        (WORK, "2026-11-30 03:00", "2026-11-30 08:00"),
        (replace(WORK, days=(1,)), "2026-11-30 03:00", ""),
        (replace(WORK, weekends=False), "2026-11-28 03:00", "2026-11-28 08:00"),
        (replace(WORK, weekends=False), "2026-11-29 23:00", ""),
        (Quiet(22 * 60, 0), "2026-11-24 23:00", "2026-11-25 00:00"),
        (Quiet(19 * 60, 8 * 60, weekends=True), "2026-11-27 20:00", "2026-11-30 08:00"),
        (Quiet(12 * 60, 13 * 60), "2026-11-24 12:30", "2026-11-24 13:00"),
        (Quiet(22 * 60, DAY), "2026-11-24 23:59", "2026-11-25 00:00"),
        (Quiet(0, DAY, days=(5,)), "2026-11-28 00:00", "2026-11-29 00:00"),
        (Quiet(9 * 60, 9 * 60, days=(0,)), "2026-11-23 10:00", "2026-11-24 09:00"),
        (Quiet(19 * 60, 8 * 60, days=()), "2026-11-24 20:00", ""),
        (Quiet(19 * 60, 8 * 60), "2026-12-31 20:00", "2027-01-01 08:00"),
        (Quiet(19 * 60, 8 * 60), "2028-02-28 20:00", "2028-02-29 08:00"),
    ],
)
def test_quiet(quiet: Quiet, now: str, until: str) -> None:
    """Quiet may run over midnight, the morning of a chosen day is quiet too, and the weekend joins its nights."""
    assert ends(quiet, now) == until


@pytest.mark.parametrize(
    ("now", "until"),
    [
        ("2026-03-28 23:00", "2026-03-29 08:00"),  # eight hours: the clocks go forward
        ("2026-10-24 23:00", "2026-10-25 08:00"),  # ten hours: they go back
    ],
)
def test_daylight_saving(now: str, until: str) -> None:
    """Quiet ends when the clock on the wall says so, however many hours the night has."""
    assert ends(NIGHTS, now, BERLIN) == until


def test_hour_that_is_there_twice() -> None:
    """What ends within the hour that the clock shows twice ends in the first of the two."""
    until = quiet_until(Quiet(60, 150), at("2026-10-25 01:30", BERLIN), BERLIN)

    assert until == at("2026-10-25 02:30", BERLIN)
    assert quiet_until(Quiet(60, 150), until + HOUR - 60_000, BERLIN) == until + HOUR - 60_000


@given(QUIETS, MOMENTS, ZONES)
def test_ends_outside(quiet: Quiet, now: int, zone: tzinfo) -> None:
    """The end of quiet time is not quiet itself, and no earlier than now."""
    until = quiet_until(quiet, now, zone)

    assert until is None or (until >= now and quiet_until(quiet, until, zone) == until)


@given(QUIETS, MOMENTS, ZONES, st.floats(0, 1))
def test_one_end(quiet: Quiet, now: int, zone: tzinfo, part: float) -> None:
    """All that falls into one quiet time waits for the same end."""
    until = quiet_until(quiet, now, zone)
    if until is not None:
        between = now + int((until - now) * part)
        assert quiet_until(quiet, between, zone) == until


@given(QUIETS, ZONES, MOMENTS)
def test_always(quiet: Quiet, zone: tzinfo, now: int) -> None:
    """Who has no minute of the week left hears nothing, ever; everybody else is reached within eight days."""
    until = quiet_until(quiet, now, zone)

    if always(quiet):
        assert until is None or until - now > 7 * 24 * HOUR
    else:
        assert until is not None
        assert until - now < timedelta(days=8).total_seconds() * 1000
