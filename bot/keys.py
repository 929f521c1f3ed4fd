"""The table of secrets: keys that the bot makes for itself, once, whoever of several processes is first."""

import secrets as random
from collections.abc import Callable
from functools import partial

from sqlalchemy import Connection, select

from bot.signing import KEY_BYTES
from bot.store import Store
from bot.store.dialect import by_dialect, if_new
from bot.store.schema import secrets

_ADD = by_dialect(lambda insert: if_new(insert(secrets)))


class Key:
    """A key of a store, made by whoever needs it first; it is read then, since at the start the store may be away."""

    def __init__(self, store: Store, name: str, make: Callable[[int], bytes] = random.token_bytes) -> None:
        self._store = store
        self._of = partial(key_named, name=name, make=make)
        self._kept: bytes | None = None

    def get(self) -> bytes:
        """Return the key, which this process keeps from now on.

        Raises:
            bot.errors.OutsideError: the store is away, and the key has not been read before.

        """
        if self._kept is None:
            self._kept = self._store.write(self._of)
        return self._kept

    def within(self, conn: Connection) -> bytes:
        """Return the key in the middle of a transaction; it is not kept, since what is written there may be undone."""
        return self._kept or self._of(conn)


def key_named(conn: Connection, name: str, make: Callable[[int], bytes]) -> bytes:
    """Return the key of a name; the first who asks keeps what `make` gives for a number of bytes."""
    conn.execute(_ADD[conn.dialect.name], {"name": name, "value": make(KEY_BYTES)})
    return bytes(conn.execute(select(secrets.c.value).where(secrets.c.name == name)).scalar_one())
