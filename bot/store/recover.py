"""What a start does to what the process before it left: nobody waits out its leases and pauses."""

from sqlalchemy import Connection, bindparam, select, update

from bot.store.schema import inbox, is_state, mailbox

_FREE = [update(table).where(table.c.lease != 0).values(lease=0, owner="") for table in (inbox, mailbox)]

_PAUSED_DELIVERIES = (
    select(inbox.c.id)
    .where(is_state(inbox, "waiting"), inbox.c.due > bindparam("now"), inbox.c.lease <= bindparam("now"))
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
    """Let what waits for a next try be tried at once: what was wrong may be mended. What is in hand is not touched."""
    for statement in _HURRY:
        conn.execute(statement, {"now": now})
