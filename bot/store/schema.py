"""The tables: what the bot keeps, in terms that SQLite and PostgreSQL share.

Every time is an integer of milliseconds since 1970, by the store's clock. A `lease` is the time until which a row
belongs to its `owner`, 0 where nobody holds it; `epoch` counts the holders, so that each write of one who has lost the
row can be told apart (`WHERE owner = … AND epoch = …`). Text called JSON is written and read by msgspec.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ColumnElement,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
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


def _partial(name: str, *columns: str, where: str) -> Index:
    """Return an index, in both dialects, of those rows alone that meet a condition."""
    return Index(name, *columns, sqlite_where=text(where), postgresql_where=text(where))


def _words(name: str) -> Column[str]:
    """Return a text column that is "" where there is nothing to say."""
    return Column(name, Text, nullable=False, server_default="")


def _time(name: str) -> Column[int]:
    """Return a column for a time in milliseconds, or a lease that nobody holds yet."""
    return Column(name, BigInteger, nullable=False, server_default="0")


def _count(name: str) -> Column[int]:
    """Return a column that counts from 0."""
    return Column(name, Integer, nullable=False, server_default="0")


# Deliveries, kept as they came. Two keys make a delivery one: its own id, and the digest of its body.
inbox = Table(
    "inbox",
    metadata,
    Column("id", Id, primary_key=True),
    Column("delivery_id", Text),
    Column("digest", Text, nullable=False),
    Column("object", Text, nullable=False),  # the lane: only the head of each object is worked on
    Column("received", BigInteger, nullable=False),
    Column("headers", Text, nullable=False),  # JSON
    Column("body", LargeBinary, nullable=False),
    Column("state", Text, nullable=False, server_default="waiting"),
    _count("attempts"),
    _time("due"),
    _words("error"),
    _time("lease"),
    _words("owner"),
    _count("epoch"),
    UniqueConstraint("delivery_id"),
    UniqueConstraint("digest"),
    CheckConstraint("state IN ('waiting', 'done', 'failed')", "state"),
    _partial("ix_inbox_due", "due", where="state = 'waiting'"),
    _partial("ix_inbox_lane", "object", "id", where="state = 'waiting'"),
    _partial("ix_inbox_failed", "id", where="state = 'failed'"),
    Index("ix_inbox_received", "received"),
    sqlite_autoincrement=True,  # the journal names deliveries that are gone: a number is never used again
)

# What is sent, frozen before the first try; a retry sends exactly this. Its members are the outbox rows that name it.
posts = Table(
    "posts",
    metadata,
    Column("id", Id, primary_key=True),
    Column("person", Text, nullable=False),
    Column("message", Text, nullable=False),
    Column("props", Text, nullable=False),  # JSON; holds under nudge.post the key by which a post is found again
    Column("pending_post_id", Text, nullable=False),  # unguessable, since Mattermost compares it across all users
    Column("first_tried", BigInteger, nullable=False),  # committed before the first try begins
    Column("channel", Text),
    Column("post_id", Text),
    Column("state", Text, nullable=False, server_default="frozen"),
    UniqueConstraint("pending_post_id"),
    CheckConstraint("state IN ('frozen', 'sent', 'dead')", "state"),
    CheckConstraint("state <> 'sent' OR post_id IS NOT NULL", "sent_has_post"),
    _partial("ix_posts_frozen", "person", where="state = 'frozen'"),
    Index("ix_posts_person", "person", "id"),
    sqlite_autoincrement=True,
)

# Messages not yet sent, and what became of those that were: one a fact, person and kind, for ever.
outbox = Table(
    "outbox",
    metadata,
    Column("id", Id, primary_key=True),
    Column("delivery", Id),
    Column("fact", Text, nullable=False),
    Column("person", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("group", Text, nullable=False),
    Column("object", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("topic", Text, nullable=False),
    Column("headline", Text, nullable=False),
    Column("card", Text, nullable=False),  # JSON of bot.messages.Card
    Column("batched", Boolean, nullable=False),
    _words("context"),  # what its maker needs to know of it when it leaves with others (`bot.together`)
    _words("announces"),  # the object whose announcement this is; taken back if the message never leaves
    Column("created", BigInteger, nullable=False),
    Column("due", BigInteger, nullable=False),
    Column("state", Text, nullable=False, server_default="waiting"),
    _count("attempts"),
    _words("error"),
    Column("post", Id, ForeignKey("posts.id")),  # from the freezing on
    UniqueConstraint("fact", "person", "kind"),
    CheckConstraint("state IN ('waiting', 'sent', 'dead', 'dropped', 'withdrawn')", "state"),
    CheckConstraint("state <> 'sent' OR post IS NOT NULL", "sent_has_post"),
    _partial("ix_outbox_due", "person", "due", where="state = 'waiting'"),
    _partial("ix_outbox_lane", "person", "object", where="state = 'waiting'"),
    _partial("ix_outbox_group", "person", "group", where="state = 'waiting'"),
    _partial("ix_outbox_dead", "id", where="state = 'dead'"),
    _partial("ix_outbox_post", "post", where="post IS NOT NULL"),
    sqlite_autoincrement=True,
)

# One row a person: when their messages are due, and which courier has them in hand.
mailbox = Table(
    "mailbox",
    metadata,
    Column("person", Text, primary_key=True),
    Column("due", BigInteger),  # null: nothing waits
    _time("lease"),
    _words("owner"),
    _count("epoch"),
    _count("attempts"),  # failures in a row; while there are any, a new message does not bring the due time forward
    _partial("ix_mailbox_due", "due", where="due IS NOT NULL"),
)

# For every delivery and every candidate: told, or why not.
journal = Table(
    "journal",
    metadata,
    Column("id", Id, primary_key=True),
    Column("at", BigInteger, nullable=False),
    Column("delivery", Id),
    _words("rule"),
    _words("fact"),
    _words("object"),
    _words("label"),
    _words("link"),
    _words("actor"),
    _words("account"),  # the candidate's user name on the other side
    Column("person", Text),
    _words("reason"),
    _words("also"),
    Column("verdict", Text, nullable=False),
    _words("detail"),
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

# What a person has chosen to hear.
preferences = Table(
    "preferences",
    metadata,
    Column("person", Text, primary_key=True),
    Column("choices", Text, nullable=False),  # JSON
    Column("changed", BigInteger, nullable=False),
)

# Users of the other side as deliveries showed them: id and user name.
accounts = Table(
    "accounts",
    metadata,
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("changed", BigInteger, nullable=False),
)
