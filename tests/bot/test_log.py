"""The log: a line of JSON an event, which joins what belongs together and quotes nobody."""

import io
import json
import logging
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import log
from bot.log import JsonLines, about


@pytest.fixture(autouse=True)
def root_as_it_was() -> Iterator[None]:
    """Give the log back as it was found."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:], root.level = handlers, level


def line(message: str, *args: object, error: BaseException | None = None) -> dict[str, Any]:
    info = (type(error), error, None) if error else None
    record = logging.LogRecord("bot.courier", logging.INFO, "", 0, message, args, info)
    record.created = 1_795_514_400.25
    text = JsonLines().format(record)
    assert "\n" not in text
    read: dict[str, Any] = json.loads(text)
    return read


def test_a_line() -> None:
    """An event is told with its time, its level, who says it, and what."""
    assert line("post %d: sent as %s", 7, "abc") == {
        "time": "2026-11-24T10:00:00.250+00:00",
        "level": "INFO",
        "logger": "bot.courier",
        "message": "post 7: sent as abc",
    }


@given(st.text())
def test_any_message(message: str) -> None:
    """Whatever a message says, it is one line and comes back as it was."""
    assert line("%s", message)["message"] == message


def test_what_it_is_about() -> None:
    """Lines written on behalf of something carry its ids, the inner ones too, and no line after it does."""
    with about(delivery=7):
        with about(post=3, deliveries=(7, 8)):
            assert line("x").items() >= {"delivery": 7, "post": 3}.items()
            assert line("x")["deliveries"] == [7, 8]
        assert "post" not in line("x")
    assert line("x").keys() == {"time", "level", "logger", "message"}


def test_threads_are_about_their_own() -> None:
    """What one thread works on is in no other thread's lines."""

    def of(number: int) -> object:
        with about(delivery=number):
            return line("x")["delivery"]

    with about(delivery=-1), ThreadPoolExecutor(4) as pool:
        assert list(pool.map(of, range(50))) == list(range(50))
        assert "delivery" not in pool.submit(line, "x").result()


def test_an_exception_is_its_kind() -> None:
    """Of an exception only the kind is told: what it says may quote a text."""
    told = line("it failed", error=ValueError("what somebody wrote"))

    assert told["exception"] == "ValueError"
    assert "somebody" not in json.dumps(told)


@pytest.mark.parametrize(("as_json", "start"), [(True, '{"time": "'), (False, "20")])
def test_set_up(as_json: bool, start: str) -> None:
    """Our own lines are written from INFO on and the libraries' from WARNING, as JSON or for people."""
    stream = io.StringIO()
    log.set_up(as_json=as_json, stream=stream)
    logging.getLogger("bot.courier").info("one")
    logging.getLogger("gitlab_hooks.reader").debug("two")
    logging.getLogger("urllib3").info("three")
    logging.getLogger("urllib3").warning("four")
    first, second = stream.getvalue().splitlines()

    assert first.startswith(start)
    assert "one" in first
    assert "four" in second
