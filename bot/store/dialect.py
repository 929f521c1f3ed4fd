"""The one statement that SQLite and PostgreSQL spell alike but SQLAlchemy keeps in two places.

ADD = by_dialect(lambda insert: insert(told).on_conflict_do_nothing())
conn.execute(ADD[conn.dialect.name], row)
"""

from collections.abc import Callable

from sqlalchemy import Table
from sqlalchemy.dialects import postgresql, sqlite

Insert = sqlite.Insert | postgresql.Insert
"""An INSERT that knows `on_conflict_do_nothing` and `on_conflict_do_update`."""

DIALECTS: dict[str, Callable[[Table], Insert]] = {"sqlite": sqlite.Insert, "postgresql": postgresql.Insert}


def by_dialect(make: Callable[[Callable[[Table], Insert]], Insert]) -> dict[str, Insert]:
    """Return a statement as each dialect has it, by the dialect's name; made once, it is compiled once."""
    return {name: make(insert) for name, insert in DIALECTS.items()}


def if_new(insert: Insert) -> Insert:
    """Let an INSERT pass over a row that is there already; its `rowcount` tells how many were not."""
    return insert.on_conflict_do_nothing().inline().execution_options(preserve_rowcount=True)
