"""Tells administrators by a direct message what somebody has to see to: once, however many replicas look."""

import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from sqlalchemy import Connection

from bot import moments, outbox
from bot.choices import choices_of
from bot.errors import OutsideError
from bot.outbox import Batching
from bot.people import Member
from bot.preferences import Choices
from bot.store import Store
from gitlab_hooks import deaths
from gitlab_hooks.alarm import Alarm, AlarmWords, died, expiring, silenced
from gitlab_hooks.hook_admin import Hook
from gitlab_hooks.tokens import Tokens

LOOK_SECONDS = 60.0

MINUTE_MS = 60_000
HOUR_MS = 60 * MINUTE_MS

TOKENS_MS = 6 * HOUR_MS
"""How often GitLab is asked when the tokens expire."""

EPISODE_MS = 3 * HOUR_MS
"""A hook that was seen switched off so long ago has been on meanwhile: looked at is every hour."""

Find = Callable[[Connection], Sequence[Alarm]]
"""(connection) → what has to be told, taken upon oneself in that transaction."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Watched:
    """What is looked at outside: the tokens, and which hooks are off (None: nobody may look); GitLab's address."""

    tokens: Tokens
    hooks_off: Callable[[], Sequence[Hook]] | None
    url: str


class Alarms:
    """Looks every minute what has died, now and then at what GitLab says, and tells the administrators.

    `admins` gives those who are members of the channel by now; while there are none nothing counts as told. `told` is
    called after messages were written.
    """

    def __init__(
        self,
        store: Store,
        watched: Watched,
        admins: Callable[[], Sequence[Member]],
        words: AlarmWords,
        told: Callable[[], None],
        pause: float = LOOK_SECONDS,
    ) -> None:
        self._store = store
        self._watched = watched
        self._admins = admins
        self._words = words
        self._told = told
        self._pause = pause
        self._tokens_looked = self._hooks_looked = 0

    def run(self, stopping: threading.Event) -> None:
        """Look until `stopping` is set."""
        while not stopping.is_set():
            self.step()
            stopping.wait(self._pause)

    def step(self) -> None:
        """Look at everything whose time has come.

        Raises:
            bot.errors.OutsideError: the store failed.

        """
        now = self._store.now()
        if now - self._tokens_looked >= TOKENS_MS:
            self._tokens_looked = now
            self._watched.tokens.look()
        admins = self._admins()
        if not admins:
            return
        for find in filter(None, (self._expiring(now), self._died(now), self._silenced(now))):
            if self._store.write(partial(self._tell, find=find, admins=admins, now=now)):
                self._told()

    def _expiring(self, now: int) -> Find | None:
        """Return what is told of tokens; that it is told once is held by the outbox, where each step has a fact."""
        ends, left = self._watched.tokens.ends, self._watched.tokens.days_left(now)
        alarms = list(filter(None, (expiring(name, ends[name], days) for name, days in left.items())))
        return (lambda _conn: alarms) if alarms else None

    def _died(self, now: int) -> Find | None:
        def find(conn: Connection) -> list[Alarm]:
            found = deaths.untold(conn)
            if not found or not moments.take(conn, "alarm:dead", now, HOUR_MS):
                return []
            deaths.tell(conn, found, now)
            return [died(len(found.letters), len(found.deliveries), found.errors, now)]

        return find if self._store.read(deaths.untold) else None

    def _silenced(self, now: int) -> Find | None:
        def find(conn: Connection) -> list[Alarm]:
            new = [hook for hook in off if moments.take(conn, _name(hook), now, EPISODE_MS)]
            for hook in off:
                moments.reach(conn, _name(hook), now)
            return [silenced(new, self._watched.url, now)] if new else []

        off = self._switched_off(now)
        return find if off else None

    def _switched_off(self, now: int) -> Sequence[Hook]:
        """Ask GitLab which hooks are off: one replica, once an hour."""
        look = self._watched.hooks_off
        if look is None or now - self._hooks_looked < HOUR_MS:
            return ()
        self._hooks_looked = now
        if not self._store.write(partial(moments.take, name="alarm:hooks", now=now, every=HOUR_MS - MINUTE_MS)):
            return ()
        try:
            return look()
        except OutsideError as wrong:
            log.info("whether hooks are switched off is not known just now: %s", wrong)
            return ()

    def _tell(self, conn: Connection, find: Find, admins: Sequence[Member], now: int) -> bool:
        """Write what is found to every administrator, and say whether any of it is new."""
        chosen = choices_of(conn, [member.key for member in admins])
        messages = [
            self._words(alarm, member, chosen.get(member.key, Choices())) for alarm in find(conn) for member in admins
        ]
        return any(outbox.put(conn, messages, delivery=None, now=now, batching=Batching()))


def _name(hook: Hook) -> str:
    return f"alarm:hook:{hook.home.kind}:{hook.home.id}:{hook.id}"
