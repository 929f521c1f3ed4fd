"""What a person has chosen to hear."""

from dataclasses import replace
from datetime import datetime
from typing import Literal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.messages import Card
from bot.mutes import Mute
from bot.outbox import Decision, Drop, Hold, Send, Waiting
from bot.people import Member, PersonKey
from bot.preferences import Choices, Defaults, hears, language, opted_in, quote, switched
from bot.quiet import Quiet
from bot.release import quiet_for, release
from bot.when import DAY

MINA = Member(PersonKey("mina"), "mina", locale="ko", timezone="Asia/Seoul")
NOW = round(datetime(2026, 11, 24, 23, 0, tzinfo=ZoneInfo("Asia/Seoul")).timestamp() * 1000)
MORNING = NOW + 9 * 3_600_000
NIGHT = Quiet(19 * 60, 8 * 60)
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
    about=("web/shop", "web"),
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
        (MINA, Choices(mutes=(Mute("web"),)), Drop("muted")),
        (MINA, Choices(mutes=(Mute("web", until=NOW),)), Send()),
        (MINA, Choices(snoozed=NOW), Send()),
        (MINA, Choices(snoozed=NOW + 1), Hold(NOW + 1)),
        (MINA, Choices(snoozed=NOW + 1, opted_in=False), Drop("opted_out")),
        (MINA, Choices(quiet=NIGHT), Hold(MORNING)),
        (replace(MINA, timezone="Europe/Berlin"), Choices(quiet=NIGHT), Send()),
        (replace(MINA, timezone="nowhere"), Choices(quiet=NIGHT), Send()),
        (MINA, Choices(quiet=NIGHT, snoozed=NOW + 1), Hold(MORNING)),
        (MINA, Choices(quiet=NIGHT, snoozed=MORNING + 1), Hold(MORNING + 1)),
        (MINA, Choices(quiet=Quiet(0, DAY)), Send()),
    ],
)
def test_release(member: Member | None, choices: Choices, expected: Decision) -> None:
    """Who left, was deactivated, switched off or muted does not get it; who sleeps gets it later, by their clock."""
    assert release(WAITING, choices, Defaults(), member, NOW) == expected


@pytest.mark.parametrize(
    ("group", "settled", "expected"),
    [
        ("held:mina", "merged", Drop("withdrawn")),
        ("held:mina", "reopened", Send()),
        ("held:mina", "", Send()),
        ("mr:1", "merged", Send()),
    ],
)
def test_nothing_to_do_any_more(group: str, settled: str, expected: Decision) -> None:
    """What was held and is settled meanwhile is left out; what was not held says itself what became of it."""
    waiting = replace(WAITING, group=group, settled=settled)

    assert release(waiting, Choices(), Defaults(), MINA, NOW, frozenset({"merged"})) == expected


def test_what_is_said_by_name_is_heard() -> None:
    """A mention that was held comes, whatever has become of the thing meanwhile."""
    waiting = replace(WAITING, group="held:mina", settled="merged", by_name=True)

    assert release(waiting, Choices(), Defaults(), MINA, NOW, frozenset({"merged"})) == Send()


@pytest.mark.parametrize(
    "choices",
    [Choices(opted_in=False), Choices(snoozed=NOW + DAY), Choices(quiet=NIGHT), Choices(switches={"sample": False})],
)
@pytest.mark.parametrize("kind", ["sample", "alarm"])
def test_a_sample_goes_at_once(choices: Choices, kind: str) -> None:
    """What was asked for, or cannot wait, goes whatever somebody has switched off, but to nobody who has left."""
    sample = replace(WAITING, kind=kind, reason=kind, topic=kind)

    assert release(sample, choices, Defaults(), MINA, NOW) == Send()
    assert release(sample, choices, Defaults(), None, NOW) == Drop("not_matched")


@given(
    st.builds(
        Choices,
        opted_in=st.sampled_from([None, True, False]),
        snoozed=st.integers(NOW - 10**8, NOW + 10**9),
        quiet=st.none() | st.builds(Quiet, start=st.integers(0, DAY - 1), end=st.integers(0, DAY)),
        mutes=st.lists(st.builds(Mute, what=st.sampled_from(["web", "api"]))).map(tuple),
    ),
    st.integers(0, 10**9),
)
def test_none_arrives_in_quiet_time(choices: Choices, ahead: int) -> None:
    """What is sent, is sent outside snooze and quiet; what is held is held until a moment in which it would be sent."""
    decision = release(WAITING, choices, Defaults(), MINA, NOW + ahead)

    if isinstance(decision, Send):
        assert quiet_for(choices, MINA, NOW + ahead) == NOW + ahead
    if isinstance(decision, Hold):
        assert decision.until > NOW + ahead
        assert release(WAITING, choices, Defaults(), MINA, decision.until) == Send()


@pytest.mark.parametrize(
    ("switches", "expected"),
    [
        ({"group_mentions": False}, Drop("switched_off")),
        ({"mentions": False}, Drop("switched_off")),
        ({"mentions": False, "group_mentions": True}, Send()),
        ({"mentioned": False}, Send()),
    ],
)
def test_release_by_its_own_switch(switches: dict[str, bool], expected: Decision) -> None:
    """A message that has a switch of its own is released by that, not by its reason."""
    waiting = replace(WAITING, reason="mentioned", topic="mentions", switch="group_mentions")

    assert release(waiting, Choices(switches=switches), Defaults(), MINA, NOW) == expected


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
