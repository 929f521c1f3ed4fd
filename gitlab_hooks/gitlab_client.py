"""python-gitlab made fit for service: pooled, patient only so long, with its errors told apart."""

import logging
import re
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from typing import Any, Literal, TypeVar

import gitlab
import msgspec
import requests
from gitlab.exceptions import GitlabAuthenticationError, GitlabHttpError, GitlabParsingError

from bot.errors import Misconfigured, Refused, TryLater
from bot.http_session import Observe, PooledSession, retry_after, root_cause, unobserved

IDENTITY = re.compile(r"/users.*|/projects/\d+(/members/.*)?")
"""What decides who is told: a 403 is no answer there, as when the token's owner is blocked, and never "nobody"."""

log = logging.getLogger(__name__)

FORBIDDEN, NOT_FOUND = 403, 404
MOVED = frozenset({301, 308})
NOT_FOR_US = frozenset({400, FORBIDDEN, NOT_FOUND})
UNPROCESSABLE = 422
NOT_SO = NOT_FOR_US | {UNPROCESSABLE}
LONGEST = 300
"""Characters of GitLab's own words that a sentence of ours quotes."""

Answer = TypeVar("Answer")


class NotForUs(Refused):
    """GitLab itself says 400, 403 or 404 of a single thing: it is not there, or not for this token.

    For what is written it may also be 422: it cannot be so; then `said` has GitLab's own words after a colon.
    """

    def __init__(self, why: str, status: int, said: str = "") -> None:
        super().__init__(why)
        self.status = status
        self.said = said


class Client(threading.local):
    """GitLab's REST API v4: one request at a time, one kept connection a thread, no retries of its own.

    `secret` is the name of the variable that holds the token, `scope` what it needs: errors tell both.
    `observe` takes note of each call.
    """

    def __init__(
        self,
        url: str,
        token: str,
        seconds: tuple[float, float],
        *,
        verify: bool | str,
        secret: str = "GITLAB_TOKEN",  # noqa: S107 - a variable's name
        scope: str = "read_api",
        observe: Observe = unobserved,
    ) -> None:
        session = PooledSession(*seconds, verify=verify, observe=observe)
        session.hooks["response"].append(self._note)  # python-gitlab's errors carry no headers
        self._after: float | None = None
        self._secret, self._scope = secret, scope
        self._gitlab = gitlab.Gitlab(url, private_token=token, ssl_verify=verify, session=session, keep_base_url=True)

    def get(self, path: str, shape: type[Answer], query: Mapping[str, str] | None = None) -> Answer | None:
        """Return what lies at a path below `/api/v4`, in the shape asked for, or None where there is nothing for us.

        Raises `Misconfigured` where the token is refused or too weak or the server has moved, and `TryLater` for
        every other failure, an answer in HTML or of another shape among them.
        """
        try:
            return self.read(path, shape, query)
        except NotForUs as error:
            if error.status == FORBIDDEN and IDENTITY.fullmatch(path):
                raise TryLater(f"{error}: {self._secret} may not read who is who: no answer") from error
            if error.status == FORBIDDEN:
                _warn_once(self._secret, "/".join(path.split("/")[:3]))
            return None

    def read(self, path: str, shape: type[Answer], query: Mapping[str, str] | None = None) -> Answer:
        """Return what lies at a path, in the shape asked for; like `get`, but raises `NotForUs`."""
        with self._told_apart(path):
            answer = self._gitlab.http_get(path, dict(query or {}), obey_rate_limit=False, max_retries=0)
            return msgspec.convert(answer, shape)

    def items(self, path: str, shape: type[Answer], query: Mapping[str, str]) -> Iterator[Answer]:
        """Yield a list in the order in which GitLab pages it, a request a page; raises what `read` does."""
        with self._told_apart(path):
            pages = self._gitlab.http_list(path, dict(query), iterator=True, obey_rate_limit=False, max_retries=0)
        while True:
            with self._told_apart(path):
                try:
                    one = msgspec.convert(next(pages), shape)  # type: ignore[arg-type]  # an iterator was asked for
                except StopIteration:
                    return
            yield one

    def write(
        self, verb: Literal["POST", "PUT"], path: str, shape: type[Answer], values: Mapping[str, object]
    ) -> Answer:
        """Make or change what lies at a path, and return what it is then; raises what `read` does."""
        with self._told_apart(path, verb):
            send = self._gitlab.http_post if verb == "POST" else self._gitlab.http_put
            return msgspec.convert(send(path, post_data=dict(values), obey_rate_limit=False, max_retries=0), shape)

    @contextmanager
    def _told_apart(self, path: str, verb: str = "GET") -> Iterator[None]:
        """Make one of ours of whatever error there is."""
        call = f"{verb} {self._gitlab.api_url}{path}"
        try:
            yield
        except GitlabAuthenticationError as error:
            raise Misconfigured(f"{call}: 401: {self._secret} is refused") from error
        except GitlabHttpError as error:
            raise self._kind(call, error, NOT_FOR_US if verb == "GET" else NOT_SO) from error
        except (GitlabParsingError, msgspec.ValidationError, KeyError, TypeError) as error:  # the last two: no list
            raise TryLater(f"{call}: an answer of another shape: {root_cause(error)}") from error
        except requests.RequestException as error:
            raise TryLater(f"{call}: {root_cause(error)}") from error

    def _note(self, response: requests.Response, **_: Any) -> None:
        self._after = retry_after(response.headers)

    def _kind(self, call: str, error: GitlabHttpError, single: frozenset[int]) -> Misconfigured | TryLater | NotForUs:
        why, status = f"{call}: {error.response_code}", error.response_code or 0
        if status in MOVED:
            return Misconfigured(f"{why}: the server has moved, [gitlab] url must say where")
        if error.error_message == "insufficient_scope":
            return Misconfigured(f"{why}: {self._secret} needs the scope {self._scope}")
        if status not in single or not _is_json_object(error.response_body):
            return TryLater(why, self._after)
        return NotForUs(why, status, f": {error.error_message}"[:LONGEST] if status == UNPROCESSABLE else "")


def _is_json_object(body: bytes | None) -> bool:
    """Tell GitLab's own refusal from the page of a proxy in front of it."""
    return (body or b"").lstrip().startswith(b"{")


@lru_cache(maxsize=1000)
def _warn_once(secret: str, place: str) -> None:
    log.warning("%s may not read all of %s: what lies there counts as not found", secret, place)
