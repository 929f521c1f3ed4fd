"""Tables and statements are made once, and fit both databases."""

from collections.abc import Iterator
from types import ModuleType
from typing import Any

import pytest
from sqlalchemy import Select, UpdateBase
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Dialect
from sqlalchemy.schema import CreateIndex, CreateTable

from bot import digests, due, edits, mailbox, moments, outbox, pace, posts
from bot.store.prepared import Prepared
from bot.store.schema import metadata
from gitlab_hooks import hook_memory, inbox, lanes, memory, presence

DIALECTS: dict[str, Dialect] = {"sqlite": sqlite.dialect(), "postgresql": postgresql.dialect()}  # type: ignore[no-untyped-call]


STATEMENTS = [
    (outbox, 8),
    (mailbox, 9),
    (posts, 10),
    (due, 5),
    (edits, 9),
    (moments, 3),
    (pace, 2),
    (digests, 2),
    (inbox, 5),
    (lanes, 5),
    (memory, 11),
    (presence, 4),
    (hook_memory, 2),
]


def statements(module: ModuleType, dialect: str) -> Iterator[Select[Any] | UpdateBase]:
    for value in vars(module).values():
        yield from said(value, dialect)


def said(value: object, dialect: str) -> Iterator[Select[Any] | UpdateBase]:
    """Statements of one dialect in what a module holds: one, one a dialect, or a table of them."""
    match value:
        case Prepared():
            yield from said(value.statement, dialect)
        case Select() | UpdateBase():
            yield value
        case dict():
            for one in [value[dialect]] if dialect in value else value.values():
                yield from said(one, dialect)


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize(("module", "number"), STATEMENTS)
def test_statements_can_be_said_in_both_dialects(module: ModuleType, number: int, dialect: str) -> None:
    """Every statement of engine and inbox compiles for SQLite and for PostgreSQL."""
    texts = [str(statement.compile(dialect=DIALECTS[dialect])) for statement in statements(module, dialect)]

    assert len(texts) >= number
    assert all(texts)


def test_postgresql_skips_what_another_replica_holds() -> None:
    """A claim in PostgreSQL neither waits for the mailboxes that another replica claims, nor takes them."""
    claim = next(
        text
        for statement in statements(mailbox, "postgresql")
        if "FOR UPDATE" in (text := str(statement.compile(dialect=DIALECTS["postgresql"])))
    )

    assert claim.endswith("FOR UPDATE SKIP LOCKED")


def test_tables_are_made_in_both_dialects() -> None:
    """Keys number themselves, and the indexes for claims are partial, in PostgreSQL as in SQLite."""
    for name, dialect in DIALECTS.items():
        tables = [str(CreateTable(table).compile(dialect=dialect)) for table in metadata.sorted_tables]
        indexes = [
            str(CreateIndex(index).compile(dialect=dialect))
            for table in metadata.sorted_tables
            for index in table.indexes
        ]
        number = {"sqlite": "id INTEGER NOT NULL", "postgresql": "id BIGSERIAL NOT NULL"}[name]

        assert sum(number in table for table in tables) == 4
        assert sum("WHERE" in index for index in indexes) == 17
