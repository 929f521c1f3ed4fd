"""The database: the only thing the bot keeps, and the engine that carries it over every crash."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Protocol, TypeVar

from sqlalchemy import Connection

from bot.errors import Misconfigured
from bot.store.sqlite import SqliteStore

__all__ = ["Store", "open_store"]

T = TypeVar("T")

SQLITE = "sqlite:///"


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
        """Return the store's time in milliseconds since 1970."""

    def close(self) -> None:
        """Finish what was asked for and let go of the database."""


def wall_clock() -> int:
    """Return this machine's time in milliseconds since 1970."""
    return time.time_ns() // 1_000_000


def open_store(
    url: str, *, serving: bool, create: bool = True, clock: Callable[[], int] = wall_clock, wait: float = 30.0
) -> Store:
    """Open the database of `[store] url`, brought to this version's schema.

    A process that is `serving` has the database for itself: it waits up to `wait` seconds for another that still does,
    then frees every lease. Others may write beside it; without `create` there has to be a database already. Raises
    `bot.errors.Misconfigured` for an address that is none, a file that cannot be used or is not there, another serving
    process, or a database of a newer version.
    """
    if not url.startswith(SQLITE) or url == SQLITE:
        raise Misconfigured(
            "[store] url: expected sqlite:///relative/file or sqlite:////absolute/file, "
            f"found {url.partition(':')[0]}:…; PostgreSQL comes by postgresql:// in a later version"
        )
    if not create and not Path(url.removeprefix(SQLITE)).exists():
        raise Misconfigured(f"[store] url: there is no database at {url.removeprefix(SQLITE)} yet; `serve` makes it")
    return SqliteStore(url.removeprefix(SQLITE), serving=serving, clock=clock, wait=wait)
