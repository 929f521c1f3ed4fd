"""What is remembered: who was told of a fact, who of a merge request's opening, and the names behind ids."""

from collections.abc import Iterable, Sequence

from sqlalchemy import Connection, select

from bot.choices import choices_of
from bot.people import PersonKey
from bot.store.dialect import insert
from bot.store.schema import accounts, announced, told
from gitlab_hooks.gather import Memory
from gitlab_hooks.lookups import User, UserId


def recall(conn: Connection, thing: str, facts: Iterable[str], persons: Sequence[PersonKey]) -> Memory:
    """Read what is remembered of some people about a thing and some facts."""
    if not persons:
        return Memory()
    facts_told = select(told.c.fact, told.c.person).where(told.c.fact.in_(list(facts)), told.c.person.in_(persons))
    openings = select(announced.c.person).where(announced.c.object == thing, announced.c.person.in_(persons))
    return Memory(
        told=frozenset((fact, PersonKey(person)) for fact, person in conn.execute(facts_told)),
        announced=frozenset(PersonKey(person) for (person,) in conn.execute(openings)),
        choices=choices_of(conn, persons),
    )


def tell(conn: Connection, facts: Iterable[tuple[str, PersonKey]], at: int) -> None:
    """Remember that persons have been told of facts, in the caller's transaction."""
    if rows := [{"fact": fact, "person": person, "at": at} for fact, person in facts]:
        conn.execute(insert(conn, told).on_conflict_do_nothing(), rows)


def announce(conn: Connection, openings: Iterable[tuple[str, PersonKey]]) -> None:
    """Remember for ever that persons have been told of merge requests, in the caller's transaction."""
    if rows := [{"object": thing, "person": person} for thing, person in openings]:
        conn.execute(insert(conn, announced).on_conflict_do_nothing(), rows)


def name_accounts(conn: Connection, users: Iterable[User], at: int) -> None:
    """Keep the names that a payload showed, so that an id alone is understood without a token too."""
    for user in users:
        if user.id and user.username:
            row = {"name": user.username, "changed": at}
            statement = insert(conn, accounts).values(id=str(user.id), **row)
            renamed = accounts.c.name != user.username
            conn.execute(statement.on_conflict_do_update(index_elements=["id"], set_=row, where=renamed))


def named_accounts(conn: Connection) -> list[User]:
    """Read all names that payloads have shown, oldest first."""
    rows = conn.execute(select(accounts.c.id, accounts.c.name).order_by(accounts.c.changed))
    return [User(UserId(int(number)), name) for number, name in rows]
