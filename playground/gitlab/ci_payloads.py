"""Webhook payloads about pushes, pipelines, deployments and releases, as GitLab 19.3 sends them; pure.

https://docs.gitlab.com/user/project/integrations/webhook_events/
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from playground.gitlab.objects import Commit, MergeRequest, Project, User
from playground.gitlab.shapes import (
    VISIBILITY_LEVELS,
    avatar_url,
    commit_attributes,
    project_attributes,
    repository_attributes,
    stamp,
    user_attributes,
    web_url,
)

DONE = ("success", "failed", "canceled")
RUN_SECONDS = 63


@dataclass(frozen=True, slots=True)
class Pipeline:
    """A pipeline on a commit, of a branch or of a merge request."""

    id: int
    iid: int
    commit: Commit
    user: User
    status: str
    ref: str
    created_at: datetime
    mr: MergeRequest | None = None

    @property
    def finished_at(self) -> datetime | None:
        """Return when it ended, None while it runs."""
        return self.created_at + timedelta(seconds=RUN_SECONDS) if self.status in DONE else None


def _of_merge_request(url: str, mr: MergeRequest) -> dict[str, Any]:
    """Describe a pipeline's merge request: the short form, without its author."""
    return {
        "id": mr.id,
        "iid": mr.iid,
        "title": mr.title,
        "source_branch": mr.source_branch,
        "source_project_id": mr.project.id,
        "target_branch": "main",
        "target_project_id": mr.project.id,
        "state": mr.state,
        "merge_status": mr.merge_status,
        "detailed_merge_status": "mergeable",
        "url": web_url(url, mr),
    }


def _build(url: str, run: Pipeline) -> dict[str, Any]:
    return {
        "id": run.id * 10,
        "stage": "test",
        "name": "unit",
        "status": run.status,
        "created_at": stamp(run.created_at),
        "started_at": stamp(run.created_at),
        "finished_at": stamp(run.finished_at),
        "duration": RUN_SECONDS if run.finished_at else None,
        "queued_duration": 1.0,
        "failure_reason": "script_failure" if run.status == "failed" else None,
        "when": "on_success",
        "manual": False,
        "allow_failure": False,
        "user": user_attributes(url, run.user),
        "runner": None,
        "artifacts_file": {"filename": None, "size": None},
        "environment": None,
    }


def pipeline(url: str, run: Pipeline) -> dict[str, Any]:
    """Build a pipeline event."""
    project = run.commit.project
    return {
        "object_kind": "pipeline",
        "object_attributes": {
            "id": run.id,
            "iid": run.iid,
            "name": None,
            "ref": run.ref,
            "tag": False,
            "sha": run.commit.sha,
            "before_sha": "0" * 40,
            "source": "merge_request_event" if run.mr else "push",
            "status": run.status,
            "detailed_status": {"success": "passed"}.get(run.status, run.status),
            "stages": ["test"],
            "created_at": stamp(run.created_at),
            "finished_at": stamp(run.finished_at),
            "duration": RUN_SECONDS if run.finished_at else None,
            "queued_duration": 1,
            "protected_ref": run.ref == "main",
            "variables": [],
            "url": f"{url}/{project.full_path}/-/pipelines/{run.id}",
        },
        "merge_request": _of_merge_request(url, run.mr) if run.mr else None,
        "user": user_attributes(url, run.user),
        "project": project_attributes(url, project),
        "commit": commit_attributes(url, run.commit),
        "builds": [_build(url, run)],
    }


def push(url: str, commit: Commit, by: User, ref: str, before: str) -> dict[str, Any]:
    """Build a push event of one commit."""
    project = commit.project
    whole = project_attributes(url, project)
    changed = {"added": [], "modified": ["src/basket.py"], "removed": []}
    return {
        "object_kind": "push",
        "event_name": "push",
        "before": before,
        "after": commit.sha,
        "ref": f"refs/heads/{ref}",
        "ref_protected": ref == "main",
        "checkout_sha": commit.sha,
        "message": None,
        "user_id": by.id,
        "user_name": by.name,
        "user_username": by.username,
        "user_email": by.public_email,
        "user_avatar": avatar_url(url, by),
        "project_id": project.id,
        "project": whole,
        "commits": [commit_attributes(url, commit) | changed],
        "total_commits_count": 1,
        "push_options": {},
        "repository": repository_attributes(url, project)
        | {key: whole[key] for key in ("git_http_url", "git_ssh_url")}
        | {"visibility_level": VISIBILITY_LEVELS[project.visibility]},
    }


def deployment(url: str, number: int, commit: Commit, by: User, status: str, at: datetime) -> dict[str, Any]:
    """Build a deployment event."""
    return {
        "object_kind": "deployment",
        "status": status,
        "status_changed_at": stamp(at),
        "deployment_id": number,
        "deployable_id": number * 10,
        "deployable_url": f"{url}/{commit.project.full_path}/-/jobs/{number * 10}",
        "environment": "production",
        "environment_tier": "production",
        "environment_slug": "production",
        "environment_external_url": None,
        "project": project_attributes(url, commit.project),
        "short_sha": commit.sha[:8],
        "user": user_attributes(url, by),
        "user_url": f"{url}/{by.username}",
        "commit_url": web_url(url, commit),
        "commit_title": commit.title,
        "ref": "main",
    }


def release(url: str, number: int, project: Project, commit: Commit, tag: str, at: datetime) -> dict[str, Any]:
    """Build a release event; it names no user."""
    web = f"{url}/{project.full_path}/-"
    archives = {"zip": f"{web}/archive/{tag}/{project.path}-{tag}.zip"}
    return {
        "id": number,
        "created_at": stamp(at),
        "description": f"What is new in {tag}",
        "name": tag,
        "released_at": stamp(at),
        "tag": tag,
        "object_kind": "release",
        "project": project_attributes(url, project),
        "url": f"{web}/releases/{tag}",
        "action": "create",
        "assets": {
            "count": len(archives),
            "links": [],
            "sources": [{"format": kind, "url": address} for kind, address in archives.items()],
        },
        "commit": commit_attributes(url, commit),
    }
