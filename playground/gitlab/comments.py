"""Comments, reviews and emoji, on merge requests, issues, commits and snippets."""

import hashlib
from collections.abc import Callable, Mapping, Sequence

from playground.gitlab import merge_requests, payloads
from playground.gitlab.objects import Award, MergeRequest, Note, Thing, User
from playground.gitlab.state import GitLab

Verdict = Callable[[GitLab, MergeRequest, User], None]
VERDICTS: Mapping[str, Verdict] = {
    "approve": merge_requests.approve,
    "request_changes": merge_requests.request_changes,
}


def comment(
    gitlab: GitLab,
    thing: Thing,
    by: User,
    body: str,
    *,
    discussion_id: str = "",
    internal: bool = False,
    position: tuple[str, int] | None = None,
) -> Note:
    """Comment: a thread of its own, or a reply where `discussion_id` names one; `position` is a line of a diff."""
    with gitlab.lock:
        number = gitlab.next_id("note")
        now = gitlab.clock()
        thread = discussion_id or hashlib.sha1(f"note {number}".encode(), usedforsecurity=False).hexdigest()
        kind = "DiffNote" if position else "DiscussionNote" if discussion_id else None
        note = Note(number, by, body, thread, now, now, kind, internal, position=position)
        thing.notes.append(note)
        payload = payloads.note(gitlab.url, thing, note, "create")
    gitlab.fire(thing.project, payload)
    return note


def reply(gitlab: GitLab, thing: Thing, by: User, body: str, to: Note) -> Note:
    """Reply in the thread of a comment."""
    return comment(gitlab, thing, by, body, discussion_id=to.discussion_id, internal=to.internal)


def edit_comment(gitlab: GitLab, thing: Thing, note: Note, by: User, body: str) -> None:
    """Change a comment's text; the event names the comment's author as `user`, whoever edits."""
    with gitlab.lock:
        note.body, note.updated_at, note.updated_by = body, gitlab.clock(), by
        payload = payloads.note(gitlab.url, thing, note, "update")
    gitlab.fire(thing.project, payload)


def review(gitlab: GitLab, mr: MergeRequest, by: User, bodies: Sequence[str], verdict: str = "") -> list[Note]:
    """Submit a review: an event a comment, quickly one after another, then the verdict's ("approve", …) if any.

    Without a verdict a reviewer's state becomes `reviewed`, of which GitLab tells since 19.3.
    """
    notes = [
        comment(gitlab, mr, by, body, position=("src/basket.py", 10 * line)) for line, body in enumerate(bodies, 1)
    ]
    if verdict:
        VERDICTS[verdict](gitlab, mr, by)
    elif by in mr.reviewers:
        merge_requests.set_review_state(gitlab, mr, by, by, "reviewed")
    return notes


def award(gitlab: GitLab, thing: Thing, by: User, name: str, note: Note | None = None) -> Award:
    """Give an emoji to a thing, or to one of its comments; `name` as GitLab writes it: "thumbsup"."""
    with gitlab.lock:
        given = Award(gitlab.next_id("award"), by, name, note, gitlab.clock())
        thing.awards.append(given)
        payload = payloads.emoji(gitlab.url, thing, given, "award")
    gitlab.fire(thing.project, payload)
    return given


def revoke(gitlab: GitLab, thing: Thing, given: Award) -> None:
    """Take an emoji back."""
    with gitlab.lock:
        thing.awards.remove(given)
        payload = payloads.emoji(gitlab.url, thing, given, "revoke")
    gitlab.fire(thing.project, payload)
