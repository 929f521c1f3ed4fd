"""The program killed again and again under a stream of webhooks."""

import itertools
import random
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import requests

from playground.gitlab.objects import MergeRequest
from tests.program.conftest import MakeHouse
from tests.program.running import House, opened, told_of, webhook

SEED = 20
KILLS = 24
LONGEST_LIFE = 0.5
"""Seconds between the moment in which the program listens and the next kill."""
LANES = 3
NO_CONTENT, UNAVAILABLE = 204, 503
PAUSE = 0.02
"""Seconds between two comments."""


class Stream:
    """Comments of Ben's on a few merge requests, each sent until it is accepted; `accepted` holds a list a lane.

    They go to `doors` in turn, or to the house's own program; a door that takes nothing is passed by.
    """

    def __init__(self, house: House, mrs: Sequence[MergeRequest], doors: Sequence[str] = ()) -> None:
        self._doors = itertools.cycle(doors) if doors else None
        self.accepted: list[list[int]] = [[] for _ in mrs]
        self.unsure = 0
        self._house = house
        self._mrs = mrs
        self._ending = threading.Event()
        self._session = requests.Session()

    @contextmanager
    def running(self) -> Iterator[None]:
        """Send until the block ends, and what is in hand then to its end."""
        thread = threading.Thread(target=self._run)
        thread.start()
        try:
            yield
        finally:
            self._ending.set()
            thread.join()
            self._session.close()

    def _run(self) -> None:
        number = 0
        while not self._ending.wait(PAUSE):
            lane = number % len(self._mrs)
            note = self._house.world.gitlab.next_id("note")
            self._send_until_accepted(*webhook(self._house, self._mrs[lane], note))
            self.accepted[lane].append(note)
            number += 1

    def _send_until_accepted(self, body: bytes, sent: dict[str, str]) -> None:
        """Send again whenever no answer came: the delivery may be kept or not, as GitLab's own resending would find."""
        while True:
            door = next(self._doors) if self._doors else self._house.program.url
            try:
                answer = self._session.post(f"{door}/gitlab", data=body, headers=sent, timeout=10)
            except requests.RequestException:
                self.unsure += 1
                self._ending.wait(PAUSE)
            else:
                if answer.status_code == NO_CONTENT:
                    return
                assert answer.status_code == UNAVAILABLE
                self._ending.wait(PAUSE)


def test_killed_again_and_again(build: MakeHouse) -> None:
    """Under a stream of webhooks, dozens of kills and lost answers nothing is lost or told twice, and order holds."""
    chance = random.Random(SEED)  # noqa: S311 - a die, no secret
    house = build()
    house.start()
    mrs = [opened(house) for _ in range(LANES)]
    stream = Stream(house, mrs)
    with stream.running():
        for _ in range(KILLS):
            house.world.mattermost.faults.lose_answers = chance.randrange(3)
            threading.Event().wait(chance.uniform(0, LONGEST_LIFE))
            house.program.kill()
            house.restart()
    house.settle(within=120)  # what was in hand at several deaths in a row rests

    assert [told_of(house, mr) for mr in mrs] == stream.accepted
    assert stream.unsure > 0
