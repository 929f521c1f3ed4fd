"""The store on a server: what each of its errors means, whose time counts, and what becomes of it when it is away."""

import logging
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from functools import partial

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from psycopg.errors import lookup
from sqlalchemy import Connection, insert, select, text
from sqlalchemy.exc import DBAPIError, IntegrityError, ProgrammingError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from bot.errors import Misconfigured, TryLater
from bot.store import Store, open_store
from bot.store.migrate import HEAD
from bot.store.postgres import TRIES
from bot.store.postgres_clock import SAMPLE_SECONDS, DatabaseClock
from bot.store.postgres_faults import AgainError, meaning
from bot.store.schema import accounts, inbox, mailbox, metadata
from tests.postgres import Postgres, Shared, until

NOBODY = "postgresql://nobody:secret@127.0.0.1:1/nudge"
"""Where nothing listens."""


def add(conn: Connection, name: str = "mina") -> int:
    return conn.execute(insert(accounts).values(id=name, name=name, changed=1)).rowcount


def names(store: Store) -> list[str]:
    return store.read(lambda conn: list(conn.scalars(select(accounts.c.name).order_by(accounts.c.id))))


def raising(code: str, times: int = 1) -> Callable[[Connection], int]:
    """Return an operation that adds a row and then fails with a code, the first few times; it returns how many."""
    runs = iter(range(1, 100))

    def op(conn: Connection) -> int:
        add(conn)
        if (run := next(runs)) <= times:
            conn.exec_driver_sql(f"DO $$ BEGIN RAISE SQLSTATE '{code}'; END $$")
        return run

    return op


# ------------------------------------------------------------------ transactions


def test_what_is_written_is_there(shared: Shared) -> None:
    """What one process has written is there for all, and every process has a name of its own."""
    one, two = shared.store(), shared.store()
    one.write(add)

    assert names(two) == ["mina"]
    assert one.owner != two.owner


@pytest.mark.parametrize("code", ["40001", "40P01"])
def test_who_was_in_somebodys_way_runs_again(shared: Shared, code: str) -> None:
    """A transaction that PostgreSQL undid for another's sake is run again, and nothing of the first run stays."""
    store = shared.store()

    assert store.write(raising(code, TRIES - 1)) == TRIES
    assert names(store) == ["mina"]


def test_nobody_runs_for_ever(shared: Shared) -> None:
    """Where others are always in the way it is for later."""
    store = shared.store()
    with pytest.raises(TryLater, match="the database does not work"):
        store.write(raising("40001", TRIES))

    assert names(store) == []


@pytest.mark.parametrize("code", ["53100", "53300", "55P03", "57014", "58030", "25006", "XX001"])
def test_faults_of_the_server_mean_later(shared: Shared, code: str) -> None:
    """A full disk, a lock that does not come, a server that stops: nothing is written, and it may work later."""
    store = shared.store()
    with pytest.raises(TryLater):
        store.write(raising(code))
    with pytest.raises(TryLater):
        store.read(lambda conn: conn.exec_driver_sql(f"DO $$ BEGIN RAISE SQLSTATE '{code}'; END $$"))

    assert names(store) == []


def test_faults_of_a_statement_come_out_as_they_are(shared: Shared) -> None:
    """What is wrong with a statement, or with what it is given, is no matter of the server; nothing of it stays."""
    store = shared.store()
    with pytest.raises(IntegrityError):
        store.write(lambda conn: (add(conn), add(conn)))
    with pytest.raises(ProgrammingError):
        store.read(lambda conn: conn.execute(text("SELECT * FROM nothing")))
    with pytest.raises(KeyError):
        store.write(lambda conn: {add(conn): 1}["x"])  # type: ignore[index]

    assert names(store) == []


def test_a_reader_sees_one_moment_and_cannot_write(shared: Shared) -> None:
    """Whatever is committed meanwhile, one reading sees none of it."""
    store = shared.store()

    def look_twice(conn: Connection) -> list[int]:
        before = conn.scalars(select(accounts.c.id)).all()
        store.write(add)
        return [len(before), len(conn.scalars(select(accounts.c.id)).all())]

    assert store.read(look_twice) == [0, 0]
    with pytest.raises(TryLater, match="read-only"):
        store.read(lambda conn: add(conn, "joon"))
    store.write(lambda conn: add(conn, "joon"))


def test_a_connection_lost_on_the_way_is_made_anew(shared: Shared) -> None:
    """Where the server ends a session in the middle of a transaction, the whole of it is run on a new one."""
    store = shared.store()
    runs: list[int] = []

    def op(conn: Connection) -> None:
        runs.append(1)
        add(conn)
        if len(runs) == 1:
            conn.exec_driver_sql("SELECT pg_terminate_backend(pg_backend_pid())")

    store.write(op)

    assert (len(runs), names(store)) == (2, ["mina"])


