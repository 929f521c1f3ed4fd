"""What one does to merge requests and issues alike: edit, assign, close and reopen.

Every action here and in the modules beside it changes the state as GitLab would, and sends the webhook that GitLab
sends.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from playground.gitlab import payloads
from playground.gitlab.changes import difference, tracked
from playground.gitlab.objects import Issuable, Issue, MergeRequest, User
from playground.gitlab.state import GitLab

_BUILDERS: Mapping[type[Issuable], Callable[..., dict[str, Any]]] = {
    MergeRequest: payloads.merge_request,
    Issue: payloads.issue,
}


def announce(gitlab: GitLab, thing: Issuable, by: User, action: str, changes: payloads.Changes, **extra: Any) -> None:
    """Send the event about a merge request or an issue; `extra` goes to `payloads.merge_request`."""
    with gitlab.lock:
        payload = _BUILDERS[type(thing)](gitlab.url, thing, by, action, changes, **extra)
    gitlab.fire(thing.project, payload)


def change(gitlab: GitLab, thing: Issuable, by: User, action: str = "update", **attributes: Any) -> None:
    """Set attributes, and send the event that tells what changed."""
    with gitlab.lock:
        before = tracked(gitlab.url, thing)
        set_all(thing, **attributes, updated_at=gitlab.clock(), updated_by=by)
        changes = difference(before, tracked(gitlab.url, thing))
    announce(gitlab, thing, by, action, changes)


def set_all(thing: Issuable, **attributes: Any) -> None:
    """Set attributes by name."""
    for name, value in attributes.items():
        setattr(thing, name, value)


def edit(
    gitlab: GitLab, thing: Issuable, by: User, *, title: str | None = None, description: str | None = None
) -> None:
    """Change the title, the description, or both."""
    given = {"title": title, "description": description}
    changed = {name: value for name, value in given.items() if value is not None}
    change(gitlab, thing, by, **changed, last_edited_at=gitlab.clock(), last_edited_by=by)


def assign(gitlab: GitLab, thing: Issuable, by: User, *users: User) -> None:
    """Add assignees."""
    change(gitlab, thing, by, assignees=[*thing.assignees, *(user for user in users if user not in thing.assignees)])


def unassign(gitlab: GitLab, thing: Issuable, by: User, *users: User) -> None:
    """Take assignees away."""
    change(gitlab, thing, by, assignees=[user for user in thing.assignees if user not in users])


def close(gitlab: GitLab, thing: Issuable, by: User) -> None:
    """Close it."""
    change(gitlab, thing, by, "close", state="closed", closed_at=gitlab.clock())


def reopen(gitlab: GitLab, thing: Issuable, by: User) -> None:
    """Open it again."""
    change(gitlab, thing, by, "reopen", state="opened", closed_at=None)


def participants(thing: Issuable) -> Sequence[User]:
    """Return who takes part, as `…/participants` does: author, assignees, and whoever commented."""
    reviewers = list(thing.reviewers) if isinstance(thing, MergeRequest) else []
    everybody = [thing.author, *thing.assignees, *reviewers, *(note.author for note in thing.notes)]
    return list(dict.fromkeys(everybody))
