"""The daily digest: at which hour somebody wants to be told what waits for them, and whether that is now."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta, tzinfo
from itertools import combinations

import msgspec

from bot.quiet import EVERY_DAY
from bot.when import DAY, clock, days, on_clock
from bot.zones import in_milliseconds

GRACE_MS = 2 * 60 * 60 * 1000
"""How late a digest may be, where the bot or GitLab was down; then the next day's has to do."""

DIGEST = "digest"
"""The reason and the topic of a digest's message."""


class Digest(msgspec.Struct, frozen=True, omit_defaults=True):
    """A digest at `at`, in minutes of the day, on each of `days` (Monday is 0).

    `since` is when that was chosen, in milliseconds since 1970: an hour that was past by then is not made up for.
    """

    at: int
    days: tuple[int, ...] = EVERY_DAY
    since: int = 0


def due_day(digest: Digest, now: int, zone: tzinfo) -> date | None:
    """Return the day, by a person's own calendar, whose digest is due at a moment, None for none.

    `now` is milliseconds since 1970. An hour that a clock leaves out is when it goes on, one that it shows twice the
    first of both.
    """
    here = datetime.fromtimestamp(now / 1000, zone)
    for day in (here.date(), here.date() - timedelta(1)):
        hour = in_milliseconds(on_clock(day, digest.at, here))
        if day.weekday() in digest.days and digest.since <= hour <= now < hour + GRACE_MS:
            return day
    return None


def daily(words: Sequence[str]) -> tuple[int, tuple[int, ...]] | None:
    """Read an hour and days: `09:00`, `9am mon-fri`, `평일 오전 9시`; None for what is neither.

    The hour is in minutes of the day; without days it is every day.
    """
    for first, last in combinations(range(len(words) + 1), 2):
        minute = clock(" ".join(words[first:last]))
        named = [days(word) for word in (*words[:first], *words[last:])]
        if minute is not None and None not in named:
            chosen = frozenset[int]().union(*(one for one in named if one))
            return minute % DAY, tuple(sorted(chosen)) or EVERY_DAY
    return None
