"""The settings dialog: what it asks, as things stand, and what somebody chooses by what they fill in.

Elements and their limits: https://developers.mattermost.com/integrate/plugins/interactive-dialogs/ and
model/integration_action.go (title and labels 24 characters, help and placeholders 150).
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import msgspec

from bot.asking import Topics
from bot.preferences import LANGUAGES, QUOTES, Choices, Defaults, hears, opted_in, quote, switched, threaded
from bot.quiet import always, hours, typed

ON, LANGUAGE, QUOTE, THREADS, QUIET = "on", "language", "quote", "threads", "quiet"

LANGUAGE_OPTIONS = ("auto", *LANGUAGES)

QUIET_LENGTH = 100

FLAGS: Mapping[object, bool] = {True: True, False: False, "true": True, "false": False}
"""What a box is, ticked or not; clients leave out what nobody touched."""

Say = Callable[[str], str]
"""A block of the dialog's words → plain text."""

Element = dict[str, Any]
"""One question of the dialog, as Mattermost takes it."""

Submission = Mapping[str, str | bool | float | None]
"""What somebody filled in, by the element's name; whoever opens no dialog may send anything."""


def elements(choices: Choices, topics: Topics, defaults: Defaults, say: Say, about: Say) -> list[Element]:
    """Return what is asked, filled in with what holds; `about` says what a topic is."""
    return [
        _box(say(ON), say("on_hint"), ON, holds=opted_in(choices, defaults)),
        *(_box(say(topic), about(topic), topic, holds=hears(choices, topic, topic)) for topic in topics),
        _menu(LANGUAGE, LANGUAGE_OPTIONS, choices.language or defaults.language, say),
        _menu(QUOTE, QUOTES, quote(choices, defaults), say),
        _box(say(THREADS), say("threads_hint"), THREADS, holds=threaded(choices)),
        _line(QUIET, typed(choices.quiet) if choices.quiet else "", say),
    ]


def _box(label: str, hint: str, name: str, *, holds: bool) -> Element:
    """Return a box; one that is not `optional` would have to be ticked."""
    words = {"display_name": label, "placeholder": hint}
    return {"name": name, "type": "bool", "optional": True, "default": str(holds).lower(), **words}


def _menu(name: str, values: tuple[str, ...], holds: str, say: Say) -> Element:
    options = [{"text": say(f"{name}_{value}"), "value": value} for value in values]
    return {"name": name, "type": "select", "display_name": say(name), "options": options, "default": holds}


def _line(name: str, holds: str, say: Say) -> Element:
    words = {"display_name": say(name), "placeholder": say(f"{name}_hint"), "help_text": say(f"{name}_help")}
    return {"name": name, "type": "text", "optional": True, "default": holds, "max_length": QUIET_LENGTH, **words}


def chosen(
    submission: Submission, choices: Choices, topics: Topics, defaults: Defaults
) -> tuple[Choices, dict[str, str]]:
    """Return the choices that follow, and for each element that cannot be understood the block that says so.

    What is as it was stays as the house has it; what was left out stays as it is.
    """
    wrong = dict(_wrong(submission))
    if wrong:
        return choices, wrong
    for name, below in topics.items():
        if (on := _flag(submission, name)) not in {None, hears(choices, name, name)}:
            choices = switched(choices, {name: below}, on=bool(on))
    return msgspec.structs.replace(choices, **dict(_fields(submission, choices, defaults))), {}


def _fields(submission: Submission, choices: Choices, defaults: Defaults) -> Iterator[tuple[str, object]]:
    for field, given, holds in (
        ("opted_in", _flag(submission, ON), opted_in(choices, defaults)),
        ("threads", _flag(submission, THREADS), threaded(choices)),
        ("language", submission.get(LANGUAGE) or None, choices.language or defaults.language),
        ("quote", submission.get(QUOTE) or None, quote(choices, defaults)),
    ):
        if given not in {None, holds}:
            yield field, given
    if QUIET in submission:
        yield "quiet", hours(_words(submission))


def _flag(submission: Submission, name: str) -> bool | None:
    """Return whether a box is ticked, None for one that was left out."""
    given = submission.get(name)
    return FLAGS.get(given) if isinstance(given, bool | str) else None


def _words(submission: Submission) -> list[str]:
    """Return what stands in the line for quiet hours."""
    return str(submission.get(QUIET) or "").lower().split()


def _wrong(submission: Submission) -> Iterator[tuple[str, str]]:
    for name, values in ((LANGUAGE, LANGUAGE_OPTIONS), (QUOTE, QUOTES)):
        if submission.get(name) not in {"", None, *values}:
            yield name, "not_offered"
    if words := _words(submission):
        quiet = hours(words)
        if quiet is None:
            yield QUIET, "no_hours"
        elif always(quiet):
            yield QUIET, "always_quiet"
