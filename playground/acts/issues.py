"""Acts on issues; each does it and returns a sentence that says what happened."""

from playground.gitlab import comments, issuables, issues
from playground.scene import NotNow, Scene, last_note

TITLES = (
    "The total jumps when a coupon is taken back",
    "결제 버튼이 두 번 눌려요",
    "Search finds nothing with an umlaut",
)


def _open(scene: Scene, title: str, *, confidential: bool = False, kind: str = "Issue") -> str:
    by = scene.actor(scene.people[-1])
    assignee = scene.somebody(by)
    issue = issues.open_issue(
        scene.gitlab,
        scene.project,
        by,
        title,
        description="Happens every time.",
        assignees=[assignee],
        confidential=confidential,
        type=kind,
    )
    return f"{by.name} opened {issue.label} and assigned it to {assignee.name}."


def open_issue(scene: Scene) -> str:
    """Open an issue and assign it."""
    return _open(scene, TITLES[(len(scene.project.issues) - 1) % len(TITLES)])


def open_confidential(scene: Scene) -> str:
    """Open a confidential issue and assign it."""
    return _open(scene, "Receipts can be read by anyone who guesses the number", confidential=True)


def open_task(scene: Scene) -> str:
    """Open a task, which GitLab calls a work item, and assign it."""
    return _open(scene, "Write down how refunds are rounded", kind="Task")


def assign(scene: Scene) -> str:
    """Assign one more person."""
    issue = scene.issue
    by = scene.actor(issue.author)
    free = scene.others(by, *issue.assignees)
    if not free:
        raise NotNow("Everybody is assigned already.")
    issuables.assign(scene.gitlab, issue, by, free[0])
    return f"{by.name} assigned #{issue.iid} to {free[0].name}."


def comment(scene: Scene) -> str:
    """Comment, mentioning nobody."""
    by = scene.by_somebody_else(scene.issue)
    comments.comment(scene.gitlab, scene.issue, by, "I can reproduce it on `main`.")
    return f"{by.name} commented on #{scene.issue.iid}."


def internal_note(scene: Scene) -> str:
    """Comment for members only."""
    by = scene.by_somebody_else(scene.issue)
    comments.comment(scene.gitlab, scene.issue, by, "The customer is the city council.", internal=True)
    return f"{by.name} left an internal note on #{scene.issue.iid}."


def reply(scene: Scene) -> str:
    """Reply in the newest thread."""
    note = last_note(scene.issue, scene.chosen)
    by = scene.actor(scene.somebody(note.author))
    comments.reply(scene.gitlab, scene.issue, by, "Same here since Tuesday.", note)
    return f"{by.name} replied to {note.author.name} on #{scene.issue.iid}."


def heart(scene: Scene) -> str:
    """React to the issue itself."""
    by = scene.by_somebody_else(scene.issue)
    comments.award(scene.gitlab, scene.issue, by, "heart")
    return f"{by.name} loves #{scene.issue.iid}."


def close(scene: Scene) -> str:
    """Close it."""
    if scene.issue.state == "closed":
        raise NotNow(f"#{scene.issue.iid} is closed already.")
    by = scene.by_somebody_else(scene.issue)
    issuables.close(scene.gitlab, scene.issue, by)
    return f"{by.name} closed #{scene.issue.iid}."


def reopen(scene: Scene) -> str:
    """Open it again."""
    if scene.issue.state != "closed":
        raise NotNow(f"#{scene.issue.iid} is open.")
    by = scene.by_somebody_else(scene.issue)
    issuables.reopen(scene.gitlab, scene.issue, by)
    return f"{by.name} reopened #{scene.issue.iid}."
