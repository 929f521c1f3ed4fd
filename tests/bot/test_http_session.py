"""The session below both drivers: how long a server asks us to wait, and why nothing came."""

from email.utils import format_datetime

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st

from bot.http_session import DAY, PooledSession, retry_after, root_cause

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


@given(
    method=st.sampled_from(["get", "POST", "put"]),
    json=st.none() | st.dictionaries(st.text(), st.integers() | st.text(), max_size=3),
    params=st.none() | st.dictionaries(st.text("abc&=é ", min_size=1), st.text(), max_size=2),
    headers=st.dictionaries(st.sampled_from(["Authorization", "accept", "X-One"]), st.text("abc", min_size=1)),
)
def test_requests_are_what_they_would_be(
    method: str, json: dict[str, object] | None, params: dict[str, str] | None, headers: dict[str, str]
) -> None:
    """A request is prepared just as `requests` would, which only does more to find out that there is no more to do."""
    with PooledSession(1, 1) as session:
        session.hooks["response"].append(print)
        request = requests.Request(method, "http://127.0.0.1/api", headers=headers, json=json, params=params)
        ours, theirs = session.prepare_request(request), super(PooledSession, session).prepare_request(request)

    assert (ours.method, ours.url, ours.body, ours.hooks) == (theirs.method, theirs.url, theirs.body, theirs.hooks)
    assert ours.headers == theirs.headers


def test_calls_have_no_settings_of_their_own() -> None:
    """Nobody's call is streamed, goes through a proxy, or trusts other authorities than the session does."""
    with PooledSession(1, 1, verify="our.pem") as session:
        asked = session.merge_environment_settings("https://a.io", {"https": "proxy"}, True, True, "cert.pem")

    assert asked == {"proxies": {}, "stream": False, "verify": "our.pem", "cert": None}
