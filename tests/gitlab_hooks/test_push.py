"""Pushes: nobody hears of one by default, and a team may choose those whom a commit's message mentions."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.gitlab_hooks.desk import Desk, desk
from tests.gitlab_hooks.team import Told, house, not_told, outcome, payload, told

HOOK = "push_hook__"
CHOSEN = {"push.mentioned": ["mentioned"]}
WEB = "https://gitlab.example.com/web/shop/-"
LINK = f"[prices]({WEB}/commit/a3358e0b7d2c6f5a81e93d40b724c1d0f6a9be27)"
FIRST = {"id": "f1", "message": "For @haneul", "url": f"{WEB}/commit/f1"}
SECOND = {"id": "f2", "message": "For @haneul and @ben.okafor", "url": f"{WEB}/commit/f2"}


def test_default() -> None:
    """By default nobody is told."""
    assert outcome(payload(HOOK + "mentions")).verdict == "no_rule"


def test_mentioned() -> None:
    """Whom a message mentions is told if the team wants it, by a link to that commit and what it says."""
    body = payload(HOOK + "mentions")
    found = outcome(body, house(rules=CHOSEN)).results[0].message

    assert told(body, rules=CHOSEN) == {
        "haneul": Told(
            "push_mentioned",
            f"**Anna Berg** mentioned you in a commit on {LINK}",
            f"**Anna Berg** 님이 커밋 메시지에서 나를 멘션했어요: {LINK}",
        )
    }
    assert not_told(body, rules=CHOSEN) == {"zoe.martin": "no_access"}
    assert found
    assert found.card.text.startswith("Round the cents\n\nAs @")


def test_several_commits() -> None:
    """Somebody whom several commits mention is told once, with a link to all commits of the branch."""
    found = told(payload(HOOK + "mentions", {"commits": [FIRST, SECOND]}), rules=CHOSEN)

    assert set(found) == {"haneul", "ben.okafor"}
    assert found["haneul"].en == f"**Anna Berg** mentioned you in a commit on [prices]({WEB}/commits/prices)"


@pytest.mark.parametrize("case", ["branch", "branch_deleted"])
def test_nobody(case: str) -> None:
    """A push that mentions nobody, or deletes the branch, concerns nobody."""
    assert outcome(payload(HOOK + case)).verdict == "no_rule"
    assert outcome(payload(HOOK + case)).results == ()


@pytest.fixture(name="at")
def a_desk(tmp_path: Path) -> Iterator[Desk]:
    with desk(tmp_path, rules=CHOSEN) as one:
        yield one


def test_pushed_again(at: Desk) -> None:
    """A commit that comes to another branch later, as when it is merged, is told to nobody again."""
    merged = {"ref": "refs/heads/main", "commits": [FIRST, SECOND]}

    assert at.deliver(payload(HOOK + "mentions", {"commits": [FIRST]})) == {"haneul"}
    assert at.deliver(payload(HOOK + "mentions", {"ref": "refs/heads/main", "commits": [FIRST]})) == set()
    assert at.deliver(payload(HOOK + "mentions", merged)) == {"haneul", "ben.okafor"}


def test_actor() -> None:
    """Who pushed stands in flat keys; they are not told of what they wrote themselves."""
    own = {"id": "f3", "message": "By @anna.berg", "url": ""}

    assert not_told(payload(HOOK + "mentions", {"commits": [own]}), rules=CHOSEN) == {"anna.berg": "own_act"}
