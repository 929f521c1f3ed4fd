"""The table of secrets: keys that the bot makes for itself, once, whoever of several processes is first."""

from collections.abc import Callable

from sqlalchemy import Connection, select

from bot.signing import KEY_BYTES
from bot.store.dialect import by_dialect, if_new
from bot.store.schema import secrets

_ADD = by_dialect(lambda insert: if_new(insert(secrets)))


def key_named(conn: Connection, name: str, make: Callable[[int], bytes]) -> bytes:
    """Return the key of a name; the first who asks keeps what `make` gives for a number of bytes."""
    conn.execute(_ADD[conn.dialect.name], {"name": name, "value": make(KEY_BYTES)})
    return bytes(conn.execute(select(secrets.c.value).where(secrets.c.name == name)).scalar_one())
