"""Counts of what has happened in this process, by name: for `/metrics`, and for whoever wants to know."""

import threading
from collections import Counter


class Tally(Counter[str]):
    """A counter that threads may share: of two that add at the same time none is lost."""

    def __init__(self) -> None:
        super().__init__()
        self._adding = threading.Lock()

    def add(self, name: str) -> None:
        """Count one more of a name."""
        with self._adding:
            self[name] += 1

    def so_far(self) -> dict[str, int]:
        """Return all counts as they are now."""
        with self._adding:
            return dict(self)