def test_a_connection_lost_at_the_commit_leaves_open_what_became_of_it(shared: Shared) -> None:
    """Nobody knows whether it was written, so it is not run again behind its caller's back."""
    shared.run("CREATE FUNCTION cut() RETURNS trigger AS 'BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); "
               "RETURN NULL; END' LANGUAGE plpgsql")  # fmt: skip
    shared.run("CREATE CONSTRAINT TRIGGER cut AFTER INSERT ON accounts DEFERRABLE INITIALLY DEFERRED "
               "FOR EACH ROW EXECUTE FUNCTION cut()")  # fmt: skip
    store = shared.store()
    runs: list[int] = []

    def op(conn: Connection) -> None:
        runs.append(1)
        add(conn)

    with pytest.raises(TryLater):
        store.write(op)
    shared.run("DROP TRIGGER cut ON accounts")
    shared.run("DROP FUNCTION cut")

    assert len(runs) == 1


def test_texts_that_postgresql_cannot_keep(shared: Shared) -> None:
    """NUL and halves of characters become U+FFFD; everything else is kept as it is, bytes too."""
    store = shared.store()
    for number, name in enumerate(["a\x00b", "\ud83d", "\U0001f44d", "x" * 1_000_000, "'\\%s%(x)s"]):
        store.write(partial(Connection.execute, statement=insert(accounts).values((str(number), name, 1))))

    assert names(store) == ["a\ufffdb", "\ufffd", "\U0001f44d", "x" * 1_000_000, "'\\%s%(x)s"]
    assert store.read(lambda conn: conn.scalar(text("SELECT CAST(:raw AS bytea)"), {"raw": b"\x00\xff"})) == b"\x00\xff"


# ------------------------------------------------------------------ meanings


def error(code: str | None, said: str = "it said so", *, lost: bool = False) -> DBAPIError:
    original = lookup(code)(said) if code else psycopg.OperationalError(said)
    return DBAPIError("x", {}, original, connection_invalidated=lost)


@pytest.mark.parametrize(
    ("found", "committing", "expected"),
    [
        (error("40001"), False, AgainError),
        (error("40001"), True, AgainError),  # it has been undone, whatever was under way
        (error("57P01", lost=True), False, AgainError),
        (error(None, lost=True), False, AgainError),
        (error("57P01", lost=True), True, TryLater),
        (error(None, lost=True), True, TryLater),
        (error("53200"), False, TryLater),
        (error("23505"), False, None),
        (error(None, "connection refused"), False, TryLater),
        (error(None, 'FATAL:  password authentication failed for user "nudge"'), False, Misconfigured),
        (error(None, 'FATAL:  no pg_hba.conf entry for host "10.0.0.1"'), False, Misconfigured),
        (error(None, "fe_sendauth: no password supplied"), False, Misconfigured),
        (error(None, "FATAL:  sorry, too many clients already"), False, TryLater),
        (error(None, "FATAL:  the database system is starting up"), False, TryLater),
        (PoolTimeoutError("QueuePool limit"), False, TryLater),
        (DBAPIError("x", {}, KeyError("x")), False, None),
    ],
)
def test_each_error_has_its_meaning(found: SQLAlchemyError, *, committing: bool, expected: type | None) -> None:
    """By the code, or where there is none by what the server says, it is known who has to do what."""
    assert isinstance(meaning(found, committing=committing), expected or type(None))


def test_no_detail_of_an_error_is_told() -> None:
    """Only the first line of what the server says is repeated: what follows may quote what we write."""
    assert str(meaning(error("53100", "no space left\nDETAIL: secret"))) == "the database does not work: no space left"


# ------------------------------------------------------------------ time


def test_the_servers_time_counts(shared: Shared) -> None:
    """Without another clock the time is the server's, in milliseconds since 1970."""
    store = shared.store()
    ((told,),) = shared.run("SELECT extract(epoch FROM clock_timestamp()) * 1000")

    assert 0 <= store.now() - int(told) < 60_000


