"""Asks a GitLab that fails again, several threads at once: all of them wait where one is told that it is too much."""

import threading
from collections.abc import Callable
from itertools import count
from typing import TypeVar

from bot.errors import TryLater
from bot.retry import next_try

TRIES = 3
"""How often one thing is asked for; once somebody had to give up, everything else once."""

LIMITED_TRIES = 10
"""How often where GitLab says when to come back: then it is well."""

GIVE_UP = 10
"""After so many things in a row for which GitLab had no answer nothing more is asked for."""

T = TypeVar("T")


class Asking:
    """`pause` waits for some seconds and says whether somebody wants us to stop; `jitter` gives numbers from 0 to 1."""

    def __init__(self, pause: Callable[[float], bool], jitter: Callable[[], float]) -> None:
        self._pause = pause
        self._jitter = jitter
        self._lock = threading.Lock()
        self._gate = threading.Lock()
        self._waits = 0
        self._tries = TRIES
        self._in_a_row = 0
        self._stopped = False

    def __call__(self, ask: Callable[[], T]) -> T:
        """Return an answer; whatever is done for it is done again from its beginning.

        Raises:
            bot.errors.OutsideError: there is none, whatever was tried.

        """
        for tried in count(1):
            with self._gate:
                waits = self._waits
            if self._stopped or self._in_a_row >= GIVE_UP:
                raise TryLater("stopped before it was looked at" if self._stopped else "GitLab does not answer")
            try:
                answer = ask()
            except TryLater as wrong:
                if tried >= (self._tries if wrong.after is None else LIMITED_TRIES) or self._waited(
                    tried, wrong, waits
                ):
                    self._gives_up()
                    raise
            else:
                self._in_a_row = 0
                return answer
        raise AssertionError  # pragma: no cover - counting does not end

    def _waited(self, tried: int, wrong: TryLater, waits: int) -> bool:
        """Wait, and say whether it is to stop; for a limit everybody waits, once for all who have met it."""
        seconds = next_try(tried - 1, wrong.after, 0, self._jitter()) / 1000
        if wrong.after is None:
            self._stopped = self._pause(seconds) or self._stopped
            return self._stopped
        with self._gate:
            if self._waits == waits:
                self._waits += 1
                self._stopped = self._pause(seconds) or self._stopped
            return self._stopped

    def _gives_up(self) -> None:
        with self._lock:
            self._tries = 1
            self._in_a_row += 1
