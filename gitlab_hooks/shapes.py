"""The parts that payloads of several kinds share, in every shape they have had since GitLab 13.

Only what is read is modelled; what else a payload holds is skipped.
Source: https://docs.gitlab.com/user/project/integrations/webhook_events/
"""

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

import msgspec

from gitlab_hooks.event import Place, Unreadable
from gitlab_hooks.lookups import ProjectId, Subject, User, UserId
from gitlab_hooks.notices import Who

T = TypeVar("T")


class UserShape(msgspec.Struct):
    """A user as payloads show one; before GitLab 13 without an id."""

    id: int | None = None
    username: str | None = None
    name: str | None = None
    avatar_url: str | None = None
    state: str | None = None
    re_requested: bool | None = None


class ProjectShape(msgspec.Struct):
    """A project as payloads show it."""

    id: int | None = None
    path_with_namespace: str | None = None
    web_url: str | None = None


class PusherShape(msgspec.Struct, kw_only=True):
    """What the payloads of pushes have in common: there is no `user`, who pushed stands in flat keys."""

    event_name: str | None = None
    user_id: int | None = None
    user_name: str | None = None
    user_username: str | None = None
    user_avatar: str | None = None
    project_id: int | None = None
    project: ProjectShape | None = None

    @property
    def pusher(self) -> User | None:
        """Return who pushed."""
        return actor(UserShape(id=self.user_id, username=self.user_username, name=self.user_name))


def decode(body: bytes, shape: type[T]) -> T:
    """Read a body into a shape.

    Raises:
        Unreadable: naming the key that is missing or of another type.

    """
    try:
        return msgspec.json.decode(body, type=shape, strict=False)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as wrong:
        raise Unreadable(str(wrong)) from wrong


def user(shape: UserShape | None) -> User | None:
    """Return the user a payload shows in full, or None where it shows no id."""
    if shape is None or shape.id is None:
        return None
    return User(UserId(shape.id), shape.username or "", shape.name or "")


def actor(shape: UserShape | None, known_as: int | None = None) -> User | None:
    """Return who did it.

    GitLab before 13 shows no id there; `known_as` is the same person's id elsewhere in the payload. Without any, the
    user name has to do, and the id is 0.
    """
    if shape is None or not (shape.id or shape.username):
        return None
    return User(UserId(shape.id or known_as or 0), shape.username or "", shape.name or shape.username or "")


def users(shapes: Sequence[UserShape | None] | None) -> tuple[User, ...]:
    """Return the users of a list that a payload shows in full."""
    return tuple(found for shape in shapes or () if (found := user(shape)))


def whos(shapes: Sequence[UserShape | None] | None) -> tuple[Who, ...]:
    """Name the users of a list by what is known of each."""
    return tuple(
        Who(UserId(shape.id) if shape.id is not None else None, shape.username or "")
        for shape in shapes or ()
        if shape and (shape.id is not None or shape.username)
    )


def by_ids(numbers: Sequence[int | None] | None) -> tuple[Who, ...] | None:
    """Name people by id alone; None stays None: the payload does not tell."""
    return None if numbers is None else tuple(Who(UserId(number)) for number in numbers if number is not None)


def by_id(number: int | None) -> Who | None:
    """Name somebody by id alone."""
    return None if number is None else Who(UserId(number))


def place(shape: ProjectShape | None, known_as: int | None = None) -> Place | None:
    """Return the project of a payload; None for what belongs to no project (an epic).

    GitLab before 13 shows no id there; `known_as` is the project's id elsewhere in the payload.
    """
    number = (shape.id if shape else None) or known_as
    if number is None:
        return None
    known = shape or ProjectShape()
    return Place(ProjectId(number), known.path_with_namespace or "", known.web_url or "")


def subject(place: Place | None, kind: str, ref: int | str) -> Subject | None:
    """Say how the API addresses a thing; None for what belongs to no project."""
    return Subject(place.id, kind, str(ref)) if place else None


def pair(changes: Mapping[str, Any] | None, key: str) -> tuple[Any, Any] | None:
    """Return (previous, current) of a change, whether told as an object or as a pair; None where there is none.

    GitLab sends `{"previous": …, "current": …}`; its documentation of `changes.reviewers` shows `[[old], [new]]`.
    """
    match (changes or {}).get(key):
        case {"previous": previous, "current": current}:
            return previous, current
        case {"current": current}:
            return None, current
        case [previous, current]:
            return previous, current
        case _:
            return None


def user_pair(changes: Mapping[str, Any] | None, key: str) -> tuple[list[UserShape], list[UserShape]] | None:
    """Return the lists of users before and after a change; None where that did not change."""
    both = pair(changes, key)
    if both is None:
        return None
    try:
        previous, current = (msgspec.convert(_listed(side), list[UserShape], strict=False) for side in both)
    except msgspec.ValidationError as wrong:
        problem = f"changes.{key}: {wrong}"
        raise Unreadable(problem) from wrong
    return previous, current


def _listed(side: object) -> object:
    """GitLab up to 12 has one `assignee` where later ones have a list."""
    return [] if side is None else side if isinstance(side, list) else [side]


def added(before: Sequence[UserShape], after: Sequence[UserShape]) -> tuple[Who, ...]:
    """Name who is in the second list only."""
    old = {(shape.id, shape.username) for shape in before}
    return whos([shape for shape in after if (shape.id, shape.username) not in old])
