"""The embedded database: one file, one writing thread, readers that never wait for it."""

import fcntl
import logging
import os
import secrets
import sqlite3
import time
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import TypeVar

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import DatabaseError
from sqlalchemy.pool import QueuePool

from bot.errors import Misconfigured, TryLater
from bot.store.migrate import HEAD, migrate
from bot.store.prepared import tell
from bot.store.recover import free, hurry
from bot.store.writer import Writer, is_storage_fault

T = TypeVar("T")

BUSY_SECONDS = 4.0
"""How long a statement waits for another process that writes.

Who comes while others wait for it waits twice as long, and GitLab waits ten seconds for its answer.
"""

READERS = 16
"""Connections kept for reading; more threads than this wait for one."""

PRAGMAS = (
    "auto_vacuum = INCREMENTAL",  # before the first table is made; lets `bot.store.space` shorten the file
    "journal_mode = WAL",
    "journal_size_limit = 67108864",  # a log that a long reading let grow is cut to 64 MiB afterwards
    "synchronous = FULL",
    "foreign_keys = ON",
)

SENTENCES = {
    sqlite3.SQLITE_NOTADB: "is not a database",
    sqlite3.SQLITE_CORRUPT: "is damaged; restore a copy of it",
    sqlite3.SQLITE_READONLY: "cannot be written; check the owner and the mount",
    sqlite3.SQLITE_CANTOPEN: "cannot be opened; check that it is a file and whose it is",
    sqlite3.SQLITE_FULL: "cannot grow: the disk is full",
}


log = logging.getLogger(__name__)


def wall_clock() -> int:
    """Return this machine's time in milliseconds since 1970."""
    return time.time_ns() // 1_000_000


class SqliteStore:
    """A `bot.store.Database` in one file; who else writes there is noticed by looking, since a file cannot ring."""

    def __init__(self, file: str, *, serving: bool, clock: Callable[[], int], wait: float) -> None:
        self.owner = secrets.token_urlsafe(12)
        self._clock = clock
        path = Path(file)
        _make_folder(path)
        self._lock = _only_one(path, wait) if serving else None
        self._writing = _engine(path, "BEGIN IMMEDIATE", size=1)
        self._reading = _engine(path, "BEGIN", "PRAGMA query_only = ON", size=READERS)
        try:
            migrate(self._writing, file, copy=partial(_copy, self._writing, path, clock()))
            with self._writing.begin() as conn:  # which alone shows whether the file can be written
                if serving:
                    free(conn)
                    hurry(conn, clock())
        except DatabaseError as error:
            self._let_go()
            raise Misconfigured(explain(path, error)) from error
        except Misconfigured:
            self._let_go()
            raise
        self._writer = Writer(self._writing)

    def write(self, op: Callable[[Connection], T]) -> T:
        """See `bot.store.Store.write`."""
        return self._writer.run(op)

    def read(self, op: Callable[[Connection], T]) -> T:
        """See `bot.store.Store.read`."""
        try:
            with self._reading.connect() as conn:
                return op(conn)
        except DatabaseError as error:
            if is_storage_fault(error):
                raise TryLater(f"the database could not read: {error.orig}") from error
            raise

    def now(self) -> int:
        """See `bot.store.Store.now`."""
        return self._clock()

    def ring(self, name: str) -> None:
        """See `bot.store.Database.ring`."""

    def listen(self, wakes: Mapping[str, Callable[[], None]]) -> None:
        """See `bot.store.Database.listen`."""

    def close(self) -> None:
        """See `bot.store.Store.close`."""
        self._writer.close()
        self._let_go()

    def _let_go(self) -> None:
        self._reading.dispose()
        self._writing.dispose()
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None


def explain(path: Path, error: DatabaseError) -> str:
    """Say in a sentence why a file cannot be used."""
    code = getattr(error.orig, "sqlite_errorcode", 0) & 0xFF
    return f"[store] url: {path} {SENTENCES.get(code, f'cannot be used: {error.orig}')}"


def _make_folder(path: Path) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Misconfigured(f"[store] url: the folder {path.parent} cannot be made: {error.strerror}") from error


def _only_one(path: Path, wait: float) -> int:
    """Take the lock beside the file, which the system frees when this process ends, however it ends."""
    handle = os.open(f"{path}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    end = time.monotonic() + wait
    if wait and not _locked(handle):
        log.warning("another nudge serves %s; waiting up to %d s for it to end", path, wait)
    while not _locked(handle):
        if time.monotonic() >= end:
            os.close(handle)
            raise Misconfigured(
                f"another nudge serves {path}: stop it first, or give this one a [store] url of its own"
            )
        time.sleep(0.05)
    return handle


def _locked(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _engine(path: Path, begin: str, *pragmas: str, size: int) -> Engine:
    """Return an engine whose transactions open with `begin`.

    `isolation_level=None` keeps Python's sqlite3 from opening transactions by itself, in every version of it.
    """
    engine = create_engine(
        f"sqlite:///{path}",
        poolclass=QueuePool,
        pool_size=size,
        max_overflow=0,
        hide_parameters=True,  # an error may reach the log, and a message is a parameter
        connect_args={"check_same_thread": False, "isolation_level": None, "timeout": BUSY_SECONDS},
    )

    @event.listens_for(engine, "connect")
    def _set_up(raw: sqlite3.Connection, _record: object) -> None:
        for pragma in PRAGMAS:
            raw.execute(f"PRAGMA {pragma}")
        for statement in pragmas:
            raw.execute(statement)

    @event.listens_for(engine, "begin")
    def _begin(conn: Connection) -> None:
        tell(conn, begin)

    return engine


def _copy(engine: Engine, path: Path, now: int) -> None:
    """Copy the file as it is now; VACUUM INTO takes a consistent copy, with what is still in the log, from any state.

    https://www.sqlite.org/lang_vacuum.html
    """
    raw = engine.raw_connection()
    try:
        raw.cursor().execute("VACUUM INTO ?", (f"{path}.before-{HEAD}-{now}",))
    finally:
        raw.close()
