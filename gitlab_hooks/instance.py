"""What `doctor` and `setup` ask of a GitLab instance: its version, what a token may do, who is there, how hooks stand.

https://docs.gitlab.com/api/metadata/, https://docs.gitlab.com/api/personal_access_tokens/#self-inform and
https://docs.gitlab.com/api/project_webhooks/
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any
from urllib.parse import quote

import msgspec

from gitlab_hooks.gitlab_answers import MemberAnswer, member_of
from gitlab_hooks.gitlab_client import Client, NotForUs
from gitlab_hooks.hook_admin import Home
from gitlab_hooks.lookups import User

PAGE = {"per_page": "100"}
WORKS = "executable"
"""What `alert_status` is while a hook is not disabled."""


@dataclass(frozen=True, slots=True)
class Token:
    """What a token may do, and when it ends (milliseconds since 1970), None where it never does."""

    scopes: frozenset[str]
    ends: int | None = None


@dataclass(frozen=True, slots=True)
class HookState:
    """How a webhook stands: which switches are off, and whether GitLab sends by it.

    `alert` is GitLab's word, `until` the time until which it is disabled as GitLab writes it, "" where it says none.
    """

    home: Home
    id: int
    url: str
    off: frozenset[str] = frozenset()
    alert: str = WORKS
    until: str = ""
    verifies: bool = True


class VersionAnswer(msgspec.Struct, frozen=True):
    """`GET /version`."""

    version: str


class TokenAnswer(msgspec.Struct, frozen=True):
    """`GET /personal_access_tokens/self`, since GitLab 15.5."""

    scopes: list[str] = []
    expires_at: date | None = None


class MadeAnswer(msgspec.Struct, frozen=True):
    """`POST …/hooks`."""

    id: int
    signing_token_present: bool = False


class PlaceAnswer(msgspec.Struct, frozen=True):
    """A project or a group."""

    id: int


class Instance:
    """A GitLab as one token sees it; nothing is kept between two questions."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def version(self) -> str:
        """Return the version, such as "19.3.0-ee"."""
        return self._client.read("/version", VersionAnswer).version

    def token(self) -> Token | None:
        """Return what the token may do, None where GitLab does not tell.

        It may not be asked by a token without `api` or `read_api`: that is `bot.errors.Misconfigured`, and names both.
        """
        try:
            answer = self._client.read("/personal_access_tokens/self", TokenAnswer)
        except NotForUs:
            return None
        return Token(frozenset(answer.scopes), _midnight(answer.expires_at) if answer.expires_at else None)

    def sees(self, kind: str, path: str) -> bool:
        """Say whether the token sees a "project" or a "group"."""
        return self._client.get(_place(kind, path), PlaceAnswer) is not None

    def members(self, kind: str, path: str) -> Iterator[User]:
        """Yield the members of a project or a group, inherited ones too, none where the token may not see them."""
        try:
            yield from map(member_of, self._client.items(f"{_place(kind, path)}/members/all", MemberAnswer, PAGE))
        except NotForUs:
            return

    def hooks(self, home: Home) -> list[HookState]:
        """Return the webhooks of a project or a group; a group that may not have any, or hides them, has none.

        Raises `NotForUs` where those of a project are not for the token.
        """
        try:
            found = self._client.items(f"/{home.kind}s/{home.id}/hooks", dict[str, Any], PAGE)
            return [state_of(home, answer) for answer in found]
        except NotForUs:
            if home.kind == "project":
                raise
            return []

    def make_hook(self, home: Home, body: Mapping[str, Any]) -> bool:
        """Make a webhook, and say whether GitLab will sign by it: before 19.0 it forgets a signing token silently."""
        return self._client.write("POST", f"/{home.kind}s/{home.id}/hooks", MadeAnswer, body).signing_token_present


def state_of(home: Home, answer: dict[str, Any]) -> HookState:
    """Return how a hook stands by what GitLab says of it; a switch it does not know yet counts as on."""
    return HookState(
        home,
        int(answer["id"]),
        str(answer["url"]),
        frozenset(name for name, value in answer.items() if name.endswith("_events") and value is False),
        str(answer.get("alert_status") or WORKS),
        str(answer.get("disabled_until") or ""),
        answer.get("enable_ssl_verification") is not False,
    )


def _place(kind: str, path: str) -> str:
    return f"/{kind}s/{quote(path.strip('/'), safe='')}"


def _midnight(day: date) -> int:
    """Return the start of a day by UTC, when a token ends, in milliseconds since 1970."""
    return round(datetime.combine(day, time(), UTC).timestamp() * 1000)
