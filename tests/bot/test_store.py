"""Opening, sharing and closing the database."""

import sqlite3
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from sqlalchemy import Connection, insert, select, text
from sqlalchemy.exc import DatabaseError, OperationalError

import bot.store
from bot.errors import Misconfigured, TryLater
from bot.store import Store, open_store
from bot.store.recover import ENDED
from bot.store.schema import accounts, inbox, mailbox
from bot.store.sqlite import explain, wall_clock


def at(path: Path, *, serving: bool = True, wait: float = 0) -> Store:
    return open_store(f"sqlite:///{path}", serving=serving, clock=lambda: 42, wait=wait)


def add(conn: Connection, name: str = "mina") -> None:
    conn.execute(insert(accounts).values(id=name, name=name, changed=1))


def names(store: Store) -> list[str]:
    return store.read(lambda conn: list(conn.scalars(select(accounts.c.name))))


def test_the_folder_is_made_and_what_is_written_stays(tmp_path: Path) -> None:
    """`sqlite:///var/nudge.db` works in an empty folder, and the next process finds what the last one wrote."""
    path = tmp_path / "var" / "deep" / "nudge.db"
    store = at(path)
    store.write(add)
    store.close()

    again = at(path)
    assert names(again) == ["mina"]
    again.close()


def test_a_relative_address_counts_from_the_working_directory(tmp_path: Path) -> None:
    """Three slashes are a relative file, four an absolute one."""
    program = "from bot.store import open_store; open_store('sqlite:///var/n.db', serving=True).close()"
    root = Path(bot.store.__file__).parents[2]
    subprocess.run([sys.executable, "-c", program], cwd=tmp_path, env={"PYTHONPATH": str(root)}, check=True)

    assert (tmp_path / "var" / "n.db").exists()


def test_every_start_has_a_new_name_and_the_given_clock(tmp_path: Path) -> None:
    """Leases name the process that took them, and times are those of the clock it was given."""
    one, two = at(tmp_path / "1.db"), at(tmp_path / "2.db")

    assert one.owner != two.owner
    assert one.now() == 42
    one.close()
    two.close()


def test_the_wall_clock_is_in_milliseconds() -> None:
    """Without another clock, times are milliseconds since 1970: thirteen digits from 2001 to 2286."""
    assert len(str(wall_clock())) == 13


def test_only_one_process_serves(tmp_path: Path) -> None:
    """While one serves, a second process that would serve is refused with a sentence; others work beside it."""
    path = tmp_path / "n.db"
    serving = at(path)
    program = (
        "from bot.errors import Misconfigured\n"
        "from bot.store import open_store\n"
        "try:\n"
        f"    open_store('sqlite:///{path}', serving=True, wait=0.2)\n"
        "except Misconfigured as error:\n"
        "    print(error)\n"
    )
    root = Path(bot.store.__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "-c", program], env={"PYTHONPATH": str(root)}, capture_output=True, text=True, check=True
    )
    assert done.stdout.startswith(f"another nudge serves {path}")

    with pytest.raises(Misconfigured, match="another nudge serves"):
        at(path)

    beside = at(path, serving=False)
    beside.write(add)
    assert names(serving) == ["mina"]
    beside.close()
    serving.close()
    at(path).close()


