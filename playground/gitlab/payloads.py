"""Webhook payloads about merge requests, issues, comments and emoji, as GitLab 19.3 sends them; pure.

https://docs.gitlab.com/user/project/integrations/webhook_events/
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from playground.gitlab.objects import Award, Commit, Issuable, Issue, MergeRequest, Note, Snippet, Thing, User
from playground.gitlab.shapes import (
    commit_attributes,
    project_attributes,
    repository_attributes,
    reviewers_attributes,
    stamp,
    user_attributes,
    web_url,
)
from playground.gitlab.thing_shapes import (
    issue_attributes,
    merge_request_attributes,
    note_attributes,
    snippet_attributes,
)

Changes = Mapping[str, Any]
"""`changes` of a payload: attribute → {"previous", "current"}."""


def _issuable(url: str, thing: Issuable, kind: str, by: User, changes: Changes) -> dict[str, Any]:
    people = [user_attributes(url, user) for user in thing.assignees]
    return {
        "object_kind": kind,
        "event_type": kind,
        "user": user_attributes(url, by),
        "project": project_attributes(url, thing.project),
        "labels": [],
        "changes": changes,
        "repository": repository_attributes(url, thing.project),
    } | ({"assignees": people} if people else {})


def merge_request(
    url: str,
    mr: MergeRequest,
    by: User,
    action: str,
    changes: Changes,
    *,
    oldrev: str | None = None,
    re_requested: Iterable[User] = (),
) -> dict[str, Any]:
    """Build a merge request event; `oldrev` only for a push, `re_requested` for those who are asked again."""
    attributes = merge_request_attributes(url, mr) | {"action": action} | ({"oldrev": oldrev} if oldrev else {})
    reviewers = reviewers_attributes(url, mr, re_requested)
    return (
        _issuable(url, mr, "merge_request", by, changes)
        | {"object_attributes": attributes}
        | ({"reviewers": reviewers} if reviewers else {})
    )


def issue(url: str, thing: Issue, by: User, action: str, changes: Changes) -> dict[str, Any]:
    """Build an issue event, or a work item event for the other types."""
    kind = "issue" if thing.type == "Issue" else "work_item"
    return _issuable(url, thing, kind, by, changes) | {
        "event_type": f"confidential_{kind}" if thing.confidential else kind,
        "object_attributes": issue_attributes(url, thing) | {"action": action},
    }


_NOTEABLE: Mapping[type[Thing], tuple[str, Callable[[str, Any], dict[str, Any]]]] = {
    MergeRequest: ("merge_request", merge_request_attributes),
    Issue: ("issue", issue_attributes),
    Snippet: ("snippet", snippet_attributes),
    Commit: ("commit", commit_attributes),
}
"""Under which key a comment's payload describes what it is on, and how."""


def _noteable(url: str, thing: Thing) -> dict[str, Any]:
    name, describe = _NOTEABLE[type(thing)]
    return {name: describe(url, thing)}


def is_confidential(thing: Thing, note: Note) -> bool:
    """Say whether a comment is for members only: internal itself, or on a confidential issue."""
    return note.internal or (isinstance(thing, Issue) and thing.confidential)


def note(url: str, thing: Thing, comment: Note, action: str) -> dict[str, Any]:
    """Build a comment event; `user` is the comment's author, even where somebody else edits it."""
    return {
        "object_kind": "note",
        "event_type": "confidential_note" if is_confidential(thing, comment) else "note",
        "user": user_attributes(url, comment.author),
        "project_id": thing.project.id,
        "project": project_attributes(url, thing.project),
        "object_attributes": note_attributes(url, thing, comment) | {"action": action},
        "repository": repository_attributes(url, thing.project),
    } | _noteable(url, thing)


def emoji(url: str, thing: Thing, award: Award, event_type: str) -> dict[str, Any]:
    """Build an emoji event; `event_type` is "award" or "revoke", and a snippet is called `project_snippet` here."""
    noteable = {key.replace("snippet", "project_snippet"): value for key, value in _noteable(url, thing).items()}
    on_note = {"note": note_attributes(url, thing, award.note)} if award.note else {}
    return {
        "object_kind": "emoji",
        "event_type": event_type,
        "user": user_attributes(url, award.user),
        "project_id": thing.project.id,
        "project": project_attributes(url, thing.project),
        "object_attributes": {
            "user_id": award.user.id,
            "created_at": stamp(award.created_at),
            "id": award.id,
            "name": award.name,
            "awardable_type": "Note" if award.note else thing.noteable_type,
            "awardable_id": award.note.id if award.note else thing.id,
            "updated_at": stamp(award.created_at),
            "awarded_on_url": web_url(url, thing, award.note),
        },
        **on_note,
        **noteable,
    }
