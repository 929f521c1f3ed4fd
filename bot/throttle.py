"""How hard a server may be pushed: by all threads while it answers, by one careful probe while it does not."""

import threading

from bot.errors import Misconfigured, TryLater

PROBE_AFTER = 3
"""People in a row whose posts failed, or things that were asked about: then it is the server, not one of them."""

LONGEST_PAUSE = 60.0
"""Seconds between two probes at most."""

DOUBLINGS = 6
"""After so many the pauses have their full length."""


class Throttle:
    """Says how many mailboxes, or questions, may be in hand at once; times are seconds of a monotonic clock.

    `trouble` is what somebody has to mend before anything can be sent, None while nothing is known of.
    """

    def __init__(self, threads: int) -> None:
        self.trouble: str | None = None
        self._threads = threads
        self._width = threads
        self._failing: set[str] = set()
        self._pauses = 0
        self._until = 0.0
        self._lock = threading.Lock()

    @property
    def probing(self) -> bool:
        """Say whether it is the server that fails, and not one of the people."""
        return self.trouble is not None or len(self._failing) >= PROBE_AFTER

    def room(self, in_hand: int, now: float) -> int:
        """Return how many more mailboxes may be taken; at full width the threads have their next ones at hand."""
        with self._lock:
            if now < self._until:
                return 0
            if self.probing or self._width < self._threads:
                return max(0, self._width - in_hand)
            return 2 * self._threads - in_hand if in_hand < self._threads else 0

    def wait(self, now: float) -> float:
        """Return the seconds until the next probe, 0 while there is nothing to wait for."""
        return max(0.0, self._until - now)

    def succeeded(self) -> None:
        """Take note of a post that arrived: twice the width, up to all threads."""
        with self._lock:
            self._width = min(self._threads, self._width * 2)
            self.trouble = None
            self._failing.clear()
            self._pauses = 0
            self._until = 0.0

    def met(self, error: TryLater | Misconfigured, person: str, now: float) -> None:
        """Note what a try for a person ended with."""
        if isinstance(error, Misconfigured):
            self.misconfigured(str(error), now)
        else:
            self.failed(person, now, error.after)

    def failed(self, person: str, now: float, after: float | None) -> None:
        """Take note of a person whose post has to wait; `after` is the server's wish in seconds."""
        with self._lock:
            self._failing.add(person)
            if self.probing:
                self._pause(now, after or 0.0)

    def misconfigured(self, why: str, now: float) -> None:
        """Take note that nothing can be sent as things are."""
        with self._lock:
            self.trouble = why
            self._pause(now, 0.0)

    def _pause(self, now: float, at_least: float) -> None:
        """Narrow to one and wait longer each time; what was under way when a pause began does not lengthen it."""
        self._width = 1
        if now >= self._until:
            self._until = now + min(LONGEST_PAUSE, max(at_least, 2.0 ** min(self._pauses, DOUBLINGS)))
            self._pauses += 1
