"""How long a message is on its way when nothing else goes on: from the webhook to the post."""

from collections.abc import Iterator

from bench import webhooks
from bench.figures import Budget, Figure, percentile
from bench.house import POST_SECONDS, Standin, bot, standin
from bench.load import Spec, post
from bench.measure import Measure, Run
from bench.measures.burst import DONE_WITHIN, warm
from bench.processes import load, wait_for
from bench.sites import Site
from bench.webhooks import PEOPLE, RECIPIENTS

RATE = 20
P50, P99 = Budget(at_most=40), Budget(at_most=120)
LONGER = 2
"""Times as long as other loads, or there are too few for a p99."""

BODY = b'{"channel_id": "%s", "message": "%s", "props": {}}' % (b"c" * 26, b"m" * 800)

HOW = f"""\
The real program, with batching off, at {RATE} webhooks a second, {2 * RATE} messages: from the moment in which a client
begins to send the webhook to the moment in which the stand-in answers the post, less what one bare client takes for a
post to the same stand-in."""


def run(one: Run) -> Iterator[Figure]:
    """Measure every site."""
    with standin(one.place(), latency=POST_SECONDS) as there:
        bare = percentile(load(bare_posts(there.port, 1, one.scale.seconds)).took, 0.5)
        yield Figure("p50", "a post by a bare client", 1000 * bare, "ms")
        for site in one.sites:
            there.forget()
            yield from _steady(one, site, there, bare)


def _steady(one: Run, site: Site, there: Standin, bare: float) -> Iterator[Figure]:
    with bot(one.place(), site.fresh(), there, site.environ) as running:
        warm(running, there)
        seconds = LONGER * one.scale.seconds
        found = load(webhooks.load(running.port, clients=4, seconds=seconds, rate=RATE, first=PEOPLE))
        wait_for(lambda: there.count >= RECIPIENTS * len(found.took), DONE_WITHIN, "the last post")
    sent = dict(zip(found.numbers, found.sent, strict=True))
    took = [at - sent[number] - bare for number, at in there.posted() if number in sent]
    yield Figure("p50", site.name, 1000 * percentile(took, 0.5), "ms", None if site.slow else P50)
    yield Figure("p99", site.name, 1000 * percentile(took, 0.99), "ms", None if site.slow else P99)


def bare_posts(port: int, clients: int, seconds: float) -> Spec:
    """Return a load of posts by clients that do nothing else, each on a connection that it keeps."""
    template = post("/api/v4/posts", BODY, {"Authorization": "Bearer bench"})
    return Spec(port, [template], clients, seconds)


MEASURE = Measure("latency", "From webhook to post", HOW, run)
