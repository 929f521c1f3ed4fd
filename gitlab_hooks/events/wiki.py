"""Pages of a project's wiki that were written or edited.

Source: https://docs.gitlab.com/user/project/integrations/webhook_events/#wiki-page-events
"""

from collections.abc import Iterator
from dataclasses import dataclass

import msgspec

from gitlab_hooks import shapes
from gitlab_hooks.edits import mentioned
from gitlab_hooks.event import NOTHING_ASKED, Event, Facts, Kind, Thing
from gitlab_hooks.lookups import GitLab
from gitlab_hooks.notices import Notice, Reason, Role, Who, notices


class _Attributes(msgspec.Struct):
    slug: str
    title: str = ""
    content: str | None = None
    url: str | None = None
    action: str | None = None


class _Payload(msgspec.Struct):
    object_attributes: _Attributes
    user: shapes.UserShape | None = None
    project: shapes.ProjectShape | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WikiEvent(Event):
    """A page was written, edited or deleted; `mentioned` are those in the whole text, for the change is not shown."""

    mentioned: tuple[Who, ...]


def parse(body: bytes) -> WikiEvent:
    """Read a payload of kind `wiki_page`.

    Raises:
        gitlab_hooks.event.Unreadable: the page's slug is missing, or something is of another type.

    """
    payload = shapes.decode(body, _Payload)
    its, place = payload.object_attributes, shapes.place(payload.project)
    return WikiEvent(
        kind="wiki_page",
        action=its.action or "",
        thing=Thing(
            key=f"wiki:{place.id if place else ''}:{its.slug}",
            kind="wiki_page",
            ref="",
            title=its.title or its.slug,
            url=its.url or "",
            place=place,
            subject=None,
            feature="wiki",
        ),
        actor=shapes.actor(payload.user),
        avatar=(payload.user and payload.user.avatar_url) or "",
        accounts=shapes.users([payload.user]),
        text=its.content or "",
        mentioned=mentioned(its.content),
    )


def ask(_event: WikiEvent, _gitlab: GitLab) -> Facts:
    """Ask nothing: the page is in the payload."""
    return NOTHING_ASKED


def audience(event: WikiEvent, _facts: Facts) -> Iterator[Notice]:
    """Yield whom a page mentions, each once for the page: later edits show it whole, old mentions and all."""
    if event.action in {"create", "update"}:
        fact = f"{event.thing.key}:mentioned"
        yield from notices(event.mentioned, Role.MENTIONED, Reason.WIKI_CHANGED, "wiki.changed", fact)


KIND = Kind("wiki", parse, ask, audience)
