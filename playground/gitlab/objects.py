"""What a GitLab holds: users, projects, and the things in them that people talk about."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar

DRAFT = "Draft: "
STATE_IDS = {"opened": 1, "closed": 2, "merged": 3}
"""`state_id` of merge requests and issues in payloads."""


@dataclass(eq=False, slots=True)
class User:
    """A user; `email` is the address of the account, `public_email` the one everybody may see ("" for none).

    `status` is the message that they show beside their name, "" for none.
    """

    id: int
    username: str
    name: str
    email: str = ""
    public_email: str = ""
    state: str = "active"
    bot: bool = False
    external: bool = False
    admin: bool = False
    status: str = ""


@dataclass(eq=False, slots=True)
class Group:
    """A group and its direct members: user id → access level (10 guest, 15 planner, 20 reporter, 30, 40, 50)."""

    id: int
    path: str
    name: str
    members: dict[int, int] = field(default_factory=dict)
    parent: "Group | None" = None
    visibility: str = "private"
    mentions_disabled: bool = False

    @property
    def full_path(self) -> str:
        """Return the path with those of the groups above: "web/tools"."""
        return f"{self.parent.full_path}/{self.path}" if self.parent else self.path

    def access_level(self, user_id: int) -> int:
        """Return a member's level, inherited ones too; 0 where they are no member."""
        above = self.parent.access_level(user_id) if self.parent else 0
        return max(self.members.get(user_id, 0), above)


@dataclass(eq=False, slots=True)
class Project:
    """A project; `features` holds access levels ("enabled", "private", "disabled") as the API names them."""

    id: int
    path: str
    description: str
    visibility: str
    group: Group
    created_at: datetime
    approvals_required: int = 0
    members: dict[int, int] = field(default_factory=dict)
    features: dict[str, str] = field(default_factory=dict)
    archived: bool = False
    merge_requests: dict[int, "MergeRequest"] = field(default_factory=dict)
    issues: dict[int, "Issue"] = field(default_factory=dict)
    commits: dict[str, "Commit"] = field(default_factory=dict)
    snippets: dict[int, "Snippet"] = field(default_factory=dict)

    @property
    def full_path(self) -> str:
        """Return the path with its namespace: "web/shop"."""
        return f"{self.group.full_path}/{self.path}"

    def access_level(self, user_id: int) -> int:
        """Return a member's level, inherited ones too; 0 where they are no member."""
        return max(self.members.get(user_id, 0), self.group.access_level(user_id))


@dataclass(eq=False, slots=True)
class Note:
    """A comment; `position` is (path, line) for one on a diff."""

    id: int
    author: User
    body: str
    discussion_id: str
    created_at: datetime
    updated_at: datetime
    type: str | None = None
    internal: bool = False
    updated_by: User | None = None
    position: tuple[str, int] | None = None


@dataclass(eq=False, slots=True)
class Award:
    """One emoji by one user on a thing, or on one of its notes."""

    id: int
    user: User
    name: str
    note: Note | None
    created_at: datetime


@dataclass(eq=False, slots=True, kw_only=True)
class Thing:
    """What can be commented on and reacted to."""

    noteable_type: ClassVar[str]
    path_format: ClassVar[str]
    label_format: ClassVar[str]
    id: int
    project: Project
    title: str
    created_at: datetime
    updated_at: datetime
    notes: list[Note] = field(default_factory=list)
    awards: list[Award] = field(default_factory=list)

    @property
    def path(self) -> str:
        """Return the address below the project: "merge_requests/12"."""
        return self.path_format.format(self)

    @property
    def label(self) -> str:
        """Return what people call it: "!12 Fix login"."""
        return self.label_format.format(self)


@dataclass(eq=False, slots=True, kw_only=True)
class Commit(Thing):
    """A commit; its author is git's, not a user."""

    noteable_type: ClassVar[str] = "Commit"
    path_format: ClassVar[str] = "commit/{0.sha}"
    label_format: ClassVar[str] = "{0.sha:.8} {0.title}"
    sha: str
    author_name: str
    author_email: str


@dataclass(eq=False, slots=True, kw_only=True)
class Snippet(Thing):
    """A project's snippet."""

    noteable_type: ClassVar[str] = "Snippet"
    path_format: ClassVar[str] = "snippets/{0.id}"
    label_format: ClassVar[str] = "${0.id} {0.title}"
    author: User
    file_name: str
    content: str


@dataclass(eq=False, slots=True, kw_only=True)
class Issuable(Thing):
    """What a merge request and an issue have in common."""

    iid: int
    author: User
    description: str | None = None
    state: str = "opened"
    assignees: list[User] = field(default_factory=list)
    updated_by: User | None = None
    last_edited_at: datetime | None = None
    last_edited_by: User | None = None
    closed_at: datetime | None = None


@dataclass(eq=False, slots=True, kw_only=True)
class Issue(Issuable):
    """An issue, or another work item where `type` says so ("Task", "Incident", …)."""

    noteable_type: ClassVar[str] = "Issue"
    path_format: ClassVar[str] = "{0.collection}/{0.iid}"
    label_format: ClassVar[str] = "#{0.iid} {0.title}"
    type: str = "Issue"
    confidential: bool = False

    @property
    def collection(self) -> str:
        """Return under which name GitLab lists it."""
        return "issues" if self.type == "Issue" else "work_items"


@dataclass(eq=False, slots=True, kw_only=True)
class MergeRequest(Issuable):
    """A merge request; `reviewers` maps each reviewer to their state ("unreviewed", "approved", …).

    `pipeline` is the status of its newest pipeline, "" for none.
    """

    noteable_type: ClassVar[str] = "MergeRequest"
    path_format: ClassVar[str] = "merge_requests/{0.iid}"
    label_format: ClassVar[str] = "!{0.iid} {0.title}"
    source_branch: str
    last_commit: Commit
    reviewers: dict[User, str] = field(default_factory=dict)
    approved_by: list[User] = field(default_factory=list)
    merge_status: str = "can_be_merged"
    merge_commit_sha: str | None = None
    prepared_at: datetime | None = None
    pipeline: str = ""

    @property
    def draft(self) -> bool:
        """Say whether the title marks it as a draft."""
        return self.title.startswith(DRAFT)

    @property
    def approved(self) -> bool:
        """Say whether enough people have approved; without a rule one is enough."""
        return len(self.approved_by) >= max(1, self.project.approvals_required)
