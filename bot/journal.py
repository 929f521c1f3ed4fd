"""For every delivery and every candidate: told, or why not."""

from collections.abc import Iterable
from typing import NamedTuple

from sqlalchemy import Connection, func, insert, select

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
    entry = [journal.c[name] for name in Entry._fields]
    mine = (
        select(journal.c.at, func.coalesce(outbox.c.state, ""), *entry)
        .outerjoin(outbox, _MESSAGE)
        .where(journal.c.person == person, func.lower(journal.c.link).contains(linked.lower(), autoescape=True))
        .order_by(journal.c.id.desc())
        .limit(most)
    )
    return [Line(at, Entry(*values), state) for at, state, *values in conn.execute(mine)]
