"""How fast webhooks are made durable, beside the same application without a store and a bot that keeps nothing."""

from collections.abc import Iterator, Mapping

from bench import webhooks
from bench.figures import Budget, Figure, percentile
from bench.house import POST_SECONDS, standin
from bench.measure import Measure, Run
from bench.processes import load, running
from bench.sites import POSTGRES, SQLITE

ALONE = "the load alone"
NOTHING = "nothing kept"
FLASK = "Flask, straight through"
OF_NOTHING = {SQLITE: Budget(at_least=0.5), POSTGRES: Budget(at_least=0.3)}
OF_FLASK = {SQLITE: Budget(at_least=1.8)}
P99 = Budget(at_most=60)
ACCEPTED = "at {clients} clients, accepted"
JUDGED = 16
"""Clients at which everybody is compared."""

HOW = """\
The hook in its server, with nothing behind it: what `serve` answers GitLab with, in a process of its own, each webhook
of 13 kB in a transaction of its own making before its 204. *Nothing kept* is the same application over a store that
stores nothing. *Flask* is a bot without a store, on gunicorn with two processes of eight threads: it parses the webhook
and makes one post while GitLab waits (4 ms, by a kept connection). Every webhook comes on a new connection, as GitLab's
do. The load is one process that waits for all clients in one `epoll` and sends bytes prepared beforehand; *the load
alone* is what it sends to a server that only says 204, so that it is not what is measured. All share the cores."""


def run(one: Run) -> Iterator[Figure]:
    """Measure everybody in turn, at each number of clients."""
    with standin(one.place(), latency=POST_SECONDS) as there:
        alone = load(webhooks.load(there.port, JUDGED, seconds=one.scale.seconds)).rate
        yield Figure(ACCEPTED.format(clients=JUDGED), ALONE, alone, "/s")
        rates = {}
        for where, arguments, environ in _targets(one, there.port):
            with running(arguments, one.place(), environ) as process:
                figures = list(_loaded(one, where, int(process.line())))
            rates[where] = next(figure.value for figure in figures if figure.name == ACCEPTED.format(clients=JUDGED))
            yield from figures
    for site in one.sites:
        budgets: tuple[Mapping[str, Budget], ...] = ({}, {}) if site.slow else (OF_NOTHING, OF_FLASK)
        for other, name, budget in zip((NOTHING, FLASK), ("nothing kept", "Flask"), budgets, strict=True):
            ratio = rates[site.name] / rates[other]
            yield Figure(f"times what {name} accepts", site.name, ratio, "×", budget.get(site.name))


def _targets(one: Run, port: int) -> Iterator[tuple[str, list[str], Mapping[str, str]]]:
    yield FLASK, ["bench.straight", str(port)], {}
    yield NOTHING, ["bench.accepting"], {}
    for site in one.sites:
        yield site.name, ["bench.accepting", site.fresh()], site.environ


def _loaded(one: Run, where: str, port: int) -> Iterator[Figure]:
    load(webhooks.load(port, JUDGED, total=one.scale.warm))
    first = one.scale.warm
    for clients in one.scale.clients:
        found = load(webhooks.load(port, clients, seconds=one.scale.seconds, first=first))
        first += len(found.took)
        yield Figure(ACCEPTED.format(clients=clients), where, found.rate, "/s")
        for name, share in (("p50", 0.5), ("p99", 0.99)):
            budget = P99 if (name, clients) == ("p99", JUDGED) and where in OF_NOTHING else None
            yield Figure(f"at {clients} clients, {name}", where, 1000 * percentile(found.took, share), "ms", budget)


MEASURE = Measure("acceptance", "Webhooks accepted", HOW, run)
