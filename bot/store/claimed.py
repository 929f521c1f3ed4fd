"""The tables of who has proved which account on the other side is theirs."""

from sqlalchemy import BigInteger, CheckConstraint, Column, Table, Text, UniqueConstraint

from bot.store.columns import count, metadata

# Whose an account on the other side is, since that person has proved it: one an account, and one a person.
links = Table(
    "links",
    metadata,
    Column("account", Text, primary_key=True),
    Column("name", Text, nullable=False),  # as it was called then; the id decides
    Column("person", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    UniqueConstraint("person"),
)

# The code by which a person is about to prove it: one open code a person, bound to both, known to us by its hash alone.
claims = Table(
    "claims",
    metadata,
    Column("person", Text, primary_key=True),
    Column("account", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("code", Text, nullable=False),
    Column("expires", BigInteger, nullable=False),
    count("tries"),
    CheckConstraint("tries BETWEEN 0 AND 4", "tries_left"),  # at the fifth it goes
)
