"""How merge requests, issues, snippets and comments look inside a webhook's payload, as GitLab 19.3 writes them.

https://docs.gitlab.com/user/project/integrations/webhook_events/
"""

from collections.abc import Mapping
from typing import Any

from playground.gitlab.objects import STATE_IDS, Commit, Issuable, Issue, MergeRequest, Note, Snippet, Thing
from playground.gitlab.shapes import (
    VISIBILITY_LEVELS,
    commit_attributes,
    project_attributes,
    stamp,
    user_id,
    web_url,
)

NO_TIME: Mapping[str, Any] = {
    "time_estimate": 0,
    "total_time_spent": 0,
    "time_change": 0,
    "human_total_time_spent": None,
    "human_time_change": None,
    "human_time_estimate": None,
}
"""Time tracking, which the stand-in does not do."""


def _issuable(url: str, thing: Issuable) -> dict[str, Any]:
    return {
        "assignee_id": user_id(next(iter(thing.assignees), None)),
        "assignee_ids": [user.id for user in thing.assignees],
        "author_id": thing.author.id,
        "created_at": stamp(thing.created_at),
        "description": thing.description,
        "id": thing.id,
        "iid": thing.iid,
        "labels": [],
        "last_edited_at": stamp(thing.last_edited_at),
        "last_edited_by_id": user_id(thing.last_edited_by),
        "milestone_id": None,
        "state": thing.state,
        "state_id": STATE_IDS[thing.state],
        "title": thing.title,
        "updated_at": stamp(thing.updated_at),
        "updated_by_id": user_id(thing.updated_by),
        "url": web_url(url, thing),
        **NO_TIME,
    }


def merge_request_attributes(url: str, mr: MergeRequest) -> dict[str, Any]:
    """Describe a merge request, without the action."""
    project = project_attributes(url, mr.project)
    return _issuable(url, mr) | {
        "draft": mr.draft,
        "head_pipeline_id": None,
        "merge_commit_sha": mr.merge_commit_sha,
        "merge_error": None,
        "merge_params": {"force_remove_source_branch": "1"},
        "merge_status": mr.merge_status,
        "merge_user_id": None,
        "merge_when_pipeline_succeeds": False,
        "source_branch": mr.source_branch,
        "source_project_id": mr.project.id,
        "target_branch": "main",
        "target_project_id": mr.project.id,
        "prepared_at": stamp(mr.prepared_at),
        "blocking_discussions_resolved": True,
        "detailed_merge_status": _detailed_merge_status(mr),
        "first_contribution": False,
        "last_commit": commit_attributes(url, mr.last_commit),
        "reviewer_ids": [user.id for user in mr.reviewers],
        "source": project,
        "system": False,
        "target": project,
        "work_in_progress": mr.draft,
        "approval_rules": [],
    }


def _detailed_merge_status(mr: MergeRequest) -> str:
    if mr.state != "opened":
        return "not_open"
    return "draft_status" if mr.draft else "mergeable"


def issue_attributes(url: str, issue: Issue) -> dict[str, Any]:
    """Describe an issue or another work item, without the action."""
    return _issuable(url, issue) | {
        "closed_at": stamp(issue.closed_at),
        "confidential": issue.confidential,
        "discussion_locked": None,
        "due_date": None,
        "moved_to_id": None,
        "duplicated_to_id": None,
        "project_id": issue.project.id,
        "relative_position": 1026,
        "weight": None,
        "health_status": None,
        "type": issue.type,
        "severity": "unknown",
        "customer_relations_contacts": [],
        "status": {
            "id": "gid://gitlab/WorkItems::Statuses::SystemDefined::Status/1",
            "name": "To do",
            "category": "to_do",
            "description": None,
            "color": "#737278",
        },
    }


def snippet_attributes(url: str, snippet: Snippet) -> dict[str, Any]:
    """Describe a project's snippet."""
    return {
        "id": snippet.id,
        "title": snippet.title,
        "description": "",
        "content": snippet.content,
        "author_id": snippet.author.id,
        "project_id": snippet.project.id,
        "created_at": stamp(snippet.created_at),
        "updated_at": stamp(snippet.updated_at),
        "file_name": snippet.file_name,
        "type": "ProjectSnippet",
        "visibility_level": VISIBILITY_LEVELS[snippet.project.visibility],
        "url": web_url(url, snippet),
    }


def note_attributes(url: str, thing: Thing, note: Note) -> dict[str, Any]:
    """Describe a comment, without the action."""
    on_commit = isinstance(thing, Commit)
    position = _position(note)
    return {
        "author_id": note.author.id,
        "change_position": None,
        "commit_id": thing.sha if isinstance(thing, Commit) else None,
        "created_at": stamp(note.created_at),
        "discussion_id": note.discussion_id,
        "id": note.id,
        "internal": note.internal,
        "line_code": f"{'0' * 40}_{note.position[1]}_{note.position[1]}" if note.position else None,
        "note": note.body,
        "noteable_id": None if on_commit else thing.id,
        "noteable_type": thing.noteable_type,
        "original_position": position,
        "position": position,
        "project_id": thing.project.id,
        "resolved_at": None,
        "resolved_by_id": None,
        "resolved_by_push": None,
        "st_diff": None,
        "system": False,
        "type": note.type,
        "updated_at": stamp(note.updated_at),
        "updated_by_id": user_id(note.updated_by),
        "description": note.body,
        "url": web_url(url, thing, note),
    }


def _position(note: Note) -> dict[str, Any] | None:
    if not note.position:
        return None
    path, line = note.position
    return {
        "base_sha": "0" * 40,
        "start_sha": "0" * 40,
        "head_sha": "1" * 40,
        "old_path": path,
        "new_path": path,
        "position_type": "text",
        "old_line": None,
        "new_line": line,
        "line_range": None,
    }
