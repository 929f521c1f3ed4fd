"""Every way in which Mattermost is known to fail, before the whole engine: people see each message once, in order.

The stand-in answers over real HTTP as the real server was recorded; the courier, its adapter and the database are those
that are shipped. What each failure is to the adapter alone stands in `tests/bot/test_mattermost_driver.py`, to the
courier alone in `tests/bot/test_courier.py`, to the whole program in `tests/program/test_trouble.py`.
"""

import shutil
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from bot import outbox
from bot.courier import Courier
from bot.mattermost_driver import connect
from bot.messages import Card
from bot.outbox import Batching
from bot.people import PersonKey
from bot.sources import Sources
from bot.store import Store, open_store
from playground.mattermost import Mattermost, serve
from tests.bot.engine import empty_database, message, one_by_one, send_all
from tests.bot.fakes import Time

PASSWORD = "correct-horse-battery"
PEOPLE = ("kim", "lee", "mina", "joon")
AT_MOST = 30.0
MINUTE = 60_000


@dataclass
class House:
    """A Mattermost, and the engine that sends to its people; `resting` is what a slow server waits for."""

    mattermost: Mattermost
    courier: Courier
    store: Store
    time: Time
    resting: threading.Event = field(default_factory=threading.Event)

    def put(self, person: str, fact: str, text: str = "") -> None:
        self.send(PersonKey(self.mattermost.state.user(person).id), fact, text)

    def send(self, key: PersonKey, fact: str, text: str = "") -> None:
        one = message(fact, person=key, card=Card(text=text or f"card of {fact}"))
        now = self.time.now()
        self.store.write(lambda conn: outbox.put(conn, [one], delivery=None, now=now, batching=Batching()))

    def drain(self) -> None:
        while self.courier.step():
            pass

    def seen(self, person: str) -> list[str]:
        return [str(post["message"]) for post in self.mattermost.direct_posts(person)]


@pytest.fixture(name="house")
def a_house(tmp_path: Path) -> Iterator[House]:
    resting = threading.Event()

    def rest(_seconds: float) -> None:
        resting.wait(AT_MOST)

    mattermost = Mattermost(sleep=rest)
    mattermost.add_user("gitlab-bot", password=PASSWORD)
    for name in PEOPLE:
        mattermost.add_user(name)
    mattermost.add_team("dev")
    mattermost.add_channel("dev", "notification", ["gitlab-bot", *PEOPLE])
    server, time = serve(mattermost), Time()
    shutil.copy(empty_database(), tmp_path / "n.db")
    store = open_store(f"sqlite:///{tmp_path / 'n.db'}", serving=True, clock=time.now)
    adapter = connect(server.url, login_id="gitlab-bot", password=PASSWORD, seconds=(3.0, 0.5))
    sources = Sources(time.monotonic, lambda: 0.0)
    yield House(mattermost, Courier(store, adapter, one_by_one(send_all), sources=sources), store, time, resting)
    resting.set()
    store.close()
    server.close()


def down(house: House) -> None:
    house.mattermost.faults.down = True


def broken(house: House) -> None:
    house.mattermost.faults.broken = 503


def database_down(house: House) -> None:
    house.mattermost.faults.database_down = True


def rate_limited(house: House) -> None:
    house.mattermost.faults.rate_limited = 3


def answers_lost(house: House) -> None:
    house.mattermost.faults.lose_answers = 2


def slow_but_posted(house: House) -> None:
    house.mattermost.faults.slow = 60.0


def slow_before_it_posts(house: House) -> None:
    house.mattermost.faults.slow = 60.0
    house.mattermost.faults.slow_before_saving = True


def session_revoked(house: House) -> None:
    house.mattermost.end_sessions("gitlab-bot")


def mend(house: House) -> None:
    """Let everything be well again, and whatever is under way in the server come to its end."""
    for fault in ("down", "database_down", "slow_before_saving"):
        setattr(house.mattermost.faults, fault, False)
    for fault in ("broken", "rate_limited", "lose_answers", "slow"):
        setattr(house.mattermost.faults, fault, 0)
    house.resting.set()


FAILURES = (
    *(down, broken, database_down, rate_limited, answers_lost),
    *(slow_but_posted, slow_before_it_posts, session_revoked),
)


@pytest.mark.parametrize("fail", FAILURES, ids=lambda fail: fail.__name__)
def test_a_server_that_fails_for_a_while(house: House, fail: Callable[[House], None]) -> None:
    """Whatever the server fails at, everybody gets everything afterwards, once, in order; nothing is given up."""
    for person in PEOPLE:
        house.put(person, f"first for {person}")
    house.drain()
    fail(house)
    for person in PEOPLE[:2]:
        house.put(person, f"second for {person}")
    house.drain()
    house.put("kim", "third for kim")  # joins what waits
    mend(house)
    for _ in range(4):
        house.time.pass_ms(MINUTE)
        house.drain()

    assert house.seen("kim") == ["first for kim", "second for kim", "third for kim"]
    assert house.seen("lee") == ["first for lee", "second for lee"]
    assert house.mattermost.badge("kim") == 3
    assert house.store.read(outbox.failed) == []
    assert house.courier.failing == ""


def test_somebody_elses_failure(house: House) -> None:
    """What the server refuses for one person holds up nobody else, and is there to be decided on."""
    house.send(PersonKey("x" * 26), "for somebody who was deleted")
    for person in PEOPLE:
        house.put(person, f"for {person}")
    house.drain()

    assert [house.seen(person) for person in PEOPLE] == [[f"for {person}"] for person in PEOPLE]
    [letter] = house.store.read(outbox.failed)
    assert letter.fact == "for somebody who was deleted"
    assert "api.channel.create_direct_channel.invalid_user.app_error" in letter.error


@pytest.mark.parametrize("text", ["x" * 1_000_000, "\n".join(["&<>\"'"] * 40_000), "한글 " * 100_000, "```\n" * 30_000])
def test_too_large(house: House, text: str) -> None:
    """A text of any size arrives, cut to what the server takes, and is never refused."""
    house.put("kim", "a long story", text)
    house.drain()

    assert house.seen("kim") == ["a long story"]
    assert house.store.read(outbox.failed) == []
