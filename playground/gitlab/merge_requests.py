"""What one does to merge requests alone."""

import hashlib
from collections.abc import Iterable, Sequence

from playground.gitlab import ci
from playground.gitlab.issuables import announce, change, set_all
from playground.gitlab.objects import DRAFT, Commit, MergeRequest, Project, User
from playground.gitlab.shapes import reviewers_attributes, stamp
from playground.gitlab.state import GitLab


def add_commit(gitlab: GitLab, project: Project, by: User, title: str) -> Commit:
    """Add a commit to a project's repository; by itself it sends nothing."""
    with gitlab.lock:
        number = gitlab.next_id("commit")
        now = gitlab.clock()
        commit = Commit(
            id=number,
            project=project,
            sha=hashlib.sha1(f"{project.id} {number}".encode(), usedforsecurity=False).hexdigest(),
            title=title,
            author_name=by.name,
            author_email=by.email,
            created_at=now,
            updated_at=now,
        )
        project.commits[commit.sha] = commit
        return commit


def open_merge_request(
    gitlab: GitLab,
    project: Project,
    by: User,
    title: str,
    *,
    description: str = "",
    draft: bool = False,
    assignees: Sequence[User] = (),
    reviewers: Sequence[User] = (),
) -> MergeRequest:
    """Open a merge request; the event comes once its diffs are prepared, which `changes` shows."""
    with gitlab.lock:
        commit = add_commit(gitlab, project, by, title)
        iid = gitlab.next_iid(project, "merge request")
        mr = MergeRequest(
            id=gitlab.next_id("merge_request"),
            iid=iid,
            project=project,
            author=by,
            title=f"{DRAFT}{title}" if draft else title,
            description=description,
            assignees=list(assignees),
            reviewers=dict.fromkeys(reviewers, "unreviewed"),
            source_branch=f"{by.username}/{iid}",
            last_commit=commit,
            created_at=commit.created_at,
            updated_at=commit.created_at,
            merge_status="checking",
            prepared_at=gitlab.clock(),
        )
        project.merge_requests[mr.iid] = mr
    announce(gitlab, mr, by, "open", _prepared(mr))
    mr.merge_status = "can_be_merged"
    return mr


def _prepared(mr: MergeRequest) -> dict[str, dict[str, str | None]]:
    """Return the only changes that a new merge request's event tells of."""
    before, now = stamp(mr.created_at), stamp(mr.prepared_at)
    return {
        "merge_status": {"previous": "preparing", "current": "checking"},
        "updated_at": {"previous": before, "current": now},
        "prepared_at": {"previous": None, "current": now},
    }


def mark_ready(gitlab: GitLab, mr: MergeRequest, by: User) -> None:
    """Take the draft flag away."""
    change(gitlab, mr, by, title=mr.title.removeprefix(DRAFT))


def mark_draft(gitlab: GitLab, mr: MergeRequest, by: User) -> None:
    """Set the draft flag."""
    change(gitlab, mr, by, title=DRAFT + mr.title.removeprefix(DRAFT))


def request_review(gitlab: GitLab, mr: MergeRequest, by: User, *users: User) -> None:
    """Add reviewers."""
    change(gitlab, mr, by, reviewers=dict.fromkeys(users, "unreviewed") | mr.reviewers)


def remove_reviewer(gitlab: GitLab, mr: MergeRequest, by: User, *users: User) -> None:
    """Take reviewers away."""
    change(gitlab, mr, by, reviewers={user: state for user, state in mr.reviewers.items() if user not in users})


def set_review_state(
    gitlab: GitLab, mr: MergeRequest, by: User, user: User, state: str, *, re_requested: Iterable[User] = ()
) -> None:
    """Send the update that tells a reviewer's new state (GitLab 18.6 for asking again, 19.3 for submitted reviews)."""
    again = list(re_requested)
    with gitlab.lock:
        previous = reviewers_attributes(gitlab.url, mr)
        mr.reviewers[user] = state
        changes = {"reviewers": {"previous": previous, "current": reviewers_attributes(gitlab.url, mr, again)}}
    announce(gitlab, mr, by, "update", changes, re_requested=again)


def re_request_review(gitlab: GitLab, mr: MergeRequest, by: User, user: User) -> None:
    """Ask a reviewer again."""
    set_review_state(gitlab, mr, by, user, "unreviewed", re_requested=[user])


def request_changes(gitlab: GitLab, mr: MergeRequest, by: User) -> None:
    """Ask for changes, which also takes back the reviewer's own approval, without an event for that."""
    if by in mr.approved_by:
        mr.approved_by.remove(by)
    set_review_state(gitlab, mr, by, by, "requested_changes")


def approve(gitlab: GitLab, mr: MergeRequest, by: User) -> None:
    """Approve: `approved` where that makes it enough (or no rule asks for more), else `approval`."""
    with gitlab.lock:
        if by not in mr.approved_by:
            mr.approved_by.append(by)
        if by in mr.reviewers:
            mr.reviewers[by] = "approved"
    announce(gitlab, mr, by, "approved" if mr.approved else "approval", {})


def unapprove(gitlab: GitLab, mr: MergeRequest, by: User) -> None:
    """Take an approval back: `unapproved` where too few are left, else `unapproval`."""
    with gitlab.lock:
        enough = mr.approved
        if by in mr.approved_by:
            mr.approved_by.remove(by)
        if by in mr.reviewers:
            mr.reviewers[by] = "unapproved"
        # Without a rule GitLab calls every revoke `unapproved`.
        still = enough == mr.approved and mr.project.approvals_required > 0
    announce(gitlab, mr, by, "unapproval" if still else "unapproved", {})


def push(gitlab: GitLab, mr: MergeRequest, by: User, title: str) -> Commit:
    """Push a commit to the source branch: a push event, then an update with `oldrev`."""
    with gitlab.lock:
        oldrev, before = mr.last_commit.sha, stamp(mr.updated_at)
        commit = add_commit(gitlab, mr.project, by, title)
        set_all(mr, last_commit=commit, updated_at=gitlab.clock())
        changes = {"updated_at": {"previous": before, "current": stamp(mr.updated_at)}}
    ci.push_event(gitlab, commit, by, mr.source_branch, before=oldrev)
    announce(gitlab, mr, by, "update", changes, oldrev=oldrev)
    return commit


def merge(gitlab: GitLab, mr: MergeRequest, by: User) -> None:
    """Merge it."""
    commit = add_commit(gitlab, mr.project, by, f"Merge branch '{mr.source_branch}' into 'main'")
    change(gitlab, mr, by, "merge", state="merged", merge_commit_sha=commit.sha)
