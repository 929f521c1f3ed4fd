"""Tags that were pushed.

Source: https://docs.gitlab.com/user/project/integrations/webhook_events/#tag-events
"""

from collections.abc import Iterator
from dataclasses import dataclass

from gitlab_hooks import shapes
from gitlab_hooks.event import NOTHING_ASKED, Event, Facts, Kind, Thing, who
from gitlab_hooks.lookups import GitLab
from gitlab_hooks.notices import Notice, Reason, Role, notices

TAGS = "refs/tags/"


class _Payload(shapes.PusherShape, kw_only=True):
    ref: str
    after: str | None = None
    checkout_sha: str | None = None
    message: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TagEvent(Event):
    """A tag was pushed or deleted; `fact` names it with what it points to, since a tag may be moved."""

    fact: str


def parse(body: bytes) -> TagEvent:
    """Read a payload of kind `tag_push`; of a deleted tag there is no commit.

    Raises:
        gitlab_hooks.event.Unreadable: the tag is missing, or something is of another type.

    """
    payload = shapes.decode(body, _Payload)
    pusher = payload.pusher
    thing = _thing(payload)
    return TagEvent(
        kind="tag_push",
        action=payload.event_name or "tag_push",
        thing=thing,
        actor=pusher,
        avatar=payload.user_avatar or "",
        accounts=(pusher,) if pusher and pusher.id else (),
        text=payload.message or "",
        fact=f"{thing.key}:{payload.after}:pushed",
    )


def _thing(payload: _Payload) -> Thing:
    place, tag = shapes.place(payload.project, payload.project_id), payload.ref.removeprefix(TAGS)
    return Thing(
        key=f"tag:{place.id if place else ''}:{tag}",
        kind="tag",
        ref="",
        title=tag,
        url=f"{place.url}/-/tags/{tag}" if place else "",
        place=place,
        subject=shapes.subject(place, "commit", payload.checkout_sha) if payload.checkout_sha else None,
        feature="repository",
    )


def ask(event: TagEvent, gitlab: GitLab) -> Facts:
    """Ask who wrote the commit that was tagged."""
    return Facts(involved=gitlab.involved(event.thing.subject)) if event.thing.subject else NOTHING_ASKED


def audience(event: TagEvent, facts: Facts) -> Iterator[Notice]:
    """Yield the author of the commit that was tagged."""
    author = [who(facts.involved.author)] if facts.involved and facts.involved.author else []
    yield from notices(author, Role.AUTHOR, Reason.TAG_PUSHED, "tag.pushed", event.fact)


KIND = Kind("tag", parse, ask, audience)
