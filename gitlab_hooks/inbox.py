"""The inbox: deliveries accepted and not yet worked through, one lane a thing."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import msgspec
from sqlalchemy import ColumnElement, Connection, exists, literal_column, or_, select, update

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


def accept(conn: Connection, content: Content, delivery_id: str | None, headers: Mapping[str, str], now: int) -> bool:
    """Keep a delivery; False where it is there already, by its id or its content, which the journal then tells.

    One that failed here before and comes again (somebody pressed "Resend" in GitLab) is worked through again.
    """
    statement = insert(conn, inbox).values(
        delivery_id=delivery_id,
        digest=content.digest,
        object=content.lane or f"delivery:{content.digest}",
        received=now,
        headers=msgspec.json.encode(headers).decode(),
        body=content.body,
        due=now,
    )
    new = conn.execute(statement.on_conflict_do_nothing()).rowcount == 1
    if not new:
        _wait_again(
            conn, or_(inbox.c.digest == content.digest, inbox.c.delivery_id == (delivery_id or content.digest)), now
        )
        record(conn, [Entry(Verdict.DUPLICATE, object=content.lane, detail=delivery_id or content.digest)], now)
    return new


def claim(
    conn: Connection, owner: str, now: int, lease_ms: int, limit: int, again: int, in_hand: Collection[int] = ()
) -> list[Lease]:
    """Take the first due deliveries of lanes in which nobody works; the first of a lane alone, so order is kept.

    At most `again` of them were tried before, so that what hangs does not hold up what is new. `in_hand` are deliveries
    on which this process still works, however long: they are not taken again. A try counts from the claim on, so that
    a delivery over which the process dies is not tried without end.
    """
    ready = (
        select(inbox.c.id, inbox.c.object, inbox.c.received, inbox.c.body, inbox.c.attempts, inbox.c.epoch)
        .where(FIRST, inbox.c.due <= now, inbox.c.lease <= now, inbox.c.id.not_in(in_hand))
        .order_by(inbox.c.due, inbox.c.id)
        .with_for_update(skip_locked=True)
    )
    rows = [*conn.execute(ready.where(inbox.c.attempts == 0).limit(limit))]
    rows += conn.execute(ready.where(inbox.c.attempts > 0).limit(min(again, limit - len(rows))))
    found = [Delivery(row.id, row.object, row.received, row.body, row.attempts + 1, row.epoch + 1) for row in rows]
    if not found:
        return []
    taken = update(inbox).where(inbox.c.id.in_([one.id for one in found]))
    values = {"lease": now + lease_ms, "owner": owner, "epoch": inbox.c.epoch + 1, "attempts": inbox.c.attempts + 1}
    conn.execute(taken.values(values))
    return [Lease(one, owner) for one in found]


def finish(conn: Connection, lease: Lease, state: str, error: str = "") -> bool:
    """Mark a delivery `done` or `failed`; False where the lease was lost meanwhile and nothing may be written.

    Of what is done only its keys are needed any more; what failed may be tried again.
    """
    needless = {"headers": "{}", "body": b""} if state == "done" else {}
    return _set(conn, lease, {"state": state, "error": error, "lease": 0, **needless})


def postpone(conn: Connection, lease: Lease, due: int, error: str) -> bool:
    """Let a delivery and all behind it in its lane wait until `due`; False where the lease was lost meanwhile."""
    kept = _set(conn, lease, {"due": due, "error": error, "lease": 0})
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
    return _wait_again(conn, inbox.c.id == number, now)


def _wait_again(conn: Connection, which: ColumnElement[bool], now: int) -> bool:
    again = update(inbox).where(which, is_state(inbox, "failed"))
    return conn.execute(again.values(state="waiting", due=now, attempts=0, error="", lease=0)).rowcount > 0
