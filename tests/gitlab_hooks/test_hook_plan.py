"""What is to do about a webhook: made, repaired, switched on again, left alone; and which secret it shall have."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitlab_hooks.authenticity import Secrets
from gitlab_hooks.hook_admin import Home, Hook, Shape
from gitlab_hooks.hook_answers import EVENTS
from gitlab_hooks.hook_plan import EVENTS_OF, SIGNING, TOKEN, Secret, Step, Wish, needed, plans, secrets_for, values
from gitlab_hooks.rules import DEFAULTS, ROWS

HOME = Home("project", 7, "web/shop")
NEW, OLD, SIGNED = Secret(TOKEN, "new", "token:n"), Secret(TOKEN, "old", "token:o"), Secret(SIGNING, "s", "sign:s")
WISH = Wish("https://nudge.example.com/", frozenset({"note_events"}), (NEW, OLD))
RIGHT = Shape(frozenset({"note_events"}), frozenset({"push_events"}), verified=True, token=True, signing=False)
HOOK = Hook(HOME, 11, "https://nudge.example.com/gitlab", RIGHT)
ELSEWHERE = replace(HOOK, id=12, url="https://else.example.com/gitlab")


def test_none_yet() -> None:
    """Where no webhook sends to us one is made, with the newest secret; those of others are nobody's business."""
    (plan,) = plans([ELSEWHERE], {}, WISH)

    assert (plan.step, plan.hook, plan.secret) == (Step.CREATE, None, NEW)


@pytest.mark.parametrize(
    ("shape", "wish", "step", "wrong"),
    [
        ({}, {}, Step.KEEP, ()),
        ({"on": frozenset({"note_events", "push_events"})}, {}, Step.REPAIR, ("events",)),
        ({"off": frozenset({"note_events"}), "on": frozenset()}, {}, Step.REPAIR, ("events",)),
        ({"off": frozenset(), "on": frozenset()}, {}, Step.KEEP, ()),
        ({"verified": False}, {}, Step.REPAIR, ("certificate",)),
        ({"verified": None}, {}, Step.KEEP, ()),
        ({}, {"verify": False}, Step.REPAIR, ("certificate",)),
        ({"branches": "main"}, {}, Step.REPAIR, ("branches",)),
        ({"template": True}, {}, Step.REPAIR, ("template",)),
        ({"token": False}, {}, Step.REPAIR, ("secret",)),
        ({"token": None, "signing": None}, {}, Step.KEEP, ()),
        ({}, {"again": True}, Step.REPAIR, ("secret",)),
        ({"alert": "disabled"}, {}, Step.ENABLE, ()),
        ({"alert": "temporarily_disabled"}, {}, Step.ENABLE, ()),
        ({"alert": "disabled", "branches": "main"}, {}, Step.REPAIR, ("branches",)),
    ],
)
def test_what_is_wrong(shape: dict[str, Any], wish: dict[str, Any], step: Step, wrong: tuple[str, ...]) -> None:
    """Whatever differs is repaired, what this GitLab does not tell is not, and who is only disabled is switched on."""
    (plan,) = plans([replace(HOOK, shape=replace(RIGHT, **shape))], {11: NEW.mark}, replace(WISH, **wish))

    assert (plan.step, plan.wrong) == (step, wrong)


@pytest.mark.parametrize(
    ("mark", "rotate", "secret", "step"),
    [
        (NEW.mark, False, NEW, Step.KEEP),
        (OLD.mark, False, OLD, Step.KEEP),
        (OLD.mark, True, NEW, Step.REPAIR),
        (NEW.mark, True, NEW, Step.KEEP),
        ("token:gone", False, NEW, Step.REPAIR),
        (None, False, NEW, Step.REPAIR),
    ],
)
def test_secrets(mark: str | None, rotate: bool, secret: Secret, step: Step) -> None:
    """An older secret that still holds stays until it is rotated; one that holds no more, or is unknown, goes."""
    (plan,) = plans([HOOK], {11: mark} if mark else {}, replace(WISH, rotate=rotate))

    assert (plan.secret, plan.step) == (secret, step)


def test_what_is_asked_for() -> None:
    """A new webhook has exactly the events that are needed, a name and the secret; a repair clears what is wrong."""
    (new,), (old,) = plans([], {}, WISH), plans([replace(HOOK, shape=replace(RIGHT, branches="x"))], {11: "x"}, WISH)
    made, mended = values(new, WISH, new.secret), values(old, WISH, SIGNED)

    assert {name for name in EVENTS if made[name]} == {"note_events"}
    assert made["url"] == HOOK.url
    assert (made["token"], made["enable_ssl_verification"], made["name"]) == ("new", True, "Nudge")
    assert "push_events_branch_filter" not in made
    assert (mended["signing_token"], mended["push_events_branch_filter"]) == ("s", "")
    assert "name" not in mended
    assert "token" not in mended


def test_moved() -> None:
    """A webhook that we once made follows the bot to its new address, unless there is one there already."""
    (plan,) = plans([ELSEWHERE], {12: NEW.mark}, WISH)

    assert (plan.step, plan.hook, plan.wrong) == (Step.REPAIR, ELSEWHERE, ("address",))
    assert [one.hook for one in plans([ELSEWHERE, HOOK], {12: NEW.mark, 11: NEW.mark}, WISH)] == [HOOK]


@given(st.sets(st.sampled_from(sorted(ROWS))))
def test_events_are_those_of_the_rules(heard: set[str]) -> None:
    """An event is asked for if somebody hears of a rule that needs it, and only then."""
    rules = {key: roles if key in heard else frozenset() for key, roles in DEFAULTS.items()}
    found = needed({key: rules[key] for key in rules})

    kinds = {key.partition(".")[0] for key in heard if DEFAULTS[key]}
    assert found == {event for kind in kinds for event in EVENTS_OF[kind]}


def test_the_default_events() -> None:
    """By default these events are needed, and every event we may ask for is one that GitLab has."""
    assert needed(DEFAULTS) == {
        *("merge_requests_events", "note_events", "confidential_note_events", "issues_events"),
        *("confidential_issues_events", "emoji_events", "pipeline_events", "deployment_events"),
    }
    assert {event for events in EVENTS_OF.values() for event in events} <= set(EVENTS)
    assert {key.partition(".")[0] for key in ROWS} == set(EVENTS_OF)


@pytest.mark.parametrize(
    ("version", "kinds"), [((19, 0), [SIGNING, TOKEN, TOKEN]), ((18, 11), [TOKEN, TOKEN]), ((0, 0), [TOKEN, TOKEN])]
)
def test_which_secrets(version: tuple[int, int], kinds: list[str]) -> None:
    """A signing token goes before, where GitLab knows it; each secret has a mark of its own that does not show it."""
    found = secrets_for(Secrets(("one", "two"), ("one",)), b"key", version)

    assert [one.kind for one in found] == kinds
    assert len({one.mark for one in found}) == len(found)
    assert not any(one.value in one.mark or one.value in repr(one).replace("token", "") for one in found)
    assert found != secrets_for(Secrets(("one", "two"), ("one",)), b"other", version)
