"""The tables: what the bot keeps, in terms that SQLite and PostgreSQL share.

Every time is an integer of milliseconds since 1970, by the store's clock. A `lease` is the time until which a row
belongs to its `owner`, 0 where nobody holds it; `epoch` counts the holders, so that each write of one who has lost the
row can be told apart (`WHERE owner = … AND epoch = …`). Text called JSON is written and read by msgspec.
"""

from bot.store.claimed import claims, links
from bot.store.columns import is_state, metadata
from bot.store.knowledge import (
    accounts,
    announced,
    digests,
    ends,
    failing,
    hooks,
    journal,
    moments,
    preferences,
    secrets,
    told,
    watches,
)
from bot.store.queues import inbox, mailbox, outbox, pace, posts

__all__ = [
    "accounts",
    "announced",
    "claims",
    "digests",
    "ends",
    "failing",
    "hooks",
    "inbox",
    "is_state",
    "journal",
    "links",
    "mailbox",
    "metadata",
    "moments",
    "outbox",
    "pace",
    "posts",
    "preferences",
    "secrets",
    "told",
    "watches",
]
