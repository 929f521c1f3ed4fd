"""The table of daily digests: who wishes for one, and of which day they have been told, one a person and day."""

from datetime import date
from typing import NamedTuple

import msgspec
from sqlalchemy import Connection, select

from bot import mailbox, outbox
from bot.daily import DIGEST
from bot.people import PersonKey
from bot.preferences import Choices
from bot.store.dialect import by_dialect
from bot.store.schema import digests, preferences
from bot.store.schema import outbox as messages

_WISHES = select(preferences.c.person, preferences.c.choices).where(
    preferences.c.choices.contains('"digest":', autoescape=True)
)

_TAKE = by_dialect(
    lambda insert: (
        insert(digests)
        .on_conflict_do_update(
            index_elements=["person"],
            set_={name: insert(digests).excluded[name] for name in ("day", "essence")},
            where=digests.c.day < insert(digests).excluded.day,
        )
        .inline()
        .execution_options(preserve_rowcount=True)
    )
)


class Last(NamedTuple):
    """The last day, as ISO 8601, whose digest was made for a person, and the essence of what waited then."""

    day: str
    essence: str


NEVER = Last("", "")


def wishes(conn: Connection) -> dict[PersonKey, Choices]:
    """Return the choices of everybody who wants a digest."""
    rows = [(PersonKey(person), msgspec.json.decode(text, type=Choices)) for person, text in conn.execute(_WISHES)]
    return {person: choices for person, choices in rows if choices.digest}


def lasts(conn: Connection) -> dict[PersonKey, Last]:
    """Return the last digest of everybody who had one."""
    rows = conn.execute(select(digests.c.person, digests.c.day, digests.c.essence))
    return {PersonKey(person): Last(day, essence) for person, day, essence in rows}


def take(conn: Connection, person: PersonKey, day: date, essence: str) -> Last | None:
    """Take a day's digest of a person upon oneself and return the one before; None where another has, or a later day's.

    Whoever holds the transaction alone makes the message.
    """
    mailbox.lock(conn, [person])
    before = lasts(conn).get(person, NEVER)
    row = {"person": person, "day": day.isoformat(), "essence": essence}
    return before if conn.execute(_TAKE[conn.dialect.name], row).rowcount == 1 else None


def replace(conn: Connection, person: PersonKey) -> None:
    """Take back what still waits of older digests: the newest says it all."""
    older = (messages.c.person == person) & (messages.c.topic == DIGEST) & outbox.FREE
    outbox.end(conn, older, "withdrawn", "")
