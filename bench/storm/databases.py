"""The two stores: how the bot gets at one, what still waits in it, and what may go wrong with it."""

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg

from bench.storm.weather import Fault
from tests.postgres import Postgres

WAITING = """
SELECT (SELECT count(*) FROM inbox WHERE state = 'waiting') + (SELECT count(*) FROM outbox WHERE state = 'waiting')
"""
HANG_UP = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'nudge'"


@dataclass(frozen=True, slots=True)
class Database:
    """A database of the bot's; `waiting` returns how much is not yet worked through or sent, None while it is away."""

    url: str
    waiting: Callable[[], int | None]
    faults: Sequence[Fault] = ()


@contextmanager
def sqlite(folder: Path) -> Iterator[Database]:
    """Keep everything in a file; what goes wrong with that is the bot's own death."""
    file = folder / "nudge.db"

    def waiting() -> int | None:
        try:
            with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True, timeout=10)) as connection:
                return int(connection.execute(WAITING).fetchone()[0])
        except sqlite3.OperationalError:
            return None

    yield Database(f"sqlite:///{file}", waiting)


@contextmanager
def postgresql(folder: Path) -> Iterator[Database]:
    """Run a PostgreSQL on a socket of its own."""
    with closing(Postgres(folder)) as server:
        server.run("CREATE DATABASE nudge")

        def waiting() -> int | None:
            try:
                return int(server.run(WAITING, "nudge")[0][0])
            except psycopg.Error:
                return None

        yield Database(server.url("nudge"), waiting, of_postgresql(server))


def of_postgresql(server: Postgres) -> Sequence[Fault]:
    """Return what may go wrong with PostgreSQL; the first two are over as soon as they have begun."""

    def nothing() -> None:
        """Wait for what comes next."""

    return (
        Fault("PostgreSQL hangs up on everybody", lambda _: _hang_up(server), nothing, weight=4),
        Fault("PostgreSQL restarts", lambda _: server.control("restart", "-m", "immediate"), nothing),
        Fault("PostgreSQL is away", lambda _: server.control("stop", "-m", "immediate"), server.start),
    )


def _hang_up(server: Postgres) -> None:
    server.run(HANG_UP)


STORES = {"sqlite": sqlite, "postgresql": postgresql}
