"""Issues and work items: who is told what by each event, in both languages, who is not, and why."""

import json
from typing import Any

import pytest

from gitlab_hooks.events import issue
from gitlab_hooks.lookups import Project
from tests.gitlab_hooks.team import LEVELS, SHOP, Told, gitlab, not_told, outcome, payload, told, user

WEB = "https://gitlab.example.com/web/shop/-"
ISSUE = f"[#31 Wrong total]({WEB}/issues/31)"
TASK = f"[#33 Count the cents]({WEB}/work_items/33)"
EPIC = "[#3 Checkout](https://gitlab.example.com/groups/web/-/epics/3)"


def assigned(link: str) -> Told:
    return Told(
        "assigned", f"**Carla Rossi** assigned {link} to you", f"**Carla Rossi** 님이 나를 담당자로 지정했어요: {link}"
    )


MENTIONED = Told(
    "mentioned", f"**Carla Rossi** mentioned you in {ISSUE}", f"**Carla Rossi** 님이 나를 멘션했어요: {ISSUE}"
)

TOLD: dict[str, dict[str, Told]] = {
    "issue_hook__opened": {"haneul": assigned(ISSUE), "jlee": assigned(ISSUE), "ben.okafor": MENTIONED},
    "issue_hook__opened_incident": {"haneul": assigned(ISSUE), "ben.okafor": MENTIONED},
    "issue_hook__opened_gitlab_12": {"haneul": assigned(ISSUE), "ben.okafor": MENTIONED},
    "confidential_issue_hook__opened": {"haneul": assigned(ISSUE), "ben.okafor": MENTIONED},
    "issue_hook__task_opened": {"haneul": assigned(TASK)},
    "issue_hook__epic_opened": {"haneul": assigned(EPIC)},
    "issue_hook__assigned": {"haneul": assigned(ISSUE)},
    "issue_hook__unassigned": {
        "haneul": Told(
            "unassigned",
            f"**Carla Rossi** unassigned you from {ISSUE}",
            f"**Carla Rossi** 님이 나를 담당자에서 제외했어요: {ISSUE}",
        )
    },
    "issue_hook__edited": {"anna.berg": MENTIONED},
    "issue_hook__closed": {
        "carla.rossi": Told(
            "closed", f"**Anna Berg** closed your issue {ISSUE}", f"**Anna Berg** 님이 내 이슈를 닫았어요: {ISSUE}"
        ),
        "haneul": Told(
            "closed",
            f"**Anna Berg** closed {ISSUE}, which is assigned to you",
            f"**Anna Berg** 님이 내가 담당하는 이슈를 닫았어요: {ISSUE}",
        ),
    },
    "issue_hook__task_closed": {
        "carla.rossi": Told(
            "closed", f"**Anna Berg** closed your task {TASK}", f"**Anna Berg** 님이 내 태스크를 닫았어요: {TASK}"
        ),
        "haneul": Told(
            "closed",
            f"**Anna Berg** closed {TASK}, which is assigned to you",
            f"**Anna Berg** 님이 내가 담당하는 태스크를 닫았어요: {TASK}",
        ),
    },
    "issue_hook__reopened": {
        "carla.rossi": Told(
            "reopened",
            f"**Anna Berg** reopened your issue {ISSUE}",
            f"**Anna Berg** 님이 내 이슈를 다시 열었어요: {ISSUE}",
        ),
        "haneul": Told(
            "reopened",
            f"**Anna Berg** reopened {ISSUE}, which is assigned to you",
            f"**Anna Berg** 님이 내가 담당하는 이슈를 다시 열었어요: {ISSUE}",
        ),
    },
    "issue_hook__test": {},
}

NOT_TOLD = {"issue_hook__epic_opened": {"anna.berg": "access_not_checked"}}


@pytest.mark.parametrize("case", TOLD)
def test_told(case: str) -> None:
    """Each event tells exactly these people, for this reason, in these words."""
    assert told(payload(case)) == TOLD[case]


