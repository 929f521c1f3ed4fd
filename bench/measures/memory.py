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
from bench.webhooks import RECIPIENTS
from bot.store import Store, open_store
from bot.store.schema import inbox, is_state

ONE_IN = 10
SIZE = Budget(at_most=120)

HOW = f"""\
The resident memory (VmRSS) of `serve` after its webhooks, as fast as it takes them, of which one in {ONE_IN} tells two
people; every one has been read, and every post sent."""


def run(one: Run) -> Iterator[Figure]:
    """Measure every site that is as it is."""
    for site in one.sites:
        if site.slow:
            continue
        with standin(one.place()) as there:
            url = site.fresh()
            with bot(one.place(), url, there) as running, closing(open_store(url, serving=False)) as store:
                yield Figure("after its start", site.name, running.process.memory(), "MB")
                load(webhooks.load(running.port, CLIENTS, total=one.scale.remembered, told=ONE_IN))
                _wait_until_done(one, there, store)
                yield Figure(
                    f"after {one.scale.remembered:,} webhooks", site.name, running.process.memory(), "MB", SIZE
                )


def _wait_until_done(one: Run, there: Standin, store: Store) -> None:
    posts = RECIPIENTS * math.ceil(one.scale.remembered / ONE_IN)
    wait_for(lambda: there.count >= posts and not _waiting(store), DONE_WITHIN, "everything is done", every=0.5)


def _waiting(store: Store) -> int:
    """Return how many deliveries are not read yet."""

    def count(conn: Connection) -> int:
        return conn.scalar(select(func.count()).select_from(inbox).where(is_state(inbox, "waiting"))) or 0

    return store.read(count)


MEASURE = Measure("memory", "Memory", HOW, run)
