"""Knows until when all has arrived, and catches up when that was interrupted: by a stop, a crash, a full disk."""

import logging
import threading
from collections.abc import Callable
from functools import partial

from bot.errors import Misconfigured, TryLater
from bot.retry import Pauses, next_try
from bot.store import Store
from gitlab_hooks.catch_up import Report
from gitlab_hooks.missed import look_since
from gitlab_hooks.presence import be_there, is_complete

BEAT_SECONDS = 60.0
"""How often it is noted that the bot is well; so much more than it missed is looked at again."""

SKIPPED_MS = 5 * 60_000
"""A machine that did not come to note it for so long was asleep."""

LOGGED_MS = 60_000
"""How long GitLab may take until a delivery that failed stands in its log: that is written by a job of its own."""

UNANSWERED = Pauses(first=60_000, cap=15 * 60_000)
"""How long it waits before it asks a GitLab again that has not answered everything: each time it asks about all."""

log = logging.getLogger(__name__)


class Watch:
    """Notes every minute that the bot is well, until it was not: then first comes the catching up.

    `catch_up` reads GitLab's log since a moment; None, and the gap stays noted for somebody who can. `hours` is how far
    back it looks at most, `jitter` gives numbers between 0 and 1. `trouble` says why something is missing still, "" for
    nothing.

    A gap is over once it was caught up with, and that began long enough after the last moment at which something may
    have failed: what failed just before may not have been in GitLab's log yet. Until then it is looked again.
    """

    def __init__(
        self, store: Store, catch_up: Callable[[int], Report] | None, hours: int, jitter: Callable[[], float]
    ) -> None:
        self._store = store
        self._catch_up = catch_up
        self._hours = hours
        self._jitter = jitter
        self._interrupted = threading.Event()
        self._failing: int | None = None
        self._again = self._unfinished = 0
        self._said: set[str] = set()
        self._last: int | None = None
        self._failures = 0
        self.trouble = ""

    def refused(self) -> None:
        """Say, in any thread, that a delivery was refused which could not be kept: GitLab will not send it again.

        Nothing has to be written for that: the moment until which all has arrived lies before, and stays there.
        """
        self._interrupted.set()

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
            if self._last is not None:
                self._interrupted.set()
            self._failures += 1
            return min(BEAT_SECONDS, next_try(self._failures, None, 0, self._jitter()) / 1000)
        self._failures = 0
        return BEAT_SECONDS

    def _beat(self) -> None:
        now = self._store.now()
        self._look_around(now)
        presence = self._store.write(partial(be_there, owner=self._store.owner, now=now))
        if presence.missing:
            self._failing = now
        if self._failing is None or (self._is_time(now) and self._caught_up(presence.complete, now)):
            self._store.write(partial(is_complete, owner=self._store.owner, until=now))
            self._close(now)
        self._last = self._store.now()

    def _look_around(self, now: int) -> None:
        """Take note of what this process itself has missed since it last did."""
        slept = self._last is not None and now - self._last > SKIPPED_MS
        if slept or self._interrupted.is_set():
            self._interrupted.clear()
            self._failing = now

    def _is_time(self, now: int) -> bool:
        """Say whether to catch up now; a pause that a clock set back has made longer than any is over."""
        return not now < self._again <= now + UNANSWERED.cap

    def _close(self, now: int) -> None:
        """Take note that until now nothing is missing that stands in GitLab's log by now."""
        if self._failing is not None:
            self._again = self._failing + LOGGED_MS
            self._failing = None if now >= self._again else self._failing

    def _caught_up(self, complete: int, now: int) -> bool:
        """Catch up, and say whether nothing is missing now."""
        if self._catch_up is None:
            return False
        try:
            report = self._catch_up(look_since(complete, now, self._hours))
        except Misconfigured as wrong:
            log.error("what was missed is not caught up with: %s", wrong)  # noqa: TRY400 - the sentence says it all
            self._catch_up = None  # somebody has to mend that, and then to start the bot again
            self.trouble = str(wrong)
            return False
        self._say(report)
        if report.finished:
            self._unfinished = 0
        else:
            self._again = next_try(self._unfinished, None, now, self._jitter(), UNANSWERED)
            self._unfinished += 1
        return report.finished

    def _say(self, report: Report) -> None:
        """Tell what was found; that there is no hook of ours is told once for each project and group."""
        for trouble in (*report.troubles, *(one for one in report.unhooked if one not in self._said)):
            log.warning("catching up: %s", trouble)
        self._said.update(report.unhooked)
        self.trouble = report.troubles[-1] if report.troubles else ""
        log.info(
            "caught up: %d hooks, %d missed deliveries taken in, %d of them late; %d were here already, %d are lost",
            *(report.hooks, report.taken, report.late, report.known, report.lost),
        )
