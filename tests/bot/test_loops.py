"""Work in the background: nothing but being asked to stop ends it."""

import logging
import threading
from functools import partial

import pytest

from bot.errors import TryLater
from bot.loops import Loops


@pytest.mark.parametrize(
    ("wrong", "said"),
    [(TryLater("the database is away"), "WARNING work: waits: the database is away"), (KeyError("a text"), "ERROR")],
)
def test_what_fails_begins_again(wrong: Exception, said: str, caplog: pytest.LogCaptureFixture) -> None:
    """Whatever goes wrong in a loop is logged, without the texts that a fault may quote, and the loop begins again."""
    caplog.set_level(logging.INFO)
    stopping, again = threading.Event(), threading.Event()
    runs: list[int] = []

    def run() -> None:
        runs.append(1)
        if len(runs) == 1:
            raise wrong
        again.set()
        stopping.wait(30)

    loops = Loops({"work": run}, stopping)
    loops.start()
    assert again.wait(30)
    stopping.set()
    loops.join(30)

    (record,) = caplog.records
    assert f"{record.levelname} {record.getMessage()}".startswith(said)
    assert "a text" not in caplog.text
    assert not any(thread.name == "work" for thread in threading.enumerate())


def _wait_for(free: threading.Event) -> None:
    free.wait(30)


def test_all_share_the_time_to_end() -> None:
    """Who joins waits for so long at most, however many do not end."""
    stopping, free = threading.Event(), threading.Event()
    loops = Loops({name: partial(_wait_for, free) for name in "abc"}, stopping)
    loops.start()
    stopping.set()
    loops.join(0)
    assert sum(thread.name in "abc" for thread in threading.enumerate()) == 3
    free.set()
    loops.join(30)
