"""The table of people's choices."""

from collections.abc import Iterable

import msgspec
from sqlalchemy import Connection, bindparam, select

from bot.outbox import reconsider
from bot.people import PersonKey
from bot.preferences import Choices
from bot.store.dialect import by_dialect
from bot.store.prepared import Prepared
from bot.store.schema import preferences

_CHOSEN = Prepared(
    select(preferences.c.person, preferences.c.choices).where(
        preferences.c.person.in_(bindparam("persons", expanding=True))
    )
)

_CHOOSE = by_dialect(
    lambda insert: insert(preferences).on_conflict_do_update(
        index_elements=["person"], set_={name: insert(preferences).excluded[name] for name in ("choices", "changed")}
    )
)


def choices_of(conn: Connection, persons: Iterable[PersonKey]) -> dict[PersonKey, Choices]:
    """Read what some people have chosen; who has chosen nothing is missing."""
    rows = _CHOSEN.all(conn, {"persons": list(persons)})
    return {PersonKey(person): msgspec.json.decode(choices, type=Choices) for person, choices in rows}


def choose(conn: Connection, person: PersonKey, choices: Choices, at: int) -> None:
    """Keep what a person has chosen and ask anew of what is held for them, in the caller's transaction."""
    row = {"person": person, "choices": msgspec.json.encode(choices).decode(), "changed": at}
    conn.execute(_CHOOSE[conn.dialect.name], row)
    reconsider(conn, person, at)
