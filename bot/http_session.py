"""The HTTP session below both drivers: pooled, patient only so long, and speaking to one host alone."""

import re
import threading
import time
from collections.abc import Callable, Mapping
from email.utils import parsedate_to_datetime
from http.cookiejar import DefaultCookiePolicy
from typing import Any, Protocol

import requests
from requests.adapters import HTTPAdapter

DAY = 86_400.0

Observe = Callable[[float, int], None]
"""(seconds, status of the answer, 0 for none) → noted."""


def unobserved(_seconds: float, _status: int) -> None:
    """Note nothing."""


class Response(Protocol):
    """What is read of an answer, whichever way it came."""

    @property
    def status_code(self) -> int:
        """The HTTP status."""

    @property
    def headers(self) -> Mapping[str, str]:
        """The headers, whose names are found case aside."""

    def json(self) -> Any:
        """Return what the body says; raises `ValueError` where that is no JSON."""


class PooledSession(requests.Session):
    """A session that keeps its connections and has a time-out for every call.

    It follows no redirect (a secret must not leave the configured host), keeps no cookie (Mattermost prefers a
    cookie to the token, and then refuses every post for want of a CSRF header) and reads neither proxies nor
    passwords from the environment (`~/.netrc` would replace the token).
    `connect` and `read` are seconds; `verify` says whether, or with which file of certificates, TLS is checked;
    `observe` takes note of how long each call took, and of what came of it.
    """

    def __init__(
        self, connect: float, read: float, *, verify: bool | str = True, observe: Observe = unobserved
    ) -> None:
        super().__init__()
        self._observe = observe
        self._fixed = {"timeout": (connect, read), "allow_redirects": False}
        self.verify = verify
        self.trust_env = False
        self.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        for scheme in ("http://", "https://"):
            self.mount(scheme, HTTPAdapter(pool_connections=1, pool_maxsize=1))

    def prepare_request(self, request: requests.Request) -> requests.PreparedRequest:
        """Prepare a request with our headers and hooks, all that a session holds here.

        What it could hold besides is merged by `requests` with much care, at a fifth of the cost of a call.
        """
        prepared = requests.PreparedRequest()
        prepared.prepare(
            method=str(request.method).upper(),
            url=request.url,
            headers={**self.headers, **(request.headers or {})},
            data=request.data,
            json=request.json,
            params=request.params,
            auth=request.auth,
            hooks=self.hooks,
        )
        return prepared

    def merge_environment_settings(self, *_: Any, **__: Any) -> Any:
        """Return the settings of a call, which are the same for all; the environment has no say in them."""
        return {"proxies": {}, "stream": False, "verify": self.verify, "cert": None}

    def send(self, request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:
        """Send within the time-outs, whatever the caller asked for."""
        begun, status = time.perf_counter(), 0
        try:
            response = super().send(request, **(kwargs | self._fixed))
            status = response.status_code
            return response
        finally:
            self._observe(time.perf_counter() - begun, status)


class SessionPerThread(threading.local):
    """One `PooledSession` for each thread, since `requests` does not promise that threads can share one."""

    def __init__(
        self, connect: float, read: float, *, verify: bool | str = True, observe: Observe = unobserved
    ) -> None:
        self.session = PooledSession(connect, read, verify=verify, observe=observe)


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Return the seconds a server asks us to wait, at most a day, or None where it does not say.

    RFC 9110, section 10.2.3: a number of seconds or a date; a date counts from the server's own `Date`, so that no
    clock of ours is needed. A doubled header ("1, 1", two of Mattermost's rate limiters) counts once.
    """
    wish = headers.get("Retry-After", "")
    if seconds := re.match(r"\s*(\d+)", wish, re.ASCII):
        return min(float(seconds[1]), DAY)
    try:
        wait = parsedate_to_datetime(wish) - parsedate_to_datetime(headers.get("Date", ""))
    except (ValueError, TypeError):  # no dates, or only one of them has a zone
        return None
    return min(max(wait.total_seconds(), 0.0), DAY)


def json_object(response: Response) -> Mapping[str, Any]:
    """Return the JSON object of an answer, {} where it is none."""
    try:
        body = response.json()
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def root_cause(error: BaseException) -> str:
    """Return the sentence of the innermost error, such as "[Errno 111] Connection refused".

    The outer ones of `requests` and `urllib3` repeat the address and hide the reason.
    """
    while inner := error.__cause__ or error.__context__:
        error = inner
    return str(error) or type(error).__name__
