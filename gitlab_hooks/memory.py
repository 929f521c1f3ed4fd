"""What is remembered: who was told of what, how the newest pipelines ended, and the names behind ids."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import BindParameter, Connection, bindparam, or_, select

from bot.choices import choices_of
from bot.messages import Message
from bot.people import PersonKey
from bot.store.dialect import by_dialect, if_new
from bot.store.prepared import Prepared
from bot.store.schema import accounts, announced, ends, failing, told
from gitlab_hooks.event import Run
from gitlab_hooks.gather import Memory
from gitlab_hooks.lookups import User, UserId
from gitlab_hooks.settlement import Ended, Settlement, State, account

_WHOSE: BindParameter[Any] = bindparam("persons", expanding=True)

_TOLD = Prepared(
    select(told.c.fact, told.c.person).where(
        told.c.fact.in_(bindparam("facts", expanding=True)), told.c.person.in_(_WHOSE)
    )
)

_ANNOUNCED = Prepared(
    select(announced.c.person).where(announced.c.object == bindparam("thing"), announced.c.person.in_(_WHOSE))
)

_NEWEST = Prepared(
    select(failing.c.run, failing.c.ended, failing.c.failed).where(failing.c.object == bindparam("thing"))
)

_KEEP_RUN = by_dialect(
    lambda insert: insert(failing).on_conflict_do_update(
        index_elements=["object"],
        set_={name: insert(failing).excluded[name] for name in ("run", "ended", "failed")},
        where=or_(
            failing.c.run < insert(failing).excluded.run,
            (failing.c.run == insert(failing).excluded.run) & (failing.c.ended <= insert(failing).excluded.ended),
        ),
    )
)

TAKEN_BACK = "taken_back"
"""The state of a fact that does not hold any more; every other one is a `gitlab_hooks.settlement.State`."""

_ENDS = Prepared(
    select(ends.c.object, ends.c.state, ends.c.whom, ends.c.at).where(
        ends.c.object.in_(bindparam("objects", expanding=True))
    )
)

_END = by_dialect(
    lambda insert: insert(ends).on_conflict_do_update(
        index_elements=["object", "whom", "state"],
        set_={"at": insert(ends).excluded.at},
        where=ends.c.at < insert(ends).excluded.at,
    )
)

_TELL = Prepared(by_dialect(lambda insert: if_new(insert(told))), columns=("fact", "person", "at"))

_ANNOUNCE = Prepared(by_dialect(lambda insert: if_new(insert(announced))), columns=("object", "person", "fact"))

_NAMES = Prepared(select(accounts.c.id, accounts.c.name).where(accounts.c.id.in_(bindparam("ids", expanding=True))))

_RENAME = by_dialect(
    lambda insert: insert(accounts).on_conflict_do_update(
        index_elements=["id"], set_={name: insert(accounts).excluded[name] for name in ("name", "changed")}
    )
)

_ALL_NAMES = select(accounts.c.id, accounts.c.name).order_by(accounts.c.changed, accounts.c.id)


def recall(conn: Connection, thing: str, facts: Iterable[str], persons: Sequence[PersonKey]) -> Memory:
    """Read what is remembered of some people about a thing and some facts."""
    if not persons:
        return Memory()
    asked = {"thing": thing, "facts": list(facts), "persons": list(persons)}
    become = _ENDS.all(conn, {"objects": [thing, *asked["facts"]]})
    return Memory(
        told=frozenset((fact, PersonKey(person)) for fact, person in _TOLD.all(conn, asked)),
        announced=frozenset(PersonKey(person) for (person,) in _ANNOUNCED.all(conn, asked)),
        choices=choices_of(conn, persons),
        newest=newest_run(conn, thing),
        ends=tuple(Ended(State(row.state), row.whom, row.at) for row in become if row.state != TAKEN_BACK),
        taken_back=frozenset(row.object for row in become if row.state == TAKEN_BACK),
    )


def newest_run(conn: Connection, thing: str) -> Run | None:
    """Read the newest pipeline of a thing that is known to have ended."""
    found = _NEWEST.first(conn, {"thing": thing})
    return Run(*found) if found else None


def keep_run(conn: Connection, thing: str, run: Run) -> None:
    """Remember how a pipeline of a thing ended, in the caller's transaction, unless a newer one is known."""
    row = {"object": thing, "run": run.id, "ended": run.ended, "failed": run.failed}
    conn.execute(_KEEP_RUN[conn.dialect.name], row)


def end(conn: Connection, thing: str, settled: Iterable[Settlement], at: int) -> None:
    """Remember what has become of a thing, at a time by GitLab's clock, in the caller's transaction."""
    ended = {(one.state, name) for one in settled for name in ([""] if one.whom is None else map(account, one.whom))}
    if rows := [{"object": thing, "whom": name, "state": state, "at": at} for state, name in sorted(ended)]:
        conn.execute(_END[conn.dialect.name], rows)


def take_back(conn: Connection, fact: str, at: int) -> None:
    """Remember that a fact does not hold any more, in the caller's transaction."""
    conn.execute(_END[conn.dialect.name], {"object": fact, "whom": "", "state": TAKEN_BACK, "at": at})


def tell(conn: Connection, facts: Iterable[tuple[str, PersonKey]], at: int) -> None:
    """Remember that persons have been told of facts, in the caller's transaction."""
    _TELL.each(conn, [{"fact": fact, "person": person, "at": at} for fact, person in sorted(set(facts))])


def announce(conn: Connection, openings: Iterable[Message]) -> None:
    """Remember for ever that persons have been told of merge requests, and by which messages, in the transaction."""
    told_of = sorted((one.announces, one.person, one.fact) for one in openings)
    _ANNOUNCE.each(conn, [{"object": thing, "person": person, "fact": fact} for thing, person, fact in told_of])


def name_accounts(conn: Connection, users: Iterable[User], at: int) -> None:
    """Keep the names that a payload showed, so that an id alone is understood without a token too.

    What is known already is only read: in PostgreSQL the same few accounts would else hold up everybody's deliveries.
    """
    shown = {str(user.id): user.username for user in users if user.id and user.username}
    known: dict[str, str] = dict(_NAMES.all(conn, {"ids": sorted(shown)})) if shown else {}
    new = [(number, name) for number, name in sorted(shown.items()) if known.get(number) != name]
    if rows := [{"id": number, "name": name, "changed": at} for number, name in new]:
        conn.execute(_RENAME[conn.dialect.name], rows)


def named_accounts(conn: Connection) -> list[User]:
    """Read all names that payloads have shown, oldest first."""
    return [User(UserId(int(number)), name) for number, name in conn.execute(_ALL_NAMES)]
