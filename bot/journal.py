"""For every delivery and every candidate: told, or why not."""

from collections.abc import Iterable
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Select, func, insert, select

from bot.messages import EDIT
from bot.people import PersonKey
from bot.store.prepared import Prepared
from bot.store.schema import journal, outbox


class Entry(NamedTuple):
    """One line of the journal; `account` is the candidate's name on the other side, `person` the matched member.

    `ground` is what its maker needs to know to ask again who may read it, in a form that only the maker reads.
    """

    verdict: str
    delivery: int | None = None
    rule: str = ""
    fact: str = ""
    object: str = ""
    label: str = ""
    link: str = ""
    actor: str = ""
    account: str = ""
    person: str | None = None
    reason: str = ""
    also: str = ""
    detail: str = ""
    ground: str = ""


_ADD = Prepared(insert(journal).inline(), columns=(*Entry._fields, "at"))


def record(conn: Connection, entries: Iterable[Entry], at: int) -> None:
    """Write lines into the journal, in the caller's transaction; `at` is milliseconds since 1970."""
    _ADD.each(conn, [{**entry._asdict(), "at": at} for entry in entries])


class Line(NamedTuple):
    """One line of the journal as it is read: when it was written, in milliseconds since 1970, and what it says.

    `message` is the state in which the message about the same fact is by now (`bot.store.schema.outbox`), "" where
    there is none, or none any more.
    """

    at: int
    entry: Entry
    message: str = ""


_MESSAGE = (outbox.c.fact == journal.c.fact) & (outbox.c.person == journal.c.person) & (outbox.c.kind != EDIT)


def lines(conn: Connection, person: PersonKey, most: int, linked: str = "") -> list[Line]:
    """Read the newest lines about a person, newest first; those alone whose link has `linked` in it, case aside."""
    mine = _lines.where(
        journal.c.person == person, func.lower(journal.c.link).contains(linked.lower(), autoescape=True)
    )
    return [line for _, line in _read(conn, mine, most)]


def search(conn: Connection, which: Iterable[ColumnElement[bool]], before: int, most: int) -> list[tuple[int, Line]]:
    """Read the newest lines of all people that meet every condition, newest first, each with its number.

    `before` is the number before which they shall be, 0 for the newest of all; `most` how many are read.
    """
    older = [journal.c.id < before] if before else []
    return _read(conn, _lines.where(*which, *older), most)


_lines = select(
    journal.c.id, journal.c.at, func.coalesce(outbox.c.state, ""), *(journal.c[name] for name in Entry._fields)
).outerjoin(outbox, _MESSAGE)


def _read(conn: Connection, which: Select[Any], most: int) -> list[tuple[int, Line]]:
    found = conn.execute(which.order_by(journal.c.id.desc()).limit(most))
    return [(number, Line(at, Entry(*values), state)) for number, at, state, *values in found]
