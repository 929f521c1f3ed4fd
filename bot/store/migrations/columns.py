"""Columns and indexes as the migrations write them."""

import sqlalchemy as sa
from alembic import op

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def text(name: str, *, default: str | None = None, nullable: bool = False) -> sa.Column[str]:
    """Return a column of text."""
    return sa.Column(name, sa.Text(), nullable=nullable, server_default=default)


def number(name: str, kind: type[sa.Integer] = sa.BigInteger, *, default: str | None = None) -> sa.Column[int]:
    """Return a column of whole numbers."""
    return sa.Column(name, kind(), nullable=False, server_default=default)


def index(table: str, name: str, *columns: str, where: str | None = None) -> None:
    """Make an index, of those rows alone that meet a condition where one is given."""
    condition = None if where is None else sa.text(where)
    op.create_index(f"ix_{table}_{name}", table, list(columns), sqlite_where=condition, postgresql_where=condition)
