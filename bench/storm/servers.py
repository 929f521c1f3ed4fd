"""What may go wrong with the two servers around the bot."""

import time
from collections.abc import Callable, Sequence
from random import Random

from bench.storm.weather import Fault
from playground.gitlab.faults import Fault as GitLabFault
from playground.gitlab.state import GitLab
from playground.mattermost import Mattermost

LATENCY = 0.1
"""Seconds that a post takes when nothing is wrong: long enough for processes to be killed with posts in hand."""

SLOWER_THAN_PATIENCE = 14.0
"""Seconds; longer than the bot waits for an answer."""

IN_HAND = 3.0
"""Seconds at most until a post is saved and not yet answered, which is when Mattermost restarts."""

SHORTEST_RESTART, LONGEST_RESTART = 0.5, 3.0
"""Seconds for which nobody is answered; what Mattermost remembers of posts does not survive it."""


def of_mattermost(mattermost: Mattermost) -> Sequence[Fault]:
    """Return what may go wrong with Mattermost for a while."""

    def switch(name: str, *choices: float) -> Callable[[Random], None]:
        return lambda chance: setattr(mattermost.faults, name, chance.choice(choices))

    def slow(chance: Random) -> None:
        mattermost.faults.slow_before_saving = chance.random() < 0.5
        mattermost.faults.slow = chance.choice((0.5, 1.0, 2.0, SLOWER_THAN_PATIENCE))

    def restart(_: Random) -> None:
        """Lose power with a post in hand that is saved and not answered."""
        before, end = len(mattermost.state.posts), time.monotonic() + IN_HAND
        mattermost.faults.slow, mattermost.faults.slow_before_saving = IN_HAND, False
        while len(mattermost.state.posts) == before and time.monotonic() < end:
            time.sleep(0.01)
        mattermost.crash()

    def mend() -> None:
        calm(mattermost)

    return (
        Fault("Mattermost is slow", slow, mend, weight=3),
        Fault("Mattermost limits requests", switch("rate_limited", 1, 5, 50), mend),
        Fault("Mattermost answers 5xx", switch("broken", 500, 502, 503, 504), mend),
        Fault("Mattermost drops connections", switch("down", True), mend),
        Fault("Mattermost has lost its database", switch("database_down", True), mend),
        Fault("Mattermost restarts", restart, mend, SHORTEST_RESTART, LONGEST_RESTART, weight=1),
    )


def calm(mattermost: Mattermost) -> None:
    """Let Mattermost be as fast as a real one, and fail at nothing but what `of_answers` says."""
    faults = mattermost.faults
    faults.down = faults.database_down = faults.slow_before_saving = False
    faults.broken = faults.rate_limited = 0
    faults.slow = LATENCY


def of_answers(mattermost: Mattermost) -> Sequence[Fault]:
    """Return what may go wrong with a single answer, all the time: the connection is cut after a post is saved."""

    def lose(_: Random) -> None:
        mattermost.faults.lose_answers = 1

    def find() -> None:
        mattermost.faults.lose_answers = 0

    return (Fault("", lose, find, shortest=0.0, longest=3.0),)


def of_gitlab(gitlab: GitLab) -> Sequence[Fault]:
    """Return what may go wrong with GitLab's API.

    Never 403: that is an answer, by which fewer people are concerned.
    """

    def begin(*faults: GitLabFault) -> Callable[[Random], None]:
        return lambda chance: setattr(gitlab, "fault", chance.choice(faults))

    def mend() -> None:
        gitlab.fault = None

    return (
        Fault("GitLab drops connections", begin(GitLabFault("down")), mend),
        Fault("GitLab is slow", begin(GitLabFault("slow", delay=0.3), GitLabFault("slow", delay=12.0)), mend),
        Fault("GitLab answers 401", begin(GitLabFault("unauthorized")), mend, weight=1),
        Fault("GitLab limits requests", begin(GitLabFault("rate_limited", retry_after=1)), mend),
        Fault("GitLab answers 5xx", begin(GitLabFault("error"), GitLabFault("unavailable")), mend),
    )
