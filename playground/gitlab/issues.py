"""What one does to issues and other work items alone."""

from collections.abc import Sequence

from playground.gitlab.changes import created
from playground.gitlab.issuables import announce, change
from playground.gitlab.objects import Issue, Project, User
from playground.gitlab.state import GitLab


def open_issue(
    gitlab: GitLab,
    project: Project,
    by: User,
    title: str,
    *,
    description: str = "",
    assignees: Sequence[User] = (),
    confidential: bool = False,
    type: str = "Issue",  # noqa: A002 - GitLab's own word for it
) -> Issue:
    """Open an issue, or a work item of another type ("Task", "Incident", …)."""
    with gitlab.lock:
        now = gitlab.clock()
        issue = Issue(
            id=gitlab.next_id("issue"),
            iid=gitlab.next_iid(project, "issue"),
            project=project,
            author=by,
            title=title,
            description=description,
            assignees=list(assignees),
            confidential=confidential,
            type=type,
            created_at=now,
            updated_at=now,
        )
        project.issues[issue.iid] = issue
    announce(gitlab, issue, by, "open", created(gitlab.url, issue))
    return issue


def set_confidential(gitlab: GitLab, issue: Issue, by: User, *, confidential: bool = True) -> None:
    """Make an issue confidential, or open to all again."""
    change(gitlab, issue, by, confidential=confidential)