def test_what_was_confirmed_outlives_sigkill(tmp_path: Path) -> None:
    """A process killed in the middle of writing has lost nothing that it had said was written, and frees the lock."""
    path = tmp_path / "n.db"
    program = (
        "from bot.store import open_store\n"
        "from bot.store.schema import accounts\n"
        f"store = open_store('sqlite:///{path}', serving=True)\n"
        "for number in range(10**9):\n"
        "    row = dict(id=number, name=number, changed=0)\n"
        "    store.write(lambda conn: conn.execute(accounts.insert(), row).rowcount)\n"
        "    print(number, flush=True)\n"
    )
    root = Path(bot.store.__file__).parents[2]
    with subprocess.Popen(
        [sys.executable, "-c", program], env={"PYTHONPATH": str(root)}, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        confirmed = [process.stdout.readline().strip() for _ in range(50)]
        process.kill()
        confirmed += process.stdout.read().split()

    store = at(path, wait=30)
    assert set(confirmed) <= set(names(store))
    store.close()


def test_the_next_process_waits_for_the_one_that_stops(tmp_path: Path) -> None:
    """A restart may overlap: the new process serves as soon as the old one has let go."""
    path = tmp_path / "n.db"
    old = at(path)
    opened: list[Store] = []
    starting = threading.Thread(target=lambda: opened.append(at(path, wait=30)))
    starting.start()
    old.close()
    starting.join(30)

    assert len(opened) == 1
    opened[0].close()


@pytest.mark.parametrize(
    ("serving", "expected"), [(True, [(0, ""), (ENDED, "")]), (False, [(99, "gone"), (99, "gone")])]
)
def test_serving_frees_every_lease(tmp_path: Path, *, serving: bool, expected: list[tuple[int, str]]) -> None:
    """Who serves has the database alone, so what was in hand is free; a command beside it touches no lease.

    That of a delivery counts as one that ended by itself: somebody died over it.
    """
    path = tmp_path / "n.db"
    first = at(path)
    delivery = {"digest": "d", "object": "o", "received": 1, "headers": "{}", "body": b""}
    first.write(lambda conn: conn.execute(insert(mailbox).values(person="mina", lease=99, owner="gone")))
    first.write(lambda conn: conn.execute(insert(inbox).values(lease=99, owner="gone", **delivery)))
    first.close()

    store = at(path, serving=serving)
    rows = store.read(lambda conn: [conn.execute(select(t.c.lease, t.c.owner)).one() for t in (mailbox, inbox)])
    assert [tuple(row) for row in rows] == expected
    store.close()


def test_a_reader_sees_one_moment_and_cannot_write(tmp_path: Path) -> None:
    """Reading happens on a connection of its own: it neither waits for the writer nor changes anything."""
    store = at(tmp_path / "n.db")

    def look_twice(conn: Connection) -> tuple[int, int]:
        counted = "SELECT count(*) FROM accounts"
        before = conn.scalar(text(counted))
        store.write(add)
        return before or 0, conn.scalar(text(counted)) or 0

    assert store.read(look_twice) == (0, 0)
    assert names(store) == ["mina"]
    with pytest.raises(TryLater, match="readonly"):
        store.read(lambda conn: add(conn, "joon"))
    with pytest.raises(OperationalError, match="syntax error"):
        store.read(lambda conn: conn.execute(text("SELECT * FROM nothing")))
    store.close()


def test_the_file_is_set_up_to_lose_nothing(tmp_path: Path) -> None:
    """Write-ahead log, a full sync at every commit, references checked; the writer and each reader alike."""
    store = at(tmp_path / "n.db")

    def pragmas(conn: Connection) -> list[object]:
        return [
            conn.exec_driver_sql(f"PRAGMA {name}").scalar() for name in ("journal_mode", "synchronous", "foreign_keys")
        ]

    assert store.write(pragmas) == store.read(pragmas) == ["wal", 2, 1]
    store.close()


@pytest.mark.parametrize("url", ["", "nudge.db", "sqlite://", "sqlite:///", "postgresql://", "mysql://x:secret@y"])
def test_other_addresses_are_refused_without_their_secrets(url: str) -> None:
    """What is no SQLite address is a fault of the configuration; a password in it is not repeated."""
    with pytest.raises(Misconfigured, match=r"^\[store\] url: expected sqlite:///relative/file") as caught:
        open_store(url, serving=True)

    assert "secret" not in str(caught.value)


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    """A file of something else is left as it is, and the lock is free again."""
    path = tmp_path / "n.db"
    path.write_text("no database at all, " * 100)

    for _ in range(2):
        with pytest.raises(Misconfigured, match=r"n\.db is not a database"):
            at(path)
    assert path.read_text().startswith("no database")


def test_a_folder_in_the_place_of_the_file_is_refused(tmp_path: Path) -> None:
    """Where the file cannot be opened the sentence says what to look at."""
    (tmp_path / "n.db").mkdir()

    with pytest.raises(Misconfigured, match="cannot be opened; check that it is a file"):
        at(tmp_path / "n.db")


def test_a_folder_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    """Where the folder cannot be made the sentence names it."""
    (tmp_path / "file").write_text("")

    with pytest.raises(Misconfigured, match=r"the folder .*file cannot be made: "):
        at(tmp_path / "file" / "n.db")


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        (sqlite3.SQLITE_READONLY_DBMOVED, "n.db cannot be written; check the owner and the mount"),
        (sqlite3.SQLITE_CORRUPT, "n.db is damaged; restore a copy of it"),
        (sqlite3.SQLITE_FULL, "n.db cannot grow: the disk is full"),
        (sqlite3.SQLITE_IOERR, "n.db cannot be used: it said so"),
    ],
)
def test_each_fault_of_a_file_has_its_sentence(code: int, expected: str) -> None:
    """What SQLite reports becomes a sentence that names the file and what to do."""
    original = sqlite3.DatabaseError("it said so")
    original.sqlite_errorcode = code

    assert explain(Path("n.db"), DatabaseError("x", {}, original)) == f"[store] url: {expected}"
