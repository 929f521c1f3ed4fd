"""For every delivery and every candidate: told, or why not."""

from collections.abc import Iterable
from typing import NamedTuple

from sqlalchemy import Connection, insert

from bot.store.schema import journal


class Entry(NamedTuple):
    """One line of the journal; `account` is the candidate's name on the other side, `person` the matched member."""

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


def record(conn: Connection, entries: Iterable[Entry], at: int) -> None:
    """Write lines into the journal, in the caller's transaction; `at` is milliseconds since 1970."""
    rows = [{**entry._asdict(), "at": at} for entry in entries]
    if rows:
        conn.execute(insert(journal), rows)
