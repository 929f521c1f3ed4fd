"""Lanes of the inbox: which delivery of each thing is the next, at a cost that does not grow with what waits.

Only the first delivery of a lane can be taken, and none while another of its lane is in hand: in PostgreSQL numbers are
not the order of commits, so one with a smaller number may appear while a later one is being worked on. Whatever a claim
finds waiting behind the first of its lane it puts aside (`due` is null), so that the next claim does not meet it again;
the end of the first brings the next one back. Both lock the first, so that nobody puts aside what has just become next.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Select, bindparam, exists, func, literal_column, select, update

from bot.store.prepared import Prepared
from bot.store.schema import inbox, is_state
from gitlab_hooks.delivery import Delivery

WINDOW = 200
"""Due deliveries that a claim looks at; those behind others are met once each."""

WAITING = is_state(inbox, "waiting")

SAME = ("id", "object", "received", "body", "late", "accepted", "unasked", "faults")
"""What a delivery has as it stands in its row; the rest is of its next try."""

KINDS = {
    "new": WAITING & (inbox.c.attempts == literal_column("0")),
    "again": WAITING & (inbox.c.attempts > literal_column("0")),
}
"""Deliveries never tried, and those tried before; each has an index."""

_earlier = inbox.alias("earlier")
FIRST = ~exists().where(
    _earlier.c.state == literal_column("'waiting'"),
    _earlier.c.object == inbox.c.object,
    _earlier.c.id < inbox.c.id,
)
"""Nothing waits before it in its lane."""

_HEAD = (
    select(func.min(_earlier.c.id))
    .where(_earlier.c.state == literal_column("'waiting'"), _earlier.c.object == inbox.c.object)
    .scalar_subquery()
)

_held = inbox.alias("held")
_IN_HAND = exists().where(
    _held.c.state == literal_column("'waiting'"),
    _held.c.lease > literal_column("0"),
    _held.c.object == inbox.c.object,
)
"""Somebody works in its lane, or died at that."""

_HELD = _IN_HAND.where(_held.c.lease > bindparam("now"))

_DUE = (inbox.c.due <= bindparam("now")) & (inbox.c.lease <= bindparam("now"))

_SUSPECT = (inbox.c.lapses > literal_column("0")) | (inbox.c.lease > literal_column("0"))
"""Somebody died while they had it in hand; of what is due, nobody holds a lease that lasts."""

_THESE = inbox.c.id.in_(bindparam("numbers", expanding=True))


def _window(kind: str) -> Select[Any]:
    columns = (inbox.c.id, inbox.c.due, _HEAD.label("head"), _HELD.label("held"), _SUSPECT.label("suspect"))
    return select(*columns).where(KINDS[kind], _DUE).order_by(inbox.c.due, inbox.c.id).limit(WINDOW)


_WINDOW = {kind: Prepared(_window(kind)) for kind in KINDS}

_COMING = {
    kind: Prepared(
        select(inbox.c.due, (inbox.c.id == _HEAD).label("first"), _IN_HAND.label("held"))
        .where(KINDS[kind], inbox.c.lease == 0, inbox.c.due.is_not(None))
        .order_by(inbox.c.due, inbox.c.id)
        .limit(WINDOW)
    )
    for kind in KINDS
}
"""What is due or will be, whatever the time is."""

_LOCK = Prepared(
    {
        "sqlite": select(inbox.c.id).where(_THESE, WAITING, _DUE),
        "postgresql": select(inbox.c.id)
        .where(_THESE, WAITING, _DUE, func.pg_try_advisory_xact_lock(71, func.hashtext(inbox.c.object)))
        .with_for_update(skip_locked=True),
    }
)
"""The rows, and in PostgreSQL their lanes too: until our lease is there to be seen, nobody else takes from them."""

_LOCKED = Prepared(
    select(*(inbox.c[name] for name in (*SAME, "attempts", "epoch", "lapses", "lease")))
    .where(_THESE, FIRST, ~_HELD)
    .order_by(inbox.c.due, inbox.c.id)
)
"""A second statement, so that it sees what was committed before the locks were had."""

_LOCK_HEADS = Prepared(select(inbox.c.id).where(_THESE, WAITING).with_for_update(skip_locked=True))

_BEHIND = select(inbox.c.id).where(_THESE, WAITING, inbox.c.lease <= bindparam("now")).with_for_update(skip_locked=True)

_PUT_ASIDE = Prepared(update(inbox).where(inbox.c.id.in_(_BEHIND)).values(due=None))

_next = inbox.alias("next")
_GO_ON = Prepared(
    update(inbox)
    .where(
        inbox.c.id
        == select(func.min(_next.c.id))
        .where(_next.c.state == literal_column("'waiting'"), _next.c.object == bindparam("lane"))
        .scalar_subquery(),
        inbox.c.due.is_(None),
    )
    .values(due=inbox.c.received)
)


@dataclass(frozen=True, slots=True)
class Hands:
    """What a process has to do with some deliveries already.

    `full` are those on which it still works, however long: they are not taken again. `owing` are those whose end it
    could not write down; it knows that nobody died over them. `suspects` is how many more it may take over which
    somebody died (`gitlab_hooks.trying`).
    """

    full: Collection[int] = ()
    owing: Collection[int] = ()
    suspects: int = 1


EMPTY = Hands()


def heads(conn: Connection, kind: str, now: int, limit: int, hands: Hands) -> list[Delivery]:
    """Lock and return up to `limit` deliveries of a kind that are due and first in lanes where nobody works."""
    window = _WINDOW[kind].all(conn, {"now": now}) if limit > 0 else []
    _put_aside(conn, [row for row in window if row.head != row.id], now)
    can = [row for row in window if row.head == row.id and not row.held and row.id not in hands.full]
    too_many = {row.id for row in [row for row in can if row.suspect][hands.suspects :]}
    numbers = [row.id for row in can if row.id not in too_many]
    return _locked(conn, numbers[:limit], now, hands.owing) if numbers else []


def _locked(conn: Connection, numbers: list[int], now: int, owing: Collection[int]) -> list[Delivery]:
    """Return those of some deliveries that are ours to take, as the next one to try them sees them."""
    locked = _LOCK.scalars(conn, {"numbers": numbers, "now": now})
    rows = _LOCKED.all(conn, {"numbers": locked, "now": now})
    return [_next_try(row, now, lapsed=row.lease > 0 and row.id not in owing) for row in rows]


def _next_try(row: Any, now: int, *, lapsed: bool) -> Delivery:
    return Delivery(
        **{name: getattr(row, name) for name in SAME},
        attempts=row.attempts + 1,
        epoch=row.epoch + 1,
        taken=now,
        lapses=row.lapses + lapsed,
        lapsed=lapsed,
    )


def _put_aside(conn: Connection, rows: Collection[Any], now: int) -> None:
    if rows:
        heads = set(_LOCK_HEADS.scalars(conn, {"numbers": sorted({row.head for row in rows})}))
        _PUT_ASIDE.run(conn, {"numbers": [row.id for row in rows if row.head in heads], "now": now})


def next_due(conn: Connection) -> int | None:
    """Return when the next delivery that can be taken is due, in milliseconds since 1970; None where none waits.

    It may be too early, where much waits behind others that no claim has met yet.
    """
    found = [due for kind in KINDS if (due := _coming(conn, kind)) is not None]
    return min(found, default=None)


def _coming(conn: Connection, kind: str) -> int | None:
    rows = _COMING[kind].all(conn)
    unmet = rows[-1].due if len(rows) == WINDOW else None
    return next((row.due for row in rows if row.first and not row.held), unmet)


def go_on(conn: Connection, lane: str) -> None:
    """Bring back the delivery that is next in a lane, after one before it has ended."""
    _GO_ON.run(conn, {"lane": lane})
