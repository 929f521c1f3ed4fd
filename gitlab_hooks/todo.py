"""What waits for a person: the rules. Which merge requests are shown in which list, and what each of them waits for."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from gitlab_hooks.lookups import MergeRequest, Party, Progress, UserId

DONE_FOR_NOW = frozenset({"approved", "requested_changes"})
"""Reviews after which it is the author's turn, until they ask again."""

ASKS = frozenset({"changes_requested", "pipeline_failed", "conflicts", "ready", "no_reviewer"})
"""What an author or an assignee can do something about; the rest waits for others, or is not finished."""


@dataclass(frozen=True, slots=True)
class Item:
    """One merge request in a list, and what it waits for, a key of `CHECKS`."""

    request: MergeRequest
    state: str


@dataclass(frozen=True, slots=True)
class Todo:
    """What waits, each list the oldest first; `more` counts those of each that were not looked at."""

    lists: Mapping[Party, tuple[Item, ...]]
    more: Mapping[Party, int]

    @property
    def empty(self) -> bool:
        """Say whether there is nothing."""
        return not any(self.lists.values()) and not any(self.more.values())


CHECKS: Mapping[str, Callable[[MergeRequest, Progress], bool]] = {
    "draft": lambda request, _: request.draft,
    "changes_requested": lambda _, progress: "requested_changes" in progress.reviews.values(),
    "pipeline_failed": lambda _, progress: progress.pipeline == "failed",
    "conflicts": lambda _, progress: progress.conflicts,
    "ready": lambda _, progress: progress.approved,
    "no_reviewer": lambda request, _: not request.reviewers,
    "review": lambda _request, _progress: True,
}
"""What a merge request waits for: the first that holds."""


def state_of(request: MergeRequest, progress: Progress) -> str:
    """Return what a merge request waits for."""
    return next(name for name, holds in CHECKS.items() if holds(request, progress))


def waits_for_review(request: MergeRequest, progress: Progress, user_id: UserId) -> bool:
    """Say whether it is a reviewer's turn: a draft asks for nothing, nor does what they have just decided on."""
    return not request.draft and (
        user_id not in progress.approvers and progress.reviews.get(user_id) not in DONE_FOR_NOW
    )


def asking(todo: Todo) -> Todo:
    """Return as much of it as asks the person themselves to do something."""
    lists = {
        party: tuple(item for item in items if party is Party.REVIEWER or item.state in ASKS)
        for party, items in todo.lists.items()
    }
    return Todo(lists, {Party.REVIEWER: todo.more.get(Party.REVIEWER, 0)})


def is_of(party: Party, request: MergeRequest, user_id: UserId) -> bool:
    """Say whether a merge request stands in a list: one of one's own stands among one's own alone."""
    own = request.author is not None and request.author.id == user_id
    return own is (party is Party.AUTHOR)


def essence(todo: Todo) -> Iterable[tuple[str, int, str, str]]:
    """Yield what makes one list differ from another: no title and no age."""
    for party, items in todo.lists.items():
        for item in items:
            yield party.value, item.request.project, item.request.ref, item.state
