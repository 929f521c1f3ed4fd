"""Acts that comment and react; each does it and returns a sentence that says what happened."""

from playground.gitlab import comments
from playground.gitlab.objects import MergeRequest, Thing, User
from playground.scene import Scene, last_award, last_note, names

REMARKS = (
    "What happens with an empty basket?",
    "This name took me a while. `total_with_tax`, perhaps?",
    "Nice and short.",
    "The test above says the opposite:\n\n```python\nassert total([]) is None\n```",
    "Could we keep the old key for one release?",
)


def mention(scene: Scene) -> str:
    """Comment on the merge request and mention somebody who has nothing to do with it yet."""
    return _mention(scene, scene.mr, scene.by_somebody_else(scene.mr))


def _mention(scene: Scene, thing: MergeRequest, by: User) -> str:
    user = scene.somebody(by, rather_not=(thing.author, *thing.assignees, *thing.reviewers))
    comments.comment(scene.gitlab, thing, by, f"@{user.username} have you seen this before? :eyes:")
    return f"{by.name} mentioned {user.name} in !{thing.iid}."


def mention_group(scene: Scene) -> str:
    """Comment on the merge request and mention the whole group of its project."""
    by, group = scene.by_somebody_else(scene.mr), scene.mr.project.group
    comments.comment(scene.gitlab, scene.mr, by, f"@{group.full_path} who of you has seen this before?")
    return f"{by.name} mentioned the group {group.full_path} in !{scene.mr.iid}."


def reply(scene: Scene) -> str:
    """Reply in the newest thread of the merge request, best to somebody else."""
    note = last_note(scene.mr, scene.chosen)
    by = scene.actor(scene.somebody(note.author))
    comments.reply(scene.gitlab, scene.mr, by, "Thirty days, as the law has it.", note)
    return f"{by.name} replied to {note.author.name} in !{scene.mr.iid}."


def edit_comment(scene: Scene) -> str:
    """Edit the newest comment so that it mentions one more person."""
    note = last_note(scene.mr)
    by = scene.actor(note.author)
    user = scene.somebody(note.author, by, rather_not=[one for one in scene.people if f"@{one.username}" in note.body])
    comments.edit_comment(scene.gitlab, scene.mr, note, by, f"{note.body}\n\ncc @{user.username}")
    return f"{by.name} edited a comment in !{scene.mr.iid} and mentioned {user.name}."


def review(scene: Scene) -> str:
    """Submit a review of five comments at once."""
    by = scene.reviewer()
    comments.review(scene.gitlab, scene.opened(), by, REMARKS)
    return f"{by.name} reviewed !{scene.mr.iid} with five comments."


def review_and_approve(scene: Scene) -> str:
    """Submit a review of two comments, and approve with it."""
    by = scene.reviewer()
    comments.review(scene.gitlab, scene.opened(), by, REMARKS[2:4], "approve")
    return f"{by.name} reviewed !{scene.mr.iid} with two comments and approved it."


def thumbs_up(scene: Scene) -> str:
    """Give a thumbs-up to the newest comment that is somebody else's."""
    note = last_note(scene.mr, scene.chosen)
    by = scene.actor(scene.somebody(note.author))
    comments.award(scene.gitlab, scene.mr, by, "thumbsup", note)
    return f"{by.name} gave a thumbs-up to {note.author.name}'s comment in !{scene.mr.iid}."


def cheer(scene: Scene) -> str:
    """Let three people react to the newest comment, one right after the other."""
    note = last_note(scene.mr, scene.chosen)
    first = scene.actor(scene.somebody(note.author))
    people = [first, *scene.others(first, note.author)][:3]
    for by, name in zip(people, ("thumbsup", "tada", "thumbsup"), strict=True):
        comments.award(scene.gitlab, scene.mr, by, name, note)
    return f"{names(people)} reacted to {note.author.name}'s comment in !{scene.mr.iid}."


def tada(scene: Scene) -> str:
    """React to the merge request itself."""
    by = scene.by_somebody_else(scene.mr)
    comments.award(scene.gitlab, scene.mr, by, "tada")
    return f"{by.name} celebrated !{scene.mr.iid}."


def take_back(scene: Scene) -> str:
    """Take the newest emoji back."""
    award = last_award(scene.mr, scene.chosen)
    comments.revoke(scene.gitlab, scene.mr, award)
    return f"{award.user.name} took :{award.name}: back from !{scene.mr.iid}."


def on_commit(scene: Scene) -> str:
    """Comment on the newest commit of the merge request."""
    return _on(scene, scene.mr.last_commit, scene.by_somebody_else(scene.mr))


def on_snippet(scene: Scene) -> str:
    """Comment on the newest snippet."""
    snippet = scene.project.snippets[max(scene.project.snippets)]
    return _on(scene, snippet, scene.actor(scene.somebody(snippet.author)))


def _on(scene: Scene, thing: Thing, by: User) -> str:
    comments.comment(scene.gitlab, thing, by, "Does this still hold?")
    return f"{by.name} commented on {thing.label}."
