"""The database: the only thing the bot keeps, and the engine that carries it over every crash."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Protocol, TypeVar

from sqlalchemy import Connection

from bot.errors import Misconfigured
from bot.store.address import EXPECTED, SQLITE, is_address, shown
from bot.store.sqlite import SqliteStore, wall_clock

__all__ = ["INBOX", "OUTBOX", "Database", "Store", "open_store"]

T = TypeVar("T")

INBOX, OUTBOX = "inbox", "outbox"
"""What `Database.ring` tells of: a delivery came, a message is due."""


class Store(Protocol):
    """Where the tables of `bot.store.schema` live.

    `owner` names this process in the leases it takes, and is new at every start.
    """

    owner: str

    def write(self, op: Callable[[Connection], T]) -> T:
        """Run `op` in a transaction and return its result once that is durable.

        `op` may be run more than once and touches nothing but the connection. Its own exception comes out as it is,
        and nothing of it stays; `bot.errors.TryLater` says that the database could not write now.
        """

    def read(self, op: Callable[[Connection], T]) -> T:
        """Run `op` on a connection of its own that sees one moment of the database and cannot write.

        Raises `bot.errors.TryLater` where the database could not read now.
        """

    def now(self) -> int:
        """Return the store's time in milliseconds since 1970.

        Raises `bot.errors.TryLater` where that is a database's which could not be asked yet.
        """

    def close(self) -> None:
        """Finish what was asked for and let go of the database."""


class Database(Store, Protocol):
    """A store by which the processes that share it wake each other."""

    def ring(self, name: str) -> None:
        """Tell the other processes that something has changed, soon; nobody relies on it."""

    def listen(self, wakes: Mapping[str, Callable[[], None]]) -> None:
        """Call what belongs to a name, in any thread, when another process may have changed something there."""


def open_store(
    url: str,
    *,
    serving: bool,
    create: bool = True,
    clock: Callable[[], int] | None = None,
    wait: float = 30.0,
    password: str = "",
) -> Database:
    """Open the database of `[store] url`, brought to this version's schema.

    In SQLite a process that is `serving` has the file for itself: it waits up to `wait` seconds for another that still
    does, then frees every lease; others may write beside it. On PostgreSQL any number may serve, and who does starts
    without it, too. Without `create` there has to be a database already. `clock` gives milliseconds since 1970; without
    one it is the machine's in SQLite and the server's on PostgreSQL. `password` is for an address that holds none.

    Raises `bot.errors.Misconfigured` for an address that is none, a database that cannot be used or is not there,
    another serving process, or a database of a newer version; `bot.errors.TryLater` where PostgreSQL is away.
    """
    if not is_address(url):
        raise Misconfigured(f"[store] url: expected {EXPECTED}, found {shown(url)}")
    if not url.startswith(SQLITE):
        from bot.store.postgres import PostgresStore  # noqa: PLC0415 - 0.2 s that nobody spends on SQLite

        return PostgresStore(url, password, serving=serving, create=create, clock=clock)
    file = url.removeprefix(SQLITE)
    if not create and not Path(file).exists():
        raise Misconfigured(f"[store] url: there is no database at {file} yet; `serve` makes it")
    return SqliteStore(file, serving=serving, clock=clock or wall_clock, wait=wait)
