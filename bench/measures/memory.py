"""What the program holds in memory after 100,000 webhooks."""

import math
from collections.abc import Iterator
from contextlib import closing

from sqlalchemy import Connection, func, select

from bench import webhooks
from bench.figures import Budget, Figure
from bench.house import Standin, bot, standin
from bench.measure import Measure, Run
from bench.measures.burst import CLIENTS, DONE_WITHIN
from bench.processes import load, wait_for
from bench.sites import Site
from bench.webhooks import RECIPIENTS
from bot.store import Store, open_store
from bot.store.schema import inbox, is_state

ONE_IN = 10
FEWER = 10
SIZE = Budget(at_most=120)

HOW = f"""\
The resident memory (VmRSS) of `serve` after its webhooks, as fast as it takes them, of which one in {ONE_IN} tells two
people; every one has been read, and every post sent. The program keeps the same things in memory over either store:
after the first, a tenth of the webhooks is enough to see that."""


def run(one: Run) -> Iterator[Figure]:
    """Measure every site that is as it is: the first in full, the others with fewer webhooks."""
    first, *others = (site for site in one.sites if not site.slow)
    yield from _remembering(one, first, one.scale.remembered)
    for site in others:
        yield from _remembering(one, site, one.scale.remembered // FEWER)


def _remembering(one: Run, site: Site, total: int) -> Iterator[Figure]:
    with standin(one.place()) as there:
        url = site.fresh()
        with bot(one.place(), url, there) as running, closing(open_store(url, serving=False)) as store:
            yield Figure("after its start", site.name, running.process.memory(), "MB")
            load(webhooks.load(running.port, CLIENTS, total=total, told=ONE_IN))
            _wait_until_done(total, there, store)
            yield Figure(f"after {total:,} webhooks", site.name, running.process.memory(), "MB", SIZE)


def _wait_until_done(total: int, there: Standin, store: Store) -> None:
    posts = RECIPIENTS * math.ceil(total / ONE_IN)
    wait_for(lambda: there.count >= posts and not _waiting(store), DONE_WITHIN, "everything is done", every=0.5)


def _waiting(store: Store) -> int:
    """Return how many deliveries are not read yet."""

    def count(conn: Connection) -> int:
        return conn.scalar(select(func.count()).select_from(inbox).where(is_state(inbox, "waiting"))) or 0

    return store.read(count)


MEASURE = Measure("memory", "Memory", HOW, run)
