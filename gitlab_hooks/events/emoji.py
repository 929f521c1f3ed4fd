"""Emoji on comments, merge requests, issues and snippets, given and taken back.

Source: https://docs.gitlab.com/user/project/integrations/webhook_events/#emoji-events
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import msgspec

from gitlab_hooks import shapes
from gitlab_hooks.event import NOTHING_ASKED, Event, Facts, Kind, named
from gitlab_hooks.lookups import GitLab
from gitlab_hooks.noteable import NoteableShapes, noteable
from gitlab_hooks.notices import Notice, Reason, Role, Who, notices
from gitlab_hooks.times import milliseconds


class _Attributes(msgspec.Struct):
    id: int
    name: str
    user_id: int | None = None
    awardable_type: str | None = None
    awardable_id: int | None = None
    awarded_on_url: str | None = None
    action: str | None = None
    created_at: str | None = None


class _Note(msgspec.Struct):
    author_id: int | None = None
    note: str | None = None
    internal: bool | None = None
    confidential: bool | None = None
    noteable_type: str | None = None


class _Payload(NoteableShapes, kw_only=True):
    object_attributes: _Attributes
    event_type: str | None = None
    user: shapes.UserShape | None = None
    note: _Note | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EmojiEvent(Event):
    """Somebody gave an emoji to what `to` wrote, or took it back."""

    award: int
    to: Who | None


def parse(body: bytes) -> EmojiEvent:
    """Read a payload of kind `emoji`; `event_type` says "award" or "revoke".

    Raises:
        gitlab_hooks.event.Unreadable: the award's id or name is missing, or something is of another type.

    """
    payload = shapes.decode(body, _Payload)
    its, note = payload.object_attributes, payload.note
    kind = note.noteable_type if note else its.awardable_type
    thing = noteable(payload, f"awardable:{its.awardable_id or its.id}", kind, its.awarded_on_url)
    internal = bool(note and (note.internal or note.confidential))
    author = shapes.by_id(note.author_id) if note else thing.author
    action = payload.event_type or its.action or ""
    return EmojiEvent(
        kind="emoji",
        action=action,
        thing=replace(thing, url=its.awarded_on_url or thing.url, internal=internal),
        actor=shapes.actor(payload.user, its.user_id),
        avatar=(payload.user and payload.user.avatar_url) or "",
        at=milliseconds(its.created_at) if action == "award" else None,
        accounts=shapes.users([payload.user]),
        text=(note.note or "") if note else "",
        named=named(author, thing.author, thing.assignees, thing.reviewers),
        withdraws=f"award:{its.id}" if action == "revoke" else "",
        emoji=its.name,
        on="note" if note else thing.kind,
        target=_target(its),
        award=its.id,
        to=author,
    )


def _target(its: _Attributes) -> str:
    """Name what got the emoji; where the payload does not tell, no other emoji has got the same."""
    return f"{its.awardable_type}:{its.awardable_id}" if its.awardable_id else f"award:{its.id}"


def ask(_event: EmojiEvent, _gitlab: GitLab) -> Facts:
    """Ask nothing: the payload tells whose it is."""
    return NOTHING_ASKED


def audience(event: EmojiEvent, _facts: Facts) -> Iterator[Notice]:
    """Yield the author of what got the emoji; one taken back concerns nobody."""
    if event.action == "award" and event.to:
        yield from notices([event.to], Role.AUTHOR, Reason.REACTED, "emoji.awarded", f"award:{event.award}")


KIND = Kind("emoji", parse, ask, audience)
