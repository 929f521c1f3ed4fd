"""The journal: for every candidate a line."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.journal import Entry, record
from bot.store import Store, open_store
from bot.store.schema import journal


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(f"sqlite:///{tmp_path}/nudge.db", serving=False)
    yield opened
    opened.close()


def lines(store: Store) -> list[dict[str, object]]:
    return store.read(lambda conn: [dict(row) for row in conn.execute(select(journal)).mappings()])


def test_record(store: Store) -> None:
    """Every line is kept as it is, at the time it is given."""
    told = Entry("told", 7, "note.issue", "note:9", "issue:1", "#1", "https://…", "ben", "mina", "u1", "mentioned")
    store.write(lambda conn: record(conn, [told, Entry("duplicate")], 1234))
    first, second = lines(store)

    assert first == {**told._asdict(), "id": 1, "at": 1234}
    assert (second["verdict"], second["delivery"], second["person"], second["account"]) == ("duplicate", None, None, "")


def test_nothing_to_record(store: Store) -> None:
    """Nothing is no line."""
    store.write(lambda conn: record(conn, [], 1234))

    assert lines(store) == []


def test_part_of_the_transaction(store: Store) -> None:
    """What is rolled back leaves no line."""

    def fail(conn: object) -> None:
        record(conn, [Entry("told")], 1234)  # type: ignore[arg-type]
        raise LookupError

    with pytest.raises(LookupError):
        store.write(fail)
    assert lines(store) == []
