"""What it takes to know 20,000 members: requests and seconds of the first load, and whether look-ups stay as quick."""

import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial

from bench import people
from bench.figures import Budget, Figure, percentile
from bench.house import standin
from bench.measure import Measure, Run
from bot import mattermost_driver
from bot.directory import Directory
from bot.matching import Account, Match, match, roster
from bot.people import Member, PersonKey

REQUESTS = Budget(at_most=110)
STEADY = Budget(at_most=1.5)
FEW = 200
LOOKS = 1_000
ROUNDS = 15
HERE = "any store"

HOW = """\
The directory and its adapter as in `serve`, against the stand-in, whose answers cost nothing here: the seconds are the
bot's own, and each request adds what the real server takes. A look-up is the match of a GitLab account by its e-mail
address, in the median of 15 rounds of 1,000; beside it the same among 200 members."""


def run(one: Run) -> Iterator[Figure]:
    """Measure one load and two rosters."""
    with standin(one.place(), members=one.scale.members) as there:
        mattermost = mattermost_driver.connect(f"http://127.0.0.1:{there.port}", token="bench")  # noqa: S106 - no secret
        directory = Directory(partial(mattermost.members, "dev", "notification"), {}, time.monotonic)
        began = time.monotonic()
        directory.refresh()
        took = time.monotonic() - began
        asked = sum(count for name, count in there.asked().items() if name in {"members", "channel", "me", "ping"})
    members = list(directory.roster.by_key.values())
    yield Figure(f"first load of {len(members):,} members", HERE, took, "s")
    yield Figure("its requests", HERE, asked, "", REQUESTS)
    many, few = _look(members), _look([_member(number) for number in range(FEW)])
    yield Figure("look-up among them", HERE, 1e6 * many, "µs")
    yield Figure(f"times that among {FEW}", HERE, many / few, "×", STEADY)


def _look(members: Sequence[Member]) -> float:
    """Return the seconds of a look-up."""
    known = roster(members)
    accounts = [Account(member.name, member.email) for member in members[:: max(1, len(members) // LOOKS)]][:LOOKS]
    return percentile([_round(partial(match, known, {}), accounts) for _ in range(ROUNDS)], 0.5)


def _round(look: Callable[[Account], Match], accounts: Sequence[Account]) -> float:
    began = time.perf_counter()
    for account in accounts:
        look(account)
    return (time.perf_counter() - began) / len(accounts)


def _member(number: int) -> Member:
    user = people.mattermost_user(number)
    return Member(PersonKey(user["id"]), user["username"], user["email"])


MEASURE = Measure("directory", "Twenty thousand members", HOW, run)
