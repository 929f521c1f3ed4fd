"""What is remembered: who was told of what, how the newest pipelines ended, and the names behind ids."""

from collections.abc import Iterable, Sequence

from sqlalchemy import Connection, or_, select

from bot.choices import choices_of
from bot.messages import Message
from bot.people import PersonKey
from bot.store.dialect import insert
from bot.store.schema import accounts, announced, failing, told
from gitlab_hooks.event import Run
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
        newest=newest_run(conn, thing),
    )


def newest_run(conn: Connection, thing: str) -> Run | None:
    """Read the newest pipeline of a thing that is known to have ended."""
    columns = (failing.c.run, failing.c.ended, failing.c.failed)
    found = conn.execute(select(*columns).where(failing.c.object == thing)).first()
    return Run(*found) if found else None


def keep_run(conn: Connection, thing: str, run: Run) -> None:
    """Remember how a pipeline of a thing ended, in the caller's transaction, unless a newer one is known."""
    row = {"run": run.id, "ended": run.ended, "failed": run.failed}
    older = or_(failing.c.run < run.id, (failing.c.run == run.id) & (failing.c.ended <= run.ended))
    statement = insert(conn, failing).values(object=thing, **row)
    conn.execute(statement.on_conflict_do_update(index_elements=["object"], set_=row, where=older))


def tell(conn: Connection, facts: Iterable[tuple[str, PersonKey]], at: int) -> None:
    """Remember that persons have been told of facts, in the caller's transaction."""
    if rows := [{"fact": fact, "person": person, "at": at} for fact, person in facts]:
        conn.execute(insert(conn, told).on_conflict_do_nothing(), rows)


def announce(conn: Connection, openings: Iterable[Message]) -> None:
    """Remember for ever that persons have been told of merge requests, and by which messages, in the transaction."""
    if rows := [{"object": one.announces, "person": one.person, "fact": one.fact} for one in openings]:
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
