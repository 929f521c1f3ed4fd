"""How soon after its start the program takes webhooks."""

from collections.abc import Iterator
from pathlib import Path

from bench.figures import Budget, Figure, percentile
from bench.house import Standin, bot, standin
from bench.measure import Measure, Run

READY = Budget(at_most=1.5)

HOW = """\
From the start of the process to the first 200 of `/readyz`: on a new database, which has its tables made, and on the
one that is there, in the median of three."""


def run(one: Run) -> Iterator[Figure]:
    """Measure every site that is as it is."""
    with standin(one.place()) as there:
        for site in one.sites:
            if not site.slow:
                urls = [site.fresh() for _ in range(one.scale.starts)]
                for name in ("ready, on a new database", "ready, on one that is there"):
                    took = [_ready(one.place(), url, there) for url in urls]
                    yield Figure(name, site.name, percentile(took, 0.5), "s", READY)


def _ready(folder: Path, url: str, there: Standin) -> float:
    with bot(folder, url, there) as running:
        return running.ready_after


MEASURE = Measure("start", "Start", HOW, run)
