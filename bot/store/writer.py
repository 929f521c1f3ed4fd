"""One thread that writes for all: many operations a transaction, one wait for the disk."""

import sqlite3
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from queue import Empty, SimpleQueue
from typing import Any, TypeVar, cast

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DatabaseError

from bot.errors import TryLater

T = TypeVar("T")

GROUP = 256
"""Operations that share one transaction at most."""

STORAGE_CODES = frozenset(
    {
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_CORRUPT,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_NOMEM,
        sqlite3.SQLITE_NOTADB,
        sqlite3.SQLITE_PROTOCOL,
        sqlite3.SQLITE_READONLY,
    }
)
"""Result codes that speak of the disk or the file, never of the statement (https://www.sqlite.org/rescode.html)."""


def is_storage_fault(error: BaseException) -> bool:
    """Say whether an error is the database's, so that every operation of the group has met it."""
    code = getattr(error.orig, "sqlite_errorcode", None) if isinstance(error, DatabaseError) else None
    return code is not None and code & 0xFF in STORAGE_CODES  # the low byte; the rest is detail


class Job:
    """An operation, and the future that its caller waits for."""

    __slots__ = ("future", "op")

    def __init__(self, op: Callable[[Connection], Any]) -> None:
        self.op = op
        self.future: Future[Any] = Future()


class Writer:
    """Runs operations in the order in which they come, up to `GROUP` in one transaction.

    A future is resolved after the commit. An operation that fails takes nobody with it: its group is rolled back and
    each one is run again alone. When the database itself fails, everybody of the group is told to try later, and the
    next group is a new attempt.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._jobs: SimpleQueue[Job | None] = SimpleQueue()
        self._open = True
        self._door = threading.Lock()  # nobody gets in behind the last one
        self._thread = threading.Thread(target=self._run, name="store-writer", daemon=True)
        self._thread.start()

    def run(self, op: Callable[[Connection], T]) -> T:
        """Return what `op` returned, once it is durable."""
        job = Job(op)
        with self._door:
            if not self._open:
                raise TryLater("the database is closed: this process is stopping")
            self._jobs.put(job)
        return cast("T", job.future.result())

    def close(self) -> None:
        """Finish what was asked for, then end the thread."""
        with self._door:
            if self._open:
                self._jobs.put(None)
            self._open = False
        self._thread.join()

    def _run(self) -> None:
        going = True
        while going:
            group, going = self._next_group()
            self._commit(group)

    def _next_group(self) -> tuple[list[Job], bool]:
        """Wait for one operation, then take what else is there; say whether more may come."""
        group: list[Job] = []
        job = self._jobs.get()
        while job is not None:
            group.append(job)
            if len(group) == GROUP:
                return group, True
            try:
                job = self._jobs.get_nowait()
            except Empty:
                return group, True
        return group, False

    def _commit(self, group: Sequence[Job]) -> None:
        try:
            results = self._transact(group)
        except BaseException as error:  # noqa: BLE001 - the callers get it; the thread lives on
            self._settle(group, error)
        else:
            for job, result in zip(group, results, strict=True):
                job.future.set_result(result)

    def _transact(self, group: Sequence[Job]) -> list[Any]:
        """Run a group in one transaction; leaving by an exception rolls it back, also when COMMIT itself failed."""
        with self._engine.begin() as conn:
            return [job.op(conn) for job in group]

    def _settle(self, group: Sequence[Job], error: BaseException) -> None:
        """Tell the callers of a group that failed, or let each of them try alone."""
        if is_storage_fault(error):
            for job in group:
                job.future.set_exception(_try_later(error))
        elif len(group) == 1:
            group[0].future.set_exception(error)
        else:
            for job in group:
                self._commit([job])


def _try_later(error: BaseException) -> TryLater:
    """Return a fresh exception for one caller; a shared one would gather the tracebacks of all."""
    later = TryLater(f"the database could not write: {getattr(error, 'orig', error)}")
    later.__cause__ = error
    return later
