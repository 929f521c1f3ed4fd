"""What failed and waits for somebody: shown with why, tried again, or given up."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial

from sqlalchemy import Connection, select

from bot import outbox
from bot.directory import Directory
from bot.store import Store, schema
from gitlab_hooks import inbox
from gitlab_hooks.admin import NUMBER, RETRIES
from gitlab_hooks.naming import shortened
from gitlab_hooks.web.door import HOME, Form

MOST = 100
"""Failures that are shown of each kind; the rest comes up as these are dealt with."""

OF_ERROR = 300
"""Characters of what went wrong."""

DROPS: Mapping[str, Callable[[Connection, int], bool]] = {"m": outbox.drop, "d": inbox.drop}
"""How what is named by a letter and a number is given up: a message, or a delivery."""

SAID = {
    "retried": "It is tried again.",
    "dropped": "It is given up for good.",
    "gone": "It is not in the list any more.",
}
"""What is said after an act, by the word in the address."""


@dataclass(frozen=True, slots=True)
class Failure:
    """A row of the list; `number` is that of `/nudge admin retry`, `at` milliseconds since 1970."""

    number: str
    at: int
    who: str
    what: str
    error: str
    text: str = ""


@dataclass(frozen=True, slots=True)
class Failures:
    """Lists what failed and mends it; `again` is called when something is due again."""

    store: Store
    directory: Directory
    again: Callable[[], None]
    show_text: bool

    def shown(self, conn: Connection) -> tuple[list[Failure], int]:
        """Return the oldest failures of each kind, and how many there are in all."""
        letters, deliveries = outbox.failed(conn), inbox.failed(conn)
        texts = _texts(conn, [one.id for one in letters[:MOST]]) if self.show_text else {}
        return [*self._letters(letters[:MOST], texts), *map(_delivery, deliveries[:MOST])], len(letters) + len(
            deliveries
        )

    def _letters(self, letters: list[outbox.DeadLetter], texts: Mapping[int, str]) -> Iterator[Failure]:
        members = self.directory.roster.by_key
        for one in letters:
            name = members[one.person].name if one.person in members else one.person
            error = shortened(one.error, OF_ERROR)
            yield Failure(f"m{one.id}", one.created, name, f"{one.reason}: {one.fact}", error, texts.get(one.id, ""))

    def mend(self, form: Form) -> str:
        """Try again, or give up, what a form names; return where to look next."""
        named = NUMBER.fullmatch(form.get("number", ""))
        if named is None:
            return _back("gone")
        kind, number = named["kind"], int(named["number"])
        if form.get("do") == "drop":
            return _back("dropped" if self.store.write(partial(_drop, kind=kind, number=number)) else "gone")
        found = self.store.write(partial(_retry, kind=kind, number=number, now=self.store.now()))
        if found:
            self.again()
        return _back("retried" if found else "gone")


def _texts(conn: Connection, numbers: list[int]) -> dict[int, str]:
    columns = select(schema.outbox.c.id, schema.outbox.c.headline)
    found = conn.execute(columns.where(schema.outbox.c.id.in_(numbers)))
    return {number: str(text) for number, text in found}


def _drop(conn: Connection, kind: str, number: int) -> bool:
    return DROPS[kind](conn, number)


def _retry(conn: Connection, kind: str, number: int, now: int) -> bool:
    return RETRIES[kind](conn, number, now)


def _delivery(one: inbox.Failed) -> Failure:
    return Failure(f"d{one.id}", one.received, "", one.object, shortened(one.error, OF_ERROR))


def _back(said: str) -> str:
    return f"{HOME}?said={said}#failed"
