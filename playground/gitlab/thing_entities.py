"""How merge requests, issues, commits, … look in the answers of the REST API v4; https://docs.gitlab.com/api/rest/."""

from collections.abc import Iterable
from itertools import groupby
from typing import Any

from playground.gitlab.entities import user_basic
from playground.gitlab.objects import Commit, Issuable, Issue, MergeRequest, Note, Snippet, Thing
from playground.gitlab.shapes import stamp, web_url


def _issuable(url: str, thing: Issuable) -> dict[str, Any]:
    return {
        "id": thing.id,
        "iid": thing.iid,
        "project_id": thing.project.id,
        "title": thing.title,
        "description": thing.description,
        "state": thing.state,
        "created_at": stamp(thing.created_at),
        "updated_at": stamp(thing.updated_at),
        "closed_at": stamp(thing.closed_at),
        "author": user_basic(url, thing.author),
        "assignees": [user_basic(url, user) for user in thing.assignees],
        "assignee": user_basic(url, next(iter(thing.assignees), None)),
        "labels": [],
        "user_notes_count": len(thing.notes),
        "web_url": web_url(url, thing),
        "references": {"short": thing.label.split()[0], "full": f"{thing.project.full_path}{thing.label.split()[0]}"},
    }


def merge_request(url: str, mr: MergeRequest) -> dict[str, Any]:
    """Describe a merge request."""
    return _issuable(url, mr) | {
        "draft": mr.draft,
        "work_in_progress": mr.draft,
        "reviewers": [user_basic(url, user) for user in mr.reviewers],
        "source_branch": mr.source_branch,
        "target_branch": "main",
        "source_project_id": mr.project.id,
        "target_project_id": mr.project.id,
        "sha": mr.last_commit.sha,
        "merge_commit_sha": mr.merge_commit_sha,
        "merge_status": mr.merge_status,
        "has_conflicts": mr.merge_status == "cannot_be_merged",
        "prepared_at": stamp(mr.prepared_at),
    }


def one_merge_request(url: str, mr: MergeRequest) -> dict[str, Any]:
    """Describe a merge request by itself, with what no list tells."""
    return merge_request(url, mr) | {"head_pipeline": {"status": mr.pipeline} if mr.pipeline else None}


def issue(url: str, thing: Issue) -> dict[str, Any]:
    """Describe an issue."""
    return _issuable(url, thing) | {
        "confidential": thing.confidential,
        "type": thing.type.upper(),
        "issue_type": thing.type.lower(),
        "due_date": None,
    }


def commit(url: str, thing: Commit) -> dict[str, Any]:
    """Describe a commit; its author is git's."""
    return {
        "id": thing.sha,
        "short_id": thing.sha[:8],
        "title": thing.title,
        "message": f"{thing.title}\n",
        "author_name": thing.author_name,
        "author_email": thing.author_email,
        "authored_date": stamp(thing.created_at),
        "committer_name": thing.author_name,
        "committer_email": thing.author_email,
        "committed_date": stamp(thing.created_at),
        "created_at": stamp(thing.created_at),
        "parent_ids": [],
        "web_url": web_url(url, thing),
    }


def snippet(url: str, thing: Snippet) -> dict[str, Any]:
    """Describe a project's snippet."""
    return {
        "id": thing.id,
        "title": thing.title,
        "file_name": thing.file_name,
        "description": "",
        "visibility": thing.project.visibility,
        "author": user_basic(url, thing.author),
        "created_at": stamp(thing.created_at),
        "updated_at": stamp(thing.updated_at),
        "project_id": thing.project.id,
        "web_url": web_url(url, thing),
    }


def note(url: str, thing: Thing, comment: Note) -> dict[str, Any]:
    """Describe a comment."""
    return {
        "id": comment.id,
        "type": comment.type,
        "body": comment.body,
        "author": user_basic(url, comment.author),
        "created_at": stamp(comment.created_at),
        "updated_at": stamp(comment.updated_at),
        "system": False,
        "noteable_id": thing.id,
        "noteable_type": thing.noteable_type,
        "project_id": thing.project.id,
        "resolvable": comment.type is not None,
        "internal": comment.internal,
        "confidential": comment.internal,
    }


def discussions(url: str, thing: Thing) -> list[dict[str, Any]]:
    """Describe every thread of a thing, in the order in which they were opened."""
    order = list(dict.fromkeys(comment.discussion_id for comment in thing.notes))
    by_thread = sorted(thing.notes, key=lambda comment: order.index(comment.discussion_id))
    return [_discussion(url, thing, key, comments) for key, comments in groupby(by_thread, lambda c: c.discussion_id)]


def _discussion(url: str, thing: Thing, key: str, comments: Iterable[Note]) -> dict[str, Any]:
    notes = [note(url, thing, comment) for comment in comments]
    return {"id": key, "individual_note": len(notes) == 1 and notes[0]["type"] is None, "notes": notes}


def approvals(url: str, mr: MergeRequest) -> dict[str, Any]:
    """Describe who approved a merge request."""
    return {
        "id": mr.id,
        "iid": mr.iid,
        "project_id": mr.project.id,
        "title": mr.title,
        "state": mr.state,
        "approved": mr.approved,
        "approvals_required": mr.project.approvals_required,
        "approvals_left": max(0, mr.project.approvals_required - len(mr.approved_by)),
        "approved_by": [{"user": user_basic(url, user)} for user in mr.approved_by],
    }
