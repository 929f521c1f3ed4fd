"""What a person has chosen to hear."""

from dataclasses import replace
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.messages import Card
from bot.outbox import Decision, Drop, Send, Waiting
from bot.people import Member, PersonKey
from bot.preferences import Choices, Defaults, hears, language, opted_in, quote, release, switched

MINA = Member(PersonKey("mina"), "mina", locale="ko")
WAITING = Waiting(
    id=1,
    delivery=1,
    fact="note:1",
    person=PersonKey("mina"),
    kind="new",
    group="g",
    object="mr:1",
    reason="approved",
    topic="reviews",
    headline="…",
    card=Card(),
    batched=False,
    announces="",
    created=0,
    due=0,
)


@pytest.mark.parametrize(
    ("choices", "house", "expected"),
    [
        (Choices(), True, True),
        (Choices(), False, False),
        (Choices(opted_in=True), False, True),
        (Choices(opted_in=False), True, False),
    ],
)
def test_opted_in(choices: Choices, house: bool, expected: bool) -> None:
    """A person's own choice counts, else the house's."""
    assert opted_in(choices, Defaults(opted_in=house)) is expected


@pytest.mark.parametrize(
    ("switches", "expected"),
    [
        ({}, True),
        ({"reviews": False}, False),
        ({"comments": False}, True),
        ({"approved": False}, False),
        ({"reviews": False, "approved": True}, True),
        ({"reviews": True, "approved": False}, False),
    ],
)
def test_hears(switches: dict[str, bool], expected: bool) -> None:
    """Everything is on until it is switched off; a reason's own switch beats its topic's."""
    assert hears(Choices(switches=switches), "approved", "reviews") is expected


@pytest.mark.parametrize(
    ("chosen", "house", "locale", "expected"),
    [
        (None, "auto", "ko", "ko"),
        (None, "auto", "ko-KR", "ko"),
        (None, "auto", "KO", "ko"),
        (None, "auto", "en-AU", "en"),
        (None, "auto", "de", "en"),
        (None, "auto", "", "en"),
        (None, "ko", "en", "ko"),
        ("en", "ko", "ko", "en"),
        ("ko", "en", "en", "ko"),
        ("auto", "auto", "ko", "ko"),
    ],
)
def test_language(chosen: str | None, house: str, locale: str, expected: str) -> None:
    """The person's choice, the house's, or Mattermost's; English where we do not speak theirs."""
    defaults = Defaults(language="ko" if house == "ko" else "en" if house == "en" else "auto")

    assert language(Choices(language=chosen), defaults, replace(MINA, locale=locale)) == expected


def test_language_of_nobody() -> None:
    """Somebody who is not known is spoken to in English."""
    assert language(Choices(), Defaults(), None) == "en"


def test_auto_beats_the_house() -> None:
    """Who chooses `auto` is written to in Mattermost's language, whatever the house's is."""
    assert language(Choices(language="auto"), Defaults(language="en"), MINA) == "ko"


@pytest.mark.parametrize(
    ("chosen", "house", "expected"),
    [(None, "short", "short"), (None, "off", "off"), ("full", "off", "full"), ("off", "full", "off")],
)
def test_quote(chosen: str | None, house: Literal["off", "short", "full"], expected: str) -> None:
    """How much of a comment is quoted is the person's choice, or the house's."""
    assert quote(Choices(quote=chosen), Defaults(quote=house)) == expected


@pytest.mark.parametrize(
    ("member", "choices", "expected"),
    [
        (MINA, Choices(), Send()),
        (None, Choices(), Drop("not_matched")),
        (replace(MINA, active=False), Choices(), Drop("deactivated")),
        (MINA, Choices(opted_in=False), Drop("opted_out")),
        (MINA, Choices(switches={"reviews": False}), Drop("switched_off")),
        (MINA, Choices(switches={"mentions": False}), Send()),
        (MINA, Choices(threads=False), Send()),
        (MINA, Choices(threads=True), Send(threaded=True)),
        (MINA, Choices(opted_in=False, threads=True), Drop("opted_out")),
    ],
)
def test_release(member: Member | None, choices: Choices, expected: Decision) -> None:
    """Who left, was deactivated or switched off while a message waited does not get it; threads are for who wants."""
    assert release(WAITING, choices, Defaults(), member) == expected


TOPICS = {"reviews": frozenset({"approved", "unapproved"}), "comments": frozenset({"commented"})}
NAMES = st.sampled_from(["reviews", "comments", "approved", "commented"])
CHOICES = st.builds(Choices, switches=st.dictionaries(NAMES, st.booleans()))


@given(CHOICES, st.sets(NAMES, min_size=1), st.booleans())
def test_switched(choices: Choices, names: set[str], on: bool) -> None:
    """What is switched holds from then on, whatever was chosen before; nothing else changes."""
    below = {name: TOPICS.get(name, frozenset()) for name in sorted(names)}
    changed = switched(choices, below, on=on)
    topic_of = {reason: topic for topic, reasons in TOPICS.items() for reason in reasons}

    for reason, topic in topic_of.items():
        if reason in names or topic in names:
            assert hears(changed, reason, topic) is on
        else:
            assert hears(changed, reason, topic) == hears(choices, reason, topic)
