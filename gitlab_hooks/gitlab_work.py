"""What the adapter asks GitLab about open merge requests: the lists, and how far each is.

Source: https://docs.gitlab.com/api/merge_requests/#list-merge-requests and
https://docs.gitlab.com/api/merge_request_approvals/; what a GitLab does not have counts as nothing.
"""

import msgspec

from gitlab_hooks.draft import is_draft
from gitlab_hooks.gate import Client
from gitlab_hooks.gitlab_answers import UserAnswer, user_of
from gitlab_hooks.lookups import MergeRequest, Party, Progress, ProjectId, User, UserId
from gitlab_hooks.times import milliseconds

MOST = 100
"""Merge requests in one list: one page, the largest that GitLab gives."""


class ReferencesAnswer(msgspec.Struct, frozen=True):
    """How a thing is written from afar: `web/shop!42` (GitLab 12.7)."""

    full: str = ""


class RequestAnswer(msgspec.Struct, frozen=True):
    """A row of `GET /merge_requests`; `reviewers` came with GitLab 13.8, `draft` with 13.2."""

    iid: int
    project_id: ProjectId
    title: str = ""
    web_url: str = ""
    created_at: str | None = None
    draft: bool | None = None
    work_in_progress: bool | None = None
    author: UserAnswer | None = None
    assignees: tuple[UserAnswer, ...] = ()
    reviewers: tuple[UserAnswer, ...] = ()
    references: ReferencesAnswer = ReferencesAnswer()


class PipelineAnswer(msgspec.Struct, frozen=True):
    """The pipeline of a merge request."""

    status: str = ""


class StateAnswer(msgspec.Struct, frozen=True):
    """`GET …/merge_requests/:iid`: as much of it as lists do not tell."""

    head_pipeline: PipelineAnswer | None = None
    has_conflicts: bool = False


class ApproverAnswer(msgspec.Struct, frozen=True):
    """Somebody who has approved."""

    user: UserAnswer


class ApprovalsAnswer(msgspec.Struct, frozen=True):
    """`GET …/approvals`; `approved` is not told by every edition, and true where nobody has to approve."""

    approved: bool | None = None
    approved_by: tuple[ApproverAnswer, ...] = ()


class ReviewAnswer(msgspec.Struct, frozen=True):
    """A row of `GET …/reviewers`."""

    user: UserAnswer
    state: str = ""


def merge_requests(client: Client, party: Party, user_id: UserId) -> tuple[MergeRequest, ...]:
    """Return the open merge requests to which a user is a party, oldest first.

    A GitLab that does not know a filter answers everything: what counts is who stands in the answer.
    """
    query = {"scope": "all", "state": "opened", "order_by": "created_at", "sort": "asc", "per_page": str(MOST)}
    rows = client.get("/merge_requests", list[RequestAnswer], query | {f"{party}_id": str(user_id)}) or []
    return tuple(one for one in map(_request_of, rows) if user_id in {user.id for user in parties(one, party)})


def parties(request: MergeRequest, party: Party) -> tuple[User, ...]:
    """Return who is what to a merge request."""
    authors = (request.author,) if request.author else ()
    return {Party.AUTHOR: authors, Party.ASSIGNEE: request.assignees, Party.REVIEWER: request.reviewers}[party]


def _request_of(row: RequestAnswer) -> MergeRequest:
    return MergeRequest(
        project=row.project_id,
        path=row.references.full.rpartition("!")[0],
        ref=f"!{row.iid}",
        title=row.title,
        url=row.web_url,
        opened=milliseconds(row.created_at) or 0,
        draft=is_draft(draft=row.draft, work_in_progress=row.work_in_progress, title=row.title),
        author=user_of(row.author) if row.author else None,
        assignees=tuple(map(user_of, row.assignees)),
        reviewers=tuple(map(user_of, row.reviewers)),
    )


def progress(client: Client, path: str) -> Progress | None:
    """Return how far the merge request at a path is."""
    state = client.get(path, StateAnswer)
    if state is None:
        return None
    approvals = client.get(f"{path}/approvals", ApprovalsAnswer) or ApprovalsAnswer()
    reviews = client.get(f"{path}/reviewers", list[ReviewAnswer]) or []
    approvers = frozenset(one.user.id for one in approvals.approved_by)
    return Progress(
        approvers=approvers,
        approved=bool(approvers) and approvals.approved is not False,
        reviews={one.user.id: one.state for one in reviews},
        pipeline=state.head_pipeline.status if state.head_pipeline else "",
        conflicts=state.has_conflicts,
    )
