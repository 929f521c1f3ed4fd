"""How fast waiting messages leave, beside as many clients that do nothing but post."""

from collections.abc import Iterator
from contextlib import closing
from functools import partial

from bench import people
from bench.figures import Budget, Figure, percentile
from bench.house import BUSY_POST_SECONDS, Standin, bot, standin
from bench.load import MARK
from bench.measure import Measure, Run
from bench.measures.burst import DONE_WITHIN
from bench.measures.latency import bare_posts
from bench.processes import load, wait_for
from bench.sites import Site
from bench.webhooks import DESCRIPTION, PEOPLE
from bot import outbox
from bot.messages import Card, Message
from bot.outbox import Batching
from bot.people import PersonKey
from bot.store import open_store

THREADS = 8
"""Of the courier; as many bare clients stand beside it."""

SHARE = Budget(at_least=0.9)
GROUP = 200

HOW = f"""\
The outbox is filled before the real program starts, for {PEOPLE} people; nothing else goes on. A post takes the
stand-in 20 ms, which is what a real Mattermost takes on this kind of machine when {THREADS} clients post at once. The
rate is that between the first and the last tenth of the posts; beside it {THREADS} clients post to the same stand-in
over kept connections and do nothing else.

What is missing: at 310 posts a second (SQLite, 2026-11-24), each of the {THREADS} threads begins one every 26 ms,
and a bare client one every 21 ms. In the 5 ms between, a post is noted as sent and the next one frozen, in one
transaction; 2.4 ms are processor time, the rest is waiting for the commit and for the other threads."""


def run(one: Run) -> Iterator[Figure]:
    """Measure every site."""
    with standin(one.place(), latency=BUSY_POST_SECONDS) as there:
        bare = load(bare_posts(there.port, THREADS, one.scale.seconds)).rate
        yield Figure("posts", f"{THREADS} bare clients", bare, "/s")
        for site in one.sites:
            there.forget()
            rate = _delivered(one, site, there)
            yield Figure("posts", site.name, rate, "/s")
            yield Figure("of the bare clients", site.name, rate / bare, "×", None if site.slow else SHARE)


def _delivered(one: Run, site: Site, there: Standin) -> float:
    url, total = site.fresh(), one.scale.deliveries
    _fill(url, total)
    with bot(one.place(), url, there, site.environ):
        wait_for(lambda: there.count >= total, DONE_WITHIN, "the last post")
    times = [at for _, at in there.posted()]
    first, last = percentile(times, 0.1), percentile(times, 0.9)
    return sum(first < at <= last for at in times) / (last - first)


def _fill(url: str, total: int) -> None:
    with closing(open_store(url, serving=True)) as store:
        for start in range(0, total, GROUP):
            group = [_message(number) for number in range(start, min(start + GROUP, total))]
            put = partial(outbox.put, messages=group, delivery=None, now=store.now(), batching=Batching())
            store.write(put)


def _message(number: int) -> Message:
    url = f"https://gitlab.example.com/web/shop/-/merge_requests/{int(MARK) + number}"
    return Message(
        person=PersonKey(people.mattermost_id(1 + number % PEOPLE)),
        fact=f"mr:{number}:opened",
        object=f"mr:{number}",
        group=f"mr:{number}:opened",
        reason="review_requested",
        topic="reviews",
        headline=f"**Person 1** asked you to review [!{number} Show prices with tax]({url})",
        card=Card(text=DESCRIPTION[:300]),
    )


MEASURE = Measure("delivery", "Messages delivered", HOW, run)
