"""What a start does to what the process before it left: nobody waits out its leases and pauses."""

from sqlalchemy import Connection, bindparam, select, update

from bot.store.schema import inbox, is_state, mailbox

ENDED = 1
"""A lease that ended long ago, by no word of its owner: whoever takes the row up next knows that somebody died."""

_FREE = [
    update(table).where(table.c.lease != 0).values(lease=lease, owner="")
    for table, lease in ((inbox, ENDED), (mailbox, 0))
]

_PAUSED_DELIVERIES = (
    select(inbox.c.id)
    .where(is_state(inbox, "waiting"), inbox.c.due > bindparam("now"), inbox.c.lease <= bindparam("now"))
    .where(inbox.c.lapses == 0)
    .with_for_update(skip_locked=True)
)

_PAUSED_MAILBOXES = (
    select(mailbox.c.person)
    .where(mailbox.c.attempts > 0, mailbox.c.lease <= bindparam("now"))
    .with_for_update(skip_locked=True)
)

_HURRY = [
    update(inbox).where(inbox.c.id.in_(_PAUSED_DELIVERIES)).values(due=inbox.c.received),
    update(mailbox).where(mailbox.c.person.in_(_PAUSED_MAILBOXES)).values(due=0, attempts=0),
]


def free(conn: Connection) -> None:
    """Free everything that somebody had in hand; only for who has the database alone."""
    for statement in _FREE:
        conn.execute(statement)


def hurry(conn: Connection, now: int) -> None:
    """Let what waits for a next try be tried at once: what was wrong may be mended.

    What is in hand is not touched, and what rests because processes died over it is not hurried to the next death.
    """
    for statement in _HURRY:
        conn.execute(statement, {"now": now})
