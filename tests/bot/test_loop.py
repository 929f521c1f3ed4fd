"""A thread's work goes on whatever happens in it."""

import threading

import pytest

from bot.loop import keep_running


def test_work_goes_on_after_a_fault(caplog: pytest.LogCaptureFixture) -> None:
    """A fault is logged by its kind and place, without what it says, and the work begins again until it is stopped."""
    stopping, times = threading.Event(), iter(range(3))

    def run() -> None:
        if next(times) == 2:
            stopping.set()
        raise ValueError("secret text")

    keep_running("courier", run, stopping, pause=0.0)

    assert caplog.text.count("courier: ValueError at ") == 3
    assert "secret text" not in caplog.text


def test_work_that_ends_by_itself_begins_again() -> None:
    """What returns before its time is run again; after the end nothing is."""
    stopping, times = threading.Event(), iter(range(2))

    def run() -> None:
        if next(times) == 1:
            stopping.set()

    keep_running("reader", run, stopping)
    keep_running("reader", run, stopping)

    assert next(times, None) is None
