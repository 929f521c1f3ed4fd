"""The database's time, known without asking each time."""

from collections.abc import Callable

from sqlalchemy import Connection, text

SAMPLE_SECONDS = 10.0
"""How long a comparison of the two clocks is good for."""

_NOW = text("SELECT CAST(extract(epoch FROM clock_timestamp()) * 1000 AS double precision)")


class DatabaseClock:
    """Adds what `monotonic` (seconds of a clock that nobody sets) has counted since the database was last asked.

    So all replicas have one time, whatever the clocks of their machines say.
    """

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._ahead = 0.0
        self._good_until = float("-inf")

    def expire(self) -> None:
        """Ask anew at the next chance: the connection is new, and perhaps the database."""
        self._good_until = float("-inf")

    def compare(self, conn: Connection) -> None:
        """Ask the database for its time, unless that is known well enough."""
        before = self._monotonic()
        if before < self._good_until:
            return
        told = float(conn.scalar(_NOW) or 0.0)
        after = self._monotonic()
        self._ahead = told - (before + after) / 2 * 1000
        self._good_until = after + SAMPLE_SECONDS

    def now(self) -> int:
        """Return the database's time in milliseconds since 1970."""
        return int(self._monotonic() * 1000 + self._ahead)
