"""The inbox: deliveries accepted and not yet worked through, one lane a thing."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import msgspec
from sqlalchemy import ColumnElement, Connection, bindparam, exists, literal_column, or_, select, update

from bot.journal import Entry, record
from bot.store.dialect import by_dialect, if_new
from bot.store.prepared import Prepared
from bot.store.schema import inbox, is_state
from gitlab_hooks import lanes
from gitlab_hooks.delivery import Content, Delivery, Kept
from gitlab_hooks.lanes import EMPTY, Hands
from gitlab_hooks.notices import Verdict

_ADD = Prepared(
    by_dialect(lambda insert: if_new(insert(inbox))),
    columns=("delivery_id", "digest", "object", "received", "accepted", "late", "headers", "body", "due"),
)

_TAKE = Prepared(
    update(inbox)
    .where(inbox.c.id.in_(bindparam("taken", expanding=True)))
    .values(
        lease=bindparam("until"),
        owner=bindparam("holder"),
        epoch=inbox.c.epoch + 1,
        attempts=inbox.c.attempts + 1,
    )
)

_MINE = (
    (inbox.c.id == bindparam("number"))
    & (inbox.c.owner == bindparam("holder"))
    & (inbox.c.epoch == bindparam("turn"))
    & is_state(inbox, "waiting")
)
"""The condition of every write by a lease's holder."""

_finish = update(inbox).where(_MINE).values(state=bindparam("as"), error=bindparam("why"), lease=0)

_FINISH = Prepared(_finish)

_DONE = Prepared(_finish.values(headers="{}", body=b""))

_rest = update(inbox).where(_MINE).values(due=bindparam("until"), lease=0)

_REST = Prepared(_rest)

_POSTPONE = Prepared(
    _rest.values(
        error=bindparam("why"),
        unasked=inbox.c.unasked + bindparam("in_vain"),
        faults=inbox.c.faults + bindparam("own"),
        lapses=0,
    )
)

_LAPSED = update(inbox).where(inbox.c.id.in_(bindparam("numbers", expanding=True))).values(lapses=inbox.c.lapses + 1)

_STILL_MINE = (
    select(inbox.c.id)
    .where(inbox.c.id.in_(bindparam("numbers", expanding=True)), inbox.c.owner == bindparam("holder"))
    .where(is_state(inbox, "waiting"), inbox.c.lease > 0)
    .with_for_update(skip_locked=True)  # whoever holds the row is just finishing
)

_RENEW = Prepared(update(inbox).where(inbox.c.id.in_(_STILL_MINE)).values(lease=bindparam("until")))

_GIVE_BACK = update(inbox).where(inbox.c.id.in_(_STILL_MINE)).values(lease=0, owner="")

_LATE = literal_column("inbox.late") & is_state(inbox, "waiting")


@dataclass(frozen=True, slots=True)
class Lease:
    """A delivery in hand: nobody else works on its lane until the lease ends."""

    delivery: Delivery
    owner: str


@dataclass(frozen=True, slots=True)
class Missed:
    """That a delivery failed and was caught up with: when it failed, and whether that is too long ago for messages."""

    at: int
    late: bool


def accept(
    conn: Connection,
    content: Content,
    delivery_id: str | None,
    headers: Mapping[str, str],
    now: int,
    missed: Missed | None = None,
) -> Kept:
    """Keep a delivery, unless it is there already, by its id or its content, which the journal then tells.

    One that failed here before and comes again (somebody pressed "Resend" in GitLab) is worked through again. Of one
    that was `missed`, age is judged by when it failed; its place in the lane is where it is accepted.
    """
    row = {
        "delivery_id": delivery_id,
        "digest": content.digest,
        "object": content.lane or f"delivery:{content.digest}",
        "received": missed.at if missed else now,
        "accepted": now,
        "late": bool(missed and missed.late),
        "headers": msgspec.json.encode(headers).decode(),
        "body": content.body,
        "due": now,
    }
    if _ADD.run(conn, row) == 1:
        return Kept.NEW
    if _wait_again(conn, _same(content, delivery_id), now):
        return Kept.AGAIN
    record(conn, [Entry(Verdict.DUPLICATE, object=content.lane, detail=delivery_id or content.digest)], now)
    return Kept.KNOWN


