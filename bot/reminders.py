"""Reminders: what a person wants to be told once more, later; each message has one at most that still waits.

A reminder is an outbox row of its own object, so that no news brings it forward and it holds nothing up. It tells of
the object that it is about all the same (`announces`), by which it is known when that is settled.
"""

from collections.abc import Callable

from sqlalchemy import Connection, bindparam, select, update

from bot import mailbox
from bot.messages import REMINDER, Card, Message
from bot.outbox import FREE, end, put_for
from bot.people import PersonKey
from bot.pressed import Pressed
from bot.store.prepared import Prepared
from bot.store.schema import outbox

_MINE = (outbox.c.person == bindparam("who")) & (outbox.c.object == bindparam("lane")) & FREE

_DUE = Prepared(select(outbox.c.due).where(_MINE).limit(1))

_MOVE = Prepared(update(outbox).where(_MINE).values(due=bindparam("when"), group=bindparam("lane")))

Say = Callable[[str], tuple[str, str]]
"""The headline of what is reminded of → headline and last line of the reminder."""


def lane(message: int) -> str:
    """Name the object of a message's reminder."""
    return f"remind:{message}"


def due(conn: Connection, person: PersonKey, message: int) -> int | None:
    """Return when a person is reminded of a message, in milliseconds since 1970; None where they are not."""
    when: int | None = _DUE.scalar(conn, {"who": person, "lane": lane(message)})
    return when


def remind(conn: Connection, pressed: Pressed, say: Say, *, at: int, now: int, token: str) -> None:
    """Remind of a message at a time, in the place of a reminder that waits already; `token` is of no other."""
    place = {"who": pressed.person, "lane": lane(pressed.message)}
    mailbox.lock(conn, [pressed.person])
    if _MOVE.run(conn, place | {"when": at}):
        mailbox.schedule(conn, [pressed.person])
    else:
        put_for(conn, _reminder(pressed, say, token), delivery=pressed.delivery, now=now, due=at)


def forget(conn: Connection, pressed: Pressed) -> None:
    """Take back the reminder of a message that still waits, if there is one."""
    mailbox.lock(conn, [pressed.person])
    mine = (outbox.c.person == pressed.person) & (outbox.c.object == lane(pressed.message)) & FREE
    end(conn, mine, "withdrawn", "")
    mailbox.schedule(conn, [pressed.person])


def _reminder(pressed: Pressed, say: Say, token: str) -> Message:
    """Return the message; who asks for a reminder of a reminder gets the same once more."""
    again = pressed.kind == REMINDER
    headline, because = (pressed.headline, pressed.card.because) if again else say(pressed.headline)
    return Message(
        person=pressed.person,
        fact=f"{lane(pressed.message)}:{token}",
        object=lane(pressed.message),
        group=lane(pressed.message),
        reason=pressed.reason,
        topic=pressed.topic,
        switch=pressed.switch,
        headline=headline,
        card=Card(because=because, color=pressed.card.color, footer=pressed.card.footer),
        kind=REMINDER,
        announces=pressed.announces if again else pressed.object,
        about=pressed.about,
    )
