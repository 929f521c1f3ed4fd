"""The tables of what is on its way."""

import sqlalchemy as sa
from alembic import op

from bot.store.migrations.columns import ID, index, number, text

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make every table; `posts` goes before `outbox`, which refers to it."""
    for make in (_inbox, _posts, _outbox, _mailbox, _pace):
        make()


def downgrade() -> None:
    """Take everything away again."""
    for table in ("outbox", "posts", "inbox", "mailbox", "pace"):
        op.drop_table(table)


def _inbox() -> None:
    op.create_table(
        "inbox",
        sa.Column("id", ID, nullable=False),
        text("delivery_id", nullable=True),
        text("digest"),
        text("object"),
        number("received"),
        number("accepted", default="0"),
        sa.Column("late", sa.Boolean(), nullable=False, server_default=sa.false()),
        text("headers"),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        text("state", default="waiting"),
        number("attempts", sa.Integer, default="0"),
        number("unasked", sa.Integer, default="0"),
        number("faults", sa.Integer, default="0"),
        number("lapses", sa.Integer, default="0"),
        sa.Column("due", sa.BigInteger(), nullable=True),
        text("error", default=""),
        number("lease", default="0"),
        text("owner", default=""),
        number("epoch", sa.Integer, default="0"),
        sa.PrimaryKeyConstraint("id", name="pk_inbox"),
        sa.UniqueConstraint("delivery_id", name="uq_inbox_delivery_id"),
        sa.UniqueConstraint("digest", name="uq_inbox_digest"),
        sa.CheckConstraint("state IN ('waiting', 'done', 'failed')", name=op.f("ck_inbox_state")),
        sa.CheckConstraint("unasked <= attempts", name=op.f("ck_inbox_unasked")),
        sqlite_autoincrement=True,
    )
    index("inbox", "new", "due", "id", where="state = 'waiting' AND attempts = 0 AND due IS NOT NULL")
    index("inbox", "again", "due", "id", where="state = 'waiting' AND attempts > 0 AND due IS NOT NULL")
    index("inbox", "lane", "object", "id", where="state = 'waiting'")
    index("inbox", "held", "object", "lease", where="state = 'waiting' AND lease > 0")
    index("inbox", "failed", "id", where="state = 'failed'")
    index("inbox", "late", "id", where="late AND state = 'waiting'")
    index("inbox", "received", "received")


def _posts() -> None:
    op.create_table(
        "posts",
        sa.Column("id", ID, nullable=False),
        text("person"),
        text("subject", nullable=True),
        text("root", nullable=True),
        text("message"),
        text("props"),
        text("pending_post_id"),
        number("first_tried"),
        text("channel", nullable=True),
        text("post_id", nullable=True),
        text("state", default="frozen"),
        sa.PrimaryKeyConstraint("id", name="pk_posts"),
        sa.UniqueConstraint("pending_post_id", name="uq_posts_pending_post_id"),
        sa.CheckConstraint("state IN ('frozen', 'sent', 'dead')", name=op.f("ck_posts_state")),
        sa.CheckConstraint("state <> 'sent' OR post_id IS NOT NULL", name=op.f("ck_posts_sent_has_post")),
        sa.CheckConstraint("root IS NULL OR subject IS NOT NULL", name=op.f("ck_posts_reply_has_subject")),
        sqlite_autoincrement=True,
    )
    index("posts", "frozen", "person", where="state = 'frozen'")
    index("posts", "subject", "person", "subject", "id", where="subject IS NOT NULL")
    index("posts", "person", "person", "id")


def _outbox() -> None:
    op.create_table(
        "outbox",
        sa.Column("id", ID, nullable=False),
        sa.Column("delivery", ID, nullable=True),
        *(text(name) for name in ("fact", "person", "kind", "group", "object", "reason", "topic", "headline", "card")),
        sa.Column("batched", sa.Boolean(), nullable=False),
        text("switch", default=""),
        text("context", default=""),
        text("announces", default=""),
        text("about", default="[]"),
        sa.Column("by_name", sa.Boolean(), nullable=False, server_default=sa.false()),
        text("settled", default=""),
        sa.Column("edits", ID, nullable=True),
        number("created"),
        number("due"),
        text("state", default="waiting"),
        number("attempts", sa.Integer, default="0"),
        text("error", default=""),
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
    index("outbox", "due", "person", "due", "id", where="state = 'waiting'")
    index("outbox", "lane", "person", "object", "id", where="state = 'waiting'")
    index("outbox", "open", "person", "object", "due", where="state = 'waiting'")
    index("outbox", "group", "person", "group", "created", where="state = 'waiting'")
    index("outbox", "dead", "id", where="state = 'dead'")
    index("outbox", "post", "post", where="post IS NOT NULL")
    index("outbox", "announces", "announces", where="announces <> ''")
    index("outbox", "edits", "edits", where="edits IS NOT NULL")


def _mailbox() -> None:
    op.create_table(
        "mailbox",
        text("person"),
        sa.Column("due", sa.BigInteger(), nullable=True),
        number("lease", default="0"),
        text("owner", default=""),
        number("epoch", sa.Integer, default="0"),
        number("attempts", sa.Integer, default="0"),
        sa.PrimaryKeyConstraint("person", name="pk_mailbox"),
    )
    index("mailbox", "due", "due", where="due IS NOT NULL")


def _pace() -> None:
    op.create_table(
        "pace",
        sa.Column("one", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("free", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("one", name="pk_pace"),
        sa.CheckConstraint("one = 1", name=op.f("ck_pace_one")),
    )
