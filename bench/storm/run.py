"""A storm from its beginning to its end: the world, the bot in it, the load, the faults, the calm, the account."""

import time
from collections.abc import Callable
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path

from bench.storm.databases import STORES
from bench.storm.dice import dice
from bench.storm.gateway import Gateway
from bench.storm.load import Load, seen
from bench.storm.place import places
from bench.storm.reckoning import Reckoning, reckon
from bench.storm.replicas import KILLED_EVERY, Replica, counted
from bench.storm.servers import calm, of_answers, of_gitlab, of_mattermost
from bench.storm.weather import Weather
from playground.world import World
from tests.program.running import AT_ONCE

PATIENCE = 130.0
"""Seconds without anything new after which what waits is given up: longer than the longest pause between two tries."""

SETTLED = 3.0
"""Seconds for which nothing new may come once nothing waits: time enough for something to come twice."""

TAKEN_OVER = 20.0
"""Seconds from the acknowledgement within which everything arrives where nothing goes wrong but one replica's end."""

BATCHING = """\
[defaults]
batch_seconds = 1
batch_at_most_seconds = 3
"""

LOOK = 0.25


@dataclass(frozen=True, slots=True)
class Plan:
    """What a storm is to be: on which store, how long in seconds, with so many replicas and acts a second.

    With `lose_one` nothing goes wrong but that in the middle one replica is killed for good, and nothing is batched, so
    that what takes long is the taking over. `seed` makes the dice.
    """

    store: str
    seconds: float
    seed: str
    replicas: int = 1
    rate: float = 25.0
    lose_one: bool = False


@dataclass(frozen=True, slots=True)
class Moment:
    """How far a storm has come, to be shown while it lasts."""

    phase: str
    seconds: float
    kills: int
    facts: int
    acknowledged: int
    posts: int
    now: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a storm: `settled` is how many seconds after it the last post was written.

    `deaths` are processes that ended by themselves, or not as they should when they were asked to.
    """

    plan: Plan
    kills: int
    stops: int
    faults: int
    posts_in_storm: int
    settled: float
    reckoning: Reckoning
    deaths: tuple[str, ...]

    @property
    def slow(self) -> bool:
        """Say whether what a lost replica had in hand was taken over too late."""
        return self.plan.lose_one and self.reckoning.slowest > TAKEN_OVER

    @property
    def sound(self) -> bool:
        """Say whether all is as it has to be; a storm that owes nothing to anybody shows nothing."""
        return self.reckoning.sound and self.reckoning.owed > 0 and not self.deaths and not self.slow


class Storm:
    """One storm, in an empty folder; `stack` ends what it starts, `watch` is called several times a second."""

    def __init__(self, plan: Plan, folder: Path, stack: ExitStack, watch: Callable[[Moment], None]) -> None:
        self._plan = plan
        self._watch = watch
        self._began = time.monotonic()
        self._world = stack.enter_context(closing(World(background=False)))
        self._database = stack.enter_context(STORES[plan.store](folder))
        self._replicas = [
            stack.enter_context(closing(self._replica(folder / f"replica{number}", number)))
            for number in range(plan.replicas)
        ]
        self._gateway = stack.enter_context(closing(self._gateway_to_replicas()))
        self._load = Load(places(self._world), self._gateway, plan.rate, plan.seed)
        self._weather = [] if plan.lose_one else self._weathers()
        for stop in (self._load.stop, *(weather.stop for weather in self._weather)):
            stack.callback(stop)

    def run(self) -> Outcome:
        """Let it come and pass, and reckon up."""
        for replica in self._replicas:
            replica.start()
        self._world.register_bot("http://the.replicas")
        self._storm()
        ended = time.time()
        self._settle()
        for replica in self._replicas:
            replica.stop()
        return self._outcome(ended)

    def _replica(self, folder: Path, number: int) -> Replica:
        toml = self._world.bot_toml(listen="127.0.0.1:0", store=self._database.url)
        chance = dice(self._plan.seed, f"replica {number}")
        batching = AT_ONCE if self._plan.lose_one else BATCHING
        return Replica(folder, self._world, toml + batching, chance, KILLED_EVERY * self._plan.replicas)

    def _gateway_to_replicas(self) -> Gateway:
        def addresses() -> list[tuple[str, int]]:
            return [one.address for one in self._replicas]

        self._world.gitlab.sender.close()
        gateway = Gateway(addresses, dice(self._plan.seed, "gateway"), trouble=not self._plan.lose_one)
        self._world.gitlab.sender = gateway
        return gateway

    def _weathers(self) -> list[Weather]:
        mattermost = self._world.mattermost
        calm(mattermost)
        kinds = {
            "mattermost": (of_mattermost(mattermost), 5.0),
            "answers": (of_answers(mattermost), 0.5),
            "gitlab": (of_gitlab(self._world.gitlab), 8.0),
            "database": (self._database.faults, 15.0),
        }
        return [
            Weather(faults, dice(self._plan.seed, name), time.monotonic, self._plan.seconds, pause)
            for name, (faults, pause) in kinds.items()
            if faults
        ]

    def _storm(self) -> None:
        self._began = time.monotonic()
        self._load.start()
        for weather in self._weather:
            weather.start()
        if self._plan.lose_one:
            self._pass_time(self._plan.seconds / 2)
            self._replicas[-1].kill()
        else:
            for replica in self._replicas:
                replica.disturb()
        self._pass_time(self._plan.seconds)
        self._load.stop()
        for weather in self._weather:
            weather.stop()
        for replica in self._replicas:
            replica.leave_alone()

    def _pass_time(self, until: float) -> None:
        while time.monotonic() - self._began < until:
            self._show("storm")
            time.sleep(LOOK)

    def _settle(self) -> None:
        """Wait until nothing waits and nothing new comes, or nothing has come for very long."""
        before: tuple[int | None, int] = (None, 0)
        quiet_since = time.monotonic()
        while (quiet := time.monotonic() - quiet_since) < (SETTLED if before[0] == 0 else PATIENCE):
            self._show("calm", f"{before[0]} wait", f"quiet for {quiet:.0f} s")
            time.sleep(LOOK)
            now = self._database.waiting(), len(self._world.mattermost.state.posts)
            if now != before:
                before, quiet_since = now, time.monotonic()

    def _show(self, phase: str, *now: str) -> None:
        facts = self._load.facts
        self._watch(
            Moment(
                phase=phase,
                seconds=time.monotonic() - self._began,
                kills=counted(self._replicas)["kills"],
                facts=len(facts),
                acknowledged=sum(fact.acknowledged for fact in facts),
                posts=len(self._world.mattermost.state.posts),
                now=now or tuple(one.now for one in self._weather if one.now),
            )
        )

    def _outcome(self, ended: float) -> Outcome:
        counts, posts = counted(self._replicas), seen(self._world.mattermost)
        last = max((post.at for theirs in posts.values() for post in theirs), default=ended)
        return Outcome(
            plan=self._plan,
            kills=counts["kills"],
            stops=counts["stops"],
            faults=sum(weather.count for weather in self._weather),
            posts_in_storm=sum(post.at <= ended for theirs in posts.values() for post in theirs),
            settled=max(0.0, last - ended),
            reckoning=reckon(self._load.facts, posts),
            deaths=tuple(death for replica in self._replicas for death in replica.deaths),
        )
