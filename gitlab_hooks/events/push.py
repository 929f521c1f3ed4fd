"""Pushes to branches: who is mentioned in a commit's message.

Source: https://docs.gitlab.com/user/project/integrations/webhook_events/#push-events
"""

from collections.abc import Iterator
from dataclasses import dataclass

import msgspec

from gitlab_hooks import shapes
from gitlab_hooks.delivery import ref_key
from gitlab_hooks.edits import mentioned
from gitlab_hooks.event import NOTHING_ASKED, Event, Facts, Kind, Place, Thing
from gitlab_hooks.lookups import GitLab
from gitlab_hooks.notices import Notice, Reason, Role, Who, notices

BRANCHES = "refs/heads/"


class _Commit(msgspec.Struct):
    id: str
    message: str | None = None
    url: str | None = None


class _Payload(shapes.PusherShape, kw_only=True):
    ref: str
    after: str | None = None
    commits: list[_Commit] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PushEvent(Event):
    """Commits came to a branch; `mentioned` are those whom a commit's message mentions, with the commit's sha."""

    mentioned: tuple[tuple[str, tuple[Who, ...]], ...]


def parse(body: bytes) -> PushEvent:
    """Read a payload of kind `push`; it has at most 20 commits, and none where a branch was deleted.

    Raises:
        gitlab_hooks.event.Unreadable: the branch is missing, or something is of another type.

    """
    payload = shapes.decode(body, _Payload)
    found = [(commit, mentioned(commit.message)) for commit in payload.commits or ()]
    talking = [(commit, names) for commit, names in found if names]
    pusher = payload.pusher
    return PushEvent(
        kind="push",
        action=payload.event_name or "push",
        thing=_thing(payload, [commit for commit, _ in talking]),
        actor=pusher,
        avatar=payload.user_avatar or "",
        accounts=(pusher,) if pusher and pusher.id else (),
        text="\n\n".join(commit.message or "" for commit, _ in talking),
        mentioned=tuple((commit.id, names) for commit, names in talking),
    )


def _thing(payload: _Payload, talking: list[_Commit]) -> Thing:
    """Return the branch; the link leads to the commit that mentions somebody, or where there are several, to all."""
    place, branch = shapes.place(payload.project, payload.project_id), payload.ref.removeprefix(BRANCHES)
    return Thing(
        key=(place and ref_key(place.id, branch)) or f"push:{payload.after}",
        kind="branch",
        ref="",
        title=branch,
        url=(talking[0].url or "") if len(talking) == 1 else _commits(place, branch),
        place=place,
        subject=None,
        feature="repository",
    )


def _commits(place: Place | None, branch: str) -> str:
    return f"{place.url}/-/commits/{branch}" if place else ""


def ask(_event: PushEvent, _gitlab: GitLab) -> Facts:
    """Ask nothing: the commits are in the payload."""
    return NOTHING_ASKED


def audience(event: PushEvent, _facts: Facts) -> Iterator[Notice]:
    """Yield whom the commits mention; a commit that is pushed again elsewhere is the same fact."""
    for sha, names in event.mentioned:
        yield from notices(names, Role.MENTIONED, Reason.PUSH_MENTIONED, "push.mentioned", f"commit:{sha}:mentioned")


KIND = Kind("push", parse, ask, audience)
