"""Until when all has arrived: a moment for each process that takes deliveries, so that none hides what another missed.

A webhook fails only where it was sent to: that other replicas are well says nothing of it. So each process answers for
what it was sent, and its moment stands still from the first delivery that it refused, or from its own end, whatever the
others note. All has arrived until the earliest of these moments.

A process that is silent for `GONE_MS` is gone: killed, stopped, or cut off from the database, which makes `/readyz`
fail and so keeps deliveries from it. GitLab's log tells the deliveries that failed wherever they failed, hence any one
other process can catch up for it: the first that sees it gone makes the gap its own and deletes the row, both at once.
An absence counts, then, from the last word of each process that went. Where others were there all the while, that is
only what reached its address before the load balancer noticed; where nobody was, it is all until somebody starts.
"""

from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, delete, or_, select

from bot.store.dialect import by_dialect
from bot.store.schema import watches
from gitlab_hooks.missed import known_until

GONE_MS = 5 * 60_000
"""How long a process says nothing before it counts as gone; it speaks every minute."""

_ALL = select(watches.c.owner, watches.c.complete).order_by(watches.c.owner)

_GONE = (
    delete(watches)
    .where(watches.c.owner != bindparam("me"))
    .where(or_(watches.c.seen < bindparam("since"), watches.c.seen > bindparam("ahead")))
    .returning(watches.c.complete)
)

_NOTE = by_dialect(
    lambda insert: insert(watches).on_conflict_do_update(
        index_elements=["owner"],
        set_={name: insert(watches).excluded[name] for name in ("complete", "seen")},
    )
)

_CLOSE = watches.update().values(complete=bindparam("until"))


@dataclass(frozen=True, slots=True)
class Presence:
    """Until when all that this process answers for has arrived, and whether something since then may be missing."""

    complete: int
    missing: bool


def complete(conn: Connection, now: int) -> int | None:
    """Return the moment before which no delivery is missing; None where the bot was never well on this database."""
    return min((known_until(row.complete, now) for row in conn.execute(_ALL)), default=None)


def be_there(conn: Connection, owner: str, now: int) -> Presence:
    """Say that a process is there; it answers for those that are gone, too, and at its start for all that were there.

    At a start the others' moments count as well: one that was killed a moment ago is not known to be gone yet.
    """
    known = {row.owner: known_until(row.complete, now) for row in conn.execute(_ALL)}
    window = {"me": owner, "since": now - GONE_MS, "ahead": now + GONE_MS}
    gone = [known_until(at, now) for at in conn.scalars(_GONE, window)]
    answers_for = [known[owner], *gone] if owner in known else [*known.values(), *gone]
    missing = bool(gone) or (owner not in known and bool(known))
    since = min(answers_for, default=now)
    _note(conn, owner, since, now)
    return Presence(since, missing)


def is_complete(conn: Connection, owner: str, until: int) -> None:
    """Note that before a moment, which is now, no delivery is missing that a process answers for."""
    _note(conn, owner, until, until)


def all_is_complete(conn: Connection, until: int) -> None:
    """Note that before a moment no delivery is missing, whoever it was sent to: somebody has caught up with all."""
    conn.execute(_CLOSE, {"until": until})


def _note(conn: Connection, owner: str, until: int, seen: int) -> None:
    conn.execute(_NOTE[conn.dialect.name], {"owner": owner, "complete": until, "seen": seen})
