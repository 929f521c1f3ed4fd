"""An inbox, a reader and an outbox on one real store, in front of the team's GitLab."""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, Table, func, select

from bot import outbox
from bot.errors import TryLater
from bot.outbox import Batching
from bot.people import PersonKey
from bot.store import Store, open_store, schema
from gitlab_hooks import inbox, memory
from gitlab_hooks.delivery import Kept, content
from gitlab_hooks.gather import Memory
from gitlab_hooks.house import House
from gitlab_hooks.reader import Reader
from tests.bot.fakes import Time
from tests.gitlab_hooks.gitlab_fake import FakeGitLab
from tests.gitlab_hooks.team import MEMBERS, NOW, gitlab, house

T = TypeVar("T")

NAMES = {member.key: member.name for member in MEMBERS}
LATE = 10 * 60 * 1000
"""Milliseconds after which everything that was postponed is due again."""


class Desk:
    """One process: what is delivered is read in turn; nobody sends what is written."""

    def __init__(self, store: Store, time: Time, of: FakeGitLab, **options: Any) -> None:
        self.store, self.time, self.gitlab = store, time, of
        self.house = replace(house(of, **options), remember=self._remember)
        self.woken = 0
        self.reader = self.new_reader()

    def new_reader(self, of: House | None = None, **options: Any) -> Reader:
        """Return a reader at this desk, perhaps of another house."""
        return Reader(self.store, of or self.house, Batching(), self._told, lambda: 0.0, **options)

    def accept(self, body: Any, *, lane: str | None = None, delivery_id: str | None = None) -> bool:
        """Put a body, or bytes as they are, into the inbox."""
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        found = content(raw)
        found = found if lane is None else replace(found, lane=lane)
        now = self.time.now()
        return self.store.write(lambda conn: inbox.accept(conn, found, delivery_id, {}, now) is Kept.NEW)

    def deliver(self, body: Any) -> set[str]:
        """Accept a body, read all there is, and return who is told by it."""
        last = self.store.read(lambda conn: conn.scalar(select(func.max(schema.outbox.c.id)))) or 0
        self.accept(body)
        self.read()
        new = select(schema.outbox.c.person).where(schema.outbox.c.id > last)
        return {NAMES[PersonKey(person)] for person in self.store.read(lambda conn: conn.scalars(new).all())}

    def read(self) -> None:
        """Work through everything that is due."""
        while self.reader.step():
            pass

    def rows(self, table: Table, *columns: str) -> list[tuple[Any, ...]]:
        """Return some columns of all rows, oldest first."""
        chosen = select(*(table.c[name] for name in columns)).order_by(table.c.id)
        return self.store.read(lambda conn: [tuple(row) for row in conn.execute(chosen)])

    def drop(self, person: PersonKey) -> None:
        """Drop everything that waits for somebody."""
        mine = (schema.outbox.c.person == person) & outbox.FREE
        self.store.write(lambda conn: outbox.end(conn, mine, "dropped", "opted_out"))

    def _told(self) -> None:
        self.woken += 1

    def _remember(self, thing: str, facts: Iterable[str], persons: Sequence[PersonKey]) -> Memory:
        return self.store.read(partial(memory.recall, thing=thing, facts=facts, persons=persons))


class FailingStore:
    """A store whose disk is full at times."""

    def __init__(self, store: Store) -> None:
        self._store, self.owner, self.down = store, store.owner, False

    def write(self, op: Callable[[Connection], T]) -> T:
        if self.down:
            raise TryLater("the database could not write: disk full")
        return self._store.write(op)

    def read(self, op: Callable[[Connection], T]) -> T:
        if self.down:
            raise TryLater("the database could not read")
        return self._store.read(op)

    def now(self) -> int:
        return self._store.now()

    def close(self) -> None:
        self._store.close()


@contextmanager
def desk(where: Path | str, **options: Any) -> Iterator[Desk]:
    """Run one process for a while, in a folder or on an address; what it leaves is what the next one finds."""
    time = Time(ms=NOW)
    address = where if isinstance(where, str) else f"sqlite:///{where / 'nudge.db'}"
    store = open_store(address, serving=True, clock=time.now, wait=5)
    try:
        yield Desk(store, time, gitlab(), **options)
    finally:
        store.close()
