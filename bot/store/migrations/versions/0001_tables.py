"""The first tables."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make every table; `posts` goes before `outbox`, which refers to it."""
    for make in (
        *(_inbox, _posts, _outbox, _mailbox, _journal, _announced),
        *(_told, _failing, _preferences, _pace, _accounts, _moments),
    ):
        make()


def downgrade() -> None:
    """Take everything away again."""
    for table in (
        *("outbox", "posts", "inbox", "mailbox", "journal"),
        *("announced", "told", "failing", "preferences", "pace", "accounts", "moments"),
    ):
        op.drop_table(table)


def _text(name: str, *, default: str | None = None, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=nullable, server_default=default)


def _number(name: str, kind: type[sa.Integer] = sa.BigInteger, *, default: str | None = None) -> sa.Column[int]:
    return sa.Column(name, kind(), nullable=False, server_default=default)


def _index(table: str, name: str, *columns: str, where: str | None = None) -> None:
    condition = None if where is None else sa.text(where)
    op.create_index(f"ix_{table}_{name}", table, list(columns), sqlite_where=condition, postgresql_where=condition)


def _inbox() -> None:
    op.create_table(
        "inbox",
        sa.Column("id", ID, nullable=False),
        _text("delivery_id", nullable=True),
        _text("digest"),
        _text("object"),
        _number("received"),
        sa.Column("late", sa.Boolean(), nullable=False, server_default=sa.false()),
        _text("headers"),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        _text("state", default="waiting"),
        _number("attempts", sa.Integer, default="0"),
        sa.Column("due", sa.BigInteger(), nullable=True),
        _text("error", default=""),
        _number("lease", default="0"),
        _text("owner", default=""),
        _number("epoch", sa.Integer, default="0"),
        sa.PrimaryKeyConstraint("id", name="pk_inbox"),
        sa.UniqueConstraint("delivery_id", name="uq_inbox_delivery_id"),
        sa.UniqueConstraint("digest", name="uq_inbox_digest"),
        sa.CheckConstraint("state IN ('waiting', 'done', 'failed')", name=op.f("ck_inbox_state")),
        sqlite_autoincrement=True,
    )
    _index("inbox", "new", "due", "id", where="state = 'waiting' AND attempts = 0 AND due IS NOT NULL")
    _index("inbox", "again", "due", "id", where="state = 'waiting' AND attempts > 0 AND due IS NOT NULL")
    _index("inbox", "lane", "object", "id", where="state = 'waiting'")
    _index("inbox", "held", "object", where="state = 'waiting' AND lease > 0")
    _index("inbox", "failed", "id", where="state = 'failed'")
    _index("inbox", "late", "id", where="late AND state = 'waiting'")
    _index("inbox", "received", "received")


def _posts() -> None:
    op.create_table(
        "posts",
        sa.Column("id", ID, nullable=False),
        _text("person"),
        _text("subject", nullable=True),
        _text("root", nullable=True),
        _text("message"),
        _text("props"),
        _text("pending_post_id"),
        _number("first_tried"),
        _text("channel", nullable=True),
        _text("post_id", nullable=True),
        _text("state", default="frozen"),
        sa.PrimaryKeyConstraint("id", name="pk_posts"),
        sa.UniqueConstraint("pending_post_id", name="uq_posts_pending_post_id"),
        sa.CheckConstraint("state IN ('frozen', 'sent', 'dead')", name=op.f("ck_posts_state")),
        sa.CheckConstraint("state <> 'sent' OR post_id IS NOT NULL", name=op.f("ck_posts_sent_has_post")),
        sa.CheckConstraint("root IS NULL OR subject IS NOT NULL", name=op.f("ck_posts_reply_has_subject")),
        sqlite_autoincrement=True,
    )
    _index("posts", "frozen", "person", where="state = 'frozen'")
    _index("posts", "subject", "person", "subject", "id", where="subject IS NOT NULL")
    _index("posts", "person", "person", "id")


