"""A kept connection to one host, with as little around a call as the standard library allows.

What `requests` does around a call, for any host and any body, takes three times the processor time of the call itself,
and nobody calls as often as the courier.
"""

import ssl
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPMessage, HTTPSConnection
from typing import Any
from urllib.parse import urlencode, urlsplit

import msgspec
from requests.structures import CaseInsensitiveDict
from requests.utils import DEFAULT_CA_BUNDLE_PATH, requote_uri
from urllib3.util.wait import wait_for_read

from bot.http_session import Observe, unobserved

BROKEN = (OSError, HTTPException)
"""What is raised where there was no answer, or only a part of one."""

ALWAYS = {"User-Agent": "nudge", "Accept": "application/json"}
IS_JSON = {"Content-Type": "application/json"}


class NotSentError(OSError):
    """There was no connection over which anything could be asked."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server has answered; the driver asks for `cookies` after a log-in, and there are none."""

    status_code: int
    fields: HTTPMessage
    content: bytes
    cookies: None = None

    @property
    def headers(self) -> Mapping[str, str]:
        """The headers, whose names are found case aside; made when they are asked for, which is seldom."""
        return CaseInsensitiveDict(self.fields.items())

    def json(self) -> Any:
        """Return what the body says; raises `ValueError` where that is no JSON."""
        return msgspec.json.decode(self.content)


class _Plain(HTTPConnection):
    def __del__(self) -> None:
        """Close with the thread that it belongs to."""
        self.close()


class _Secure(HTTPSConnection):
    def __del__(self) -> None:
        """Close with the thread that it belongs to."""
        self.close()


class ConnectionPerThread(threading.local):
    """One connection for each thread to the host of `url`, opened at its first call and after every fault.

    As `bot.http_session.PooledSession` it follows no redirect, keeps no cookie and reads nothing from the environment.
    `connect` and `read` are seconds; `verify` says whether, or with which file of certificates, TLS is checked;
    `observe` takes note of how long each call took, and of what came of it.
    """

    def __init__(
        self, url: str, connect: float, read: float, *, verify: bool | str, observe: Observe = unobserved
    ) -> None:
        parts = urlsplit(url)
        self._observe = observe
        self._read = read
        self._connection = (
            _Secure(parts.netloc, timeout=connect, context=_checked(verify))
            if parts.scheme == "https"
            else _Plain(parts.netloc, timeout=connect)
        )

    def ask(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        body: Any = None,
    ) -> Answer:
        """Return what the server answers to one call; a `body` is sent as JSON.

        Raises one of `BROKEN` where nothing or not all of an answer comes; whether the server has done what it was
        asked is then not known, but for `NotSentError`. Nothing is sent twice.
        """
        target = requote_uri(f"{path}?{urlencode(params)}" if params else path)
        content = None if body is None else msgspec.json.encode(body)
        given = {**ALWAYS, **(headers or {}), **(IS_JSON if content else {})}
        begun, status = time.perf_counter(), 0
        try:
            answer = self._answer(method, target, content, given)
            status = answer.status_code
            return answer
        finally:
            self._observe(time.perf_counter() - begun, status)

    def _answer(self, method: str, target: str, content: bytes | None, given: Mapping[str, str]) -> Answer:
        try:
            self._open()
            self._connection.request(method, target, content, given)
            with self._connection.getresponse() as found:
                return Answer(found.status, found.headers, found.read())
        except BROKEN:
            self._connection.close()
            raise
        except ValueError:  # its sentence quotes the header, a secret, and would stand as the context of a new one
            self._connection.close()
        raise HTTPException("a header or an address has characters that cannot be sent")

    def _open(self) -> None:
        """Connect where the last answer, a fault, or the server in the meantime has ended the connection."""
        if self._connection.sock and wait_for_read(self._connection.sock, timeout=0):
            self._connection.close()  # nothing was asked: what there is to read is its end
        if not self._connection.sock:
            self._connect()
            self._connection.sock.settimeout(self._read)

    def _connect(self) -> None:
        try:
            self._connection.connect()
        except OSError as error:
            raise NotSentError(error) from error


def _checked(verify: bool | str) -> ssl.SSLContext:  # noqa: FBT001 - as `requests` calls it
    context = ssl.create_default_context(cafile=verify if isinstance(verify, str) else DEFAULT_CA_BUNDLE_PATH)
    if verify is False:
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context
