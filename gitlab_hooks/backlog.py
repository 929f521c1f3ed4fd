"""How much waits, since when, and how much has failed for good, in the inbox and in the outbox."""

from dataclasses import dataclass

from sqlalchemy import Connection, Table, case, func, select

from bot.store.schema import inbox, is_state, outbox


@dataclass(frozen=True, slots=True)
class Queue:
    """`waiting` rows, the oldest of them since `since` (milliseconds since 1970, None for nothing), `dead` ones."""

    waiting: int
    since: int | None
    dead: int

    def oldest(self, now: int) -> float:
        """Return for how many seconds the oldest has waited; what is due only later has not."""
        return 0.0 if self.since is None else max(0, now - self.since) / 1000


# what was caught up with is older than its place in the queue
_OLDEST = {"inbox": func.min(case((inbox.c.late, None), else_=inbox.c.received)), "outbox": func.min(outbox.c.due)}

_TABLES = {"inbox": (inbox, "failed"), "outbox": (outbox, "dead")}
"""Each queue's table, and the state there of what has failed for good."""


def backlog(conn: Connection) -> dict[str, Queue]:
    """Return how things stand in both queues, by name."""
    return {name: _queue(conn, name, table, dead) for name, (table, dead) in _TABLES.items()}


def _queue(conn: Connection, name: str, table: Table, dead: str) -> Queue:
    waiting = select(func.count(), _OLDEST[name]).where(is_state(table, "waiting"))
    count, since = conn.execute(waiting).one()
    failed = conn.scalar(select(func.count()).select_from(table).where(is_state(table, dead)))
    return Queue(count, since, failed or 0)
