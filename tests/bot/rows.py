"""Rows as they might stand in the tables, for the tests of what may go."""

import itertools
from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection, Table, func, insert, select

from bot import retention
from bot.retention import Rule
from bot.store import Store

_numbers = itertools.count(1)


def post(at: int, state: str = "sent") -> dict[str, Any]:
    """Return a post that was first tried at a time."""
    key = f"key {next(_numbers)}"
    row = {"person": "mina", "message": "Hello", "props": "{}", "pending_post_id": key, "first_tried": at}
    return row | {"state": state, "post_id": "p1" if state == "sent" else None}


def message(at: int, state: str = "sent", **more: Any) -> dict[str, Any]:
    """Return a message that was written at a time."""
    row: dict[str, Any] = dict.fromkeys(("group", "object", "reason", "topic", "headline", "card"), "x")
    number = next(_numbers)
    row |= {"fact": f"note:{number}", "person": "mina", "kind": "message", "batched": False, "created": at, "due": at}
    return row | {"announces": "", "settled": "", "post": None, "edits": None, "state": state} | more


def line(at: int) -> dict[str, Any]:
    """Return a line of the journal."""
    return {"at": at, "verdict": "told"}


def add(store: Store, table: Table, *rows: dict[str, Any]) -> list[int]:
    """Insert rows and return their numbers."""

    def op(conn: Connection) -> list[int]:
        return [int(conn.execute(insert(table).values(row)).inserted_primary_key[0]) for row in rows]  # type: ignore[index]  # each table has a key

    return store.write(op)


def count(store: Store, table: Table) -> int:
    """Return how many rows there are."""
    return store.read(lambda conn: conn.scalar(select(func.count()).select_from(table))) or 0


def steps(store: Store, rule: Rule, now: int) -> Iterator[int]:
    """Walk along a table and yield how many rows went in each step."""
    after: Any = None
    while True:
        done = store.write(lambda conn: retention.step(conn, rule, after, now))  # noqa: B023 - it is called at once
        yield done.gone
        if done.after is None:
            return
        after = done.after


def trim(store: Store, rules: tuple[Rule, ...], now: int) -> int:
    """Go through all tables once, without a pause; return how many rows went."""
    return sum(gone for rule in rules for gone in steps(store, rule, now))
