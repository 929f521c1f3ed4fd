"""Drafts: silent, until the flag goes, and then one message a person, once and for ever."""

from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test

from gitlab_hooks.draft import is_draft, made_ready
from tests.gitlab_hooks.desk import Desk, desk
from tests.gitlab_hooks.team import key, payload, user

PEOPLE = {"ben.okafor": 2, "haneul": 3, "junho.lee": 4, "carla.rossi": 5}
PERSON = st.sampled_from(sorted(PEOPLE))


@pytest.mark.parametrize(
    ("draft", "work_in_progress", "title", "expected"),
    [
        (True, False, "T", True),
        (False, True, "Draft: T", False),
        (None, True, "T", True),
        (None, False, "WIP: T", False),
        (None, None, "Draft: T", True),
        (None, None, "[Draft] T", True),
        (None, None, " (draft) T", True),
        (None, None, "WIP: T", True),
        (None, None, "[WIP] T", True),
        (None, None, "T, a draft: of sorts", False),
        (None, None, "Drafts: T", False),
        (None, None, "", False),
    ],
)
def test_is_draft(*, draft: bool | None, work_in_progress: bool | None, title: str, expected: bool) -> None:
    """The newest flag that is there decides, and the title where there is none."""
    assert is_draft(draft=draft, work_in_progress=work_in_progress, title=title) is expected


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"draft": {"previous": True, "current": False}}, True),
        ({"draft": [True, False]}, True),
        ({"draft": {"previous": False, "current": True}}, False),
        ({"draft": {"previous": None, "current": False}}, False),
        ({"draft": {"current": False}}, False),
        ({"title": {"previous": "Draft: T", "current": "T"}}, True),
        ({"title": {"previous": "WIP: T", "current": "Draft: T"}}, False),
        ({"title": {"previous": "T", "current": "Draft: T"}}, False),
        ({"title": {"previous": "Draft: T", "current": "T"}, "draft": {"previous": True, "current": True}}, False),
        ({"title": {"previous": 7, "current": None}}, False),
        ({"title": "T"}, False),
        ({}, False),
        (None, False),
    ],
)
def test_made_ready(changes: dict[str, Any] | None, *, expected: bool) -> None:
    """The flag's own change decides (GitLab 16.3), before that the title's prefix alone."""
    assert made_ready(changes) is expected


class Life(RuleBasedStateMachine):
    """One merge request's life; the model knows the flag, the lists, and to whom it was announced."""

    numbers = count(1)

    def __init__(self, at: Desk) -> None:
        super().__init__()
        self.at = at
        self.number = next(self.numbers)
        self.ticks = count()
        self.draft = False
        self.closed = False
        self.last: dict[str, Any] = {}
        self.lists: dict[str, list[str]] = {"reviewers": [], "assignees": []}
        self.announced: set[str] = set()
        self.openings: dict[str, int] = dict.fromkeys(PEOPLE, 0)

    @property
    def named(self) -> set[str]:
        return {name for names in self.lists.values() for name in names}

    def deliver(self, action: str, changes: dict[str, Any] | None = None) -> set[str]:
        stamp = f"2026-11-24T09:00:00.{next(self.ticks):03}Z"
        title = "Draft: Show prices" if self.draft else "Show prices"
        its = {
            "id": self.number,
            "iid": self.number,
            "title": title,
            "draft": self.draft,
            "work_in_progress": self.draft,
        }
        lists = {name: [shape(one) for one in names] for name, names in self.lists.items()}
        ids = {f"{name[:-1]}_ids": [PEOPLE[one] for one in names] for name, names in self.lists.items()}
        changed = {f"object_attributes.{name}": value for name, value in {**its, **ids, "updated_at": stamp}.items()}
        self.last = payload(
            "merge_request_hook__opened",
            {**changed, **lists, "object_attributes.action": action, "object_attributes.description": ""}
            | {"changes": changes or {}},
        )
        return self.at.deliver(self.last)

    def change(self, name: str, names: list[str]) -> set[str]:
        previous, self.lists[name] = self.lists[name], names
        changed = {"previous": [shape(one) for one in previous], "current": [shape(one) for one in names]}
        return self.deliver("update", {name: changed})

    def flag(self, *, draft: bool) -> set[str]:
        previous, self.draft = self.draft, draft
        return self.deliver("update", {"draft": {"previous": previous, "current": draft}})

    def announce(self, told: set[str]) -> None:
        self.announced |= told
        for name in told:
            self.openings[name] += 1
            assert self.openings[name] == 1

    @initialize(draft=st.booleans(), reviewers=st.sets(PERSON), assignees=st.sets(PERSON))
    def opened(self, *, draft: bool, reviewers: set[str], assignees: set[str]) -> None:
        self.draft = draft
        self.lists = {"reviewers": sorted(reviewers), "assignees": sorted(assignees)}
        told = self.deliver("open")

        assert told == (set() if draft else self.named)
        self.announce(told)

    @rule(name=st.sampled_from(["reviewers", "assignees"]), person=PERSON)
    def somebody_comes_or_goes(self, name: str, person: str) -> None:
        coming = person not in self.lists[name]
        names = sorted({*self.lists[name]} ^ {person})
        told = self.change(name, names)

        assert told == (set() if self.draft else {person})
        self.announced |= told if coming else set()

    @precondition(lambda self: self.draft)
    @rule()
    def made_ready(self) -> None:
        expected = self.named - self.announced
        told = self.flag(draft=False)

        assert told == expected
        self.announce(told)

    @precondition(lambda self: not self.draft)
    @rule()
    def made_draft(self) -> None:
        assert self.flag(draft=True) == set()

    @rule()
    def closed_or_reopened(self) -> None:
        self.closed = not self.closed
        told = self.deliver("close" if self.closed else "reopen")

        assert told == (self.named & self.announced if self.draft else self.named)

    @rule(person=PERSON)
    def messages_dropped(self, person: str) -> None:
        self.at.drop(key(person))
        self.announced.discard(person)
        self.openings[person] = 0
        self.last = {}  # what a late copy of it tells whom depends on what was told then

    @precondition(lambda self: self.last)
    @rule()
    def the_other_hook_delivers_too(self) -> None:
        assert self.at.deliver({**self.last, "hook": next(self.ticks)}) == set()


def shape(name: str) -> dict[str, Any]:
    found = user(PEOPLE[name])
    return {"id": found.id, "username": found.username, "name": found.name}


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """One desk for all lives, each with a merge request of its own."""
    with desk(tmp_path_factory.mktemp("draft")) as one:
        yield one


def test_life_of_a_draft(shared: Desk) -> None:
    """Whatever happens to it, a draft is silent, and its opening reaches each person once: when the flag goes."""
    run_state_machine_as_test(lambda: Life(shared), settings=settings(max_examples=30, stateful_step_count=20))  # type: ignore[arg-type]  # a factory will do
