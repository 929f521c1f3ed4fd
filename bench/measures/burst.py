"""What the whole program does when webhooks come as fast as it takes them: how fast, and for how much processor."""

from collections.abc import Iterator

from bench import webhooks
from bench.figures import Budget, Figure, percentile
from bench.house import POST_SECONDS, Bot, Standin, bot, standin
from bench.measure import Measure, Run
from bench.processes import load, wait_for
from bench.sites import Site
from bench.webhooks import PEOPLE, RECIPIENTS

CLIENTS = 16
CPU = Budget(at_most=1.5)
DONE_WITHIN = 300.0

HOW = """\
The real program, `serve`, at 16 clients without a pause: it accepts, reads, decides, puts into words and posts at the
same time. Each webhook opens a merge request of which two of 50 people are told; what GitLab is asked about people and
projects was asked before and is kept. A post takes the stand-in 4 ms. The processor time is that of the program's
process, from the first webhook to the last post, user and system, divided by the messages.

Where it goes, by the thread's own clock with all in one thread and each operation in a commit of its own (Python 3.11,
SQLite, 2026-11-24; two messages a webhook, so what a webhook costs is halved; about 18 statements a message):

| ms a message | accepting | reading | sending |
| --- | ---: | ---: | ---: |
| commits | 0.08 | 0.19 | 0.19 |
| HTTP | | | 0.31 |
| quoting Markdown | | 0.30 | |
| words, composing | | 0.12 | 0.12 |
| statements, and everything else | 0.29 | 0.86 | 0.78 |
| all | 0.37 | 1.47 | 1.40 |

Before the statements went to the driver ready-made, and posts over a connection of the standard library, it was 5.0 ms.
A statement takes 5 µs around what SQLite does for it, a transaction 60 µs of SQLAlchemy, a post 0.2 ms to write it and
read its answer: what is left is spread over hundreds of small steps, each of Python's own speed."""


def run(one: Run) -> Iterator[Figure]:
    """Measure every site that is as it is."""
    for site in one.sites:
        if not site.slow:
            with standin(one.place(), latency=POST_SECONDS) as there:
                yield from _burst(one, site, there)


def _burst(one: Run, site: Site, there: Standin) -> Iterator[Figure]:
    with bot(one.place(), site.fresh(), there, site.environ) as running:
        warm(running, there)
        used = running.process.cpu()
        found = load(webhooks.load(running.port, CLIENTS, total=one.scale.burst, first=PEOPLE))
        messages = RECIPIENTS * len(found.took)
        wait_for(lambda: there.count >= messages, DONE_WITHIN, "the last post")
        used = running.process.cpu() - used
        last = max(at for _, at in there.posted())
    yield Figure("accepted meanwhile", site.name, found.rate, "/s")
    yield Figure("accepted meanwhile, p50", site.name, 1000 * percentile(found.took, 0.5), "ms")
    yield Figure("accepted meanwhile, p99", site.name, 1000 * percentile(found.took, 0.99), "ms")
    yield Figure("messages, from the first webhook to the last post", site.name, messages / (last - found.began), "/s")
    yield Figure("processor time of a message", site.name, 1000 * used / messages, "ms", CPU)


def warm(running: Bot, there: Standin) -> None:
    """Let everybody be looked up and told once, then begin to count."""
    load(webhooks.load(running.port, clients=4, total=PEOPLE))
    wait_for(lambda: there.count >= RECIPIENTS * PEOPLE, DONE_WITHIN, "the first posts")
    there.forget()


MEASURE = Measure("burst", "The whole program, saturated", HOW, run)