@pytest.mark.parametrize("case", TOLD)
def test_not_told(case: str) -> None:
    """Everybody else whom the event names is accounted for, with the reason why they are not told."""
    assert not_told(payload(case)) == NOT_TOLD.get(case, {})


@pytest.mark.parametrize(
    ("case", "rule", "roles", "expected"),
    [
        ("opened", "issue.opened", ["mentioned"], ["ben.okafor"]),
        ("opened", "issue.opened", [], []),
        ("task_opened", "issue.opened", [], []),
        ("assigned", "issue.assigned", [], []),
        ("unassigned", "issue.unassigned", [], []),
        ("edited", "issue.edited", [], []),
        ("closed", "issue.closed", ["author"], ["carla.rossi"]),
        ("task_closed", "issue.closed", ["assignee"], ["haneul"]),
        ("reopened", "issue.reopened", [], []),
    ],
)
def test_rules(case: str, rule: str, roles: list[str], expected: list[str]) -> None:
    """A team's own row decides who is told, of issues and work items alike."""
    assert list(told(payload(f"issue_hook__{case}"), rules={rule: roles})) == expected


def test_test_button() -> None:
    """An issue's payload without action comes from the test button, and says so."""
    assert outcome(payload("issue_hook__test")).verdict == "test"


def test_unknown_action() -> None:
    """An action that GitLab has not invented yet concerns nobody, and is no failure."""
    assert outcome(payload("issue_hook__opened", {"object_attributes.action": "hatched"})).verdict == "no_rule"


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"object_attributes.type": "Key Result"}, "closed your key result "),
        ({"object_attributes.type": "Incident"}, "closed your incident "),
        ({"object_attributes.type": None}, "closed your issue "),
    ],
)
def test_names_of_work_items(changes: dict[str, Any], expected: str) -> None:
    """A work item is called what GitLab calls it; one of an unknown type is named all the same."""
    found = told(payload("issue_hook__closed", changes))["carla.rossi"]

    assert expected in found.en


def test_unknown_work_item_in_korean() -> None:
    """A kind of work item for which Korean has no word of ours is a work item."""
    found = told(payload("issue_hook__closed", {"object_attributes.type": "Ticket"}))

    assert found["carla.rossi"].ko == f"**Anna Berg** 님이 내 작업 항목을 닫았어요: {ISSUE}"


def test_confidential_issue() -> None:
    """Of a confidential issue a guest hears only as author or assignee, also in a public project."""
    server = gitlab()
    server.projects[SHOP] = Project(SHOP, "public")
    server.levels |= {(SHOP, user(number).id): 10 for number in LEVELS}
    body = payload("confidential_issue_hook__opened")

    assert list(told(body, server)) == ["haneul"]
    assert not_told(body, server) == {"ben.okafor": "no_access"}


def test_assignee_by_id_alone() -> None:
    """Where a payload lists only the ids of assignees, they are told by their ids."""
    body = payload("issue_hook__closed")
    del body["assignees"]

    assert list(told(body)) == ["carla.rossi", "haneul"]


def test_closed_twice_is_told_twice() -> None:
    """One closing is told apart from the next by its time."""
    first = outcome(payload("issue_hook__closed"))
    second = outcome(payload("issue_hook__closed", {"object_attributes.updated_at": "2026-11-24T09:07:00.000Z"}))

    assert first.results[0].notices[0].fact != second.results[0].notices[0].fact


@pytest.mark.parametrize(
    ("name", "states"),
    [("closed", ["closed"]), ("task_closed", ["closed"]), ("reopened", ["reopened"]), ("opened", []), ("edited", [])],
)
def test_what_is_settled(name: str, states: list[str]) -> None:
    """A closed issue settles what anybody was told of it, so that nobody is reminded, until it is open again."""
    body = payload(f"issue_hook__{name}")
    event = issue.parse(json.dumps(body).encode())
    found = issue.settled(event)

    assert [(one.state, one.whom) for one in found] == [(state, None) for state in states]
    assert all(one.fact.startswith(f"{event.thing.key}:{one.state}:") and event.stamp in one.fact for one in found)
