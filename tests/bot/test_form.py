"""The settings dialog: what it asks, and what follows from what is filled in."""

from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.form import chosen, elements
from bot.preferences import Choices, Defaults, hears
from bot.quiet import Quiet, always, hours, typed
from bot.templates import Templates

WORDS = Templates(Path(__file__).parents[2] / "bot" / "words")
TOPICS = {
    "mentions": frozenset({"mentioned", "group_mentioned"}),
    "comments": frozenset({"replied", "commented"}),
    "reviews": frozenset({"approved"}),
    "assignments": frozenset({"assigned"}),
    "merge_requests": frozenset({"merged"}),
    "issues": frozenset[str](),
    "reactions": frozenset({"reacted"}),
    "pipelines": frozenset({"pipeline_failed"}),
}
HOUSE = Defaults()
NIGHT = Quiet(19 * 60, 8 * 60, days=(0, 1, 2, 3, 4), weekends=True)
HOURS = st.sampled_from(["19:00-08:00", "22:30-24:00", "0-24", "9pm to 7am", "18시부터 9시까지", "weekends"])
DAYS = st.sampled_from(["", "mon-fri", "fri-mon", "sat", "mon,wed", "평일", "weekends", "tue weekends"])
FLAG = st.sampled_from([None, True, False])
CHOICES = st.builds(
    Choices,
    opted_in=FLAG,
    threads=FLAG,
    language=st.sampled_from([None, "auto", "en", "ko"]),
    quote=st.sampled_from([None, "off", "short", "full"]),
    switches=st.dictionaries(st.sampled_from([*TOPICS, "approved", "reacted"]), st.booleans()),
    quiet=st.sampled_from([None, NIGHT, Quiet(0, 60)]),
    snoozed=st.integers(0, 9),
)
DEFAULTS = st.builds(Defaults, opted_in=st.booleans(), quote=st.sampled_from(["off", "short", "full"]))


def asked(choices: Choices, defaults: Defaults = HOUSE, language: str = "en") -> list[dict[str, Any]]:
    return elements(
        choices,
        TOPICS,
        defaults,
        lambda block: str(WORDS.render(language, "settings", block)),
        lambda topic: str(WORDS.render(language, "help", f"topic_{topic}")),
    )


def untouched(choices: Choices, defaults: Defaults) -> dict[str, Any]:
    """Return what is sent by who opens the dialog and saves it as it is."""
    read = {"true": True, "false": False}
    return {one["name"]: read.get(one["default"], one["default"]) for one in asked(choices, defaults)}


@pytest.mark.parametrize("language", ["en", "ko"])
def test_the_dialog_keeps_the_limits(language: str) -> None:
    """Title, labels, hints and texts are no longer than Mattermost shows them, and everything has its words."""
    dialog = asked(Choices(quiet=NIGHT), language=language)

    assert [one["name"] for one in dialog] == ["on", *TOPICS, "language", "quote", "threads", "quiet"]
    assert len({one["name"] for one in dialog}) == len(dialog)
    assert 0 < len(WORDS.render(language, "settings", "title")) <= 24
    for one in dialog:
        assert 0 < len(one["display_name"]) <= 24
        assert all(0 < len(one[name]) <= 150 for name in ("placeholder", "help_text") if name in one)
        assert one["default"] in [option["value"] for option in one.get("options", [{"value": one["default"]}])]
        assert len(one["default"]) <= one.get("max_length", 150) <= 150


@given(CHOICES, DEFAULTS)
def test_saving_what_is_shown_changes_nothing(choices: Choices, defaults: Defaults) -> None:
    """Who saves the dialog as it was opened has chosen nothing: the house's defaults stay the house's."""
    assert chosen(untouched(choices, defaults), choices, TOPICS, defaults) == (choices, {})


@given(CHOICES, DEFAULTS)
def test_what_is_left_out_stays(choices: Choices, defaults: Defaults) -> None:
    """Clients leave out what nobody touched, or send null for a box and a menu."""
    nothing = dict.fromkeys(("on", *TOPICS, "language", "quote", "threads"))

    assert chosen({}, choices, TOPICS, defaults) == (choices, {})
    assert chosen(nothing, choices, TOPICS, defaults) == (choices, {})
    assert chosen({"on": 7, "mentions": "yes"}, choices, TOPICS, defaults) == (choices, {})


@given(CHOICES, CHOICES, DEFAULTS)
def test_what_is_filled_in_holds(before: Choices, wish: Choices, defaults: Defaults) -> None:
    """Whatever held before, the dialog opened again shows what was filled in, and nothing else has changed."""
    after, wrong = chosen(untouched(wish, defaults), before, TOPICS, defaults)

    assert not wrong
    assert untouched(after, defaults) == untouched(wish, defaults)
    assert (after.snoozed, after.mutes) == (before.snoozed, before.mutes)
    same = [topic for topic in TOPICS if hears(before, topic, topic) == hears(after, topic, topic)]
    reasons = {reason for topic in same for reason in TOPICS[topic]}
    assert {name: on for name, on in after.switches.items() if name in reasons} == {
        name: on for name, on in before.switches.items() if name in reasons
    }


@pytest.mark.parametrize(
    ("submission", "changes"),
    [
        ({"on": False}, {"opted_in": False}),
        ({"on": "false"}, {"opted_in": False}),
        ({"reviews": False}, {"switches": {"reviews": False}}),
        ({"threads": True}, {"threads": True}),
        ({"language": "ko"}, {"language": "ko"}),
        ({"quote": "full"}, {"quote": "full"}),
        ({"quiet": "19:00-08:00 Mon-Fri weekends"}, {"quiet": NIGHT}),
        ({"quiet": "19:00-08:00 평일 주말"}, {"quiet": NIGHT}),
        ({"quiet": " "}, {"quiet": None}),
        ({"quiet": None}, {"quiet": None}),
    ],
)
def test_single_switches(submission: dict[str, Any], changes: dict[str, Any]) -> None:
    """Each element changes the one thing that it asks."""
    before = Choices(quiet=Quiet(0, 60)) if "quiet" in submission else Choices()

    assert chosen(submission, before, TOPICS, Defaults()) == (msgspec.structs.replace(before, **changes), {})


@pytest.mark.parametrize(
    ("submission", "wrong"),
    [
        ({"language": "klingon"}, {"language": "not_offered"}),
        ({"quote": 5}, {"quote": "not_offered"}),
        ({"quiet": "all night"}, {"quiet": "no_hours"}),
        ({"quiet": True}, {"quiet": "no_hours"}),
        ({"quiet": "0-24"}, {"quiet": "always_quiet"}),
        ({"quiet": "x", "quote": "x", "on": False}, {"quiet": "no_hours", "quote": "not_offered"}),
    ],
)
def test_what_cannot_be_understood(submission: dict[str, Any], wrong: dict[str, str]) -> None:
    """What is wrong is said at its element, all at once, and nothing of the rest is taken."""
    assert chosen(submission, Choices(), TOPICS, Defaults()) == (Choices(), wrong)


@given(HOURS, DAYS)
def test_quiet_hours_are_written_as_they_are_read(span: str, days: str) -> None:
    """Quiet hours are shown in the dialog in a form that, sent back, means the same and fits into its line."""
    quiet = hours(f"{span} {days}".split())
    if quiet is not None and not always(quiet):
        assert hours(typed(quiet).split()) == quiet
        assert len(typed(quiet)) <= 100
