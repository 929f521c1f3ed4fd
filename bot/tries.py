"""How often somebody may try to log in: so seldom that no token is guessed."""

import threading
from collections import deque
from collections.abc import Callable

MOST = 5
"""Wrong tokens within `SECONDS`, all callers together: behind a proxy they have one address."""

SECONDS = 60.0


class Tries:
    """Counts failures; `clock` gives seconds of a monotonic clock."""

    def __init__(self, clock: Callable[[], float], most: int = MOST, seconds: float = SECONDS) -> None:
        self._clock = clock
        self._most = most
        self._seconds = seconds
        self._failures: deque[float] = deque()
        self._lock = threading.Lock()

    def begin(self) -> float:
        """Take one of the tries and return 0, or the seconds until there is one; it counts as failed."""
        with self._lock:
            now = self._clock()
            while self._failures and self._failures[0] <= now - self._seconds:
                self._failures.popleft()
            if len(self._failures) >= self._most:
                return self._failures[0] + self._seconds - now
            self._failures.append(now)
            return 0.0

    def forgive(self) -> None:
        """Count no failure any more: somebody knew the token."""
        with self._lock:
            self._failures.clear()