def test_time_goes_on_between_two_comparisons(shared: Shared) -> None:
    """The server is asked now and then, or after a new connection; in between a clock that nobody sets goes on."""
    store = shared.store()
    seconds = 100.0
    clock = DatabaseClock(lambda: seconds)
    asked: list[int] = []

    def compare(conn: Connection) -> None:
        clock.compare(conn)
        asked.append(clock.now())

    store.write(compare)
    first = clock.now()
    seconds += 3.25
    store.write(compare)
    assert clock.now() == first + 3_250

    clock.expire()
    store.write(compare)
    assert abs(clock.now() - store.now()) < 60_000
    assert clock.now() != first + 3_250
    late = clock.now()
    seconds += SAMPLE_SECONDS
    store.write(compare)
    assert clock.now() - late < SAMPLE_SECONDS * 1000
    assert len(asked) == 4


# ------------------------------------------------------------------ wake-ups


def test_others_are_woken(shared: Shared) -> None:
    """Who rings is heard by all others that listen, and not by itself; a restart of the server changes nothing."""
    one, two = shared.store(), shared.store()
    heard: list[str] = []
    one.listen({"inbox": lambda: heard.append("one")})
    two.listen({"inbox": lambda: heard.append("two inbox"), "outbox": lambda: heard.append("two outbox")})
    until(lambda: sorted(heard) == ["one", "two inbox", "two outbox"])  # each looks once when it begins

    heard.clear()
    one.ring("outbox")
    one.ring("inbox")
    until(lambda: len(heard) == 2)
    two.ring("inbox")
    until(lambda: len(heard) == 3)
    assert (sorted(heard[:2]), heard[2:]) == (["two inbox", "two outbox"], ["one"])  # the two may come together

    heard.clear()
    shared.run("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN%'")
    until(lambda: sorted(heard) == ["one", "two inbox", "two outbox"])


def test_who_closes_rings_first(shared: Shared) -> None:
    """A command that changes something and ends at once has rung before that."""
    heard = threading.Event()
    two = shared.store()
    two.listen({"outbox": heard.set})
    until(heard.is_set)
    heard.clear()
    with closing(open_store(shared.url, serving=False)) as command:
        command.ring("outbox")

    assert heard.wait(30)


def test_nobody_relies_on_a_bell() -> None:
    """Where the server is away a ring is lost without a word."""
    with closing(open_store(NOBODY, serving=True)) as store:
        store.ring("inbox")


# ------------------------------------------------------------------ being away


def test_without_a_server_a_command_says_so() -> None:
    """A command that is no service ends with a sentence; no password stands in it."""
    with pytest.raises(TryLater, match=r"cannot be reached: .*127\.0\.0\.1") as caught:
        open_store(NOBODY, serving=False)

    assert "secret" not in str(caught.value)


def test_a_server_that_is_away_at_the_start(postgres: Postgres, caplog: pytest.LogCaptureFixture) -> None:
    """Who serves starts without the database and says so; as soon as it is there it is made ready and used."""
    name = postgres.empty()
    postgres.control("-m", "fast", "stop")
    try:
        store = open_store(postgres.url(name), serving=True)
        for ask in (lambda: store.write(add), lambda: names(store), store.now):
            with pytest.raises(TryLater, match="cannot be reached"):
                ask()
        assert "everything else starts, and waits for it" in caplog.text
    finally:
        postgres.start()
    store.write(add)

    assert names(store) == ["mina"]
    assert abs(store.now() - time.time() * 1000) < 60_000
    store.close()


def test_a_server_that_is_restarted(shared: Shared, postgres: Postgres) -> None:
    """After a restart of the server the same process goes on, without a failure that anybody sees."""
    store = shared.store()
    store.write(add)
    postgres.control("-m", "fast", "restart")

    assert names(store) == ["mina"]
    store.write(lambda conn: add(conn, "joon"))


def test_a_server_that_dies_and_comes_back(shared: Shared, postgres: Postgres) -> None:
    """While it is away everything is for later; afterwards what was confirmed is there."""
    store = shared.store()
    store.write(add)
    postgres.control("-m", "immediate", "stop")
    try:
        for _ in range(2):
            with pytest.raises(TryLater, match="cannot be reached"):
                store.write(lambda conn: add(conn, "joon"))
    finally:
        postgres.start()

    assert names(store) == ["mina"]
    store.write(lambda conn: add(conn, "joon"))


def test_one_looks_for_the_server_and_nobody_waits_for_that(postgres: Postgres) -> None:
    """While one thread tries to reach a database for the first time, the others are told at once how that went."""
    name = postgres.empty()
    with closing(open_store(NOBODY, serving=True)) as store, ThreadPoolExecutor(8) as pool:
        for tried in [pool.submit(store.write, add) for _ in range(40)]:
            with pytest.raises(TryLater):
                tried.result(30)
    postgres.run(f"DROP DATABASE {name}")


