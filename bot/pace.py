"""At most so many posts a second, over all threads and all processes on one database."""

from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, case, select

from bot.store.dialect import by_dialect
from bot.store.schema import pace

LONGEST_WAIT_MS = 2_000
"""Who would wait longer for a place takes none and gives the mailbox back until then."""

_FREE = select(pace.c.free)

_TAKE = by_dialect(
    lambda insert: insert(pace).on_conflict_do_update(
        index_elements=["one"],
        set_={"free": case((pace.c.free > bindparam("now"), pace.c.free), else_=bindparam("now")) + bindparam("gap")},
    )
)


@dataclass(frozen=True, slots=True)
class Pace:
    """Spaces posts evenly; 0 `per_second` means as fast as they come. Times are milliseconds since 1970.

    A place is taken in the transaction that takes up what is sent in it, as its last statement: it locks one row that
    everybody needs.
    """

    per_second: float = 0

    def crowded(self, conn: Connection, now: int) -> int | None:
        """Return when to come again, None where a place is free soon."""
        free = conn.scalar(_FREE) if self.per_second else None
        return None if free is None or free <= now + LONGEST_WAIT_MS else int(free)

    def take(self, conn: Connection, now: int) -> int:
        """Take the next place and return when it is; a place that nobody took in time is lost."""
        if not self.per_second:
            return now
        gap = 1000 / self.per_second
        row = {"one": 1, "free": now + gap, "now": now, "gap": gap}
        conn.execute(_TAKE[conn.dialect.name], row)
        return int(conn.execute(_FREE).scalar_one() - gap)
