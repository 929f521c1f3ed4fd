"""The inbox: deliveries accepted and not yet worked through, one lane a thing."""

from collections.abc import Mapping
from dataclasses import dataclass

import msgspec
from sqlalchemy import Connection, exists, literal_column, select, update

from bot.journal import Entry, record
from bot.store.dialect import insert
from bot.store.schema import inbox, is_state
from gitlab_hooks.delivery import Content, Delivery
from gitlab_hooks.notices import Verdict

_earlier = inbox.alias("earlier")
FIRST = is_state(inbox, "waiting") & ~exists().where(
    _earlier.c.state == literal_column("'waiting'"),
    _earlier.c.object == inbox.c.object,
    _earlier.c.id < inbox.c.id,
)
"""The first delivery of each lane: none behind it is taken before it is done."""


@dataclass(frozen=True, slots=True)
class Lease:
    """A delivery in hand: nobody else works on its lane until the lease ends."""

    delivery: Delivery
    owner: str


def accept(
    conn: Connection, content: Content, delivery_id: str | None, headers: Mapping[str, str], body: bytes, now: int
) -> bool:
    """Keep a delivery; False where it is there already, by its id or its content, which the journal then tells."""
    statement = insert(conn, inbox).values(
        delivery_id=delivery_id,
        digest=content.digest,
        object=content.lane or f"delivery:{content.digest}",
        received=now,
        headers=msgspec.json.encode(headers).decode(),
        body=body,
        due=now,
    )
    new = conn.execute(statement.on_conflict_do_nothing()).rowcount == 1
    if not new:
        record(conn, [Entry(Verdict.DUPLICATE, object=content.lane, detail=delivery_id or content.digest)], now)
    return new


def claim(conn: Connection, owner: str, now: int, lease_ms: int, limit: int) -> list[Lease]:
    """Take the first due deliveries of lanes in which nobody works; the first of a lane alone, so order is kept."""
    ready = (
        select(inbox.c.id, inbox.c.object, inbox.c.received, inbox.c.body, inbox.c.attempts, inbox.c.epoch)
        .where(FIRST, inbox.c.due <= now, inbox.c.lease <= now)
        .order_by(inbox.c.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    found = [Delivery(*row[:5], epoch=row[5] + 1) for row in conn.execute(ready)]
    if not found:
        return []
    taken = update(inbox).where(inbox.c.id.in_([one.id for one in found]))
    conn.execute(taken.values(lease=now + lease_ms, owner=owner, epoch=inbox.c.epoch + 1))
    return [Lease(one, owner) for one in found]


def finish(conn: Connection, lease: Lease, state: str, error: str = "") -> bool:
    """Mark a delivery `done` or `failed`; False where the lease was lost meanwhile and nothing may be written."""
    return _set(conn, lease, {"state": state, "error": error, "lease": 0})


def postpone(conn: Connection, lease: Lease, due: int, error: str) -> bool:
    """Let a delivery and all behind it in its lane wait until `due`; False where the lease was lost meanwhile."""
    kept = _set(conn, lease, {"due": due, "error": error, "attempts": lease.delivery.attempts + 1, "lease": 0})
    if kept:
        behind = update(inbox).where(is_state(inbox, "waiting"), inbox.c.object == lease.delivery.object)
        conn.execute(behind.where(inbox.c.due < due).values(due=due))
    return kept


def _set(conn: Connection, lease: Lease, values: Mapping[str, object]) -> bool:
    one = update(inbox).where(
        inbox.c.id == lease.delivery.id, inbox.c.owner == lease.owner, inbox.c.epoch == lease.delivery.epoch
    )
    return conn.execute(one.where(is_state(inbox, "waiting")).values(values)).rowcount == 1


def next_due(conn: Connection) -> int | None:
    """Return when the next delivery that can be taken is due, in milliseconds since 1970, or None where none waits."""
    first = select(inbox.c.due).where(FIRST, inbox.c.lease == 0).order_by(inbox.c.due).limit(1)
    return conn.execute(first).scalar()


@dataclass(frozen=True, slots=True)
class Failed:
    """A delivery that could not be worked through, and why."""

    id: int
    received: int
    object: str
    error: str


def failed(conn: Connection) -> list[Failed]:
    """Return the failed deliveries, oldest first."""
    columns = (inbox.c.id, inbox.c.received, inbox.c.object, inbox.c.error)
    return [
        Failed(*row) for row in conn.execute(select(*columns).where(is_state(inbox, "failed")).order_by(inbox.c.id))
    ]


def retry(conn: Connection, number: int, now: int) -> bool:
    """Let a failed delivery wait again; say whether there was one."""
    one = update(inbox).where(inbox.c.id == number, is_state(inbox, "failed"))
    return conn.execute(one.values(state="waiting", due=now, attempts=0, error="", lease=0)).rowcount == 1
