"""One request and one answer, free of any web framework."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from playground.mattermost import errors
from playground.mattermost.errors import ApiError, Failure
from playground.mattermost.records import Json, Session, User
from playground.mattermost.state import State

UNREADABLE: Any = object()
"""The body of a request that no JSON parser takes."""


@dataclass(frozen=True, slots=True)
class Call:
    """A request whose session is known; `path` holds the variable parts of the path, `query` the last of each name."""

    state: State
    session: Session | None
    path: Mapping[str, str]
    query: Mapping[str, str]
    body: Any
    raw: bytes
    content_type: str
    site_url: str

    @property
    def caller(self) -> User:
        """Return who asks; raise `ApiError` (401) where nobody is logged in."""
        if self.session is None:
            raise ApiError(errors.SESSION_EXPIRED)
        return self.session.user

    def object(self, name: str) -> Json:
        """Return the body as a JSON object; raise `ApiError` naming what is missing."""
        if not isinstance(self.body, dict):
            raise ApiError(errors.invalid_body(name))
        return self.body

    def strings(self, name: str) -> list[str]:
        """Return the body as a list that is not empty; raise `ApiError` naming what is missing."""
        if not isinstance(self.body, list) or not self.body:
            raise ApiError(errors.invalid_body(name))
        return [str(one) for one in self.body]


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer: JSON unless `body` is already bytes; `etag` lets a client ask again for less."""

    body: Any
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    content_type: str = "application/json"
    etag: str = ""


@dataclass(frozen=True, slots=True)
class Route:
    """A row of the table.

    `open` calls need no session. `calls_out` ones guard the memory themselves, because they wait for something.
    `without_database` is what a server whose database is down answers, None where it answers as ever.
    """

    method: str
    path: str
    handler: Callable[[Call], Reply]
    without_database: Failure | None
    open: bool = False
    calls_out: bool = False


OK = Reply({"status": "OK"})
