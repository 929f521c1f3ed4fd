"""The bot's processes: killed, asked to stop, started again, at random moments, each by a thread of its own."""

import threading
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from random import Random
from subprocess import TimeoutExpired
from urllib.parse import urlsplit

from playground.world import World
from tests.program.running import STOPS_WITHIN, Program

KILLED_EVERY = 2.6
"""Seconds between two kills, of all replicas together, on average at most; whatever the load of the machine."""

WHILE_STARTING, STARTING = 0.2, 1.5
"""The share of processes that are ended before they listen, most of them, and seconds from their start at most."""

EARLY_IN_A_ROW = 3
"""How many such processes follow each other at most, so that some work is done on a machine with a lot to do."""

LIFE = 2.4
"""Seconds from when any other process listens until it is ended, at most."""

LONG_LIVES, LONG_LIFE = 0.01, 16.0
"""The share of processes that live longer than the bot waits for an answer, and seconds for how long."""

ASKED = 0.08
"""The share of processes that are asked to stop (SIGTERM); the others are killed."""

AWAY, LONGEST_AWAY = 0.1, 2.0
"""The share of processes after which nobody is there for a while, and seconds for how long at most."""

LOOK = 0.02


class Replica:
    """One process of the bot after another, in a folder; what became of them is counted in `counts`.

    Where they are killed less often than `every` so many seconds, most are killed early. `deaths` holds the
    end of the log of each that ended by itself, which none may.
    """

    def __init__(self, folder: Path, world: World, toml: str, chance: Random, every: float) -> None:
        folder.mkdir()
        self.counts: Counter[str] = Counter()
        self.deaths: list[str] = []
        self._chance = chance
        self._every = every
        environ = world.environment()
        del environ["GITLAB_HOOKS_TOKEN"]  # what nobody acknowledged is not asked for again: it is not owed
        self._program = Program(folder, toml, environ)
        self._calm = threading.Event()
        self._thread = threading.Thread(target=self._run, name="replica")

    @property
    def address(self) -> tuple[str, int]:
        """Return host and port."""
        parts = urlsplit(self._program.url)
        return str(parts.hostname), int(parts.port or 0)

    def start(self) -> None:
        """Start the first process, and wait until it listens."""
        self._program.start()

    def disturb(self) -> None:
        """Begin to end the processes."""
        self._thread.start()

    def leave_alone(self) -> None:
        """End no process any more; one runs from now on."""
        self._calm.set()
        if self._thread.is_alive():
            self._thread.join()

    def kill(self) -> None:
        """End the process as a power cut would."""
        self.counts["kills"] += 1
        self._program.kill()

    def stop(self) -> None:
        """Ask the process to stop, if one runs; one that listened by then ends with 0."""
        if self._program.process.poll() is not None:
            return
        listened = self._listens()
        try:
            code = self._program.stop()
        except TimeoutExpired:
            self._note(f"asked to stop, it did not within {STOPS_WITHIN:g} s")
            self._program.kill()
        else:
            self.counts["stops"] += 1
            if code and listened:
                self._note(f"asked to stop, it ended with {code}")

    def close(self) -> None:
        """Leave no process behind, whatever happened."""
        self.leave_alone()
        self._program.end()

    def _run(self) -> None:
        began, early = time.monotonic(), 0
        while not self._calm.is_set():
            behind = self.counts["kills"] * self._every < time.monotonic() - began
            short = early < EARLY_IN_A_ROW and (behind or self._chance.random() < WHILE_STARTING)
            early = early + 1 if short else 0
            self._live(short=short)
            if self._calm.is_set():
                return
            if self._program.process.poll() is not None:
                self._note(f"it ended by itself with {self._program.process.returncode}")
            elif self._chance.random() < ASKED:
                self.stop()
            else:
                self.kill()
            if self._chance.random() < AWAY:
                self._calm.wait(self._chance.uniform(0, LONGEST_AWAY))
            self._program.begin()

    def _live(self, *, short: bool) -> None:
        """Let a process live for a while."""
        if short:
            self._calm.wait(self._chance.uniform(0, STARTING))
            return
        while not self._listens() and self._program.process.poll() is None and not self._calm.wait(LOOK):
            pass
        long = self._chance.random() < LONG_LIVES
        self._calm.wait(LONG_LIFE if long else self._chance.uniform(0, LIFE))

    def _listens(self) -> bool:
        return "listening on" in self._program.said()

    def _note(self, what: str) -> None:
        """Note what no process should do, with the end of its log."""
        self.deaths.append("\n".join((what, *self._program.log().splitlines()[-10:])))


def counted(replicas: Sequence[Replica]) -> Counter[str]:
    """Return the counts of all."""
    return sum((one.counts for one in replicas), Counter())
