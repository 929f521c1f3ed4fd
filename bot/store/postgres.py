"""The database that several processes share: PostgreSQL, for any number of replicas of `serve`."""

import logging
import secrets
import threading
import time
from collections.abc import Callable, Mapping
from typing import TypeVar

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from bot.errors import OutsideError, TryLater
from bot.store.address import shown
from bot.store.migrate import migrate
from bot.store.postgres_bell import Bell
from bot.store.postgres_clock import DatabaseClock
from bot.store.postgres_engine import make_bell_engine, make_engine, parsed
from bot.store.postgres_faults import AgainError, meaning
from bot.store.recover import hurry

T = TypeVar("T")

TRIES = 5
"""How often a transaction is run that others were in the way of, or whose connection turned out to be lost."""

log = logging.getLogger(__name__)


class PostgresStore:
    """A `bot.store.Database` on a server; no process has it alone, and any of them may vanish.

    It is brought to this version's schema at the first connection, which may come long after the start: until then, and
    whenever the server is away, everything raises `TryLater`. No copy of it is made before it is migrated: that is the
    business of whoever keeps the server.

    Raises:
        bot.errors.Misconfigured: the server is there and refuses us, or its database is of a newer version.
        bot.errors.TryLater: it is not there, and we do not serve.

    """

    def __init__(
        self, url: str, password: str, *, serving: bool, create: bool, clock: Callable[[], int] | None
    ) -> None:
        self.owner = secrets.token_urlsafe(12)
        self._name, self._serving, self._create, self._given = shown(url), serving, create, clock
        address = parsed(url, password)
        self._clock = DatabaseClock(time.monotonic)
        self._engine = make_engine(address, self._clock.expire)
        self._bell = Bell(make_bell_engine(address), self.owner)
        self._door = threading.Lock()
        self._prepared = False
        self._trouble = "the database has not been reached yet"
        try:
            self._get_ready()
        except OutsideError as error:
            if not serving or not isinstance(error, TryLater):
                self.close()
                raise
            log.error("%s; everything else starts, and waits for it", error)  # noqa: TRY400 - a sentence, no fault

    def write(self, op: Callable[[Connection], T]) -> T:
        """See `bot.store.Store.write`."""
        self._get_ready()
        return self._persist(lambda: self._transact(op, kind={}))

    def read(self, op: Callable[[Connection], T]) -> T:
        """See `bot.store.Store.read`."""
        self._get_ready()
        one_moment = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
        return self._persist(lambda: self._transact(op, kind=one_moment))

    def now(self) -> int:
        """See `bot.store.Store.now`."""
        if not self._given:
            self._get_ready()
        return self._time()

    def ring(self, name: str) -> None:
        """See `bot.store.Database.ring`."""
        self._bell.ring(name)

    def listen(self, wakes: Mapping[str, Callable[[], None]]) -> None:
        """See `bot.store.Database.listen`."""
        self._bell.listen(wakes)

    def close(self) -> None:
        """See `bot.store.Store.close`."""
        self._bell.close()
        self._engine.dispose()

    def _time(self) -> int:
        return self._given() if self._given else self._clock.now()

    def _persist(self, attempt: Callable[[], T]) -> T:
        """Run an attempt until it meets nobody, but not for ever."""
        for _ in range(TRIES - 1):
            try:
                return attempt()
            except AgainError:
                continue
        try:
            return attempt()
        except AgainError as error:
            raise TryLater(f"the database does not work: {error}") from error

    def _transact(self, op: Callable[[Connection], T], kind: Mapping[str, object]) -> T:
        committing = False
        try:
            with self._engine.connect().execution_options(**kind) as conn:
                self._clock.compare(conn)
                result = op(conn)
                committing = True
                conn.commit()
        except SQLAlchemyError as error:
            if (other := meaning(error, committing=committing)) is None:
                raise
            raise other from error
        return result

    def _get_ready(self) -> None:
        """Bring the database to this version's schema, once; one thread tries, the others are told how that goes."""
        if self._prepared:
            return
        if not self._door.acquire(blocking=False):
            raise TryLater(self._trouble)
        try:
            if not self._prepared:
                self._persist(self._prepare)
        except OutsideError as error:
            self._trouble = str(error)
            raise
        finally:
            self._door.release()

    def _prepare(self) -> None:
        try:
            migrate(self._engine, self._name, create=self._create)
        except SQLAlchemyError as error:
            if (other := meaning(error)) is None:
                raise
            raise other from error
        if self._serving:
            self._transact(lambda conn: hurry(conn, self._time()), kind={})
        self._prepared = True
        log.info("the database is there: %s", self._name)
