"""Webhooks first: what can wait lets those pass for which GitLab waits."""

import threading
from types import TracebackType

PATIENCE_SECONDS = 0.5
"""How long a delivery that was taken lets others be taken before it is worked through."""


class Rush:
    """Counts the webhooks that are being taken just now: each is a `with` block.

    One interpreter runs one thread at a time. Without this a burst of webhooks would be taken no faster than its first
    ones are worked through, and GitLab, which waits ten seconds at most, would count failures.
    """

    def __init__(self) -> None:
        self._inside = 0
        self._over = threading.Condition()

    def __enter__(self) -> None:
        with self._over:
            self._inside += 1

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _: TracebackType | None
    ) -> None:
        with self._over:
            self._inside -= 1
            if not self._inside:
                self._over.notify_all()

    def let_pass(self, seconds: float = PATIENCE_SECONDS) -> bool:
        """Wait until no webhook is being taken, but no longer than some seconds; say whether none is."""
        with self._over:
            return self._over.wait_for(lambda: not self._inside, seconds)
