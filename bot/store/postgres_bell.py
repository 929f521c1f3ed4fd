"""Wakes the other processes on the same database, by LISTEN and NOTIFY.

NOTIFY takes one lock for the whole database when it commits (src/backend/commands/async.c, `PreCommit_Notify`), so it
never stands in the transaction that it tells of: a thread of its own rings, for all that came meanwhile at once. What
is rung while the database is away is lost, and whoever waits looks for itself every few seconds.
"""

import threading
from collections.abc import Callable, Mapping
from typing import Any

from psycopg import Connection as Raw
from psycopg import Error
from sqlalchemy import Engine, text
from sqlalchemy.exc import SQLAlchemyError

CHANNEL = "nudge_"

GATHER_SECONDS = 0.05
"""Between two rings."""

LOOK_SECONDS = 0.5
"""How often the one who listens sees whether it shall end."""

AGAIN_SECONDS = 1.0
"""Between two tries to listen."""

_RING = text("SELECT pg_notify(:channel, :ringer)")


class Bell:
    """Rings for the others and calls whom the others ring for; `ringer` names this process, which hears itself not."""

    def __init__(self, engine: Engine, ringer: str) -> None:
        self._engine = engine
        self._ringer = ringer
        self._rung: set[str] = set()
        self._door = threading.Lock()
        self._ringing = threading.Event()
        self._stopping = threading.Event()
        self._threads: dict[str, threading.Thread] = {}

    def ring(self, name: str) -> None:
        """Ring in a moment, once for whatever comes until then."""
        with self._door:
            self._rung.add(name)
            self._ringing.set()
        self._start("store-bell", self._ring_on)

    def listen(self, wakes: Mapping[str, Callable[[], None]]) -> None:
        """Call what belongs to a name whenever another process rings for it, in a thread of our own."""
        self._start("store-listener", lambda: self._listen_on(wakes))

    def close(self) -> None:
        """Ring for what is still to be rung, and listen no more."""
        self._stopping.set()
        self._ringing.set()
        for thread in self._threads.values():
            thread.join()

    def _start(self, name: str, run: Callable[[], None]) -> None:
        with self._door:
            if name not in self._threads and not self._stopping.is_set():
                self._threads[name] = threading.Thread(target=run, name=name, daemon=True)
                self._threads[name].start()

    def _ring_on(self) -> None:
        while self._ringing.wait():
            with self._door:
                names, self._rung = sorted(self._rung), set()
                self._ringing.clear()
            self._notify(names)
            if self._stopping.wait(GATHER_SECONDS):
                return

    def _notify(self, names: list[str]) -> None:
        try:
            with self._engine.connect() as conn:
                conn.exec_driver_sql("SET synchronous_commit = off")  # there is nothing to be kept
                for name in names:
                    conn.execute(_RING, {"channel": CHANNEL + name, "ringer": self._ringer})
        except SQLAlchemyError:
            return

    def _listen_on(self, wakes: Mapping[str, Callable[[], None]]) -> None:
        while not self._stopping.is_set():
            try:
                with self._engine.connect() as conn:
                    for name in wakes:
                        conn.exec_driver_sql(f'LISTEN "{CHANNEL}{name}"')
                    self._hear(conn.connection.driver_connection, wakes)
            except (SQLAlchemyError, Error):
                self._stopping.wait(AGAIN_SECONDS)

    def _hear(self, raw: Raw[Any] | None, wakes: Mapping[str, Callable[[], None]]) -> None:
        """Hear until the connection is lost or it is time to stop; what was missed before is looked for at once."""
        for wake in wakes.values():
            wake()
        while raw is not None and not self._stopping.is_set():
            for heard in raw.notifies(timeout=LOOK_SECONDS):
                if heard.payload != self._ringer:
                    wakes[heard.channel.removeprefix(CHANNEL)]()
