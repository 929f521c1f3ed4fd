"""The store, the outbox and a courier in one hand, for the tests of the engine."""

import itertools
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache, partial
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Table, select

from bot import due, outbox
from bot.carrier import LEASE_MS
from bot.courier import Courier
from bot.messages import Card, Message
from bot.outbox import Batching, Send, Waiting
from bot.people import PersonKey
from bot.sources import Sources
from bot.store import Store, open_store
from tests.bot.fakes import FakeMattermost, Time

BATCHING = Batching(batch_ms=3_000, at_most_ms=15_000)


def message(fact: str, *, person: str = "mina", lane: str = "mr:1", actor: str = "", **more: Any) -> Message:
    """Return a message whose headline is its fact; an `actor` makes it batch with what else they do to the object."""
    group = f"{actor or 'at once'}:{lane}"
    given = {"batched": bool(actor), "headline": fact, "card": Card(text=f"card of {fact}"), **more}
    return Message(
        person=PersonKey(person), fact=fact, object=lane, group=group, reason="mentioned", topic="mentions", **given
    )


Release = Callable[[Connection, Waiting], outbox.Decision]


def send_all(_conn: Connection, _message: Waiting) -> outbox.Decision:
    return Send()


@cache
def empty_database() -> Path:
    """Return a migrated database, made once: every example starts from a copy."""
    path = Path(tempfile.mkdtemp()) / "empty.db"
    open_store(f"sqlite:///{path}", serving=True).close()
    return path


def left_behind(database: str) -> int:
    """Milliseconds for which what a dead process had in hand stays its own: in a file nobody else can be alive."""
    return 0 if database.startswith("sqlite") else LEASE_MS


def one_by_one(release: Release) -> due.Release:
    """Return a rule that decides on each message for itself as the courier asks it."""
    return lambda conn, _person: partial(release, conn)


def address(database: Path | str) -> str:
    """Return the address of a database that may be a file."""
    return database if isinstance(database, str) else f"sqlite:///{database}"


class Engine:
    """One process: a store on a database, a file or an address, and a courier over a Mattermost that outlives it."""

    def __init__(
        self,
        database: Path | str,
        time: Time,
        mattermost: FakeMattermost,
        *,
        release: Release = send_all,
        wrap: Callable[[Store], Store] = lambda store: store,
        **options: Any,
    ) -> None:
        self.time = time
        self.mattermost = mattermost
        self._opened = open_store(address(database), serving=True, clock=time.now, wait=5)
        self.store = wrap(self._opened)
        tokens = itertools.count()
        sources = Sources(time.monotonic, lambda: 0.0, lambda: f"{self._opened.owner}{next(tokens)}")
        self.courier = Courier(self.store, mattermost, one_by_one(release), sources=sources, **options)

    def put(self, *messages: Message, delivery: int | None = None) -> list[bool]:
        now = self.time.now()
        return self._opened.write(
            lambda conn: outbox.put(conn, messages, delivery=delivery, now=now, batching=BATCHING)
        )

    def drain(self) -> None:
        """Send what is due now, and what becomes due by that."""
        while self.courier.step():
            pass

    def rows(self, table: Table, *columns: str) -> list[tuple[Any, ...]]:
        chosen = [table.c[name] for name in columns]
        return self._opened.read(
            lambda conn: [tuple(row) for row in conn.execute(select(*chosen).order_by(*table.primary_key))]
        )

    def write(self, op: Callable[[Connection], Any]) -> Any:
        return self._opened.write(op)

    def close(self) -> None:
        self._opened.close()


@contextmanager
def engine(database: Path | str, time: Time, mattermost: FakeMattermost, **options: Any) -> Iterator[Engine]:
    """Run one process; what it leaves is what the next one finds."""
    one = Engine(database, time, mattermost, **options)
    try:
        yield one
    finally:
        one.close()
