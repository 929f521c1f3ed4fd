"""The program on PostgreSQL: several at once, any of them gone at any time, and the database gone too."""

import signal
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest
import requests

from tests.postgres import Postgres
from tests.program.conftest import MakeHouse
from tests.program.running import House, Program, eventually, opened, say, told_of, webhook
from tests.program.test_kill_loop import Stream

TAKEN_OVER_WITHIN = 20.0
"""Seconds after which the last message of a replica that is gone for good has arrived."""


@pytest.fixture
def house(build: MakeHouse, postgres: Postgres) -> Iterator[House]:
    """Make a house on PostgreSQL, not yet started."""
    with postgres.database() as name:
        built: House = build(store=postgres.url(name))
        yield built
        built.program.end()


@contextmanager
def replica(house: House) -> Iterator[Program]:
    """Run one more program on the house's database."""
    other = house.program.twin()
    other.toml = other.toml.replace(house.program.url.removeprefix("http://"), "127.0.0.1:0")
    with ExitStack() as stack:
        stack.callback(other.end)
        other.start()
        yield other


def test_serves_and_is_killed(house: House) -> None:
    """What was accepted before a kill is told after the restart, once and in order."""
    house.start()
    eventually(lambda: not house.program.degraded())
    mr = opened(house)
    house.settle()
    house.world.mattermost.faults.down = True
    said = say(house, mr, "One", "Two")
    eventually(lambda: house.rows("SELECT count(*) FROM outbox WHERE state = 'waiting'") == [(2,)])
    house.program.kill()
    house.world.mattermost.faults.down = False
    house.restart()
    said += say(house, mr, "Three")
    house.settle()

    assert told_of(house, mr) == said
    assert house.program.stop() == 0
    assert "Traceback" not in house.program.log()


def test_one_of_two_is_gone_for_good(house: House) -> None:
    """Under load one of two replicas is killed and never comes back: everything arrives, the last soon after."""
    house.start()
    mrs = [opened(house) for _ in range(3)]
    house.settle()
    with replica(house) as other:
        stream = Stream(house, mrs, [house.program.url, other.url])
        with stream.running():
            eventually(lambda: sum(map(len, stream.accepted)) >= 30)
            other.kill()
            eventually(lambda: sum(map(len, stream.accepted)) >= 60)
        eventually(house.settled, TAKEN_OVER_WITHIN)

    assert [told_of(house, mr) for mr in mrs] == stream.accepted


def test_a_message_of_one_is_sent_by_the_other(house: House) -> None:
    """What one replica accepted another one tells, where the first has been stopped meanwhile."""
    house.start()
    mr = opened(house)
    house.settle()
    with replica(house) as other:
        house.program.process.send_signal(signal.SIGSTOP)
        try:
            body, headers = webhook(house, mr, 9999)
            assert requests.post(f"{other.url}/gitlab", data=body, headers=headers, timeout=10).status_code == 204
            eventually(lambda: told_of(house, mr) == [9999], TAKEN_OVER_WITHIN)
        finally:
            house.program.process.send_signal(signal.SIGCONT)
        house.settle()

    assert told_of(house, mr) == [9999]


def test_database_away_at_the_start(house: House, postgres: Postgres) -> None:
    """Without its database the program starts, answers 503 and says why; when it is there all is well, by itself."""
    postgres.control("-m", "fast", "stop")
    try:
        house.start()
        mr = opened(house)
        assert house.statuses() == ["503"]
        answer = requests.get(f"{house.program.url}/readyz", timeout=20)
        assert (answer.status_code, answer.json()["degraded"][0]["part"]) == (503, "store")
        assert "the database cannot be reached" in house.program.log()
        assert requests.get(f"{house.program.url}/healthz", timeout=20).ok
    finally:
        postgres.start()
    eventually(lambda: not house.program.degraded())
    said = say(house, mr, "One")
    house.settle()

    assert told_of(house, mr) == said


def test_database_dies_and_comes_back(house: House, postgres: Postgres) -> None:
    """While its database is dead GitLab gets 503 and what was accepted waits; then all goes on without a restart."""
    house.start()
    mr = opened(house)
    house.world.mattermost.faults.down = True
    said = say(house, mr, "One")
    eventually(lambda: house.rows("SELECT count(*) FROM outbox WHERE state = 'waiting'") == [(1,)])
    postgres.control("-m", "immediate", "stop")
    try:
        house.world.mattermost.faults.down = False
        say(house, mr, "Lost, and GitLab's log shows it")
        assert house.statuses()[-1] == "503"
        assert "store" in house.program.degraded()
        assert "a delivery could not be kept" in house.program.log()
    finally:
        postgres.start()
    eventually(lambda: not house.program.degraded())
    said += say(house, mr, "Two")
    house.settle()

    assert told_of(house, mr) == said
    assert "Traceback" not in house.program.log()


def test_database_restarted_under_load(house: House, postgres: Postgres) -> None:
    """A restart of the database loses nothing that was accepted, tells nothing twice and keeps the order."""
    house.start()
    mrs = [opened(house) for _ in range(2)]
    house.settle()
    stream = Stream(house, mrs)
    with stream.running():
        for number in range(1, 4):
            eventually(lambda least=15 * number: sum(map(len, stream.accepted)) >= least)  # type: ignore[misc]
            postgres.control("-m", "fast" if number % 2 else "immediate", "restart")
    eventually(house.settled, 60)

    assert [told_of(house, mr) for mr in mrs] == stream.accepted


def test_a_database_that_refuses_us(house: House) -> None:
    """A database that is not there ends the start with 2 and a sentence; no password is shown."""
    refused = house.store.replace("postgres@/test", "postgres:not-shown@/nothing")
    house.program.toml = house.program.toml.replace(house.store, refused)
    house.program.begin()

    assert house.program.process.wait(30) == 2
    assert "[store] url: PostgreSQL refuses us" in house.program.log()
    assert "not-shown" not in house.program.log()
