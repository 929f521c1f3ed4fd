"""The gate before GitLab's API: while the server as a whole fails, one question at a time finds out when that ends."""

import threading
from collections.abc import Callable, Mapping
from typing import Protocol, TypeVar

from bot.errors import Misconfigured, OutsideError, TryLater
from bot.throttle import Throttle

WIDTH = 64
"""Questions at a time while all is well: more than there are threads, so that nobody is turned away."""

Answer = TypeVar("Answer")


class Client(Protocol):
    """Whoever asks GitLab: `gitlab_hooks.gitlab_client.Client`."""

    def get(self, path: str, shape: type[Answer], query: Mapping[str, str] | None = None) -> Answer | None:
        """Return what lies at a path, None where there is nothing for us, or raise a `bot.errors.OutsideError`."""


class Gate:
    """A client that asks its own client, unless questions about three things in a row have failed.

    Then it answers at once with that failure, and lets one question through after a pause: a second at first, a minute
    at most, as long as GitLab wishes (`Retry-After`) up to that. The first answer opens the gate for two questions at a
    time, then four, then all. `clock` is monotonic seconds; threads may share it.
    """

    def __init__(self, client: Client, clock: Callable[[], float]) -> None:
        self._client = client
        self._clock = clock
        self._throttle = Throttle(WIDTH)
        self._under_way = 0
        self._last: OutsideError = TryLater("")
        self._lock = threading.Lock()

    def get(self, path: str, shape: type[Answer], query: Mapping[str, str] | None = None) -> Answer | None:
        """See `Client.get`."""
        self._enter()
        try:
            answer = self._client.get(path, shape, query)
        except OutsideError as wrong:
            self._last = wrong
            self._throttle.failed(path, self._clock(), wrong.after if isinstance(wrong, TryLater) else None)
            raise
        else:
            self._throttle.succeeded()
            return answer
        finally:
            self._leave()

    def _enter(self) -> None:
        with self._lock:
            now = self._clock()
            if self._throttle.room(self._under_way, now) < 1:
                raise _again(self._last, self._throttle.wait(now))
            self._under_way += 1

    def _leave(self) -> None:
        with self._lock:
            self._under_way -= 1


def _again(last: OutsideError, after: float) -> OutsideError:
    """Return a fresh error that says what the last one said; a shared one would gather the tracebacks of all."""
    fresh = Misconfigured(str(last)) if isinstance(last, Misconfigured) else TryLater(str(last), after)
    fresh.asked = False
    return fresh
