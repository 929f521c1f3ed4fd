"""Who may read what: checked against the recipient before any text is made for them.

Source: https://docs.gitlab.com/user/permissions/, https://docs.gitlab.com/user/project/issues/confidential_issues/ and
https://docs.gitlab.com/user/discussions/#add-an-internal-note.
"""

from dataclasses import dataclass

from gitlab_hooks.event import Thing
from gitlab_hooks.lookups import Project, User

GUEST = 10
PLANNER = 15
"""Planner came with GitLab 17.7; Reporter is 20, and nothing lies between."""

FOR_GUESTS = frozenset({"issues", "releases", "wiki"})
"""The features of a private project that its guests may read."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What a person is to a project: their access level (0: no member), and whether the thing names them.

    `party` says that the thing has them as author or assignee.
    """

    level: int
    party: bool


def open_to(thing: Thing, project: Project | None, user: User) -> bool:
    """Say whether a project lets a user read what is not confidential in it without being a member.

    A project that the token cannot see counts as private, and so does a feature that is for members only.
    """
    if project is None or thing.feature in project.members_only:
        return False
    return project.visibility == "public" or (project.visibility == "internal" and not user.external)


def may_read(thing: Thing, project: Project | None, user: User, standing: Standing) -> bool:
    """Say whether a user may read a thing.

    Something confidential is for members from Planner on, and for its author and assignees where they are let in; an
    internal note is for members from Planner on alone
    (https://gitlab.com/gitlab-org/gitlab/-/merge_requests/98588, GitLab 15.6).
    """
    let_in = open_to(thing, project, user) or standing.level >= (GUEST if thing.feature in FOR_GUESTS else PLANNER)
    if thing.internal:
        return standing.level >= PLANNER
    return let_in and (not thing.confidential or standing.party or standing.level >= PLANNER)
