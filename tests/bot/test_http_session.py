"""The session below both drivers: how long a server asks us to wait, and why nothing came."""

from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.http_session import DAY, retry_after, root_cause

NOW = "Tue, 24 Nov 2026 10:00:00 GMT"


@pytest.mark.parametrize(
    ("wish", "date", "seconds"),
    [
        ("1", "", 1),
        (" 30 ", "", 30),
        ("0", "", 0),
        ("1, 1", "", 1),
        ("999999999", "", DAY),
        ("9" * 400, "", DAY),
        ("Tue, 24 Nov 2026 10:01:30 GMT", NOW, 90),
        ("Tue, 24 Nov 2026 09:00:00 GMT", NOW, 0),
        ("Fri, 25 Dec 2026 10:00:00 GMT", NOW, DAY),
        ("Tue, 24 Nov 2026 10:01:30 GMT", "", None),
        ("Tue, 24 Nov 2026 10:01:30", NOW, None),
        ("soon", NOW, None),
        ("-5", NOW, None),
        ("", NOW, None),
    ],
)
def test_retry_after_in_both_forms(wish: str, date: str, seconds: float | None) -> None:
    """`Retry-After` is a number of seconds or a date, counted from the server's own clock and at most a day."""
    assert retry_after({"Retry-After": wish, "Date": date}) == seconds


def test_no_retry_after() -> None:
    """A server that does not say how long to wait leaves it to us."""
    assert retry_after({}) is None


@given(wish=st.text() | st.datetimes().map(format_datetime), date=st.text() | st.datetimes().map(format_datetime))
def test_retry_after_of_anything(wish: str, date: str) -> None:
    """Whatever a server writes there, the wait is unknown, or neither negative nor longer than a day."""
    seconds = retry_after({"Retry-After": wish, "Date": date})

    assert seconds is None or 0 <= seconds <= DAY


def test_root_cause_is_the_innermost_sentence() -> None:
    """Of nested errors the innermost tells what happened, by its sentence or else by its name."""
    refused, silent = ConnectionRefusedError(111, "Connection refused"), TimeoutError()
    outer = RuntimeError("wrapped")
    outer.__cause__ = refused

    assert root_cause(outer) == "[Errno 111] Connection refused"
    assert root_cause(silent) == "TimeoutError"
