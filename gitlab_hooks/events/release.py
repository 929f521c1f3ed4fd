"""Releases that were published.

Source: https://docs.gitlab.com/user/project/integrations/webhook_events/#release-events
"""

from collections.abc import Iterator
from dataclasses import dataclass

import msgspec

from gitlab_hooks import shapes
from gitlab_hooks.edits import mentioned
from gitlab_hooks.event import NOTHING_ASKED, Event, Facts, Kind, Thing
from gitlab_hooks.lookups import GitLab
from gitlab_hooks.notices import Notice, Reason, Role, Who, notices


class _Payload(msgspec.Struct):
    id: int
    tag: str
    name: str | None = None
    description: str | None = None
    url: str | None = None
    action: str | None = None
    project: shapes.ProjectShape | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseEvent(Event):
    """A release was published, edited or deleted; the payload does not tell by whom."""

    mentioned: tuple[Who, ...]


def parse(body: bytes) -> ReleaseEvent:
    """Read a payload of kind `release`.

    Raises:
        gitlab_hooks.event.Unreadable: the id or the tag is missing, or something is of another type.

    """
    payload = shapes.decode(body, _Payload)
    place = shapes.place(payload.project)
    return ReleaseEvent(
        kind="release",
        action=payload.action or "",
        thing=Thing(
            key=f"release:{payload.id}",
            kind="release",
            ref="",
            title=payload.name or payload.tag,
            url=payload.url or "",
            place=place,
            subject=shapes.subject(place, "release", payload.tag),
            feature="releases",
        ),
        actor=None,
        text=payload.description or "",
        mentioned=mentioned(payload.description),
    )


def ask(event: ReleaseEvent, gitlab: GitLab) -> Facts:
    """Ask who published it, where it mentions anybody: they need not be told themselves."""
    if event.action != "create" or event.thing.subject is None or not event.mentioned:
        return NOTHING_ASKED
    return Facts(involved=gitlab.involved(event.thing.subject))


def audience(event: ReleaseEvent, facts: Facts) -> Iterator[Notice]:
    """Yield whom the notes of a published release mention, but for who published it."""
    if event.action != "create":
        return
    author = facts.involved.author if facts.involved else None
    others = [one for one in event.mentioned if not (author and one.username.lower() == author.username.lower())]
    fact = f"{event.thing.key}:published"
    yield from notices(others, Role.MENTIONED, Reason.RELEASE_PUBLISHED, "release.published", fact)


KIND = Kind("release", parse, ask, audience)
