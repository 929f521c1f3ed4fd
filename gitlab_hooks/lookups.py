"""What the bot asks of GitLab; one adapter stands behind it (`gitlab_hooks.gitlab`)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NewType, Protocol

UserId = NewType("UserId", int)
ProjectId = NewType("ProjectId", int)
GroupId = NewType("GroupId", int)


@dataclass(frozen=True, slots=True)
class User:
    """A user of GitLab.

    `email` is the address GitLab shows us (`email` to an administrator's token, else `public_email`), "" where it
    shows none; `external` is False where it does not tell.
    """

    id: UserId
    username: str
    name: str = ""
    email: str = ""
    active: bool = True
    bot: bool = False
    external: bool = False


@dataclass(frozen=True, slots=True)
class Project:
    """Who may read a project: its visibility ("private", "internal", "public") and the features for members only.

    `members_only` holds the names of features whose access level is "private" or "disabled": "issues",
    "merge_requests", "repository", "snippets", "builds", "releases", "wiki".
    """

    id: ProjectId
    visibility: str
    members_only: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Group:
    """A group: its whole path as GitLab spells it, its visibility, and whether its settings let it be mentioned."""

    id: GroupId
    path: str
    visibility: str
    mentionable: bool = True


@dataclass(frozen=True, slots=True)
class Involved:
    """Who a merge request or an issue names; ids, since one call gives them all."""

    author: User | None = None
    assignees: tuple[User, ...] = ()
    reviewers: tuple[User, ...] = ()


@dataclass(frozen=True, slots=True)
class Subject:
    """What is talked about, as the API addresses it.

    `kind` is "merge_request", "issue", "commit", "snippet" or "release"; `ref` the iid, the commit's sha, the
    snippet's id or the release's tag.
    """

    project: ProjectId
    kind: str
    ref: str


@dataclass(frozen=True, slots=True)
class MergeRequest:
    """An open merge request as lists show it.

    `ref` is `!42`, `path` that of the project, `opened` when it was, in milliseconds since 1970.
    """

    project: ProjectId
    path: str
    ref: str
    title: str
    url: str
    opened: int
    draft: bool = False
    author: User | None = None
    assignees: tuple[User, ...] = ()
    reviewers: tuple[User, ...] = ()

    @property
    def subject(self) -> Subject:
        """Return how the API addresses it."""
        return Subject(self.project, "merge_request", self.ref.removeprefix("!"))


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a merge request is.

    `approvers` have approved it, `approved` says that these are enough. `reviews` holds GitLab's word for what each
    reviewer has done ("unreviewed", "reviewed", "requested_changes", …), nothing before GitLab 13.8. `pipeline` is the
    status of the newest one, "" where there is none.
    """

    approvers: frozenset[UserId] = frozenset()
    approved: bool = False
    reviews: Mapping[UserId, str] = field(default_factory=dict)
    pipeline: str = ""
    conflicts: bool = False


class Party(StrEnum):
    """What somebody is to a merge request, as the API's filters call it."""

    AUTHOR = "author"
    ASSIGNEE = "assignee"
    REVIEWER = "reviewer"


class GitLab(Protocol):
    """The boundary to GitLab's REST API v4.

    A method returns None (or nothing) where GitLab says 404, or 403 of a single thing, and may raise
    `bot.errors.TryLater` (down, slow, 429, 5xx) or `bot.errors.Misconfigured` (the token itself), and nothing else.
    """

    @property
    def has_token(self) -> bool:
        """Say whether anything can be asked at all; without a token only remembered names are known."""

    @property
    def seen(self) -> "GitLab":
        """Return what is known without asking: the users that payloads, and answers to other questions, have shown."""

    def remember(self, user: User) -> None:
        """Take note of an id and its user name, seen in a payload; saves a call, never overrides an answer."""

    def user(self, user_id: UserId) -> User | None:
        """Return a user by id."""

    def user_named(self, username: str) -> User | None:
        """Return a user by user name, case aside."""

    def users_with_email(self, email: str) -> tuple[User, ...]:
        """Return the users whose visible e-mail address is this one, case aside."""

    def status(self, user_id: UserId) -> str:
        """Return the status message that a user shows at this moment, "" for none."""

    def involved(self, subject: Subject) -> Involved | None:
        """Return author, assignees and reviewers of a merge request, an issue, a commit, a snippet or a release."""

    def thread(self, subject: Subject, discussion: str) -> tuple[User, ...]:
        """Return who wrote in a discussion, system notes aside."""

    def project(self, project: ProjectId) -> Project | None:
        """Return what decides who may read a project."""

    def access_level(self, project: ProjectId, user_id: UserId) -> int:
        """Return a member's access level (10 guest, 15 planner, 20 reporter, …), inherited ones too; 0: no member."""

    def project_members(self, project: ProjectId, most: int) -> tuple[User, ...] | None:
        """Return the people who are members of a project, inherited ones too, `most` of them; None: not to be seen."""

    def merge_requests(self, party: Party, user_id: UserId) -> tuple[MergeRequest, ...]:
        """Return the open merge requests to which a user is a party, oldest first, a hundred at most."""

    def progress(self, subject: Subject) -> Progress | None:
        """Return how far a merge request is."""

    def group(self, path: str) -> Group | None:
        """Return a group by its whole path, case aside."""

    def group_level(self, group: GroupId, user_id: UserId) -> int:
        """Return a member's access level in a group, as `access_level` does in a project."""

    def group_members(self, group: GroupId, most: int) -> tuple[User, ...] | None:
        """Return the people who are members of a group itself, `most` of them; None: not to be seen."""
