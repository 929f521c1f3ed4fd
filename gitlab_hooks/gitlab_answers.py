"""Answers of GitLab's API, as much of them as is read, and what they are to us."""

from datetime import date

import msgspec

from gitlab_hooks.bots import is_bot_name
from gitlab_hooks.lookups import Group, GroupId, Project, ProjectId, User, UserId

FEATURES = ("issues", "merge_requests", "repository", "snippets", "builds", "releases", "wiki")

CLOSED = frozenset({"private", "disabled"})


class UserAnswer(msgspec.Struct, frozen=True):
    """`GET /users/:id` and, with less in it, a user inside other answers."""

    id: UserId
    username: str
    name: str = ""
    state: str = "active"
    email: str | None = None
    public_email: str | None = None
    bot: bool | None = None
    external: bool | None = None


class StatusAnswer(msgspec.Struct, frozen=True):
    """`GET /users/:id/status`, since GitLab 11.2; without a status there are nulls, or nothing, in it."""

    message: str | None = None


class ProjectAnswer(msgspec.Struct, frozen=True):
    """`GET /projects/:id`; what is not told counts as the strictest visibility, and as open to all who see it."""

    id: ProjectId
    visibility: str = "private"
    issues_access_level: str = "enabled"
    merge_requests_access_level: str = "enabled"
    repository_access_level: str = "enabled"
    snippets_access_level: str = "enabled"
    builds_access_level: str = "enabled"
    releases_access_level: str = "enabled"
    wiki_access_level: str = "enabled"


class MembershipAnswer(msgspec.Struct, frozen=True):
    """`GET /projects/:id/members/all/:user_id`."""

    access_level: int
    state: str = "active"
    membership_state: str = "active"
    expires_at: date | None = None


class MemberAnswer(MembershipAnswer, frozen=True, kw_only=True):
    """One row of `GET /projects/:id/members/all` or `GET /groups/:id/members`."""

    id: UserId
    username: str
    name: str = ""


class GroupAnswer(msgspec.Struct, frozen=True):
    """`GET /groups/:id`; a visibility that is not told counts as the strictest."""

    id: GroupId
    full_path: str
    visibility: str = "private"
    mentions_disabled: bool | None = None


class ObjectAnswer(msgspec.Struct, frozen=True):
    """A merge request, an issue, a commit, a snippet or a release."""

    author: UserAnswer | None = None
    assignees: tuple[UserAnswer, ...] = ()
    reviewers: tuple[UserAnswer, ...] = ()
    author_email: str = ""


class NoteAnswer(msgspec.Struct, frozen=True):
    """A comment."""

    author: UserAnswer | None = None
    system: bool = False


class DiscussionAnswer(msgspec.Struct, frozen=True):
    """`GET …/discussions/:id`."""

    notes: tuple[NoteAnswer, ...] = ()


def user_of(user: UserAnswer) -> User:
    """Return a user as we know them."""
    return User(
        id=user.id,
        username=user.username,
        name=user.name,
        email=visible(user.email or user.public_email),
        active=user.state == "active",
        bot=bool(user.bot) or is_bot_name(user.username),
        external=bool(user.external),
    )


def member_of(member: MemberAnswer) -> User:
    """Return a member as we know them; a list of members tells less of a user than the user's own page."""
    return User(member.id, member.username, member.name, bot=is_bot_name(member.username))


def group_of(answer: GroupAnswer) -> Group:
    """Return a group as we know it."""
    return Group(answer.id, answer.full_path, answer.visibility, mentionable=not answer.mentions_disabled)


def visible(email: str | None) -> str:
    """Return an address that may belong to a person, or ""; `[REDACTED]` and those of no mailbox tell nothing."""
    hidden = email is None or "@" not in email or "noreply" in email.lower().replace("-", "")
    return "" if hidden else str(email)


def project_of(answer: ProjectAnswer) -> Project:
    """Return what decides who may read a project."""
    levels = {feature: getattr(answer, f"{feature}_access_level") for feature in FEATURES}
    members_only = frozenset(feature for feature, level in levels.items() if level in CLOSED)
    return Project(answer.id, answer.visibility, members_only)


def in_force(member: MembershipAnswer, today: date) -> bool:
    """Say whether a membership counts; it ends at the start of the day on which it expires."""
    states = {member.state, member.membership_state}
    return states == {"active"} and (member.expires_at is None or today < member.expires_at)
