"""Who came and went by an update: assignees, reviewers, those asked again, those who want changes."""

from collections.abc import Mapping, Sequence
from typing import Any

from gitlab_hooks.notices import Who
from gitlab_hooks.shapes import UserShape, added, user_pair, whos

_CHANGES_REQUESTED = "requested_changes"


def came_and_went(by: UserShape | None, changes: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return the lists of a merge request's event that its changes fill; `by` is who made them.

    Raises:
        gitlab_hooks.event.Unreadable: a list of users is of another shape.

    """
    before, after = user_pair(changes, "assignees") or user_pair(changes, "assignee") or ([], [])
    old, new = user_pair(changes, "reviewers") or ([], [])
    return {
        "assigned": added(before, after),
        "unassigned": added(after, before),
        "requested": _requested(by, old, new),
        "unrequested": added(new, old),
        "wants_changes": _wants_changes(by, old, new),
    }


def _requested(by: UserShape | None, old: Sequence[UserShape], new: Sequence[UserShape]) -> tuple[Who, ...]:
    """Name new reviewers and those asked again (GitLab 18.6); who added himself by reviewing was not asked."""
    again = whos([shape for shape in new if shape.re_requested])
    asked = dict.fromkeys((*added(old, new), *again))
    return tuple(one for one in asked if not (by and by.id is not None and one.id == by.id))


def _wants_changes(by: UserShape | None, old: Sequence[UserShape], new: Sequence[UserShape]) -> bool:
    """Say whether the reviewer who acts submitted a review that requests changes (GitLab 19.3)."""
    states = [{shape.id: shape.state for shape in side} for side in (old, new)]
    return by is not None and states[1].get(by.id) == _CHANGES_REQUESTED != states[0].get(by.id)
