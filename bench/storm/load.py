"""The load: people at work on several things at once, at a steady rate, and a record of all they did."""

import threading
from collections.abc import Mapping, Sequence
from random import Random

from bench.storm.acts import ACTS
from bench.storm.dice import dice
from bench.storm.gateway import Attempt, Gateway
from bench.storm.place import Place, Said
from bench.storm.reckoning import Fact, Post, post_of
from playground.chat import ACCOUNT
from playground.mattermost import Mattermost

HANDS = 6
"""Acts that may be under way at the same time, each on a place of its own."""


class Load:
    """Lets people act until it is stopped, `rate` acts a second; `facts` is what the bot was told."""

    def __init__(self, places: Sequence[Place], gateway: Gateway, rate: float, seed: str) -> None:
        self.facts: list[Fact] = []
        self._places = places
        self._gateway = gateway
        self._pause = HANDS / rate
        self._ending = threading.Event()
        chances = (dice(seed, f"hand {number}") for number in range(HANDS))
        self._hands = [threading.Thread(target=self._work, args=[chance], name="hand") for chance in chances]

    def start(self) -> None:
        """Begin."""
        for hand in self._hands:
            hand.start()

    def stop(self) -> None:
        """Finish what is in hand."""
        self._ending.set()
        for hand in self._hands:
            if hand.is_alive():
                hand.join()

    def _work(self, chance: Random) -> None:
        while not self._ending.wait(chance.uniform(0, 2 * self._pause)):
            place = chance.choice(self._places)
            (act,) = chance.choices(list(ACTS), list(ACTS.values()))
            with place.lock:
                said = act(place, chance)
            self.facts += facts(said, self._gateway.taken())


def facts(said: Sequence[Said], attempts: Sequence[Attempt]) -> list[Fact]:
    """Return what an act told the bot, by what became of its webhooks."""
    return [
        Fact(
            marker=one.marker,
            object=f"{one.thing.noteable_type} {one.thing.iid}",
            people=one.people,
            begun=attempts[one.webhook].begun,
            ended=attempts[one.webhook].ended,
            acknowledged=attempts[one.webhook].acknowledged,
            taken_back=one.taken_back,
        )
        for one in said
    ]


def seen(mattermost: Mattermost) -> Mapping[str, Sequence[Post]]:
    """Return what the bot has written to everybody, oldest first."""
    return {
        name: [post_of(post) for post in mattermost.direct_posts(name) if post["author"] == ACCOUNT]
        for name in sorted(mattermost.state.usernames)
        if name != ACCOUNT
    }
