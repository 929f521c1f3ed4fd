"""The list of all merge requests, and its filters; https://docs.gitlab.com/api/merge_requests/."""

from collections.abc import Iterator
from typing import Any

from playground.gitlab import thing_entities
from playground.gitlab.calls import Call
from playground.gitlab.objects import MergeRequest, Project

FILTERS = ("state", "author_id", "assignee_id", "reviewer_id")


def listed(call: Call) -> Any:
    """List the merge requests that the caller may see, oldest first, by `FILTERS`."""
    found = [mr for project in call.gitlab.projects.values() if call.sees(project) for mr in _chosen(call, project)]
    return [thing_entities.merge_request(call.url, mr) for mr in sorted(found, key=lambda mr: (mr.created_at, mr.id))]


def _chosen(call: Call, project: Project) -> Iterator[MergeRequest]:
    wanted = {name: call.req.get_param(name) for name in FILTERS}
    for mr in project.merge_requests.values():
        has = {
            "state": [mr.state],
            "author_id": [str(mr.author.id)],
            "assignee_id": [str(user.id) for user in mr.assignees],
            "reviewer_id": [str(user.id) for user in mr.reviewers],
        }
        if all(value is None or value in has[name] for name, value in wanted.items()):
            yield mr
