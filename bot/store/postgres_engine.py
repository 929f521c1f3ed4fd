"""How connections to PostgreSQL are made: impatient, free of what it cannot store, and silent about what we send."""

import re
from collections.abc import Callable
from typing import Any

from psycopg import Connection as Raw
from psycopg.abc import Buffer
from psycopg.types.string import StrDumperUnknown
from sqlalchemy import URL, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.pool import NullPool, QueuePool

from bot.errors import Misconfigured
from bot.store.address import shown

CONNECTIONS = 12
"""Of one process; more threads than this wait for one. PostgreSQL's own limit is 100 for all."""

WAIT_SECONDS = 5.0
"""How long a thread waits for a connection."""

CLIENT = {
    "connect_timeout": "3",
    "keepalives_idle": "5",
    "keepalives_interval": "3",
    "keepalives_count": "2",
    "tcp_user_timeout": "10000",
    "application_name": "nudge",
}
"""https://www.postgresql.org/docs/current/libpq-connect.html; what the address itself says goes before."""

SERVER = {
    "statement_timeout": "10s",
    "lock_timeout": "5s",
    "idle_in_transaction_session_timeout": "10s",  # a process that is gone holds its rows no longer than that
    "tcp_keepalives_idle": "5",
    "tcp_keepalives_interval": "3",
    "tcp_keepalives_count": "2",
    "tcp_user_timeout": "10000",
    "client_min_messages": "warning",
    "jit": "off",  # it would compile for longer than any of our statements runs
}

_UNKEPT = re.compile("[\x00\ud800-\udfff]")
"""What PostgreSQL keeps in no text: NUL, and halves of characters."""


class KeptText(StrDumperUnknown):
    """Texts on their way to PostgreSQL; what it cannot keep becomes U+FFFD, so that no payload can stop its lane."""

    def dump(self, obj: str) -> Buffer | None:
        """Return the text's bytes."""
        return _UNKEPT.sub("\ufffd", obj).encode()


def parsed(url: str, password: str) -> URL:
    """Return an address with everything a connection needs; a password in the address goes before the one given.

    Raises `bot.errors.Misconfigured` for an address that cannot be read.
    """
    try:
        address = make_url(url).set(drivername="postgresql+psycopg")
    except (ArgumentError, ValueError) as error:
        raise Misconfigured(f"[store] url: {shown(url)} cannot be read as an address") from error
    known = address if address.password or not password else address.set(password=password)
    return known.set(query={**CLIENT, **known.query})


def make_engine(address: URL, connected: Callable[[], None] = lambda: None) -> Engine:
    """Return the engine of transactions; `connected` is called after each new connection."""
    engine = create_engine(
        address,
        poolclass=QueuePool,
        pool_size=CONNECTIONS,
        max_overflow=0,
        pool_timeout=WAIT_SECONDS,
        isolation_level="READ COMMITTED",
        use_native_hstore=False,
        hide_parameters=True,  # an error may reach the log, and a message is a parameter
    )
    _set_up(engine, connected)
    return engine


def make_bell_engine(address: URL) -> Engine:
    """Return an engine for what is no transaction; each of its connections is kept by who asked for it."""
    engine = create_engine(address, poolclass=NullPool, isolation_level="AUTOCOMMIT", use_native_hstore=False)
    _set_up(engine, lambda: None)
    return engine


def _set_up(engine: Engine, connected: Callable[[], None]) -> None:
    settings = "; ".join(f"SET {name} = '{value}'" for name, value in SERVER.items())

    @event.listens_for(engine, "connect")
    def _connect(raw: Raw[Any], _record: object) -> None:
        raw.adapters.register_dumper(str, KeptText)
        raw.execute(settings)
        raw.commit()
        connected()
