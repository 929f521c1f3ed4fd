"""Wiki pages: nobody hears of one by default, and a team may choose those whom a page mentions."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.gitlab_hooks.desk import Desk, desk
from tests.gitlab_hooks.team import Told, outcome, payload, told

HOOK = "wiki_page_hook__"
CHOSEN = {"wiki.changed": ["mentioned"]}
LINK = "[Prices](https://gitlab.example.com/web/shop/-/wikis/Prices)"


def test_default() -> None:
    """By default nobody is told."""
    assert outcome(payload(HOOK + "edited")).verdict == "no_rule"


@pytest.mark.parametrize("action", ["create", "update"])
def test_mentioned(action: str) -> None:
    """Whom a page mentions is told if the team wants it."""
    assert told(payload(HOOK + "edited", {"object_attributes.action": action}), rules=CHOSEN) == {
        "haneul": Told(
            "wiki_changed",
            f"**Anna Berg** mentioned you on the wiki page {LINK}",
            f"**Anna Berg** 님이 위키 문서에서 나를 멘션했어요: {LINK}",
        )
    }


def test_deleted() -> None:
    """A page that is deleted concerns nobody."""
    assert outcome(payload(HOOK + "deleted")).results == ()


@pytest.fixture(name="at")
def a_desk(tmp_path: Path) -> Iterator[Desk]:
    with desk(tmp_path, rules=CHOSEN) as one:
        yield one


def test_edited_again(at: Desk) -> None:
    """Each edit shows the whole page: who was told of their mention is not told again, who is new is."""
    text = "# Prices\n\nAsk @haneul about taxes, @ben.okafor about cents."

    assert at.deliver(payload(HOOK + "edited")) == {"haneul"}
    assert at.deliver(payload(HOOK + "edited", {"object_attributes.version_id": "x"})) == set()
    assert at.deliver(payload(HOOK + "edited", {"object_attributes.content": text})) == {"ben.okafor"}
