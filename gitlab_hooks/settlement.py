"""What becomes of what people were asked: the closed list, and the data that rules return."""

from collections.abc import Iterable, Mapping
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


@dataclass(frozen=True, slots=True)
class Ended:
    """That a thing came to a state at a time, in milliseconds since 1970 by GitLab's clock.

    `whom` is the account for which alone that holds, as `account` names it, "" for everybody.
    """

    state: State
    whom: str
    at: int


def account(who: Who) -> str:
    """Name an account: by its id, or by its user name where no id is known (GitLab before 13)."""
    return str(who.id) if who.id else who.username.lower()


def is_over(reason: str, whom: Who, at: int, ends: Iterable[Ended]) -> bool:
    """Say whether what somebody was asked at a time, for a reason, has been settled by what became of it since.

    What happened in the same moment does not count: GitLab's times may be whole seconds.
    """
    state = ""
    for one in sorted(ends, key=lambda end: end.at):
        concerns = one.at > at and one.whom in {"", account(whom)}
        state = one.state if concerns and settles(one.state, reason, state) else state
    return state in OVER


def overtaken(settlement: Settlement, at: int, ends: Iterable[Ended]) -> bool:
    """Say whether something newer of its kind is known than a settlement that happened at a time."""
    whom = {""} if settlement.whom is None else set(map(account, settlement.whom))
    kind = CONCERNED.get(settlement.state)
    return any(one.at > at and one.whom in whom and CONCERNED.get(one.state) == kind for one in ends)
