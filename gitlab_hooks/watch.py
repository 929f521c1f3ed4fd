"""Knows until when all has arrived, and catches up when that was interrupted: by a stop, a crash, a full disk."""

import logging
import threading
from collections.abc import Callable

from bot.errors import Misconfigured, TryLater
from bot.retry import next_try
from bot.store import Store
from gitlab_hooks.away import complete, is_complete
from gitlab_hooks.catch_up import Report
from gitlab_hooks.missed import look_since

BEAT_SECONDS = 60.0
"""How often it is noted that the bot is well; so much more than it missed is looked at again."""

SKIPPED_MS = 5 * 60_000
"""A machine that did not come to note it for so long was asleep."""

log = logging.getLogger(__name__)


class Watch:
    """Notes every minute that the bot is well, until it was not: then first comes the catching up.

    `catch_up` reads GitLab's log since a moment; None, and the gap stays noted for somebody who can. `hours` is how far
    back it looks at most, `jitter` gives numbers between 0 and 1. `trouble` says why something is missing still, "" for
    nothing.
    """

    def __init__(
        self, store: Store, catch_up: Callable[[int], Report] | None, hours: int, jitter: Callable[[], float]
    ) -> None:
        self._store = store
        self._catch_up = catch_up
        self._hours = hours
        self._jitter = jitter
        self._gap: bool | None = None
        self._last: int | None = None
        self._failures = 0
        self.trouble = ""

    def run(self, stopping: threading.Event) -> None:
        """Watch until `stopping` is set."""
        while not stopping.is_set():
            stopping.wait(self.step())

    def step(self) -> float:
        """Note that all is well, or catch up; return the seconds until the next time."""
        try:
            self._beat()
        except TryLater as wrong:
            log.warning("the bot is not well: %s", wrong)
            if self._gap is not None:
                self._gap = True
            self._failures += 1
            return min(BEAT_SECONDS, next_try(self._failures, None, 0, self._jitter()) / 1000)
        self._failures = 0
        return BEAT_SECONDS

    def _beat(self) -> None:
        now = self._store.now()
        since = look_since(self._store.read(complete), now, self._hours)
        if self._gap is None:
            self._gap = since is not None
        slept = self._last is not None and now - self._last > SKIPPED_MS
        self._gap = self._gap or slept
        if since is None or not self._gap or self._caught_up(since):
            self._store.write(lambda conn: is_complete(conn, now))
            self._gap = False
        self._last = self._store.now()

    def _caught_up(self, since: int) -> bool:
        """Catch up, and say whether nothing is missing now."""
        if self._catch_up is None:
            return False
        try:
            report = self._catch_up(since)
        except Misconfigured as wrong:
            log.error("what was missed is not caught up with: %s", wrong)  # noqa: TRY400 - the sentence says it all
            self._catch_up = None  # somebody has to mend that, and then to start the bot again
            self.trouble = str(wrong)
            return False
        for trouble in report.troubles:
            log.warning("catching up: %s", trouble)
        self.trouble = report.troubles[-1] if report.troubles else ""
        log.info(
            "caught up: %d hooks, %d missed deliveries taken in, %d of them late; %d were here already, %d are lost",
            *(report.hooks, report.taken, report.late, report.known, report.lost),
        )
        return report.finished
