"""How people, projects and commits look inside a webhook's payload, key by key as GitLab 19.3 writes them.

https://docs.gitlab.com/user/project/integrations/webhook_events/
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from playground.gitlab.objects import Commit, MergeRequest, Note, Project, Thing, User

VISIBILITY_LEVELS = {"private": 0, "internal": 10, "public": 20}


def stamp(at: datetime | None) -> str | None:
    """Write a time as payloads since GitLab 19.0 do: ISO 8601, milliseconds, UTC."""
    return at.strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03d}Z" if at else None


def user_id(user: User | None) -> int | None:
    """Return the id of a user who may be missing."""
    return user.id if user else None


def avatar_url(url: str, user: User) -> str:
    """Return the address of a user's picture."""
    return f"{url}/uploads/-/system/user/avatar/{user.id}/avatar.png"


def user_attributes(url: str, user: User) -> dict[str, Any]:
    """Describe the actor, an assignee, …; the address is the public one or hidden."""
    return {
        "id": user.id,
        "name": user.name,
        "username": user.username,
        "avatar_url": avatar_url(url, user),
        "email": user.public_email or "[REDACTED]",
    }


def reviewer_attributes(url: str, user: User, state: str, *, re_requested: bool = False) -> dict[str, Any]:
    """Describe a reviewer, with the state of their review (GitLab 18.6 and later)."""
    return {
        "id": user.id,
        "name": user.name,
        "username": user.username,
        "state": state,
        "re_requested": re_requested,
        "avatar_url": avatar_url(url, user),
        "email": user.public_email or "[REDACTED]",
    }


def reviewers_attributes(url: str, mr: MergeRequest, re_requested: Iterable[User] = ()) -> list[dict[str, Any]]:
    """Describe all reviewers of a merge request."""
    again = set(re_requested)
    return [reviewer_attributes(url, user, state, re_requested=user in again) for user, state in mr.reviewers.items()]


def project_attributes(url: str, project: Project) -> dict[str, Any]:
    """Describe a project."""
    web = f"{url}/{project.full_path}"
    ssh = f"git@{urlsplit(url).hostname}:{project.full_path}.git"
    return {
        "id": project.id,
        "name": project.path,
        "description": project.description,
        "web_url": web,
        "avatar_url": None,
        "git_ssh_url": ssh,
        "git_http_url": f"{web}.git",
        "namespace": project.group.name,
        "visibility_level": VISIBILITY_LEVELS[project.visibility],
        "path_with_namespace": project.full_path,
        "default_branch": "main",
        "ci_config_path": "",
        "homepage": web,
        "url": ssh,
        "ssh_url": ssh,
        "http_url": f"{web}.git",
    }


def repository_attributes(url: str, project: Project) -> dict[str, Any]:
    """Describe a repository, the old short form of a project."""
    whole = project_attributes(url, project)
    return {key: whole[key] for key in ("name", "url", "description", "homepage")}


def web_url(url: str, thing: Thing, note: Note | None = None) -> str:
    """Return the address of a thing in the browser, or of a comment on it."""
    return f"{url}/{thing.project.full_path}/-/{thing.path}" + (f"#note_{note.id}" if note else "")


def commit_attributes(url: str, commit: Commit) -> dict[str, Any]:
    """Describe a commit; its author is git's."""
    return {
        "id": commit.sha,
        "message": f"{commit.title}\n",
        "title": commit.title,
        "timestamp": commit.created_at.isoformat(timespec="seconds"),
        "url": web_url(url, commit),
        "author": {"name": commit.author_name, "email": commit.author_email},
    }
