"""What becomes of what people were asked: the closed list, and the data that rules return."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from gitlab_hooks.notices import Reason, Who


class State(StrEnum):
    """What has become of a merge request since somebody was told of it."""

    MERGED = "merged"
    CLOSED = "closed"
    REOPENED = "reopened"
    APPROVED = "approved"
    UNAPPROVED = "unapproved"
    CHANGES_REQUESTED = "changes_requested"
    REVIEW_REMOVED = "review_removed"
    UNASSIGNED = "unassigned"
    DRAFT = "draft"
    READY = "ready"


FINAL = frozenset({State.MERGED, State.REVIEW_REMOVED, State.UNASSIGNED})
"""What nothing changes any more: a merge stands, and who is asked again after a removal is asked by a new message."""

OVER = frozenset(State) - {State.REOPENED, State.UNAPPROVED, State.READY}
"""What leaves nothing to do: whoever did not hear yet what they were asked need not hear it any more."""

REVIEW, ASSIGNMENT = frozenset({Reason.REVIEW_REQUESTED}), frozenset({Reason.ASSIGNED})

CONCERNED: Mapping[State, frozenset[Reason]] = {
    State.APPROVED: REVIEW,
    State.UNAPPROVED: REVIEW,
    State.CHANGES_REQUESTED: REVIEW,
    State.REVIEW_REMOVED: REVIEW,
    State.UNASSIGNED: ASSIGNMENT,
}
"""States that settle only messages with these reasons; all others settle whatever told of the merge request."""


@dataclass(frozen=True, slots=True)
class Settlement:
    """Something is settled for everybody who was told of it, or for `whom` alone; `fact` names what happened."""

    state: State
    fact: str
    whom: tuple[Who, ...] | None = None


def settles(state: State, reason: str, before: str) -> bool:
    """Say whether a state settles a message that was sent for a reason; `before` is the state it shows, "" for none."""
    return before not in FINAL and reason in CONCERNED.get(state, frozenset(Reason))
