"""What the bot asks of GitLab about webhooks; one adapter stands behind it (`gitlab_hooks.gitlab_admin`)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal, Protocol


@dataclass(frozen=True, slots=True)
class Home:
    """A project or a group that may have webhooks; `path` is how people call it (`web/shop`)."""

    kind: Literal["project", "group"]
    id: int
    path: str


@dataclass(frozen=True, slots=True)
class Hook:
    """A webhook: whose it is, where it sends to, and whether GitLab has switched it `off`."""

    home: Home
    id: int
    url: str
    off: bool = False


@dataclass(frozen=True, slots=True)
class Attempt:
    """One delivery as GitLab's log of a hook has it.

    `at` is when it was over, in milliseconds since 1970, None where GitLab does not tell; `status` is what was answered
    ("503"), or "internal error" where nobody did; `headers` have names in lower case; `body` is JSON, None where GitLab
    has not kept it, or where it is `empty`: that of a template which GitLab could not fill.
    """

    id: int
    at: int | None
    status: str
    headers: Mapping[str, str]
    body: bytes | None
    empty: bool = False


class HookAdmin(Protocol):
    """The boundary to the part of GitLab's REST API v4 that only a Maintainer's token with the scope `api` may use.

    Each method may raise `bot.errors.TryLater` (down, slow, 429, 5xx), `bot.errors.Refused` (this one thing is not
    there, or not for this token) or `bot.errors.Misconfigured` (the token itself, or a GitLab that is too old), and
    nothing else.
    """

    def group(self, path: str) -> Home:
        """Return a group by its path or its id."""

    def project(self, path: str) -> Home:
        """Return a project by its path or its id."""

    def projects_of(self, group: Home) -> Iterator[Home]:
        """Yield the projects of a group and of the groups below it, but no archived ones."""

    def hooks(self, home: Home) -> Iterator[Hook]:
        """Yield the webhooks of a project or a group; a group that may not have any, or hides them, has none."""

    def failed(self, hook: Hook) -> Iterator[Attempt]:
        """Yield the deliveries of the last days that were not answered by 2xx, newest first, a request a page."""
