"""How people and projects look in the answers of the REST API v4; https://docs.gitlab.com/api/rest/."""

from typing import Any

from playground.gitlab.objects import Group, Project, User
from playground.gitlab.shapes import avatar_url, project_attributes, stamp

FEATURES = ("issues", "merge_requests", "repository", "snippets", "wiki", "builds", "forking", "analytics")


def user_basic(url: str, user: User | None) -> dict[str, Any] | None:
    """Describe a user as other things name them."""
    if user is None:
        return None
    return {
        "id": user.id,
        "username": user.username,
        "public_email": user.public_email,
        "name": user.name,
        "state": user.state,
        "locked": False,
        "avatar_url": avatar_url(url, user),
        "web_url": f"{url}/{user.username}",
    }


def user_full(url: str, user: User, *, admin: bool) -> dict[str, Any]:
    """Describe a user by themselves; only an administrator sees the address of the account."""
    seen = {"email": user.email, "external": user.external, "is_admin": user.admin} if admin else {}
    return (user_basic(url, user) or {}) | {"bot": user.bot, "bio": "", "location": None, "job_title": None} | seen


def status(user: User) -> dict[str, Any]:
    """Describe the status of a user; every field is null where there is none."""
    message = user.status or None
    html = f"<p>{user.status}</p>" if message else None
    values: dict[str, Any] = {"emoji": "speech_balloon" if message else None, "message": message, "message_html": html}
    return values | {"availability": "not_set" if message else None, "clear_status_at": None}


def member(url: str, user: User, level: int) -> dict[str, Any]:
    """Describe a member of a project or a group."""
    return (user_basic(url, user) or {}) | {
        "access_level": level,
        "expires_at": None,
        "membership_state": "active",
    }


def group(url: str, thing: Group) -> dict[str, Any]:
    """Describe a group as other things name it."""
    return {
        "id": thing.id,
        "name": thing.name,
        "path": thing.path,
        "full_path": thing.full_path,
        "parent_id": thing.parent.id if thing.parent else None,
        "web_url": f"{url}/groups/{thing.full_path}",
    }


def group_full(url: str, thing: Group) -> dict[str, Any]:
    """Describe a group by itself; https://docs.gitlab.com/api/groups/#get-a-single-group."""
    return group(url, thing) | {
        "full_name": f"{thing.parent.name} / {thing.name}" if thing.parent else thing.name,
        "description": "",
        "visibility": thing.visibility,
        "mentions_disabled": thing.mentions_disabled or None,
    }


def project(url: str, thing: Project) -> dict[str, Any]:
    """Describe a project; a feature's access level is "enabled", "private" or "disabled"."""
    whole = project_attributes(url, thing)
    return {
        "id": thing.id,
        "name": thing.path,
        "name_with_namespace": f"{thing.group.name} / {thing.path}",
        "path": thing.path,
        "path_with_namespace": thing.full_path,
        "description": thing.description,
        "default_branch": "main",
        "visibility": thing.visibility,
        "web_url": whole["web_url"],
        "avatar_url": None,
        "archived": thing.archived,
        "created_at": stamp(thing.created_at),
        "namespace": group(url, thing.group) | {"kind": "group"},
        **{f"{name}_access_level": thing.features.get(name, "enabled") for name in FEATURES},
    }
