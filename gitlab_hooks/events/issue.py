"""Issues and the other work items: opened, assigned, edited, closed, reopened.

Source: https://docs.gitlab.com/user/project/integrations/webhook_events/#work-item-events
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import msgspec

from gitlab_hooks import shapes
from gitlab_hooks.edits import formerly_mentioned, mentioned, newly_mentioned
from gitlab_hooks.event import NOTHING_ASKED, Event, Facts, Kind, Thing, named
from gitlab_hooks.lookups import GitLab, User
from gitlab_hooks.noteable import IssueShape, issue
from gitlab_hooks.notices import Notice, Reason, Role, Who, notices
from gitlab_hooks.settlement import Settlement, State
from gitlab_hooks.times import milliseconds


class _Attributes(IssueShape, kw_only=True):
    description: str | None = None
    action: str | None = None
    project_id: int | None = None
    updated_at: str | None = None


class _Payload(msgspec.Struct):
    object_attributes: _Attributes
    object_kind: str = "issue"
    user: shapes.UserShape | None = None
    project: shapes.ProjectShape | None = None
    changes: dict[str, Any] | None = None
    assignees: list[shapes.UserShape] | None = None
    assignee: shapes.UserShape | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueEvent(Event):
    """Something happened to an issue; `stamp` tells one closing from the next."""

    stamp: str
    assigned: tuple[Who, ...]
    unassigned: tuple[Who, ...]
    mentioned: tuple[Who, ...]
    newly_mentioned: tuple[Who, ...]


def parse(body: bytes) -> IssueEvent:
    """Read a payload of kind `issue` or `work_item`.

    Raises:
        gitlab_hooks.event.Unreadable: the id or the iid is missing, or something is of another type.

    """
    payload = shapes.decode(body, _Payload)
    its = payload.object_attributes
    thing = _thing(payload)
    before, after = _assignee_change(payload)
    return IssueEvent(
        kind=payload.object_kind,
        action=its.action or "",
        thing=thing,
        actor=shapes.actor(payload.user),
        avatar=(payload.user and payload.user.avatar_url) or "",
        accounts=_accounts(payload, before, after),
        text=(its.description or "") if its.action in {"open", "update"} else "",
        named=named(thing.author, thing.assignees),
        stamp=its.updated_at or "",
        moment=milliseconds(its.updated_at),
        assigned=shapes.added(before, after),
        unassigned=shapes.added(after, before),
        mentioned=mentioned(its.title, its.description),
        newly_mentioned=newly_mentioned(payload.changes, its.title, its.description),
        formerly=formerly_mentioned(payload.changes, its.title, its.description),
    )


def _thing(payload: _Payload) -> Thing:
    its = payload.object_attributes
    thing = issue(its, shapes.place(payload.project, its.project_id))
    return replace(thing, assignees=shapes.whos(_assignees(payload)) or thing.assignees or ())


def _assignees(payload: _Payload) -> list[shapes.UserShape]:
    """GitLab up to 12 shows one `assignee`."""
    return payload.assignees or ([payload.assignee] if payload.assignee else [])


def _assignee_change(payload: _Payload) -> tuple[list[shapes.UserShape], list[shapes.UserShape]]:
    """Return who was assigned before and after; on `open` the list is no change, it is how it began."""
    if payload.object_attributes.action != "update":
        return [], []
    changes = payload.changes
    return shapes.user_pair(changes, "assignees") or shapes.user_pair(changes, "assignee") or ([], [])


def _accounts(payload: _Payload, *sides: list[shapes.UserShape]) -> tuple[User, ...]:
    listed = [payload.user, *_assignees(payload), *(shape for side in sides for shape in side)]
    return tuple(dict.fromkeys(shapes.users(listed)))


def ask(_event: IssueEvent, _gitlab: GitLab) -> Facts:
    """Ask nothing: the payload of an issue tells all."""
    return NOTHING_ASKED


def audience(event: IssueEvent, _facts: Facts) -> Iterator[Notice]:
    """Yield whom an issue's event concerns, by its action; an unknown action concerns nobody."""
    action = _ACTIONS.get(event.action)
    return action(event) if action else iter(())


def _mention(event: IssueEvent) -> str:
    return f"{event.thing.key}:mentioned"


def _opened(event: IssueEvent) -> Iterator[Notice]:
    rule, fact = "issue.opened", f"{event.thing.key}:opened"
    yield from notices(event.thing.assignees or (), Role.ASSIGNEE, Reason.ASSIGNED, rule, fact)
    yield from notices(event.mentioned, Role.MENTIONED, Reason.MENTIONED, rule, _mention(event))


def _updated(event: IssueEvent) -> Iterator[Notice]:
    key, stamp = event.thing.key, event.stamp
    yield from notices(event.assigned, Role.ASSIGNEE, Reason.ASSIGNED, "issue.assigned", f"{key}:assigned:{stamp}")
    yield from notices(
        event.unassigned, Role.FORMER_ASSIGNEE, Reason.UNASSIGNED, "issue.unassigned", f"{key}:unassigned:{stamp}"
    )
    yield from notices(event.newly_mentioned, Role.MENTIONED, Reason.MENTIONED, "issue.edited", _mention(event))


def _told_to_all(reason: Reason) -> Callable[[IssueEvent], Iterator[Notice]]:
    def action(event: IssueEvent) -> Iterator[Notice]:
        rule, fact = f"issue.{reason}", f"{event.thing.key}:{reason}:{event.stamp}"
        yield from notices([event.thing.author] if event.thing.author else [], Role.AUTHOR, reason, rule, fact)
        yield from notices(event.thing.assignees or (), Role.ASSIGNEE, reason, rule, fact)

    return action


_ACTIONS: dict[str, Callable[[IssueEvent], Iterator[Notice]]] = {
    "open": _opened,
    "update": _updated,
    "close": _told_to_all(Reason.CLOSED),
    "reopen": _told_to_all(Reason.REOPENED),
}

_STATES = {"close": State.CLOSED, "reopen": State.REOPENED}


def settled(event: IssueEvent) -> tuple[Settlement, ...]:
    """Return what an event makes of what people were told before: nobody is reminded of what is not theirs to do."""
    key, state = event.thing.key, _STATES.get(event.action)
    left = event.unassigned
    gone = (Settlement(State.UNASSIGNED, f"{key}:{State.UNASSIGNED}:{event.stamp}", left),) if left else ()
    return (Settlement(state, f"{key}:{state}:{event.stamp}"), *gone) if state else gone


KIND = Kind("issue", parse, ask, audience, settled)
