"""What an edit changed, as `changes` in a payload tells it; pure."""

from collections.abc import Callable, Mapping
from typing import Any

from playground.gitlab.objects import Issuable, Issue, MergeRequest
from playground.gitlab.shapes import reviewers_attributes, user_attributes
from playground.gitlab.thing_shapes import issue_attributes, merge_request_attributes

_BOTH = (
    "title",
    "description",
    "state_id",
    "updated_at",
    "updated_by_id",
    "last_edited_at",
    "last_edited_by_id",
)
_MERGE_REQUEST = (*_BOTH, "draft", "merge_status", "merge_commit_sha", "prepared_at")
_ISSUE = (*_BOTH, "closed_at", "confidential")
_CREATED = ("author_id", "created_at", "description", "id", "iid", "project_id", "title", "updated_at")


_TRACKED: Mapping[type[Issuable], tuple[Callable[[str, Any], dict[str, Any]], tuple[str, ...]]] = {
    MergeRequest: (merge_request_attributes, _MERGE_REQUEST),
    Issue: (issue_attributes, _ISSUE),
}


def tracked(url: str, thing: Issuable) -> dict[str, Any]:
    """Take down everything whose change GitLab reports."""
    describe, names = _TRACKED[type(thing)]
    attributes = describe(url, thing)
    reviewers = {"reviewers": reviewers_attributes(url, thing)} if isinstance(thing, MergeRequest) else {}
    assignees = {"assignees": [user_attributes(url, user) for user in thing.assignees]}
    return {name: attributes[name] for name in names} | assignees | reviewers


def difference(before: dict[str, Any], after: dict[str, Any]) -> dict[str, Any]:
    """Return attribute → {"previous", "current"} for what differs."""
    return {
        key: {"previous": previous, "current": after[key]} for key, previous in before.items() if previous != after[key]
    }


def created(url: str, issue: Issue) -> dict[str, Any]:
    """Return what `changes` says of a new issue: every attribute set at its creation, from null."""
    attributes = issue_attributes(url, issue)
    changes = {key: {"previous": None, "current": attributes[key]} for key in _CREATED}
    return changes | ({"confidential": {"previous": False, "current": True}} if issue.confidential else {})
