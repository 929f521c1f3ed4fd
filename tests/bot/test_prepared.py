"""What goes to the driver as it is means what SQLAlchemy would have made of it."""

from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Connection, bindparam, create_engine, insert, select, update
from sqlalchemy.exc import IntegrityError

from bot.store import Store, open_store
from bot.store.dialect import by_dialect, if_new
from bot.store.prepared import KEPT, Prepared
from bot.store.schema import failing, inbox, moments
from tests.postgres import END_OTHERS, Shared

NAMES = ("name", "at")

ADD = Prepared(insert(moments), columns=NAMES)
ADD_NEW = Prepared(by_dialect(lambda insert: if_new(insert(moments))), columns=NAMES)
ALL = Prepared(select(moments).order_by(moments.c.name))
IS_SOME = (
    select(moments.c.name)
    .where(moments.c.name.in_(bindparam("names", expanding=True)), moments.c.at > bindparam("after"))
    .order_by(moments.c.name)
)
SOME = Prepared(IS_SOME)
FORGET = Prepared(update(moments).where(moments.c.at > bindparam("after")).values(at=0))


@pytest.fixture
def store(database: str) -> Iterator[Store]:
    with closing(open_store(database, serving=True)) as one:
        yield one


def rows(*names: str) -> list[dict[str, Any]]:
    return [{"name": name, "at": number} for number, name in enumerate(names, 1)]


def test_rows_have_names(store: Store) -> None:
    """What is found has the names of its columns, in their order; where nothing is, there is None."""
    store.write(lambda conn: ADD.each(conn, rows("a", "b")))

    found = store.read(ALL.all)

    assert [(row.name, row.at) for row in found] == [("a", 1), ("b", 2)] == found
    assert store.read(ALL.first) == ("a", 1)
    assert (store.read(ALL.scalar), store.read(ALL.scalars)) == ("a", ["a", "b"])
    assert store.read(lambda conn: SOME.first(conn, {"names": ["c"], "after": 0})) is None
    assert store.read(lambda conn: SOME.scalar(conn, {"names": ["c"], "after": 0})) is None


def test_changes_are_counted(store: Store) -> None:
    """A statement tells how many rows it has changed, also where it ran for each of some values, or for none."""
    assert store.write(lambda conn: ADD_NEW.each(conn, rows("a", "b"))) == 2
    assert store.write(lambda conn: ADD_NEW.each(conn, rows("b", "c"))) == 1
    assert store.write(lambda conn: ADD_NEW.each(conn, [])) == 0
    assert store.write(lambda conn: ADD_NEW.run(conn, {"name": "a", "at": 7})) == 0
    assert store.write(lambda conn: FORGET.run(conn, {"after": 1})) == 2


def test_types_are_those_of_the_columns(store: Store) -> None:
    """Truth values and bytes come back as such, also from a database that has numbers for them."""
    runs = Prepared(insert(failing), columns=("object", "run", "failed"))
    kept = Prepared(insert(inbox).inline(), columns=("digest", "object", "received", "headers", "body", "late"))
    body = bytes(range(256))
    delivery = {"digest": "d", "object": "o", "received": 1, "headers": "{}", "body": body, "late": True}

    store.write(lambda conn: runs.each(conn, [{"object": str(n), "run": n, "failed": n == 1} for n in (1, 2)]))
    store.write(lambda conn: kept.run(conn, delivery))

    assert store.read(Prepared(select(failing.c.failed).order_by(failing.c.run)).scalars) == [True, False]
    ((found, late),) = store.read(Prepared(select(inbox.c.body, inbox.c.late)).all)
    assert type(late) is bool
    assert (found, late) == (body, True)


def test_a_row_that_is_added_can_be_asked_for(store: Store) -> None:
    """An INSERT gives back what it is to return."""
    add = Prepared(insert(moments).returning(moments.c.at), columns=NAMES)

    assert store.write(lambda conn: add.scalar(conn, {"name": "a", "at": 9})) == 9


@given(st.lists(st.lists(st.sampled_from("abcdefgh"), max_size=12), max_size=4))
def test_lists_may_have_any_length(asked: list[list[str]]) -> None:
    """A list of any length, also an empty one, finds what SQLAlchemy finds by it."""
    engine = create_engine("sqlite://")
    moments.create(engine)
    with engine.connect() as conn:
        ADD.each(conn, rows(*"abcdefgh"))
        found = [SOME.scalars(conn, {"names": names, "after": 3}) for names in asked]
        expected = [[*conn.scalars(IS_SOME, {"names": names, "after": 3})] for names in asked]
    engine.dispose()

    assert found == expected == [sorted(set(names) - set("abc")) for names in asked]


def test_not_every_length_is_kept(store: Store) -> None:
    """However many lengths lists have had, only so many texts are kept in memory."""
    found = [
        store.read(lambda conn, n=n: SOME.scalars(conn, {"names": ["a"] * n, "after": 0}))  # type: ignore[misc]
        for n in range(KEPT + 2)
    ]

    assert found == [[]] * (KEPT + 2)
    assert len(SOME._texts) <= KEPT


def test_errors_are_those_of_sqlalchemy_and_quote_nothing(store: Store) -> None:
    """What the driver refuses comes out as SQLAlchemy's error, without the values, and nothing of it is written."""

    def twice(conn: Connection) -> None:
        ADD.run(conn, {"name": "secret", "at": 1})
        ADD.run(conn, {"name": "secret", "at": 2})

    with pytest.raises(IntegrityError) as found:
        store.write(twice)

    assert "'secret'" not in str(found.value)
    assert store.read(ALL.all) == []


def test_a_reading_is_one_transaction(database: str) -> None:
    """The first statement of a reading begins its transaction, so that it sees one moment, and cannot write."""
    with closing(open_store(database, serving=True)) as store, closing(open_store(database, serving=False)) as other:
        store.write(lambda conn: ADD.each(conn, rows("a")))

        def read(conn: Connection) -> list[list[str]]:
            before = ALL.scalars(conn)
            other.write(lambda conn: ADD.run(conn, {"name": "b", "at": 2}))
            return [before, ALL.scalars(conn)]

        assert store.read(read) == [["a"], ["a"]]
        with pytest.raises(Exception, match=r"read.?only"):
            store.read(lambda conn: FORGET.run(conn, {"after": 0}))


def test_a_lost_connection_is_let_go_of(shared: Shared) -> None:
    """After the server has dropped every connection the next statement finds a new one, and the errors say so."""
    store = shared.store()
    store.write(lambda conn: ADD.each(conn, rows("a")))

    shared.run(END_OTHERS)

    assert store.read(ALL.scalars) == ["a"]
