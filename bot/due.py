"""What is due for a person, and what they still want of it."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import msgspec
from sqlalchemy import Connection, bindparam, insert, select, update

from bot.messages import EDIT, REMINDER, Card, catch_up_group
from bot.outbox import FREE, Decision, Drop, Hold, Wait, Waiting, end, held_groups
from bot.people import PersonKey
from bot.store.prepared import Prepared
from bot.store.schema import journal, outbox
from bot.stumbling import over

BATCH = 100
"""Messages looked at in one go; a group of more leaves as several posts."""

SUMMED = 5_000
"""But of what is summed up so many are: who missed more than a hundred things is told so in one summary."""

SHORTEST_HOLD_MS = 1000
"""A message that is held stays held for a moment, whatever the preferences say, so that nothing turns in circles."""

Decide = Callable[[Waiting], Decision]

Release = Callable[[Connection, PersonKey], Decide]
"""What a person's preferences say of the messages that are due: read once, then asked for each."""

_MINE = (outbox.c.person == bindparam("who")) & FREE

_RIPE = Prepared(
    select(outbox.c.id, outbox.c.object, outbox.c.group)
    .where(_MINE, outbox.c.due <= bindparam("now"))
    .order_by(outbox.c.due, outbox.c.id)
    .limit(BATCH)
)

_LIKE = Prepared(
    select(outbox.c.id, outbox.c.object, outbox.c.group)
    .where(_MINE, outbox.c.group == bindparam("gathered"))
    .order_by(outbox.c.id)
    .limit(SUMMED)
)

_UP_TO = Prepared(
    select(*(outbox.c[name] for name in Waiting.__slots__ if name in outbox.c))
    .where(_MINE, outbox.c.object.in_(bindparam("lanes", expanding=True)), outbox.c.id <= bindparam("last"))
    .order_by(outbox.c.id)
)

_PUT_OFF = Prepared(
    update(outbox)
    .where(outbox.c.id == bindparam("number"), FREE)
    .values(due=bindparam("until"), group=bindparam("gathered"))
)

_TOLD = select(journal).where(
    journal.c.delivery == bindparam("delivery"),
    journal.c.fact == bindparam("fact"),
    journal.c.person == bindparam("person"),
)


def wanted(conn: Connection, person: PersonKey, now: int, release: Release) -> list[Waiting] | None:
    """Return what leaves next for a person, in the order in which it came; hold or drop what does not.

    That is the first that goes and all that bears on what leaves with it; the rest is judged in its turn. It may be
    nothing, though more is due; None means that nothing is.
    """
    batch = due(conn, person, now)
    return _sift(conn, batch, now, release(conn, person)) if batch else None


def _sift(conn: Connection, batch: Sequence[Any], now: int, decide: Decide) -> list[Waiting]:
    """Apply the person's preferences; what follows on the object of a message that waits does so too, but no edit."""
    going: list[Waiting] = []
    waits: dict[str, Hold | Wait] = {}
    for message in _beside(going, batch):
        with over(message.id):
            wish = decide(message)
        match wish:
            case Drop(verdict):
                discard(conn, message, verdict, now)
            case Hold(until) | Wait(until) as later:
                before = waits.get(message.object, later).until
                waits[message.object] = replace(later, until=max(until, before, now + SHORTEST_HOLD_MS))
                put_off(conn, message, waits[message.object], now)
            case _ if message.object in waits and message.kind != EDIT:
                put_off(conn, message, waits[message.object], now)
            case send:
                going.append(replace(message, threaded=send.threaded))
    return going


def _beside(going: Sequence[Waiting], batch: Sequence[Any]) -> Iterator[Waiting]:
    """Yield messages until one goes, from then on only those of the objects that its group is about.

    No other can change what leaves with it. Where a hundred wait, ninety-nine would else be read and judged again for
    each post.
    """
    about = {(row.group, row.object) for row in batch}
    for row in batch:
        if not going or (going[0].group, row.object) in about:
            yield _waiting(row)


def due(conn: Connection, person: PersonKey, now: int) -> list[Any]:
    """Return the rows of a person's messages that are due, in the order in which they came.

    With each comes what still waits before it for the same object, due or not: nothing overtakes within an object. With
    one that is to be summed up come its like, whatever has made it due.
    """
    batch = _RIPE.all(conn, {"who": person, "now": now})
    for summed in {row.group for row in batch} & {catch_up_group(person), held_groups(person)[1]}:
        batch += _LIKE.all(conn, {"who": person, "gathered": summed})
    if not batch:
        return []
    last: dict[str, int] = {}
    for id_, lane, _ in batch:
        last[lane] = max(id_, last.get(lane, 0))
    rows = _UP_TO.all(conn, {"who": person, "lanes": list(last), "last": max(last.values())})
    return [row for row in rows if row.id <= last[row.object]]


def _waiting(row: Any) -> Waiting:
    with over(row.id):
        about = tuple(msgspec.json.decode(row.about, type=list[str]))
        return Waiting(**{**row._asdict(), "card": msgspec.json.decode(row.card, type=Card), "about": about})


def put_off(conn: Connection, message: Waiting, wish: Hold | Wait, now: int) -> None:
    """Let a message wait: held among those of its person, the first time of which is written down, or with its like."""
    group = message.group if isinstance(wish, Wait) else message.held_group
    _PUT_OFF.run(conn, {"number": message.id, "until": wish.until, "gathered": group})
    if isinstance(wish, Hold) and not message.was_held and message.kind != REMINDER:
        _write_down(conn, message, "held", now)


def discard(conn: Connection, message: Waiting, verdict: str, now: int) -> None:
    """Drop a message that its person no longer wants, and write down why."""
    end(conn, (outbox.c.id == message.id) & FREE, "dropped", verdict)
    if message.kind not in {EDIT, REMINDER}:  # nobody was to be told of that, or only of what they know
        _write_down(conn, message, verdict, now)


def _write_down(conn: Connection, message: Waiting, verdict: str, now: int) -> None:
    conn.execute(insert(journal), _told_row(conn, message) | {"at": now, "verdict": verdict})


def _told_row(conn: Connection, message: Waiting) -> dict[str, Any]:
    """Return what the journal said when the message was made: the same candidate, with label and link."""
    plain = {name: getattr(message, name) for name in ("delivery", "fact", "object", "person", "reason")}
    found = conn.execute(_TOLD, plain).mappings().first()
    return plain | {name: value for name, value in (found or {}).items() if name != "id"}
