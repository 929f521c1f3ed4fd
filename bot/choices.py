"""The table of people's choices."""

from collections.abc import Iterable

import msgspec
from sqlalchemy import Connection, select

from bot.outbox import reconsider
from bot.people import PersonKey
from bot.preferences import Choices
from bot.store.dialect import insert
from bot.store.schema import preferences


def choices_of(conn: Connection, persons: Iterable[PersonKey]) -> dict[PersonKey, Choices]:
    """Read what some people have chosen; who has chosen nothing is missing."""
    rows = conn.execute(
        select(preferences.c.person, preferences.c.choices).where(preferences.c.person.in_(list(persons)))
    )
    return {PersonKey(person): msgspec.json.decode(choices, type=Choices) for person, choices in rows}


def choose(conn: Connection, person: PersonKey, choices: Choices, at: int) -> None:
    """Keep what a person has chosen and ask anew of what is held for them, in the caller's transaction."""
    row = {"choices": msgspec.json.encode(choices).decode(), "changed": at}
    statement = insert(conn, preferences).values(person=person, **row)
    conn.execute(statement.on_conflict_do_update(index_elements=["person"], set_=row))
    reconsider(conn, person, at)
