"""The program killed between any two steps and started again: nothing is lost, nothing comes twice, order holds."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

import pytest

from playground.gitlab.faults import Fault
from tests.program.conftest import MakeHouse
from tests.program.running import House, eventually, opened, say, told_of


@pytest.fixture
def house(build: MakeHouse) -> House:
    """Run a house for one test: its program is killed, and catches up with nothing that it was not sent."""
    built: House = build(lacking=["GITLAB_HOOKS_TOKEN"])
    built.start()
    eventually(lambda: not built.program.degraded())
    return built


def _wait(go_on: threading.Event, _seconds: float) -> None:
    go_on.wait(60)


@contextmanager
def slow_posts(house: House, *, before_saving: bool = False) -> Iterator[threading.Event]:
    """Let Mattermost wait with every post, before or after it is saved; the event lets it go on."""
    state, go_on = house.world.mattermost.state, threading.Event()
    state.sleep = partial(_wait, go_on)
    state.faults.slow, state.faults.slow_before_saving = 60, before_saving
    try:
        yield go_on
    finally:
        state.faults.slow = 0
        go_on.set()


def in_hand(house: House) -> bool:
    """Say whether a post has been frozen and is under way."""
    return house.rows("SELECT count(*) FROM posts WHERE state = 'frozen'") == [(1,)]


def test_killed_before_reading(house: House) -> None:
    """What was accepted and not yet worked through is told after the restart."""
    mr = opened(house)
    house.settle()
    house.world.gitlab.fault = Fault("down")
    said = say(house, mr, "One", "Two")
    house.program.kill()
    house.world.gitlab.fault = None
    house.restart()
    house.settle()

    assert house.statuses() == ["204"] * 3
    assert told_of(house, mr) == said


def test_killed_before_sending(house: House) -> None:
    """What was put into the outbox and not yet sent is sent after the restart."""
    mr = opened(house)
    house.world.mattermost.faults.down = True
    said = say(house, mr, "One", "Two")
    eventually(lambda: house.rows("SELECT count(*) FROM outbox WHERE state = 'waiting'") == [(2,)])
    house.program.kill()
    house.world.mattermost.faults.down = False
    house.restart()
    house.settle()

    assert told_of(house, mr) == said


def test_restart_tries_at_once(house: House) -> None:
    """Whatever pauses had grown while a server failed, a restart tries at once: what was wrong may be mended."""
    mr, other = opened(house), opened(house)
    house.settle()
    house.world.mattermost.faults.down = True
    said = say(house, mr, "One")
    eventually(lambda: house.rows("SELECT 1 FROM mailbox WHERE attempts > 0"))
    house.world.gitlab.fault = Fault("down")
    more = say(house, other, "Two")
    eventually(lambda: house.rows("SELECT 1 FROM inbox WHERE state = 'waiting' AND attempts > 0"))
    house.program.kill()
    house.write("UPDATE mailbox SET attempts = 9, due = due + 600000")
    house.write("UPDATE inbox SET attempts = 9, due = due + 600000 WHERE state = 'waiting'")
    house.world.mattermost.faults.down, house.world.gitlab.fault = False, None
    house.restart()
    house.settle()

    assert (told_of(house, mr), told_of(house, other)) == (said, more)


@pytest.mark.parametrize("before_saving", [False, True], ids=["saved", "not yet saved"])
def test_killed_while_posting(house: House, before_saving: bool) -> None:
    """A post that was under way appears once, whether Mattermost had saved it by then or saves it later."""
    mr = opened(house)
    with slow_posts(house, before_saving=before_saving):
        said = say(house, mr, "One")
        eventually(lambda: in_hand(house) and (before_saving or told_of(house, mr)))
        house.program.kill()
    say(house, mr, "refused, for nobody listens")
    house.restart()
    said += say(house, mr, "Two")
    house.settle()

    assert told_of(house, mr) == said


def test_asked_to_stop_while_posting(house: House) -> None:
    """SIGTERM lets the post in hand arrive, exits 0, and the next start does not repeat it."""
    mr = opened(house)
    with slow_posts(house) as go_on:
        said = say(house, mr, "One")
        eventually(lambda: told_of(house, mr))
        house.program.process.send_signal(signal.SIGTERM)
        go_on.set()
        assert house.program.process.wait(10) == 0
    assert house.rows("SELECT state FROM posts") == [("sent",)]

    house.restart()
    said += say(house, mr, "Two")
    house.settle()

    assert told_of(house, mr) == said


def test_asked_to_stop_while_nobody_answers(house: House) -> None:
    """SIGTERM ends the program with 0 within ten seconds, even if neither server answers; nothing is lost or twice."""
    mr, gitlab = opened(house), house.world.gitlab
    with slow_posts(house) as go_on:
        said = say(house, mr, "One")
        eventually(lambda: told_of(house, mr))
        gitlab.sleep, gitlab.fault = partial(_wait, go_on), Fault("slow")
        said += say(house, mr, "Two")
        assert house.program.stop() == 0
    gitlab.fault = None
    house.restart()
    said += say(house, mr, "Three")
    house.settle()

    assert told_of(house, mr) == said
