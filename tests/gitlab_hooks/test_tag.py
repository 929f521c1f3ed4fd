"""Tags: nobody hears of one by default, and a team may choose the author of the commit that was tagged."""

from dataclasses import replace

from gitlab_hooks.lookups import Involved, Subject
from tests.gitlab_hooks.gitlab_fake import FakeGitLab
from tests.gitlab_hooks.team import SHOP, Told, gitlab, house, not_told, outcome, payload, told, user

HOOK = "tag_push_hook__"
CHOSEN = {"tag.pushed": ["author"]}
COMMIT = Subject(SHOP, "commit", "4c1d0f6a9be27a3358e0b7d2c6f5a81e93d40b72")
LINK = "[v1.2.0](https://gitlab.example.com/web/shop/-/tags/v1.2.0)"


def asked(author: int) -> FakeGitLab:
    return replace(gitlab(), named={COMMIT: Involved(author=user(author))})


def test_default() -> None:
    """By default nobody is told."""
    assert outcome(payload(HOOK + "pushed"), house(asked(2))).verdict == "no_rule"


def test_author() -> None:
    """The author of the commit is told if the team wants it, unless they pushed the tag themselves."""
    assert told(payload(HOOK + "pushed"), asked(2), rules=CHOSEN) == {
        "ben.okafor": Told(
            "tag_pushed",
            f"**Anna Berg** tagged your commit as {LINK}",
            f"**Anna Berg** 님이 내 커밋에 태그를 달았어요: {LINK}",
        )
    }
    assert not_told(payload(HOOK + "pushed"), asked(1), rules=CHOSEN) == {"anna.berg": "own_act"}


def test_nobody() -> None:
    """Where GitLab knows nobody for the commit's address, and where the tag was deleted, nobody is told."""
    assert told(payload(HOOK + "pushed"), rules=CHOSEN) == {}
    assert told(payload(HOOK + "deleted"), asked(2), rules=CHOSEN) == {}


def test_moved() -> None:
    """A tag that is moved to another commit is another fact; the same push is not."""
    facts = {
        outcome(payload(HOOK + "pushed", {"after": after}), None).event.fact  # type: ignore[union-attr]
        for after in ("a" * 40, "b" * 40, "a" * 40)
    }

    assert facts == {f"tag:7:v1.2.0:{letter * 40}:pushed" for letter in "ab"}
