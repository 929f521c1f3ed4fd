"""The kinds of column and index of which the tables are made."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ColumnElement,
    Double,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    literal_column,
    text,
)

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    }
)

Id = BigInteger().with_variant(Integer, "sqlite")
"""SQLite numbers rows by itself only where the key is an INTEGER."""


def is_state(table: Table, state: str) -> ColumnElement[bool]:
    """Compare a table's state with a word written into the statement; a bound value would hide a partial index."""
    return table.c.state == literal_column(f"'{state}'")


def partial(name: str, *columns: str, where: str) -> Index:
    """Return an index, in both dialects, of those rows alone that meet a condition."""
    return Index(name, *columns, sqlite_where=text(where), postgresql_where=text(where))


def words(name: str) -> Column[str]:
    """Return a text column that is "" where there is nothing to say."""
    return Column(name, Text, nullable=False, server_default="")


def moment(name: str) -> Column[int]:
    """Return a column for a time in milliseconds, or a lease that nobody holds yet."""
    return Column(name, BigInteger, nullable=False, server_default="0")


def count(name: str) -> Column[int]:
    """Return a column that counts from 0."""
    return Column(name, Integer, nullable=False, server_default="0")


def the_one() -> tuple[Column[int], CheckConstraint]:
    """Return the key of a table that has one row, which is 1."""
    return Column("one", Integer, primary_key=True, autoincrement=False), CheckConstraint("one = 1", "one")


def fraction(name: str) -> Column[float]:
    """Return a column for a time in milliseconds with fractions."""
    return Column(name, Double, nullable=False)
