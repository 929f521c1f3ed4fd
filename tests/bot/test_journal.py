"""The journal: for every candidate a line."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.journal import Entry, lines, record
from bot.people import PersonKey
from bot.store import Store, open_store
from bot.store.schema import journal


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(f"sqlite:///{tmp_path}/nudge.db", serving=False)
    yield opened
    opened.close()


def rows(store: Store) -> list[dict[str, object]]:
    return store.read(lambda conn: [dict(row) for row in conn.execute(select(journal)).mappings()])


def test_record(store: Store) -> None:
    """Every line is kept as it is, at the time it is given."""
    told = Entry("told", 7, "note.issue", "note:9", "issue:1", "#1", "https://…", "ben", "mina", "u1", "mentioned")
    store.write(lambda conn: record(conn, [told, Entry("duplicate")], 1234))
    first, second = rows(store)

    assert first == {**told._asdict(), "id": 1, "at": 1234}
    assert (second["verdict"], second["delivery"], second["person"], second["account"]) == ("duplicate", None, None, "")


def test_nothing_to_record(store: Store) -> None:
    """Nothing is no line."""
    store.write(lambda conn: record(conn, [], 1234))

    assert rows(store) == []


def test_part_of_the_transaction(store: Store) -> None:
    """What is rolled back leaves no line."""

    def fail(conn: object) -> None:
        record(conn, [Entry("told")], 1234)  # type: ignore[arg-type]
        raise LookupError

    with pytest.raises(LookupError):
        store.write(fail)
    assert rows(store) == []


@pytest.mark.parametrize(
    ("person", "most", "linked", "facts"),
    [
        ("mina", 9, "", ["c", "b", "a"]),
        ("mina", 2, "", ["c", "b"]),
        ("mina", 9, "web/shop", ["b", "a"]),
        ("mina", 9, "WEB/shop", ["b", "a"]),
        ("mina", 9, "web/sh_p", []),
        ("mina", 9, "%", []),
        ("ben", 9, "", ["d"]),
        ("nobody", 9, "", []),
    ],
)
def test_lines(database: str, person: str, most: int, linked: str, facts: list[str]) -> None:
    """The newest lines about one person are read, those about nobody else, and of a part of a link no pattern."""
    links = {
        "a": "https://x/web/shop/1",
        "b": "https://x/Web/Shop/2",
        "c": "https://x/api/3",
        "d": "https://x/web/shop/4",
    }
    entries = [
        Entry("told", fact=fact, link=link, person="ben" if fact == "d" else "mina") for fact, link in links.items()
    ]
    opened = open_store(database, serving=False)
    opened.write(lambda conn: record(conn, [*entries, Entry("duplicate")], 1234))
    found = opened.read(lambda conn: lines(conn, PersonKey(person), most, linked))
    opened.close()

    assert [line.entry.fact for line in found] == facts
    assert {(line.at, line.message) for line in found} <= {(1234, "")}
