"""What the bot asks of GitLab about webhooks; one adapter stands behind it (`gitlab_hooks.gitlab_admin`)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

Version = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Home:
    """A project or a group that may have webhooks; `path` is how people call it (`web/shop`)."""

    kind: Literal["project", "group"]
    id: int
    path: str


SWITCHED_OFF = frozenset({"disabled", "temporarily_disabled"})
"""What GitLab says of a hook to which it delivers nothing, since 15.6.

GitLab: `app/models/concerns/web_hooks/auto_disabling.rb`.
"""


@dataclass(frozen=True, slots=True)
class Shape:
    """How a webhook is set up; None, and no event at all, is what a GitLab of this version does not tell.

    `on` and `off` are the names of events (`note_events`); `branches` is a filter, `template` says that the body is not
    GitLab's own, `alert` is "executable", "disabled", or "temporarily_disabled" until `disabled_until`, in milliseconds
    since 1970; `token` and `signing` say which kinds of secret are set: GitLab shows none of them.
    """

    on: frozenset[str] = frozenset()
    off: frozenset[str] = frozenset()
    verified: bool | None = None
    branches: str = ""
    template: bool = False
    alert: str = "executable"
    disabled_until: int | None = None
    token: bool | None = None
    signing: bool | None = None


@dataclass(frozen=True, slots=True)
class Hook:
    """A webhook: whose it is, where it sends to, and how it is set up."""

    home: Home
    id: int
    url: str
    shape: Shape = Shape()

    @property
    def off(self) -> bool:
        """Whether GitLab delivers nothing to it at present."""
        return self.shape.alert in SWITCHED_OFF


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

    def recent(self, hook: Hook) -> Sequence[Attempt]:
        """Return the newest few deliveries, newest first, whatever was answered."""

    def create(self, home: Home, wish: Mapping[str, object]) -> Hook:
        """Make a webhook of a project; `wish` has the names of GitLab's API."""

    def change(self, hook: Hook, wish: Mapping[str, object]) -> Hook:
        """Set what is wished for; all else stays as it is."""

    def wake(self, hook: Hook) -> None:
        """Let GitLab switch a disabled webhook on again; raises `Refused` where the bot does not answer its test."""

    def version(self) -> Version:
        """Return which GitLab it is: (19, 3); (0, 0) where it does not say that in numbers."""
