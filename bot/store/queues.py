"""The tables of what is on its way: deliveries, messages, posts, and whose turn it is."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
    false,
)

from bot.store.columns import Id, count, fraction, metadata, moment, partial, the_one, words

# Deliveries, kept as they came. Two keys make a delivery one: its own id, and the digest of its body.
inbox = Table(
    "inbox",
    metadata,
    Column("id", Id, primary_key=True),
    Column("delivery_id", Text),
    Column("digest", Text, nullable=False),
    Column("object", Text, nullable=False),  # the lane: only the head of each object is worked on
    Column("received", BigInteger, nullable=False),  # when the sender tried, where it was caught up with afterwards
    moment("accepted"),  # when we took it, by our own clock: from then on it waits for answers
    Column("late", Boolean, nullable=False, server_default=false()),  # caught up with, and too old for its own message
    Column("headers", Text, nullable=False),  # JSON
    Column("body", LargeBinary, nullable=False),
    Column("state", Text, nullable=False, server_default="waiting"),
    count("attempts"),
    count("unasked"),  # how many of the attempts ended before anything was asked
    count("faults"),  # tries over which the program itself stumbled
    count("lapses"),  # leases in a row that ended without a word: the process died
    Column("due", BigInteger),  # null: put aside behind another of its lane, until that one ends
    words("error"),
    moment("lease"),
    words("owner"),
    count("epoch"),
    UniqueConstraint("delivery_id"),
    UniqueConstraint("digest"),
    CheckConstraint("state IN ('waiting', 'done', 'failed')", "state"),
    CheckConstraint("unasked <= attempts", "unasked"),
    partial("ix_inbox_new", "due", "id", where="state = 'waiting' AND attempts = 0 AND due IS NOT NULL"),
    partial("ix_inbox_again", "due", "id", where="state = 'waiting' AND attempts > 0 AND due IS NOT NULL"),
    partial("ix_inbox_lane", "object", "id", where="state = 'waiting'"),
    # with the lease, or SQLite takes the index above it: by its statistics lanes are short, and one may be endless
    partial("ix_inbox_held", "object", "lease", where="state = 'waiting' AND lease > 0"),
    partial("ix_inbox_failed", "id", where="state = 'failed'"),
    partial("ix_inbox_late", "id", where="late AND state = 'waiting'"),
    Index("ix_inbox_received", "received"),
    sqlite_autoincrement=True,  # the journal names deliveries that are gone: a number is never used again
)

# What is sent, frozen before the first try; a retry sends exactly this. Its members are the outbox rows that name it.
posts = Table(
    "posts",
    metadata,
    Column("id", Id, primary_key=True),
    Column("person", Text, nullable=False),
    Column("subject", Text),  # the object whose thread it begins or is in; null: about several, or that thread is gone
    Column("root", Text),  # the post that it replies to, null for none; frozen with it, until the server has it no more
    Column("message", Text, nullable=False),
    Column("props", Text, nullable=False),  # JSON; under nudge stand the key to find a post by, and whose its cards are
    Column("pending_post_id", Text, nullable=False),  # unguessable, since Mattermost compares it across all users
    Column("first_tried", BigInteger, nullable=False),  # committed before the first try begins
    Column("channel", Text),
    Column("post_id", Text),
    Column("state", Text, nullable=False, server_default="frozen"),
    UniqueConstraint("pending_post_id"),
    CheckConstraint("state IN ('frozen', 'sent', 'dead')", "state"),
    CheckConstraint("state <> 'sent' OR post_id IS NOT NULL", "sent_has_post"),
    CheckConstraint("root IS NULL OR subject IS NOT NULL", "reply_has_subject"),
    partial("ix_posts_frozen", "person", where="state = 'frozen'"),
    partial("ix_posts_subject", "person", "subject", "id", where="subject IS NOT NULL"),
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
    words("switch"),  # what a person switches to hear it, where that is not the reason
    words("context"),  # what its maker needs to know of it when it leaves with others (`bot.together`)
    words("announces"),  # the object whose announcement this is; taken back if the message never leaves
    Column("about", Text, nullable=False, server_default="[]"),  # JSON: the keys by which it can be muted
    Column("by_name", Boolean, nullable=False, server_default=false()),  # a person calls the reader by name in it
    words("settled"),  # what has become of it since, in a word that only its maker reads (`bot.edits`)
    Column("edits", Id),  # the message whose card this one changes; null but for kind `edit`
    Column("created", BigInteger, nullable=False),
    Column("due", BigInteger, nullable=False),
    Column("state", Text, nullable=False, server_default="waiting"),
    count("attempts"),
    words("error"),
    Column("post", Id, ForeignKey("posts.id")),  # from the freezing on; of an edit, once it is sent
    UniqueConstraint("fact", "person", "kind"),
    CheckConstraint("state IN ('waiting', 'sent', 'dead', 'dropped', 'withdrawn')", "state"),
    CheckConstraint("state <> 'sent' OR post IS NOT NULL", "sent_has_post"),
    partial("ix_outbox_due", "person", "due", "id", where="state = 'waiting'"),
    partial("ix_outbox_lane", "person", "object", "id", where="state = 'waiting'"),
    partial("ix_outbox_open", "person", "object", "due", where="state = 'waiting'"),
    partial("ix_outbox_group", "person", "group", "created", where="state = 'waiting'"),
    partial("ix_outbox_dead", "id", where="state = 'dead'"),
    partial("ix_outbox_post", "post", where="post IS NOT NULL"),
    partial("ix_outbox_announces", "announces", where="announces <> ''"),
    partial("ix_outbox_edits", "edits", where="edits IS NOT NULL"),
    sqlite_autoincrement=True,
)

# One row a person: when their messages are due, and which courier has them in hand.
mailbox = Table(
    "mailbox",
    metadata,
    Column("person", Text, primary_key=True),
    Column("due", BigInteger),  # null: nothing waits
    moment("lease"),
    words("owner"),
    count("epoch"),
    count("attempts"),  # failures in a row; while there are any, a new message does not bring the due time forward
    partial("ix_mailbox_due", "due", where="due IS NOT NULL"),
)

# One row: when the next post may go, where there is a limit; milliseconds since 1970, with fractions.
pace = Table(
    "pace",
    metadata,
    *the_one(),
    fraction("free"),
)
