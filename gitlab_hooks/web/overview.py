"""What waits, what failed, and how the last day went, as the tables tell it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, Subquery, case, func, literal_column, select

from bot.messages import EDIT
from bot.store.schema import inbox, is_state, outbox, posts

HOUR_MS = 60 * 60 * 1000

HOURS = 24

NEWEST = 20_000
"""Messages and posts that are looked at where no index leads to a time: a page must not read a year's rows."""


@dataclass(frozen=True, slots=True)
class Waits:
    """How many of something wait, and since when the oldest does, in milliseconds since 1970."""

    what: str
    count: int
    oldest: int | None


@dataclass(frozen=True, slots=True)
class Hour:
    """What an hour brought; `start` is milliseconds since 1970, `mean` and `longest` are milliseconds of delay."""

    start: int
    deliveries: int = 0
    messages: int = 0
    mean: int = 0
    longest: int = 0


def waiting(conn: Connection, now: int) -> list[Waits]:
    """Return what waits: deliveries to be worked through, messages to be sent, and messages whose time is to come."""
    due = outbox.c.due <= now
    mine = is_state(outbox, "waiting")
    rows = (
        ("Deliveries to be worked through", inbox.c.received, is_state(inbox, "waiting")),
        ("Messages to be sent now", outbox.c.due, mine & due),
        ("Messages for later: gathered, held, reminders", outbox.c.created, mine & ~due),
    )
    return [Waits(what, *_counted(conn, column, which)) for what, column, which in rows]


def _counted(conn: Connection, since: Column[int], which: ColumnElement[bool]) -> tuple[int, int | None]:
    count, oldest = conn.execute(select(func.count(), func.min(since)).where(which)).one()
    return count, oldest


def states(conn: Connection) -> dict[str, int]:
    """Return how many of the newest messages are in which state."""
    newest = select(outbox.c.state).order_by(outbox.c.id.desc()).limit(NEWEST).subquery()
    counted = select(newest.c.state, func.count()).group_by(newest.c.state).order_by(newest.c.state)
    return {key: int(count) for key, count in conn.execute(counted)}


def last_day(conn: Connection, now: int) -> list[Hour]:
    """Return the last hours, oldest first, the running one last.

    A message's delay is from when it was due to when it was first tried.
    """
    first = now // HOUR_MS - HOURS + 1
    since = first * HOUR_MS
    deliveries = _accepted(conn, since)
    sent = {hour: rest for hour, *rest in _sent(conn, since)}
    return [
        Hour(hour * HOUR_MS, deliveries.get(hour, 0), *map(int, sent.get(hour, ())))
        for hour in range(first, first + HOURS)
    ]


def _accepted(conn: Connection, since: int) -> dict[int, int]:
    hour = _hour(inbox.c.received)
    counted = select(hour, func.count()).where(inbox.c.received >= since).group_by(hour)
    return {key: int(count) for key, count in conn.execute(counted)}


def _sent(conn: Connection, since: int) -> Sequence[Any]:
    recent = _recent_posts()
    hour, late = _hour(recent.c.first_tried), recent.c.first_tried - outbox.c.due
    delay = case((late > 0, late), else_=0)
    found = (
        select(hour, func.count(), func.avg(delay), func.max(delay))
        .join_from(recent, outbox, outbox.c.post == recent.c.id)
        .where(recent.c.first_tried >= since, outbox.c.kind != EDIT)
        .group_by(hour)
    )
    return conn.execute(found).all()


def _recent_posts() -> Subquery:
    sent = select(posts.c.id, posts.c.first_tried).where(is_state(posts, "sent"))
    return sent.order_by(posts.c.id.desc()).limit(NEWEST).subquery()


def _hour(at: ColumnElement[int]) -> ColumnElement[int]:
    return at // literal_column(str(HOUR_MS))


def clock(milliseconds: int) -> str:
    """Return the hour of a time, given in milliseconds since 1970."""
    return datetime.fromtimestamp(milliseconds / 1000, UTC).strftime("%H:00")
