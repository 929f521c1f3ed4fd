"""Comments on merge requests, issues, commits and snippets.

Source: https://docs.gitlab.com/user/project/integrations/webhook_events/#comment-events
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import msgspec

from gitlab_hooks import shapes
from gitlab_hooks.event import NOTHING_ASKED, Event, Facts, Kind, named, who
from gitlab_hooks.lookups import GitLab
from gitlab_hooks.mentions import mentions
from gitlab_hooks.noteable import NoteableShapes, noteable
from gitlab_hooks.notices import Notice, Reason, Role, Who, notices
from gitlab_hooks.times import milliseconds


class _Attributes(msgspec.Struct):
    id: int
    note: str = ""
    noteable_type: str | None = None
    discussion_id: str | None = None
    action: str | None = None
    url: str | None = None
    author_id: int | None = None
    system: bool | None = None
    internal: bool | None = None
    confidential: bool | None = None
    created_at: str | None = None


class _Payload(NoteableShapes, kw_only=True):
    object_attributes: _Attributes
    event_type: str | None = None
    user: shapes.UserShape | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteEvent(Event):
    """Somebody wrote or edited a comment; `mentioned` are the names in its text, in order."""

    note: int
    discussion: str
    mentioned: tuple[Who, ...]
    system: bool


def parse(body: bytes) -> NoteEvent:
    """Read a payload of kind `note`; before GitLab 16.11 there is no action, and no hook for edits.

    Raises:
        gitlab_hooks.event.Unreadable: the comment's id is missing, or something is of another type.

    """
    payload = shapes.decode(body, _Payload)
    its = payload.object_attributes
    thing = noteable(payload, f"discussion:{its.discussion_id or its.id}", its.noteable_type, its.url)
    # Before 2026 an internal note on a public issue is told by `event_type` alone.
    marked = payload.event_type == "confidential_note" and not thing.confidential
    internal = bool(its.internal or its.confidential or marked)
    action = its.action or "create"
    # GitLab names the comment's author as the user, for edits too; before GitLab 13 without an id.
    actor = shapes.actor(payload.user, its.author_id)
    return NoteEvent(
        kind="note",
        action=action,
        thing=replace(thing, url=its.url or thing.url, internal=internal),
        actor=actor,
        avatar=(payload.user and payload.user.avatar_url) or "",
        at=milliseconds(its.created_at) if action == "create" else None,
        accounts=(actor,) if actor and actor.id else (),
        text=its.note,
        named=named(thing.author, thing.assignees, thing.reviewers),
        note=its.id,
        discussion=its.discussion_id or "",
        mentioned=tuple(Who(username=name) for name in mentions(its.note)),
        system=bool(its.system),
    )


def ask(event: NoteEvent, gitlab: GitLab) -> Facts:
    """Ask who takes part in the thread, and who is involved where the payload does not tell."""
    subject = event.thing.subject
    if subject is None or event.action != "create" or event.system:
        return NOTHING_ASKED
    known = event.thing.author is not None and event.thing.assignees is not None and event.thing.reviewers is not None
    return Facts(
        involved=None if known else gitlab.involved(subject),
        thread=gitlab.thread(subject, event.discussion) if event.discussion else (),
    )


def audience(event: NoteEvent, facts: Facts) -> Iterator[Notice]:
    """Yield whom a comment concerns: those mentioned, those in its thread, and those whose thing it is about."""
    fact = f"note:{event.note}"
    if event.system:
        return
    if event.action == "update":
        yield from notices(event.mentioned, Role.MENTIONED, Reason.MENTIONED, "note.edited", fact)
    if event.action == "create":
        yield from _created(event, facts, f"note.{_RULE.get(event.thing.kind, 'issue')}", fact)


_RULE = {"merge_request": "merge_request", "commit": "commit", "snippet": "snippet"}


def _created(event: NoteEvent, facts: Facts, rule: str, fact: str) -> Iterator[Notice]:
    thing, found = event.thing, facts.involved
    author = thing.author or (who(found.author) if found and found.author else None)
    assignees = thing.assignees if thing.assignees is not None else tuple(map(who, found.assignees if found else ()))
    reviewers = thing.reviewers if thing.reviewers is not None else tuple(map(who, found.reviewers if found else ()))
    yield from notices(event.mentioned, Role.MENTIONED, Reason.MENTIONED, rule, fact)
    yield from notices(map(who, facts.thread), Role.THREAD, Reason.REPLIED, rule, fact)
    yield from notices([author] if author else [], Role.AUTHOR, Reason.COMMENTED, rule, fact)
    yield from notices(assignees, Role.ASSIGNEE, Reason.COMMENTED, rule, fact)
    yield from notices(reviewers, Role.REVIEWER, Reason.COMMENTED, rule, fact)


KIND = Kind("note", parse, ask, audience)
