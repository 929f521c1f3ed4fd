"""What a measure is, and how much it does."""

import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.figures import Figure
from bench.sites import Site


@dataclass(frozen=True, slots=True)
class Scale:
    """How much is done: `seconds` of each load, and sizes by what they are of."""

    seconds: float
    warm: int
    clients: Sequence[int]
    burst: int
    deliveries: int
    waiting: int
    rounds: int
    members: int
    remembered: int
    starts: int


FULL = Scale(
    seconds=5.0,
    warm=200,
    clients=(1, 16, 64),
    burst=1_500,
    deliveries=1_500,
    waiting=1_000_000,
    rounds=150,
    members=20_000,
    remembered=100_000,
    starts=3,
)

QUICK = Scale(
    seconds=0.1,
    warm=16,
    clients=(16,),
    burst=10,
    deliveries=20,
    waiting=2_000,
    rounds=3,
    members=400,
    remembered=20,
    starts=1,
)
"""Enough to see that everything works; the figures mean nothing."""


@dataclass(frozen=True, slots=True)
class Run:
    """One run: where to keep things, how much to do, and a folder for everything else."""

    sites: Sequence[Site]
    scale: Scale
    folder: Path

    def place(self) -> Path:
        """Return a new folder."""
        return Path(tempfile.mkdtemp(dir=self.folder))


@dataclass(frozen=True, slots=True)
class Measure:
    """What is measured; `how` is for the page."""

    name: str
    title: str
    how: str
    run: Callable[[Run], Iterator[Figure]]
