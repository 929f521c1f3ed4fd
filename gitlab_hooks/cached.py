"""A look-up that remembers its answers for a while."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class Cached(Generic[Key, Value]):
    """Calls `ask` and keeps the answer for `keep(answer)` seconds, counted from before the question.

    At most `size` answers are kept, those longest unused go first; what `ask` raises is raised and not kept.
    Threads may share it; two that miss at once may both ask.
    """

    def __init__(
        self, ask: Callable[[Key], Value], keep: Callable[[Value], float], size: int, clock: Callable[[], float]
    ) -> None:
        self._ask, self._keep, self._size, self._clock = ask, keep, size, clock
        self._rows: OrderedDict[Key, tuple[float, Value]] = OrderedDict()
        self._lock = threading.Lock()

    def __call__(self, key: Key) -> Value:
        """Return the answer for a key, kept or fresh."""
        now = self._clock()
        with self._lock:
            row = self._rows.get(key)
            if row is not None and now < row[0]:
                self._rows.move_to_end(key)
                return row[1]
        return self._fresh(key, now)

    def _fresh(self, key: Key, now: float) -> Value:
        value = self._ask(key)
        with self._lock:
            self._rows[key] = (now + self._keep(value), value)
            self._rows.move_to_end(key)
            if len(self._rows) > self._size:
                self._rows.popitem(last=False)
        return value
