"""Tells whoever waits that something changed."""

import threading


class Bell:
    """A version number that rises with each change, and a way to wait for the next one."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._version = 0
        self._closed = False

    @property
    def version(self) -> int:
        """Return how often the bell has rung."""
        with self._changed:
            return self._version

    def ring(self) -> None:
        """Say that something changed."""
        with self._changed:
            self._version += 1
            self._changed.notify_all()

    def wait(self, since: int, seconds: float) -> int:
        """Wait for a version other than `since`, for a time or until the bell is closed; return the version."""
        with self._changed:
            self._changed.wait_for(lambda: self._closed or self._version != since, seconds)
            return self._version

    def close(self) -> None:
        """Let everybody go who waits, now and from now on."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
