"""Trimming in the background: in small steps, and the file becomes shorter by it."""

import logging
import shutil
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import pytest
from sqlalchemy import Connection, create_engine, event
from sqlalchemy.dialects import postgresql

from bot.errors import TryLater
from bot.retention import DAY_MS, ROWS, rules
from bot.store import Store, open_store
from bot.store.schema import journal
from bot.store.space import PAGES, SPARE, give_back
from bot.trimmer import Pauses, Trimmer
from tests.bot.engine import empty_database
from tests.bot.fakes import Time
from tests.bot.rows import add, count, line

T = TypeVar("T")

AT_ONCE = Pauses(first=0.0, round=0.0, step=0.0)
AT_MOST = 30.0
NOW = Time().now()
OLD = NOW - 30 * DAY_MS
RULES = rules(30, ())
PAGE = 4096


class Watched:
    """A store that counts what is written, calls `then` before each of it, and fails as it is told to."""

    def __init__(self, store: Store) -> None:
        self._store, self.owner = store, store.owner
        self.writes = 0
        self.wrong: Exception | None = None
        self.then: Callable[[], object] = lambda: None

    def write(self, op: Callable[[Connection], T]) -> T:
        self.writes += 1
        self.then()
        if self.wrong:
            raise self.wrong
        return self._store.write(op)

    def read(self, op: Callable[[Connection], T]) -> T:
        return self._store.read(op)

    def now(self) -> int:
        return self._store.now()

    def close(self) -> None:
        self._store.close()


@pytest.fixture(name="file")
def a_file(tmp_path: Path) -> Path:
    shutil.copy(empty_database(), tmp_path / "n.db")
    return tmp_path / "n.db"


@pytest.fixture(name="store")
def a_store(file: Path) -> Iterator[Store]:
    store = open_store(f"sqlite:///{file}", serving=True, clock=lambda: NOW)
    yield store
    store.close()


def test_a_round(store: Store, caplog: pytest.LogCaptureFixture) -> None:
    """A round goes through all tables, each step a transaction of its own, and says how many rows have gone."""
    caplog.set_level(logging.INFO)
    add(store, journal, *[line(OLD)] * (2 * ROWS + 1))
    watched = Watched(store)
    Trimmer(watched, RULES, AT_ONCE).trim()

    assert count(store, journal) == 0
    assert watched.writes == 3 + 3 + 1 + 1  # three steps of the journal, one of each other table, one of space
    assert caplog.messages == [f"journal: {2 * ROWS + 1} old rows have gone"]


def test_stop_ends_it_after_the_step_in_hand(store: Store) -> None:
    """Whoever is asked to stop makes no further step, however much is left."""
    add(store, journal, *[line(OLD)] * (3 * ROWS))
    watched = Watched(store)
    trimmer = Trimmer(watched, RULES[2:3], AT_ONCE)
    watched.then = trimmer.stop
    trimmer.trim()

    assert count(store, journal) == 2 * ROWS
    trimmer.run()
    assert count(store, journal) == 2 * ROWS


def test_it_runs_until_it_is_stopped(store: Store) -> None:
    """The running trimmer begins a round again and again, and ends when it is told to, also in a pause."""
    watched, rounds = Watched(store), threading.Semaphore(0)
    watched.then = rounds.release
    trimmer = Trimmer(watched, RULES[2:3], AT_ONCE)
    thread = threading.Thread(target=trimmer.run)
    thread.start()
    for _ in range(6):
        assert rounds.acquire(timeout=AT_MOST)
    trimmer.stop()
    thread.join(AT_MOST)

    assert not thread.is_alive()


def test_a_pause_ends_when_it_is_stopped(store: Store) -> None:
    """Who waits for the next round, an hour away, ends at once."""
    trimmer = Trimmer(store, RULES)
    thread = threading.Thread(target=trimmer.run)
    thread.start()
    trimmer.stop()
    thread.join(AT_MOST)

    assert not thread.is_alive()


def test_a_database_that_cannot_be_written(store: Store, caplog: pytest.LogCaptureFixture) -> None:
    """A round that the database fails ends with a line in the log, and the next one is made all the same."""
    watched, failed = Watched(store), threading.Event()
    watched.wrong = TryLater("the database could not write: disk full")
    watched.then = lambda: failed.set() if watched.writes > 1 else None
    trimmer = Trimmer(watched, RULES, AT_ONCE)
    thread = threading.Thread(target=trimmer.run)
    thread.start()
    assert failed.wait(AT_MOST)
    trimmer.stop()
    thread.join(AT_MOST)

    assert "nothing more is trimmed this time: the database could not write: disk full" in caplog.text


def test_the_file_becomes_shorter(file: Path, store: Store) -> None:
    """What has gone is given back to the disk, but for a little that is needed again soon, some pages at a time."""
    text = "x" * 3 * PAGE
    add(store, journal, *[{**line(OLD), "detail": text} for _ in range(1_000)])
    watched = Watched(store)
    Trimmer(watched, RULES, AT_ONCE).trim()
    after = watched.writes
    store.close()

    assert count_pages(file) <= SPARE + 100
    assert after >= (3_000 - SPARE) / PAGES


def count_pages(file: Path) -> int:
    return file.stat().st_size // PAGE


def test_a_file_that_cannot_become_shorter(tmp_path: Path) -> None:
    """A file that somebody made without `auto_vacuum` is used as it is: nobody tries in vain without end."""
    engine = create_engine(f"sqlite:///{tmp_path / 'old.db'}")
    with engine.begin() as conn:
        conn.exec_driver_sql("CREATE TABLE old (text)")
        conn.exec_driver_sql("INSERT INTO old VALUES (zeroblob(20000000))")
    with engine.begin() as conn:
        conn.exec_driver_sql("DELETE FROM old")
        assert not give_back(conn)
    engine.dispose()


def test_the_log_of_the_file_becomes_shorter(file: Path, store: Store) -> None:
    """A write-ahead log that had to grow, since somebody read for long, is cut to 64 MiB when it is used again."""
    text = "x" * 1_000_000

    def write(times: int) -> None:
        for _ in range(times):
            add(store, journal, {**line(OLD), "detail": text})

    def read_for_long(conn: Connection) -> None:
        conn.exec_driver_sql("SELECT count(*) FROM journal")
        write(80)

    store.read(read_for_long)
    wal = file.with_name("n.db-wal")
    assert wal.stat().st_size > 70_000_000
    write(3)

    assert wal.stat().st_size <= 64 * 1024 * 1024


def test_postgresql_is_left_alone() -> None:
    """PostgreSQL looks after its space itself: nothing is asked of it."""
    engine = create_engine("sqlite://")
    with engine.connect() as conn:
        conn.dialect = postgresql.dialect()  # type: ignore[no-untyped-call]  # SQLAlchemy has no types there
        asked: list[object] = []
        event.listen(conn, "before_cursor_execute", lambda *call: asked.append(call))
        assert not give_back(conn)
    engine.dispose()

    assert asked == []
