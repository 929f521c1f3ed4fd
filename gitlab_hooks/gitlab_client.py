"""python-gitlab made fit for service: pooled, patient only so long, with its errors told apart."""

import logging
import re
import threading
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, TypeVar

import gitlab
import msgspec
import requests
from gitlab.exceptions import GitlabAuthenticationError, GitlabHttpError, GitlabParsingError

from bot.errors import Misconfigured, TryLater
from bot.http_session import PooledSession, retry_after, root_cause

IDENTITY = re.compile(r"/users.*|/projects/\d+(/members/.*)?")
"""What decides who is told: a 403 is no answer there, as when the token's owner is blocked, and never "nobody"."""

log = logging.getLogger(__name__)

FORBIDDEN = 403
MOVED = frozenset({301, 308})
NOT_FOR_US = frozenset({400, 403, 404})

Answer = TypeVar("Answer")


class Client(threading.local):
    """GitLab's REST API v4 for reading: one request a call, one kept connection a thread, no retries of its own."""

    def __init__(self, url: str, token: str, seconds: tuple[float, float], *, verify: bool | str) -> None:
        session = PooledSession(*seconds, verify=verify)
        session.hooks["response"].append(self._note)  # python-gitlab's errors carry no headers
        self._after: float | None = None
        self._gitlab = gitlab.Gitlab(url, private_token=token, ssl_verify=verify, session=session, keep_base_url=True)

    def get(self, path: str, shape: type[Answer], query: Mapping[str, str] | None = None) -> Answer | None:
        """Return what lies at a path below `/api/v4`, in the shape asked for, or None where there is nothing for us.

        Raises `Misconfigured` where the token is refused or too weak or the server has moved, and `TryLater` for
        every other failure, an answer in HTML or of another shape among them.
        """
        call = f"GET {self._gitlab.api_url}{path}"
        try:
            answer = self._gitlab.http_get(path, dict(query or {}), obey_rate_limit=False, max_retries=0)
            return msgspec.convert(answer, shape)
        except GitlabAuthenticationError as error:
            raise Misconfigured(f"{call}: 401: GITLAB_TOKEN is refused") from error
        except GitlabHttpError as error:
            self._raise_if_more_than_nothing(call, path, error)
            return None
        except (GitlabParsingError, msgspec.ValidationError) as error:
            raise TryLater(f"{call}: an answer of another shape: {root_cause(error)}") from error
        except requests.RequestException as error:
            raise TryLater(f"{call}: {root_cause(error)}") from error

    def _note(self, response: requests.Response, **_: Any) -> None:
        self._after = retry_after(response.headers)

    def _raise_if_more_than_nothing(self, call: str, path: str, error: GitlabHttpError) -> None:
        """Raise unless GitLab itself says that there is nothing for us."""
        why = f"{call}: {error.response_code}"
        if error.response_code in MOVED:
            raise Misconfigured(f"{why}: the server has moved, [gitlab] url must say where") from error
        if error.error_message == "insufficient_scope":
            raise Misconfigured(f"{why}: GITLAB_TOKEN needs the scope read_api") from error
        if error.response_code not in NOT_FOR_US or not _is_json_object(error.response_body):
            raise TryLater(why, self._after) from error
        if error.response_code == FORBIDDEN:
            if IDENTITY.fullmatch(path):
                raise TryLater(f"{why}: GITLAB_TOKEN may not read who is who: no answer") from error
            _warn_once("/".join(path.split("/")[:3]))


def _is_json_object(body: bytes | None) -> bool:
    """Tell GitLab's own refusal from the page of a proxy in front of it."""
    return (body or b"").lstrip().startswith(b"{")


@lru_cache(maxsize=1000)
def _warn_once(place: str) -> None:
    log.warning("GITLAB_TOKEN may not read all of %s: what lies there counts as not found", place)