def _same(content: Content, delivery_id: str | None) -> ColumnElement[bool]:
    return or_(inbox.c.digest == content.digest, inbox.c.delivery_id == (delivery_id or content.digest))


def known(conn: Connection, content: Content, delivery_id: str | None) -> bool:
    """Say whether a delivery is there already, by its id or its content, and did not fail here."""
    there = exists().where(_same(content, delivery_id), ~is_state(inbox, "failed"))
    return bool(conn.scalar(select(there)))


def late_waits(conn: Connection) -> bool:
    """Say whether deliveries that were caught up with late are not yet worked through."""
    return bool(conn.scalar(select(exists().where(_LATE))))


def claim(
    conn: Connection, owner: str, now: int, lease_ms: int, limit: int, again: int, hands: Hands = EMPTY
) -> list[Lease]:
    """Take the first due deliveries of lanes in which nobody works; the first of a lane alone, so order is kept.

    At most `again` of them were tried before, so that what hangs does not hold up what is new. Of one whose lease ended
    without a word from its owner the claim notes that somebody died over it; how often that may be is for who takes it
    (`gitlab_hooks.trying`).
    """
    taken: list[Delivery] = []
    for kind, most in (("new", limit), ("again", again)):
        if found := lanes.heads(conn, kind, now, min(most, limit - len(taken)), hands):
            numbers = [one.id for one in found]
            _TAKE.run(conn, {"taken": numbers, "until": now + lease_ms, "holder": owner})
            if lapsed := [one.id for one in found if one.lapsed]:
                conn.execute(_LAPSED, {"numbers": lapsed})
            taken += found
    return [Lease(one, owner) for one in taken]


def renew(conn: Connection, owner: str, deliveries: Collection[int], until: int) -> None:
    """Keep what is in hand for longer; what somebody else has taken over is left to them."""
    _RENEW.run(conn, {"numbers": list(deliveries), "holder": owner, "until": until})


def give_back(conn: Connection, owner: str, deliveries: Collection[int]) -> None:
    """Let others take what is still in hand when a process ends in order: nobody died over it."""
    conn.execute(_GIVE_BACK, {"numbers": list(deliveries), "holder": owner})


def finish(conn: Connection, lease: Lease, state: str, error: str = "") -> bool:
    """Mark a delivery `done` or `failed`; False where the lease was lost meanwhile and nothing may be written.

    Of what is done only its keys are needed any more; what failed may be tried again.
    """
    ends = _DONE if state == "done" else _FINISH
    kept = ends.run(conn, {**_mine(lease), "as": state, "why": error}) == 1
    if kept:
        lanes.go_on(conn, lease.delivery.object)
    return kept


def postpone(conn: Connection, lease: Lease, due: int, error: str, *, asked: bool = True, own: bool = False) -> bool:
    """Let a delivery and all behind it in its lane wait until `due`; False where the lease was lost meanwhile.

    `asked` says whether this try got as far as asking anybody, `own` that the program itself stumbled; both count.
    However the try ended, nobody died over it.
    """
    values = {**_mine(lease), "until": due, "why": error, "in_vain": int(not asked), "own": int(own)}
    return _POSTPONE.run(conn, values) == 1


def rest(conn: Connection, lease: Lease, due: int) -> bool:
    """Let a delivery over which processes died wait until `due`, untried; False where the lease was lost meanwhile."""
    return _REST.run(conn, {**_mine(lease), "until": due}) == 1


def _mine(lease: Lease) -> dict[str, int | str]:
    return {"number": lease.delivery.id, "holder": lease.owner, "turn": lease.delivery.epoch}


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


def drop(conn: Connection, number: int) -> bool:
    """Give a failed delivery up for good; say whether there was one. Its keys stay: one that comes again is known."""
    given_up = update(inbox).where(inbox.c.id == number, is_state(inbox, "failed"))
    ended = given_up.values(state="done", headers="{}", body=b"", error="given up by an operator")
    return conn.execute(ended).rowcount == 1


def _wait_again(conn: Connection, which: ColumnElement[bool], now: int) -> bool:
    again = update(inbox).where(which, is_state(inbox, "failed"))
    counts = dict.fromkeys(("attempts", "unasked", "faults", "lapses", "lease"), 0)
    return conn.execute(again.values(state="waiting", due=now, accepted=now, error="", **counts)).rowcount > 0
