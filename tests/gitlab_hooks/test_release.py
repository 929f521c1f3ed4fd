"""Releases: nobody hears of one by default, and a team may choose those whom its notes mention."""

from dataclasses import replace

import pytest

from gitlab_hooks.lookups import Involved, Subject
from tests.gitlab_hooks.gitlab_fake import FakeGitLab
from tests.gitlab_hooks.team import SHOP, Told, gitlab, house, outcome, payload, told, user

HOOK = "release_hook__"
CHOSEN = {"release.published": ["mentioned"]}
RELEASE = Subject(SHOP, "release", "v1.2.0")
LINK = "[v1.2.0](https://gitlab.example.com/web/shop/-/releases/v1.2.0)"


def asked() -> FakeGitLab:
    return replace(gitlab(), named={RELEASE: Involved(author=user(1))})


def test_default() -> None:
    """By default nobody is told."""
    assert outcome(payload(HOOK + "published"), house(asked())).verdict == "no_rule"


def test_mentioned() -> None:
    """Whom the notes mention is told if the team wants it, but not the one who published it."""
    assert told(payload(HOOK + "published"), asked(), rules=CHOSEN) == {
        "haneul": Told(
            "release_published",
            f"The release {LINK} mentions you",
            f"새 릴리스에서 나를 멘션했어요: {LINK}",
        )
    }


def test_publisher_unknown() -> None:
    """Where GitLab does not tell who published it, all who are mentioned are told."""
    assert set(told(payload(HOOK + "published"), rules=CHOSEN)) == {"haneul", "anna.berg"}


@pytest.mark.parametrize("action", ["update", "delete"])
def test_others(action: str) -> None:
    """An edited or a deleted release concerns nobody, and nothing is asked about it."""
    of = asked()

    assert outcome(payload(HOOK + "deleted", {"action": action})).results == ()
    assert told(payload(HOOK + "deleted", {"action": action}), of, rules=CHOSEN) == {}
    assert of.asked == []


def test_name() -> None:
    """A release is called by its name, else by its tag."""
    for name, label in (("The tax release", "The tax release"), ("", "v1.2.0"), (None, "v1.2.0")):
        found = told(payload(HOOK + "published", {"name": name}), asked(), rules=CHOSEN)
        assert found["haneul"].en.startswith(f"The release [{label}](")
