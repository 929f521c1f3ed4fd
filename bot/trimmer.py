"""Trims the tables in the background: every hour, step by step, out of everybody's way."""

import logging
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from bot import retention
from bot.errors import OutsideError
from bot.retention import Rule
from bot.store import Store
from bot.store.space import give_back

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Pauses:
    """Seconds before the first round, between two rounds, and between two steps, in which others write."""

    first: float = 60.0
    round: float = 3600.0
    step: float = 0.05


class Trimmer:
    """Lets go what the rules say may go, and gives the space back; `run` does so until `stop` is called."""

    def __init__(self, store: Store, rules: Sequence[Rule], pauses: Pauses = Pauses()) -> None:
        self._store = store
        self._rules = rules
        self._pauses = pauses
        self._stopping = threading.Event()

    def stop(self) -> None:
        """Let `run` return after the step in hand; what is left is for the next round."""
        self._stopping.set()

    def run(self) -> None:
        """Trim once an hour until `stop` is called."""
        pause = self._pauses.first
        while not self._stopping.wait(pause):
            try:
                self.trim()
            except OutsideError as wrong:
                log.warning("nothing more is trimmed this time: %s", wrong)
            pause = self._pauses.round

    def trim(self) -> None:
        """Go through all tables once.

        Raises:
            bot.errors.TryLater: the database could not write.

        """
        for rule in self._rules:
            if gone := self._walk(rule):
                log.info("%s: %d old rows have gone", rule.table.name, gone)
        while self._store.write(give_back) and not self._stopping.wait(self._pauses.step):
            pass

    def _walk(self, rule: Rule) -> int:
        gone, after, going = 0, None, True
        while going:
            step = partial(retention.step, rule=rule, after=after, now=self._store.now())
            done = self._store.write(step)
            gone, after = gone + done.gone, done.after
            going = after is not None and not self._stopping.wait(self._pauses.step)
        return gone
