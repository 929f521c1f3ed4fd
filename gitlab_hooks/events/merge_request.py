"""Merge request events: opened, made ready, edited, assigned, reviewed, merged, closed.

Source: https://docs.gitlab.com/user/project/integrations/webhook_events/#merge-request-events
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import msgspec

from gitlab_hooks import shapes
from gitlab_hooks.draft import made_draft, made_ready
from gitlab_hooks.edits import formerly_mentioned, mentioned, newly_mentioned
from gitlab_hooks.event import NOTHING_ASKED, Event, Facts, Kind, Thing, named, who
from gitlab_hooks.handover import came_and_went
from gitlab_hooks.lookups import GitLab
from gitlab_hooks.noteable import MergeRequestShape, merge_request
from gitlab_hooks.notices import Notice, Reason, Role, Who, notices
from gitlab_hooks.settlement import Settlement, State
from gitlab_hooks.times import milliseconds


class _Attributes(MergeRequestShape, kw_only=True):
    description: str | None = None
    action: str | None = None
    target_project_id: int | None = None
    oldrev: str | None = None
    updated_at: str | None = None
    system: bool | None = None


class _Payload(msgspec.Struct):
    object_attributes: _Attributes
    user: shapes.UserShape | None = None
    project: shapes.ProjectShape | None = None
    changes: dict[str, Any] | None = None
    assignees: list[shapes.UserShape] | None = None
    assignee: shapes.UserShape | None = None
    reviewers: list[shapes.UserShape] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MergeRequestEvent(Event):
    """Something happened to a merge request.

    `stamp` tells one closing from the next; the lists are what this event changed, `mentioned` who stands in title and
    description now, `newly_mentioned` those who did not before an edit.
    """

    stamp: str
    assigned: tuple[Who, ...] = ()
    unassigned: tuple[Who, ...] = ()
    requested: tuple[Who, ...] = ()
    unrequested: tuple[Who, ...] = ()
    mentioned: tuple[Who, ...] = ()
    newly_mentioned: tuple[Who, ...] = ()
    wants_changes: bool = False
    redrafted: bool = False
    pushed: bool = False
    system: bool = False


def parse(body: bytes) -> MergeRequestEvent:
    """Read a payload of kind `merge_request`.

    Raises:
        gitlab_hooks.event.Unreadable: the id or the iid is missing, or something is of another type.

    """
    payload = shapes.decode(body, _Payload)
    its, changes = payload.object_attributes, payload.changes
    thing = _thing(payload)
    return MergeRequestEvent(
        kind="merge_request",
        action=its.action or "",
        thing=thing,
        actor=shapes.actor(payload.user),
        avatar=(payload.user and payload.user.avatar_url) or "",
        accounts=_accounts(payload),
        text=(its.description or "") if its.action in {"open", "update"} else "",
        named=named(thing.author, thing.assignees, thing.reviewers),
        stamp=its.updated_at or "",
        moment=milliseconds(its.updated_at),
        ready=its.action == "update" and made_ready(changes),
        mentioned=mentioned(its.title, its.description),
        newly_mentioned=newly_mentioned(changes, its.title, its.description),
        formerly=formerly_mentioned(changes, its.title, its.description),
        pushed=bool(its.oldrev),
        system=bool(its.system),
        redrafted=its.action == "update" and made_draft(changes),
        **(came_and_went(payload.user, changes) if its.action == "update" else {}),
    )


def _thing(payload: _Payload) -> Thing:
    """Return the thing; its people are shown in lists, of which an empty one is missing: then the ids count."""
    its = payload.object_attributes
    thing = merge_request(its, shapes.place(payload.project, its.target_project_id))
    return replace(
        thing,
        assignees=shapes.whos(_assignees(payload)) or thing.assignees,
        reviewers=shapes.whos(payload.reviewers) or thing.reviewers,
    )


def _assignees(payload: _Payload) -> list[shapes.UserShape] | None:
    """GitLab up to 12 shows one `assignee`."""
    return payload.assignees or ([payload.assignee] if payload.assignee else None)


def _accounts(payload: _Payload) -> tuple[Any, ...]:
    listed = [payload.user, *(_assignees(payload) or ()), *(payload.reviewers or ())]
    for key in ("assignees", "reviewers"):
        for side in shapes.user_pair(payload.changes, key) or ():
            listed += side
    return tuple(dict.fromkeys(shapes.users(listed)))


def ask(event: MergeRequestEvent, gitlab: GitLab) -> Facts:
    """Ask who is involved where the payload is too old to tell (reviewers came with GitLab 15.3)."""
    told = event.thing.reviewers is not None and event.thing.assignees is not None
    if told or event.thing.subject is None or event.action not in _ACTIONS:
        return NOTHING_ASKED
    return Facts(involved=gitlab.involved(event.thing.subject))


def audience(event: MergeRequestEvent, facts: Facts) -> Iterator[Notice]:
    """Yield whom a merge request event concerns, by its action; an unknown action concerns nobody."""
    yield from _ACTIONS.get(event.action, _nobody)(event, facts)


def _nobody(_event: MergeRequestEvent, _facts: Facts) -> Iterator[Notice]:
    return iter(())


def _assigned_now(event: MergeRequestEvent, facts: Facts) -> tuple[Who, ...]:
    found = facts.involved.assignees if facts.involved else ()
    return event.thing.assignees if event.thing.assignees is not None else tuple(map(who, found))


def _reviewing_now(event: MergeRequestEvent, facts: Facts) -> tuple[Who, ...]:
    found = facts.involved.reviewers if facts.involved else ()
    return event.thing.reviewers if event.thing.reviewers is not None else tuple(map(who, found))


def _opened(event: MergeRequestEvent, facts: Facts) -> Iterator[Notice]:
    """Name everybody of a merge request; that nobody is told twice is for what was announced to say, not for the fact.

    An announcement that never left is taken back, and the next removal of the draft flag tells it.
    """
    rule, fact = "merge_request.opened", f"{event.thing.key}:opened:{event.stamp}"
    reviewers, assignees = _reviewing_now(event, facts), _assigned_now(event, facts)
    yield from notices(reviewers, Role.REVIEWER, Reason.REVIEW_REQUESTED, rule, fact)
    yield from notices(assignees, Role.ASSIGNEE, Reason.ASSIGNED, rule, fact)
    yield from notices(event.mentioned, Role.MENTIONED, Reason.MENTIONED, rule, fact)


def _updated(event: MergeRequestEvent, facts: Facts) -> Iterator[Notice]:
    if event.ready:
        yield from _opened(event, facts)
    for whom, role, reason, rule in (
        (event.requested, Role.REVIEWER, Reason.REVIEW_REQUESTED, "merge_request.review_requested"),
        (event.assigned, Role.ASSIGNEE, Reason.ASSIGNED, "merge_request.assigned"),
        (event.unassigned, Role.FORMER_ASSIGNEE, Reason.UNASSIGNED, "merge_request.unassigned"),
        (event.unrequested, Role.FORMER_REVIEWER, Reason.REVIEW_REMOVED, "merge_request.review_removed"),
    ):
        yield from notices(whom, role, reason, rule, f"{event.thing.key}:{reason}:{event.stamp}")
    mention = f"{event.thing.key}:mentioned"
    yield from notices(event.newly_mentioned, Role.MENTIONED, Reason.MENTIONED, "merge_request.edited", mention)
    if event.wants_changes:
        yield from _to_all(event, facts, Reason.CHANGES_REQUESTED)
    if event.pushed:
        yield from _to_all(event, facts, Reason.PUSHED)


def _to_all(event: MergeRequestEvent, facts: Facts, reason: Reason) -> Iterator[Notice]:
    """Name author, assignees and reviewers; the rule's row says which of them hear of it."""
    rule = f"merge_request.{reason}"
    fact = f"{event.thing.key}:{reason}:{event.actor.id if event.actor else ''}:{event.stamp}"
    author = [event.thing.author] if event.thing.author else []
    yield from notices(author, Role.AUTHOR, reason, rule, fact)
    yield from notices(_assigned_now(event, facts), Role.ASSIGNEE, reason, rule, fact)
    yield from notices(_reviewing_now(event, facts), Role.REVIEWER, reason, rule, fact)