def _outbox() -> None:
    op.create_table(
        "outbox",
        sa.Column("id", ID, nullable=False),
        sa.Column("delivery", ID, nullable=True),
        *(_text(name) for name in ("fact", "person", "kind", "group", "object", "reason", "topic", "headline", "card")),
        sa.Column("batched", sa.Boolean(), nullable=False),
        _text("switch", default=""),
        _text("context", default=""),
        _text("announces", default=""),
        _text("about", default="[]"),
        sa.Column("by_name", sa.Boolean(), nullable=False, server_default=sa.false()),
        _text("settled", default=""),
        sa.Column("edits", ID, nullable=True),
        _number("created"),
        _number("due"),
        _text("state", default="waiting"),
        _number("attempts", sa.Integer, default="0"),
        _text("error", default=""),
        sa.Column("post", ID, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_outbox"),
        sa.UniqueConstraint("fact", "person", "kind", name="uq_outbox_fact_person_kind"),
        sa.CheckConstraint(
            "state IN ('waiting', 'sent', 'dead', 'dropped', 'withdrawn')", name=op.f("ck_outbox_state")
        ),
        sa.CheckConstraint("state <> 'sent' OR post IS NOT NULL", name=op.f("ck_outbox_sent_has_post")),
        sa.ForeignKeyConstraint(["post"], ["posts.id"], name="fk_outbox_post"),
        sqlite_autoincrement=True,
    )
    _index("outbox", "due", "person", "due", "id", where="state = 'waiting'")
    _index("outbox", "lane", "person", "object", "id", where="state = 'waiting'")
    _index("outbox", "open", "person", "object", "due", where="state = 'waiting'")
    _index("outbox", "group", "person", "group", "created", where="state = 'waiting'")
    _index("outbox", "dead", "id", where="state = 'dead'")
    _index("outbox", "post", "post", where="post IS NOT NULL")
    _index("outbox", "announces", "announces", where="announces <> ''")
    _index("outbox", "edits", "edits", where="edits IS NOT NULL")


def _mailbox() -> None:
    op.create_table(
        "mailbox",
        _text("person"),
        sa.Column("due", sa.BigInteger(), nullable=True),
        _number("lease", default="0"),
        _text("owner", default=""),
        _number("epoch", sa.Integer, default="0"),
        _number("attempts", sa.Integer, default="0"),
        sa.PrimaryKeyConstraint("person", name="pk_mailbox"),
    )
    _index("mailbox", "due", "due", where="due IS NOT NULL")


def _journal() -> None:
    op.create_table(
        "journal",
        sa.Column("id", ID, nullable=False),
        _number("at"),
        sa.Column("delivery", ID, nullable=True),
        *(_text(name, default="") for name in ("rule", "fact", "object", "label", "link", "actor", "account")),
        _text("person", nullable=True),
        _text("reason", default=""),
        _text("also", default=""),
        _text("verdict"),
        _text("detail", default=""),
        sa.PrimaryKeyConstraint("id", name="pk_journal"),
    )
    _index("journal", "person", "person", "id")
    _index("journal", "object", "object", "id")
    _index("journal", "delivery", "delivery")
    _index("journal", "at", "at")


def _announced() -> None:
    columns = ("object", "person", "fact")
    key = sa.PrimaryKeyConstraint("object", "person", name="pk_announced")
    op.create_table("announced", *map(_text, columns), key)


def _told() -> None:
    op.create_table(
        "told",
        _text("fact"),
        _text("person"),
        _number("at"),
        sa.PrimaryKeyConstraint("fact", "person", name="pk_told"),
    )
    _index("told", "at", "at")


def _failing() -> None:
    op.create_table(
        "failing",
        _text("object"),
        _number("run"),
        _number("ended", default="0"),
        sa.Column("failed", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("object", name="pk_failing"),
    )


def _preferences() -> None:
    op.create_table(
        "preferences",
        _text("person"),
        _text("choices"),
        _number("changed"),
        sa.PrimaryKeyConstraint("person", name="pk_preferences"),
    )


def _pace() -> None:
    op.create_table(
        "pace",
        sa.Column("one", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("free", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("one", name="pk_pace"),
        sa.CheckConstraint("one = 1", name=op.f("ck_pace_one")),
    )


def _accounts() -> None:
    op.create_table(
        "accounts",
        _text("id"),
        _text("name"),
        _number("changed"),
        sa.PrimaryKeyConstraint("id", name="pk_accounts"),
    )


def _moments() -> None:
    op.create_table(
        "moments",
        _text("name"),
        _number("at"),
        sa.PrimaryKeyConstraint("name", name="pk_moments"),
    )