# ------------------------------------------------------------------ being refused


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("postgresql://nobody@/{name}?host={host}", 'PostgreSQL refuses us: .*role "nobody" does not exist'),
        ("postgresql://postgres@/nothing?host={host}", 'PostgreSQL refuses us: .*database "nothing" does not exist'),
        ("postgresql://postgres@/{name}?host={host}&no_such=option", "cannot be used: .*no_such"),
        ("postgresql://postgres:secret@host:port/{name}", "postgresql://host:port/.* cannot be read as an address"),
    ],
)
def test_a_server_that_refuses_us(shared: Shared, address: str, expected: str) -> None:
    """What only somebody can mend ends the start with a sentence that names it."""
    _, _, rest = shared.url.partition("@/")
    name, _, host = rest.partition("?host=")
    with pytest.raises(Misconfigured, match=expected) as caught:
        open_store(address.format(name=name, host=host), serving=True)

    assert "secret" not in str(caught.value)


def test_a_newer_database_is_refused(shared: Shared) -> None:
    """A database of a newer version is left alone, and its password is not shown."""
    shared.run("UPDATE alembic_version SET version_num = '9999'")
    try:
        with pytest.raises(Misconfigured, match=r"was written by a newer nudge \(schema 9999; this one knows 0002\)"):
            open_store(shared.url.replace("postgres@", "postgres:secret@"), serving=True)
    finally:
        shared.run(f"UPDATE alembic_version SET version_num = '{HEAD}'")  # noqa: S608 - a number of ours


def test_a_command_makes_no_database(postgres: Postgres) -> None:
    """Whoever only looks makes no tables: that is for the service to do."""
    name = postgres.empty()
    with pytest.raises(Misconfigured, match=r"there is no database at postgresql:///.* yet; `serve` makes it"):
        open_store(postgres.url(name), serving=False, create=False)

    assert postgres.run("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'", name) == [(0,)]
    postgres.run(f"DROP DATABASE {name}")


# ------------------------------------------------------------------ starting


@pytest.fixture
def fresh(postgres: Postgres) -> Iterator[str]:
    name = postgres.empty()
    yield postgres.url(name)
    postgres.run(f"DROP DATABASE {name} (FORCE)")


def test_replicas_may_start_together(fresh: str, caplog: pytest.LogCaptureFixture) -> None:
    """Of many that find an empty database one makes the tables, and the others wait for that."""
    caplog.set_level(logging.INFO)
    with ThreadPoolExecutor(6) as pool:
        stores = list(pool.map(lambda _: open_store(fresh, serving=True), range(6)))
    stores[0].write(add)

    assert [names(store) for store in stores] == [["mina"]] * 6
    for store in stores:
        store.close()


def test_the_migrations_lead_to_the_schema(shared: Shared) -> None:
    """A migrated database is what `bot.store.schema` describes, as alembic sees it."""
    assert shared.store().read(lambda conn: compare_metadata(MigrationContext.configure(conn), metadata)) == []


def test_constraints_and_indexes_are_the_same(shared: Shared, fresh: str) -> None:
    """What alembic does not compare (CHECKs, the conditions of indexes) is the same too."""
    asked = text(
        "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE connamespace = 'public'::regnamespace "
        "UNION ALL SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'"
    )
    empty = shared.store()
    with closing(open_store(fresh, serving=True)) as made:
        made.write(metadata.drop_all)
        made.write(metadata.create_all)

        def definitions(store: Store) -> set[tuple[str, str]]:
            return {(name, said) for name, said in store.read(lambda conn: conn.execute(asked).all())}

        assert definitions(made) == definitions(empty)


def test_a_start_hurries_what_waits_and_leaves_what_is_in_hand(shared: Shared) -> None:
    """Who starts lets nobody wait out a pause, and takes nothing from the replicas that are at work."""
    store = shared.store(clock=lambda: 100)
    row = {"object": "o", "received": 1, "headers": "{}", "body": b"", "due": 900}
    held = {"lease": 200, "owner": "other"}
    paused = {"due": 900, "attempts": 3}
    for statement in (
        insert(inbox).values(row | {"digest": "a"}),
        insert(inbox).values(row | held | {"digest": "b"}),
        insert(mailbox).values(paused | {"person": "a"}),
        insert(mailbox).values(paused | held | {"person": "b"}),
    ):
        store.write(partial(Connection.execute, statement=statement))
    shared.store(clock=lambda: 100)

    assert shared.run("SELECT due, lease, owner FROM inbox ORDER BY id") == [(1, 0, ""), (900, 200, "other")]
    assert shared.run("SELECT due, attempts, owner FROM mailbox ORDER BY person") == [(0, 0, ""), (900, 3, "other")]