def _told_to_all(reason: Reason) -> Callable[[MergeRequestEvent, Facts], Iterator[Notice]]:
    def action(event: MergeRequestEvent, facts: Facts) -> Iterator[Notice]:
        return _nobody(event, facts) if event.system else _to_all(event, facts, reason)

    return action


_ACTIONS: dict[str, Callable[[MergeRequestEvent, Facts], Iterator[Notice]]] = {
    "open": _opened,
    "update": _updated,
    # Premium says `approval` for an approval that does not complete the rules; the act is the same.
    "approved": _told_to_all(Reason.APPROVED),
    "approval": _told_to_all(Reason.APPROVED),
    "unapproved": _told_to_all(Reason.UNAPPROVED),
    "unapproval": _told_to_all(Reason.UNAPPROVED),
    "merge": _told_to_all(Reason.MERGED),
    "close": _told_to_all(Reason.CLOSED),
    "reopen": _told_to_all(Reason.REOPENED),
}


def settled(event: MergeRequestEvent) -> tuple[Settlement, ...]:
    """Return what an event makes of what people were told before; the last state that meets somebody counts."""
    # A push that resets approvals does not say whose.
    by = (who(event.actor),) if event.actor and not event.system else ()
    rows = (
        (State.MERGED, event.action == "merge", None),
        (State.CLOSED, event.action == "close", None),
        (State.REOPENED, event.action == "reopen", None),
        (State.APPROVED, event.action in {"approved", "approval"}, by),
        (State.UNAPPROVED, event.action in {"unapproved", "unapproval"}, by),
        (State.DRAFT, event.redrafted, None),
        (State.READY, event.ready, None),
        (State.CHANGES_REQUESTED, event.wants_changes, by),
        (State.REVIEW_REMOVED, True, event.unrequested),
        (State.UNASSIGNED, True, event.unassigned),
    )
    which = f"{event.actor.id if event.actor else ''}:{event.stamp}"
    return tuple(
        Settlement(state, f"{event.thing.key}:{state}:{which}", whom)
        for state, happened, whom in rows
        if happened and whom != ()
    )


KIND = Kind("merge_request", parse, ask, audience, settled)
