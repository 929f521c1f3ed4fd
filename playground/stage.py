"""What the page shows of GitLab: what can be done there, to what, and what became of the webhooks."""

import json
from collections.abc import Mapping
from typing import Any

from playground.acts import ACTS, SCOPES
from playground.gitlab.hooks import Delivery
from playground.gitlab.objects import Issuable, Project, User
from playground.gitlab.state import GitLab
from playground.mattermost.faults import Faults
from playground.scene import NotNow, Scene

LOG_LENGTH = 40
STATUS_LENGTH = 100


def scopes() -> list[dict[str, Any]]:
    """Describe the buttons, group by group."""
    return [
        {
            "title": scope.title,
            "on": scope.on,
            "acts": [{"name": act.name, "label": act.label, "hint": act.hint} for act in scope.acts],
        }
        for scope in SCOPES
    ]


def choices(gitlab: GitLab, project: Project) -> dict[str, Any]:
    """List who can act, and on what, the newest first."""
    with gitlab.lock:
        return {
            "who": [{"name": user.username, "full_name": user.name} for user in members(gitlab, project)],
            "accounts": [_account(user) for user in gitlab.users.values() if not user.bot],
            "merge_request": [_choice(mr) for mr in _newest_first(project.merge_requests)],
            "issue": [_choice(issue) for issue in _newest_first(project.issues)],
        }


def _account(user: User) -> dict[str, Any]:
    return {"name": user.username, "full_name": user.name, "status": user.status}


def set_status(gitlab: GitLab, name: str, message: str) -> str:
    """Set what a user shows beside their name, "" for nothing, and say so; KeyError where there is no such user.

    GitLab keeps a hundred characters: https://docs.gitlab.com/api/users/#set-your-user-status
    """
    user = gitlab.user(name)
    with gitlab.lock:
        user.status = message.strip()[:STATUS_LENGTH]
    gitlab.bell.ring()
    return f"{user.name} shows “{user.status}” in GitLab." if user.status else f"{user.name} shows no status in GitLab."


def members(gitlab: GitLab, project: Project) -> list[Any]:
    """Return the people of a project, in the order in which they joined GitLab."""
    return [user for user in gitlab.users.values() if project.access_level(user.id) and not user.bot]


def _newest_first(things: Mapping[int, Any]) -> list[Any]:
    return [things[iid] for iid in sorted(things, reverse=True)]


def _choice(thing: Issuable) -> dict[str, Any]:
    return {"iid": thing.iid, "label": thing.label, "state": thing.state}


def log(gitlab: GitLab) -> list[dict[str, Any]]:
    """List the newest deliveries first, each with what the receiver answered."""
    with gitlab.lock:
        newest = list(gitlab.deliveries)[-LOG_LENGTH:]
    return [_entry(delivery) for delivery in reversed(newest)]


def _entry(delivery: Delivery) -> dict[str, Any]:
    return {
        "id": delivery.id,
        "event": delivery.event.name,
        "action": _action(delivery.body),
        "status": delivery.status,
    }


def _action(body: bytes) -> str:
    """Return in a word what a payload says happened."""
    try:
        payload = json.loads(body)
    except ValueError:
        return "no JSON"
    attributes = payload.get("object_attributes", payload)
    words = (attributes.get("action"), attributes.get("status"), payload.get("event_type"), payload.get("event_name"))
    return next((str(word) for word in words if word), "")


def act(gitlab: GitLab, project: Project, faults: Faults, name: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """Do an act as a page asks; KeyError where there is no such act, person, merge request or issue.

    `given` may name "who" acts (a user name of GitLab), the "merge_request" and the "issue" (by iid) it happens to;
    otherwise the usual one acts, on the newest. The answer says what happened ("said") or why not ("not_now"), and
    on which "merge_request" and "issue" to go on.
    """
    before = (max(project.merge_requests), max(project.issues))
    scene = Scene(
        gitlab,
        project,
        tuple(members(gitlab, project)),
        project.merge_requests[given.get("merge_request") or before[0]],
        project.issues[given.get("issue") or before[1]],
        faults,
        gitlab.user(given["who"]) if given.get("who") else None,
    )
    try:
        said = {"said": ACTS[name].run(scene)}
    except NotNow as reason:
        said = {"not_now": str(reason)}
    after = (max(project.merge_requests), max(project.issues))
    return said | {
        "merge_request": after[0] if after[0] != before[0] else scene.mr.iid,
        "issue": after[1] if after[1] != before[1] else scene.issue.iid,
    }
