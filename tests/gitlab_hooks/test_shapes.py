"""The parts that payloads share, in every shape they have had."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitlab_hooks import shapes
from gitlab_hooks.event import Event, Place, Unreadable, is_one_of, named
from gitlab_hooks.events import KINDS
from gitlab_hooks.lookups import ProjectId, Subject, User, UserId
from gitlab_hooks.noteable import work_item_kind
from gitlab_hooks.notices import Who
from gitlab_hooks.shapes import ProjectShape, UserShape
from tests.gitlab_hooks.team import NAMES, payload

ANNA = UserShape(id=1, username="anna", name="Anna Berg")
BEN = UserShape(id=2, username="ben")
OLD = UserShape(username="carla", name="Carla Rossi")


def parse(body: Any) -> Event:
    event: Event = KINDS[body["object_kind"]].parse(json.dumps(body).encode())
    return event


def test_user() -> None:
    """A user whom the payload shows in full is known by id, name and full name."""
    assert shapes.user(ANNA) == User(UserId(1), "anna", "Anna Berg")
    assert shapes.user(OLD) is None
    assert shapes.user(None) is None
    assert shapes.users([ANNA, None, OLD, BEN]) == (User(UserId(1), "anna", "Anna Berg"), User(UserId(2), "ben"))
    assert shapes.users(None) == ()


@pytest.mark.parametrize(
    ("shape", "known_as", "expected"),
    [
        (ANNA, None, User(UserId(1), "anna", "Anna Berg")),
        (BEN, 7, User(UserId(2), "ben", "ben")),
        (OLD, 3, User(UserId(3), "carla", "Carla Rossi")),
        (OLD, None, User(UserId(0), "carla", "Carla Rossi")),
        (UserShape(name="Nobody"), 3, None),
        (UserShape(id=0), None, None),
        (None, 3, None),
    ],
)
def test_actor(shape: UserShape | None, known_as: int | None, expected: User | None) -> None:
    """Before GitLab 13 the actor has no id: it stands elsewhere, or the user name has to do."""
    assert shapes.actor(shape, known_as) == expected


def test_whos() -> None:
    """People are named by what is known of each; of whom nothing is known, nobody is named."""
    assert shapes.whos([ANNA, OLD, UserShape(), None]) == (Who(UserId(1), "anna"), Who(None, "carla"))
    assert shapes.by_ids([1, None, 2]) == (Who(UserId(1)), Who(UserId(2)))
    assert shapes.by_ids(None) is None
    assert shapes.by_id(None) is None


def test_place() -> None:
    """A project is known by its id, wherever that stands, and an epic has none."""
    assert shapes.place(ProjectShape(7, "a/b", "https://x"), None) == Place(ProjectId(7), "a/b", "https://x")
    assert shapes.place(ProjectShape(None, "a/b"), 8) == Place(ProjectId(8), "a/b", "")
    assert shapes.place(None, 9) == Place(ProjectId(9), "", "")
    assert shapes.place(None, None) is None
    assert shapes.subject(None, "issue", 1) is None
    assert shapes.subject(Place(ProjectId(7), "", ""), "issue", 1) == Subject(ProjectId(7), "issue", "1")


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"previous": 1, "current": 2}, (1, 2)),
        ({"previous": None, "current": 2}, (None, 2)),
        ({"current": 2}, (None, 2)),
        ([1, 2], (1, 2)),
        ([[], [1]], ([], [1])),
        ({"previous": 1}, None),
        ([1], None),
        ([1, 2, 3], None),
        ("12", None),
        (None, None),
    ],
)
def test_pair(change: Any, expected: Any) -> None:
    """A change is an object or a pair; anything else is no change."""
    assert shapes.pair({"key": change}, "key") == expected
    assert shapes.pair({}, "key") is None
    assert shapes.pair(None, "key") is None


def test_user_pair() -> None:
    """Lists of users before and after; GitLab up to 12 has one user where later ones have a list."""
    one = {"id": 1, "username": "anna"}

    assert shapes.user_pair({"assignee": {"previous": None, "current": one}}, "assignee") == (
        [],
        [UserShape(id=1, username="anna")],
    )
    assert shapes.user_pair({"assignees": [[one], []]}, "assignees") == ([UserShape(id=1, username="anna")], [])
    assert shapes.user_pair({}, "assignees") is None
    with pytest.raises(Unreadable, match=r"changes\.assignees"):
        shapes.user_pair({"assignees": [[7], []]}, "assignees")


@given(st.lists(st.integers(0, 9)), st.lists(st.integers(0, 9)))
def test_added(before: list[int], after: list[int]) -> None:
    """Who is in the second list only has come."""
    sides = [[UserShape(id=number, username=f"u{number}") for number in side] for side in (before, after)]
    found = [one.id for one in shapes.added(*sides)]

    assert found == [number for number in after if number not in before]


def test_is_one_of() -> None:
    """People are compared by id, and by user name where an id is not known; nameless nobodies are not alike."""
    assert is_one_of(User(UserId(1), "anna"), [Who(UserId(2)), Who(UserId(1))])
    assert is_one_of(User(UserId(0), "Anna"), [Who(UserId(5), "anna")])
    assert is_one_of(User(UserId(1), "anna"), [Who(None, "ANNA")])
    assert not is_one_of(User(UserId(1), "anna"), [Who(UserId(2), "anna")])
    assert not is_one_of(User(UserId(0), ""), [Who(UserId(5), "")])
    assert not is_one_of(User(UserId(1), "anna"), [])


def test_named() -> None:
    """Whom a payload names in several places is gathered once."""
    assert named(Who(UserId(1)), None, (Who(UserId(2)), Who(UserId(1)))) == (Who(UserId(1)), Who(UserId(2)))


@pytest.mark.parametrize(
    ("name", "expected"),
    [(None, "issue"), ("", "issue"), ("Issue", "issue"), ("Key Result", "key_result"), (" Task ", "task")],
)
def test_work_item_kind(name: str | None, expected: str) -> None:
    """A work item's type is named as words know it."""
    assert work_item_kind(name) == expected


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("merge_request_hook__opened", "object_attributes.id"),
        ("merge_request_hook__opened", "object_attributes.iid"),
        ("issue_hook__opened", "object_attributes.id"),
        ("note_hook__merge_request", "object_attributes.id"),
        ("note_hook__merge_request", "merge_request.iid"),
        ("note_hook__commit", "commit.id"),
        ("note_hook__snippet", "snippet.id"),
        ("emoji_hook__awarded_note", "object_attributes.name"),
        ("merge_request_hook__opened", "object_attributes"),
    ],
)
def test_needed(name: str, path: str) -> None:
    """Without what names the thing or the fact a payload is unreadable, and the text says what is missing."""
    body = payload(name)
    *way, last = path.split(".")
    place = body
    for step in way:
        place = place[step]
    del place[last]

    with pytest.raises(Unreadable, match=last):
        parse(body)


@pytest.mark.parametrize("value", [7, [], "x", {"id": []}])
def test_wrong_type(value: Any) -> None:
    """A key of another type makes a payload unreadable, and the text says which."""
    with pytest.raises(Unreadable, match="object_attributes"):
        parse(payload("merge_request_hook__opened", {"object_attributes": value}))


def test_ids_as_text() -> None:
    """A custom template may turn numbers into text: they are the same numbers."""
    event = parse(payload("merge_request_hook__opened", {"object_attributes.id": "4200", "user.id": "1"}))

    assert event.thing.key == "mr:4200"
    assert event.actor
    assert event.actor.id == 1


FOUR = ("merge_request", "note", "confidential", "issue", "emoji")


@pytest.mark.parametrize("name", [name for name in NAMES if name.startswith(FOUR) and "gitlab_12" not in name])
def test_payloads(name: str) -> None:
    """Each payload of ours names its thing, its project and its actor."""
    event = parse(payload(name))

    assert event.thing.key
    assert event.actor
    assert event.actor.id
    assert (event.thing.place is None) == ("epic" in name)
    assert event.thing.place is None or event.thing.place.path == "web/shop"
