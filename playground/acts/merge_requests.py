"""Acts on merge requests; each does it and returns a sentence that says what happened."""

from playground.gitlab import issuables, merge_requests
from playground.gitlab.objects import User
from playground.scene import NotNow, Scene, names

TITLES = (
    "Show prices with tax",
    "장바구니 합계를 한 번만 반올림하기",
    "Send the receipt as PDF",
    "Stop the banner from jumping",
    "검색 결과에 재고 표시하기",
)


def _open(scene: Scene, *, draft: bool) -> str:
    by = scene.actor(scene.people[0])
    reviewers = scene.others(by)[:2]
    title = TITLES[(len(scene.project.merge_requests) - 1) % len(TITLES)]
    description = f"Please look at the totals first, @{scene.somebody(by, *reviewers).username}."
    mr = merge_requests.open_merge_request(
        scene.gitlab,
        scene.project,
        by,
        title,
        description=description,
        draft=draft,
        assignees=[by],
        reviewers=reviewers,
    )
    return f"{by.name} opened {mr.label} with {names(reviewers)} as reviewers."


def open_draft(scene: Scene) -> str:
    """Open a draft with two reviewers: nobody is told."""
    return _open(scene, draft=True)


def open_ready(scene: Scene) -> str:
    """Open a merge request with two reviewers and a mention."""
    return _open(scene, draft=False)


def mark_ready(scene: Scene) -> str:
    """Take the draft flag away."""
    mr = scene.opened()
    if not mr.draft:
        raise NotNow(f"!{mr.iid} is no draft. Make it one first.")
    by = scene.actor(mr.author)
    merge_requests.mark_ready(scene.gitlab, mr, by)
    return f"{by.name} marked !{mr.iid} as ready."


def mark_draft(scene: Scene) -> str:
    """Set the draft flag again."""
    mr = scene.opened()
    if mr.draft:
        raise NotNow(f"!{mr.iid} is a draft already. Mark it as ready first.")
    by = scene.actor(mr.author)
    merge_requests.mark_draft(scene.gitlab, mr, by)
    return f"{by.name} made !{mr.iid} a draft."


def assign(scene: Scene) -> str:
    """Assign one more person."""
    mr = scene.opened()
    by = scene.actor(mr.author)
    user = _first(scene.others(by, *mr.assignees), "Everybody is assigned already.")
    issuables.assign(scene.gitlab, mr, by, user)
    return f"{by.name} assigned !{mr.iid} to {user.name}."


def unassign(scene: Scene) -> str:
    """Take the last assignee away."""
    mr = scene.opened()
    user = _first(mr.assignees[::-1], "Nobody is assigned. Assign somebody first.")
    by = scene.actor(scene.somebody(user))
    issuables.unassign(scene.gitlab, mr, by, user)
    return f"{by.name} took {user.name} off !{mr.iid}."


def ask_for_review(scene: Scene) -> str:
    """Ask one more person for a review."""
    mr = scene.opened()
    by = scene.actor(mr.author)
    user = _first(scene.others(by, mr.author, *mr.reviewers), "Everybody reviews it already.")
    merge_requests.request_review(scene.gitlab, mr, by, user)
    return f"{by.name} asked {user.name} to review !{mr.iid}."


def ask_again(scene: Scene) -> str:
    """Ask a reviewer again, best one who has answered."""
    mr = scene.opened()
    by = scene.actor(mr.author)
    answered = [user for user, state in mr.reviewers.items() if state != "unreviewed"]
    user = _first([*answered, *mr.reviewers], "Nobody reviews it. Ask for a review first.")
    merge_requests.re_request_review(scene.gitlab, mr, by, user)
    return f"{by.name} asked {user.name} to look at !{mr.iid} again."


def push(scene: Scene) -> str:
    """Push a commit to the source branch."""
    mr = scene.opened()
    by = scene.actor(mr.author)
    commit = merge_requests.push(scene.gitlab, mr, by, "Do as the reviewers asked")
    return f"{by.name} pushed {commit.sha[:8]} to !{mr.iid}."


def approve(scene: Scene) -> str:
    """Approve."""
    mr, by = scene.opened(), scene.reviewer()
    merge_requests.approve(scene.gitlab, mr, by)
    return f"{by.name} approved !{mr.iid}."


def unapprove(scene: Scene) -> str:
    """Take an approval back."""
    mr = scene.opened()
    by = scene.actor(_first(mr.approved_by[::-1], f"Nobody has approved !{mr.iid} yet."))
    merge_requests.unapprove(scene.gitlab, mr, by)
    return f"{by.name} took the approval of !{mr.iid} back."


def request_changes(scene: Scene) -> str:
    """Ask for changes."""
    mr, by = scene.opened(), scene.reviewer()
    merge_requests.request_changes(scene.gitlab, mr, by)
    return f"{by.name} requested changes to !{mr.iid}."


def merge(scene: Scene) -> str:
    """Merge."""
    mr, by = scene.opened(), scene.reviewer()
    if mr.draft:
        raise NotNow(f"!{mr.iid} is a draft. Mark it as ready first.")
    merge_requests.merge(scene.gitlab, mr, by)
    return f"{by.name} merged !{mr.iid}."


def close(scene: Scene) -> str:
    """Close without merging."""
    mr, by = scene.opened(), scene.reviewer()
    issuables.close(scene.gitlab, mr, by)
    return f"{by.name} closed !{mr.iid}."


def reopen(scene: Scene) -> str:
    """Open again what was closed."""
    mr, by = scene.mr, scene.reviewer()
    if mr.state != "closed":
        raise NotNow(f"!{mr.iid} is {mr.state}; only a closed one can be reopened.")
    issuables.reopen(scene.gitlab, mr, by)
    return f"{by.name} reopened !{mr.iid}."


def _first(users: list[User], otherwise: str) -> User:
    if not users:
        raise NotNow(otherwise)
    return users[0]
