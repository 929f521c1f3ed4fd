"""The tables of what is known."""

import sqlalchemy as sa
from alembic import op

from bot.store.migrations.columns import ID, index, number, text

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Make every table."""
    for make in (
        *(_journal, _announced, _told, _failing, _ends, _preferences),
        *(_digests, _accounts, _moments, _watches, _links, _claims, _secrets, _hooks),
    ):
        make()


def downgrade() -> None:
    """Take everything away again."""
    for table in (
        *("journal", "announced", "told", "failing", "ends", "preferences"),
        *("digests", "accounts", "moments", "watches", "links", "claims", "secrets", "hooks"),
    ):
        op.drop_table(table)


def _journal() -> None:
    op.create_table(
        "journal",
        sa.Column("id", ID, nullable=False),
        number("at"),
        sa.Column("delivery", ID, nullable=True),
        *(text(name, default="") for name in ("rule", "fact", "object", "label", "link", "actor", "account")),
        text("person", nullable=True),
        text("reason", default=""),
        text("also", default=""),
        text("verdict"),
        text("detail", default=""),
        text("ground", default=""),
        sa.PrimaryKeyConstraint("id", name="pk_journal"),
    )
    index("journal", "person", "person", "id")
    index("journal", "object", "object", "id")
    index("journal", "delivery", "delivery")
    index("journal", "at", "at")


def _announced() -> None:
    columns = ("object", "person", "fact")
    key = sa.PrimaryKeyConstraint("object", "person", name="pk_announced")
    op.create_table("announced", *map(text, columns), key)


def _told() -> None:
    op.create_table(
        "told",
        text("fact"),
        text("person"),
        number("at"),
        sa.PrimaryKeyConstraint("fact", "person", name="pk_told"),
    )
    index("told", "at", "at")


def _failing() -> None:
    op.create_table(
        "failing",
        text("object"),
        number("run"),
        number("ended", default="0"),
        sa.Column("failed", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("object", name="pk_failing"),
    )


def _ends() -> None:
    op.create_table(
        "ends",
        *map(text, ("object", "whom", "state")),
        number("at"),
        sa.PrimaryKeyConstraint("object", "whom", "state", name="pk_ends"),
    )
    index("ends", "at", "at")


def _preferences() -> None:
    op.create_table(
        "preferences",
        text("person"),
        text("choices"),
        number("changed"),
        sa.PrimaryKeyConstraint("person", name="pk_preferences"),
    )


def _digests() -> None:
    key = sa.PrimaryKeyConstraint("person", name="pk_digests")
    op.create_table("digests", *map(text, ("person", "day", "essence")), key)


def _accounts() -> None:
    op.create_table(
        "accounts",
        text("id"),
        text("name"),
        number("changed"),
        sa.PrimaryKeyConstraint("id", name="pk_accounts"),
    )


def _moments() -> None:
    op.create_table(
        "moments",
        text("name"),
        number("at"),
        sa.PrimaryKeyConstraint("name", name="pk_moments"),
    )


def _watches() -> None:
    op.create_table(
        "watches",
        text("owner"),
        *map(number, ("complete", "seen")),
        sa.PrimaryKeyConstraint("owner", name="pk_watches"),
    )


def _links() -> None:
    op.create_table(
        "links",
        *map(text, ("account", "name", "person")),
        number("at"),
        sa.PrimaryKeyConstraint("account", name="pk_links"),
        sa.UniqueConstraint("person", name="uq_links_person"),
    )


def _claims() -> None:
    op.create_table(
        "claims",
        *map(text, ("person", "account", "name", "code")),
        number("expires"),
        number("tries", sa.Integer, default="0"),
        sa.PrimaryKeyConstraint("person", name="pk_claims"),
        sa.CheckConstraint("tries BETWEEN 0 AND 4", name=op.f("ck_claims_tries_left")),
    )


def _secrets() -> None:
    op.create_table(
        "secrets",
        text("name"),
        sa.Column("value", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_secrets"),
    )


def _hooks() -> None:
    op.create_table(
        "hooks",
        number("project"),
        number("hook"),
        text("secret"),
        sa.PrimaryKeyConstraint("project", "hook", name="pk_hooks"),
    )
