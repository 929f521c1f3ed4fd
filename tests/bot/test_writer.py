"""The one writer: many operations a transaction, and nobody pays for another's fault."""

import sqlite3
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, event, text
from sqlalchemy.exc import IntegrityError, OperationalError

from bot.errors import TryLater
from bot.store.sqlite import _engine
from bot.store.writer import GROUP, Writer, is_storage_fault


class Bench:
    """A writer on a file with one table, whose thread can be held up so that operations gather behind it."""

    def __init__(self, path: Path) -> None:
        self.engine: Engine = _engine(path, "BEGIN IMMEDIATE", size=1)
        self.commits = 0
        self.writer = Writer(self.engine)
        self.writer.run(lambda conn: conn.execute(text("CREATE TABLE things (name TEXT UNIQUE, size TEXT)")).rowcount)
        self.pool = ThreadPoolExecutor(600)
        event.listen(self.engine, "commit", self.count)

    def count(self, _conn: Connection) -> None:
        self.commits += 1

    def gathered(self, *ops: Callable[[Connection], Any]) -> list[Future[Any]]:
        """Start operations while the writer is held up, so that all of them are there when it goes on."""
        held, free = threading.Event(), threading.Event()

        def hold(_conn: Connection) -> None:
            held.set()
            free.wait(30)

        first = self.pool.submit(self.writer.run, hold)
        assert held.wait(30)
        futures = []
        for number, op in enumerate(ops, 1):
            futures.append(self.pool.submit(self.writer.run, op))
            self.wait_for(number)
        free.set()
        first.result(30)
        return futures

    def wait_for(self, waiting: int) -> None:
        for _ in range(30_000):
            if self.writer._jobs.qsize() >= waiting:
                return
            threading.Event().wait(0.001)
        pytest.fail("the operation never reached the writer")

    def names(self) -> list[str]:
        rows = self.writer.run(lambda conn: conn.execute(text("SELECT name FROM things ORDER BY rowid")).all())
        return [name for (name,) in rows]


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    one = Bench(tmp_path / "n.db")
    yield one
    one.writer.close()
    one.pool.shutdown()
    one.engine.dispose()


def add(name: str, size: int = 1) -> Callable[[Connection], str]:
    def op(conn: Connection) -> str:
        conn.execute(text("INSERT INTO things VALUES (:name, :size)"), {"name": name, "size": "x" * size})
        return name

    return op


def test_what_gathers_is_committed_together_in_order(bench: Bench) -> None:
    """Operations that wait while the disk is busy share one transaction, in the order in which they came."""
    futures = bench.gathered(*(add(f"n{number}") for number in range(20)))

    assert [future.result(30) for future in futures] == [f"n{number}" for number in range(20)]
    assert bench.commits == 2  # the one that held the writer up, and all the others
    assert bench.names() == [f"n{number}" for number in range(20)]


def test_a_group_has_a_limit(bench: Bench) -> None:
    """More than 256 operations are several transactions, so that the first need not wait for ever."""
    for future in bench.gathered(*(add(f"n{number}") for number in range(GROUP + 1))):
        future.result(30)

    assert bench.commits == 3


def test_a_result_is_durable_when_it_comes(bench: Bench, tmp_path: Path) -> None:
    """When `run` returns, another connection sees what was written."""
    bench.writer.run(add("first"))

    with sqlite3.connect(tmp_path / "n.db") as other:
        assert other.execute("SELECT name FROM things").fetchall() == [("first",)]
    other.close()


def test_the_guilty_operation_fails_alone(bench: Bench) -> None:
    """An operation that raises takes nobody with it, and nothing of it stays; its own exception comes out."""

    def guilty(conn: Connection) -> None:
        add("half done")(conn)
        raise KeyError("mine")

    before, bad, twice, after = bench.gathered(add("a"), guilty, add("a"), add("b"))

    assert (before.result(30), after.result(30)) == ("a", "b")
    with pytest.raises(KeyError, match="mine"):
        bad.result(30)
    with pytest.raises(IntegrityError):
        twice.result(30)
    assert bench.names() == ["a", "b"]


def test_a_fault_in_a_statement_is_the_operations_own(bench: Bench) -> None:
    """A wrong statement is no matter of the disk: it comes out as it is, and the others are written."""
    wrong, right = bench.gathered(lambda conn: conn.execute(text("SELECT * FROM nothing")), add("a"))

    assert right.result(30) == "a"
    with pytest.raises(OperationalError):
        wrong.result(30)


def test_a_full_disk_fails_the_whole_group_and_is_got_over(bench: Bench) -> None:
    """Where there is no room everybody is told to try later; with room again the same writer goes on."""

    def limit(pages: int) -> None:
        with bench.engine.connect() as conn:
            conn.exec_driver_sql(f"PRAGMA max_page_count = {pages}")

    limit(10)
    futures = bench.gathered(add("small"), add("large", size=100_000), add("after"))
    for future in futures:
        with pytest.raises(TryLater, match="database or disk is full"):
            future.result(30)
    assert bench.writer.run(add("fits")) == "fits"

    limit(10_000)
    assert bench.writer.run(add("large", size=100_000)) == "large"
    assert bench.names() == ["fits", "large"]


def test_another_process_that_writes_too_long_means_later(bench: Bench, tmp_path: Path) -> None:
    """A database that stays locked is a failure of the group, not of the writer."""
    with bench.engine.connect() as conn:
        conn.exec_driver_sql("PRAGMA busy_timeout = 1")
    other = sqlite3.connect(tmp_path / "n.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(TryLater, match="database is locked"):
        bench.writer.run(add("a"))
    other.execute("ROLLBACK")
    other.close()

    assert bench.writer.run(add("a")) == "a"


def test_close_finishes_what_was_asked_for(bench: Bench) -> None:
    """What was asked for before `close` is written; what comes after is told to try later."""
    future = bench.pool.submit(bench.writer.run, add("a"))
    future.result(30)
    bench.writer.close()
    bench.writer.close()

    with pytest.raises(TryLater, match="stopping"):
        bench.writer.run(add("b"))


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        (sqlite3.SQLITE_FULL, True),
        (sqlite3.SQLITE_IOERR_WRITE, True),  # an extended code
        (sqlite3.SQLITE_BUSY_SNAPSHOT, True),
        (sqlite3.SQLITE_CONSTRAINT_UNIQUE, False),
        (sqlite3.SQLITE_ERROR, False),
    ],
)
def test_storage_faults_are_told_from_faults_in_statements(code: int, *, expected: bool) -> None:
    """The result code decides, with its extensions; SQLAlchemy's classes mix the two."""
    original = sqlite3.OperationalError("x")
    original.sqlite_errorcode = code

    assert is_storage_fault(OperationalError("x", {}, original)) is expected


def test_other_exceptions_are_no_storage_faults() -> None:
    """An exception that does not come from the database never counts as the database's."""
    assert not is_storage_fault(KeyError("x"))
    assert not is_storage_fault(OperationalError("x", {}, KeyError("no code")))
