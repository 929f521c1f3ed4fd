"""What is due for a person, and what they still want of it."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

import msgspec
from sqlalchemy import Connection, RowMapping, bindparam, insert, select, update

from bot.messages import EDIT, Card
from bot.outbox import FREE, Decision, Drop, Hold, Waiting, end, held
from bot.people import PersonKey
from bot.store.schema import journal, outbox

BATCH = 100
"""Messages looked at in one go; a group of more leaves as several posts."""

SHORTEST_HOLD_MS = 1000
"""A message that is held stays held for a moment, whatever the preferences say, so that nothing turns in circles."""

Decide = Callable[[Waiting], Decision]

Release = Callable[[Connection, PersonKey], Decide]
"""What a person's preferences say of the messages that are due: read once, then asked for each."""

_MINE = (outbox.c.person == bindparam("who")) & FREE

_RIPE = (
    select(outbox.c.id, outbox.c.object)
    .where(_MINE, outbox.c.due <= bindparam("now"))
    .order_by(outbox.c.due, outbox.c.id)
    .limit(BATCH)
)

_UP_TO = (
    select(*(outbox.c[name] for name in Waiting.__slots__ if name in outbox.c))
    .where(_MINE, outbox.c.object.in_(bindparam("lanes", expanding=True)), outbox.c.id <= bindparam("last"))
    .order_by(outbox.c.id)
)

_HOLD = (
    update(outbox)
    .where(outbox.c.id == bindparam("number"), FREE)
    .values(due=bindparam("until"), group=bindparam("held"))
)

_TOLD = select(journal).where(
    journal.c.delivery == bindparam("delivery"),
    journal.c.fact == bindparam("fact"),
    journal.c.person == bindparam("person"),
)


def wanted(conn: Connection, person: PersonKey, now: int, release: Release) -> list[Waiting] | None:
    """Return what goes to a person of the next that is due, in the order in which it came; hold or drop what does not.

    That may be nothing, though more is due; None means that nothing is.
    """
    batch = due(conn, person, now)
    return _sift(conn, batch, now, release(conn, person)) if batch else None


def _sift(conn: Connection, batch: Iterable[Waiting], now: int, decide: Decide) -> list[Waiting]:
    """Apply the person's preferences; what follows a held message on the same object is held with it, but no edit."""
    going: list[Waiting] = []
    until_when: dict[str, int] = {}
    for message in batch:
        match decide(message):
            case Drop(verdict):
                discard(conn, message, verdict, now)
            case Hold(until):
                until_when[message.object] = max(until, now + SHORTEST_HOLD_MS, until_when.get(message.object, 0))
                hold(conn, message, until_when[message.object], now)
            case _ if message.object in until_when and message.kind != EDIT:
                hold(conn, message, until_when[message.object], now)
            case send:
                going.append(replace(message, threaded=send.threaded))
    return going


def due(conn: Connection, person: PersonKey, now: int) -> list[Waiting]:
    """Return the messages of a person that are due, in the order in which they came.

    With each comes what still waits before it for the same object, due or not: nothing overtakes within an object.
    """
    batch = conn.execute(_RIPE, {"who": person, "now": now}).all()
    if not batch:
        return []
    last: dict[str, int] = {}
    for id_, lane in batch:
        last[lane] = max(id_, last.get(lane, 0))
    rows = conn.execute(_UP_TO, {"who": person, "lanes": list(last), "last": max(last.values())}).mappings()
    return [_waiting(row) for row in rows if row["id"] <= last[row["object"]]]


def _waiting(row: RowMapping) -> Waiting:
    about = tuple(msgspec.json.decode(row["about"], type=list[str]))
    return Waiting(**{**row, "card": msgspec.json.decode(row["card"], type=Card), "about": about})


def hold(conn: Connection, message: Waiting, until: int, now: int) -> None:
    """Let a message wait among those that are held for its person; the first time, that is written down."""
    conn.execute(_HOLD, {"number": message.id, "until": until, "held": held(message.person)})
    if not message.was_held:
        _write_down(conn, message, "held", now)


def discard(conn: Connection, message: Waiting, verdict: str, now: int) -> None:
    """Drop a message that its person no longer wants, and write down why."""
    end(conn, (outbox.c.id == message.id) & FREE, "dropped", verdict)
    if message.kind != EDIT:  # nobody was to be told of that
        _write_down(conn, message, verdict, now)


def _write_down(conn: Connection, message: Waiting, verdict: str, now: int) -> None:
    conn.execute(insert(journal), _told_row(conn, message) | {"at": now, "verdict": verdict})


def _told_row(conn: Connection, message: Waiting) -> dict[str, Any]:
    """Return what the journal said when the message was made: the same candidate, with label and link."""
    plain = {name: getattr(message, name) for name in ("delivery", "fact", "object", "person", "reason")}
    found = conn.execute(_TOLD, plain).mappings().first()
    return plain | {name: value for name, value in (found or {}).items() if name != "id"}
