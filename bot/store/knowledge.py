"""The tables of what is known: what became of everything, who was told what, what people have chosen."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Index,
    LargeBinary,
    Table,
    Text,
)

from bot.store.columns import Id, metadata, moment, words

# For every delivery and every candidate: told, or why not.
journal = Table(
    "journal",
    metadata,
    Column("id", Id, primary_key=True),
    Column("at", BigInteger, nullable=False),
    Column("delivery", Id),
    words("rule"),
    words("fact"),
    words("object"),
    words("label"),
    words("link"),
    words("actor"),
    words("account"),  # the candidate's user name on the other side
    Column("person", Text),
    words("reason"),
    words("also"),
    Column("verdict", Text, nullable=False),
    words("detail"),
    words("ground"),  # JSON, for who wrote it: what decides who may read it
    Index("ix_journal_person", "person", "id"),
    Index("ix_journal_object", "object", "id"),
    Index("ix_journal_delivery", "delivery"),
    Index("ix_journal_at", "at"),
)

# Whom the opening of an object was announced to; never trimmed.
announced = Table(
    "announced",
    metadata,
    Column("object", Text, primary_key=True),
    Column("person", Text, primary_key=True),
    Column("fact", Text, nullable=False),  # by which message; only that one takes it back
)

# Who has been told of a fact.
told = Table(
    "told",
    metadata,
    Column("fact", Text, primary_key=True),
    Column("person", Text, primary_key=True),
    Column("at", BigInteger, nullable=False),
    Index("ix_told_at", "at"),
)

# How the newest run of each object ended: what passes is news only after a failure, and what was overtaken is none.
failing = Table(
    "failing",
    metadata,
    Column("object", Text, primary_key=True),
    Column("run", BigInteger, nullable=False),
    moment("ended"),
    Column("failed", Boolean, nullable=False),
)

# What has become of objects, by when it did: what comes late says nothing that has been overtaken since.
ends = Table(
    "ends",
    metadata,
    Column("object", Text, primary_key=True),  # or a fact that was taken back
    Column("whom", Text, primary_key=True),  # an account on the other side; "" for everybody
    Column("state", Text, primary_key=True),
    Column("at", BigInteger, nullable=False),  # the last time, by the other side's clock
    Index("ix_ends_at", "at"),
)

# What a person has chosen to hear.
preferences = Table(
    "preferences",
    metadata,
    Column("person", Text, primary_key=True),
    Column("choices", Text, nullable=False),  # JSON
    Column("changed", BigInteger, nullable=False),
)

# The last day of which a person was told what waits for them, or would have been: one digest a person and day.
digests = Table(
    "digests",
    metadata,
    Column("person", Text, primary_key=True),
    Column("day", Text, nullable=False),  # ISO 8601, by the person's own calendar: later days sort behind earlier ones
    Column("essence", Text, nullable=False),  # a hash of what waited then, "" for nothing
)

# Users of the other side as deliveries showed them: id and user name.
accounts = Table(
    "accounts",
    metadata,
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("changed", BigInteger, nullable=False),
)

# Moments of this database's life, by name; none ever goes back.
moments = Table(
    "moments",
    metadata,
    Column("name", Text, primary_key=True),
    Column("at", BigInteger, nullable=False),
)

# The processes that take deliveries, a row each: before which moment nothing is missing that was sent to one of them.
watches = Table(
    "watches",
    metadata,
    Column("owner", Text, primary_key=True),
    Column("complete", BigInteger, nullable=False),
    Column("seen", BigInteger, nullable=False),  # when it said so last; who is silent is gone
)

# Keys that the bot makes for itself, once: what signs buttons and dialogs.
secrets = Table(
    "secrets",
    metadata,
    Column("name", Text, primary_key=True),
    Column("value", LargeBinary, nullable=False),
)

# Which secret each webhook of the other side has been given, as a mark of it: nobody tells us again.
hooks = Table(
    "hooks",
    metadata,
    Column("project", BigInteger, primary_key=True, autoincrement=False),
    Column("hook", BigInteger, primary_key=True, autoincrement=False),
    Column("secret", Text, nullable=False),
)
