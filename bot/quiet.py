"""Quiet time: the hours and days in which somebody wants to hear nothing, by their own clock."""

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta, tzinfo
from itertools import combinations

import msgspec

from bot.when import DAY, SETS, SHORTEST_NAME, WEEK, clock, days, on_clock
from bot.zones import in_milliseconds

EVERY_DAY = tuple(range(7))
WEEKEND = (5, 6)

LONGEST = 2 * len(EVERY_DAY)
"""Quiet times in a row after which there is no end: two for each day of a week."""

_TO = re.compile(r"\s*(?:[-–—~]|\bto\b|부터)\s*")

A_MONDAY = 1_704_067_200_000


class Quiet(msgspec.Struct, frozen=True, omit_defaults=True):
    """Quiet from `start` to `end`, in minutes of the day, on each of `days` (Monday is 0); `weekends` are whole.

    An end that is not after the start is on the next day, and the morning of a day is quiet like its night: nobody who
    says 19:00 to 8:00 on weekdays wants to be woken on Monday at three. 1440 is 24:00.
    """

    start: int
    end: int
    days: tuple[int, ...] = EVERY_DAY
    weekends: bool = False


def always(quiet: Quiet) -> bool:
    """Say whether no minute of the week is without quiet."""
    return quiet_until(quiet, A_MONDAY, UTC) is None


def quiet_until(quiet: Quiet, now: int, zone: tzinfo) -> int | None:
    """Return when the quiet time ends that lasts now: now itself where none does, None where it has no end.

    Times are milliseconds since 1970, so that an hour that a clock shows twice, or not at all, is counted as it passes.
    What follows without a gap is one quiet time, such as a Friday night and the weekend.
    """
    end = now
    for _ in range(LONGEST):
        later = max((until for since, until in _around(quiet, end, zone) if since <= end < until), default=end)
        if later == end:
            return end
        end = later
    return None


def _around(quiet: Quiet, moment: int, zone: tzinfo) -> Iterator[tuple[int, int]]:
    """Yield the quiet times that may last at a moment, in milliseconds."""
    here = datetime.fromtimestamp(moment / 1000, zone)
    for day in (here.date() - timedelta(1), here.date()):
        if day.weekday() in quiet.days:
            yield _span(day, quiet.start, quiet.end, here)
            if 0 < quiet.end <= quiet.start:
                yield _span(day, 0, quiet.end, here)
        if quiet.weekends and day.weekday() in WEEKEND:
            yield _span(day, 0, DAY, here)


def _span(day: date, start: int, end: int, here: datetime) -> tuple[int, int]:
    until = on_clock(day, end if end > start else end + DAY, here)
    return in_milliseconds(on_clock(day, start, here)), in_milliseconds(until)


def hours(words: Sequence[str]) -> Quiet | None:
    """Read quiet hours: `19:00-08:00`, `7pm to 8am mon-fri weekends`, `weekends`, `19시부터 8시까지 평일`.

    None is for words that are none; the days may stand before the hours, too.
    """
    if words and all(SETS.get(word) == frozenset(WEEKEND) for word in words):
        return Quiet(0, DAY, days=WEEKEND)
    for first, last in combinations(range(len(words) + 1), 2):
        ends = [clock(part.removesuffix("까지")) for part in _TO.split(" ".join(words[first:last]))]
        named = [days(word) for word in (*words[:first], *words[last:])]
        if len(ends) == 2 and None not in ends and None not in named:  # noqa: PLR2004 - from and to
            return _quiet(ends[0] or 0, ends[1] or 0, [one for one in named if one])
    return None


def typed(quiet: Quiet) -> str:
    """Return quiet hours as `hours` reads them: `19:00-08:00 mon,tue weekends`."""
    if (quiet.start, quiet.end, quiet.days) == (0, DAY, WEEKEND):
        return "weekends"
    days_of_week = "" if quiet.days == EVERY_DAY else ",".join(WEEK[day][:SHORTEST_NAME] for day in quiet.days)
    from_to = "-".join(f"{minute // 60:02}:{minute % 60:02}" for minute in (quiet.start, quiet.end))
    return " ".join(filter(None, (from_to, days_of_week, "weekends" if quiet.weekends else "")))


def _quiet(start: int, end: int, named: Sequence[frozenset[int]]) -> Quiet:
    weekend = frozenset(WEEKEND)
    chosen = frozenset().union(*(one for one in named if one != weekend))
    return Quiet(start % DAY, end, tuple(sorted(chosen)) or EVERY_DAY, weekends=weekend in named)
