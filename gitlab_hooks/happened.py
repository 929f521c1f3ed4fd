"""What became of what happened, for one person: lines of the journal, put together by what they tell of."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass

from bot.journal import Line
from bot.mutes import lasting
from bot.preferences import Choices, Defaults, hears, opted_in
from gitlab_hooks.notices import GROUP_MENTIONS, Reason, Verdict, topic_of
from gitlab_hooks.what import key_of

NEVER_SHOWN = frozenset({Verdict.NO_ACCESS, Verdict.ACCESS_NOT_CHECKED})
"""What a person may not read, or perhaps may not, did not happen for them."""

SAYS_NOTHING = frozenset({Verdict.TOLD_BEFORE, Verdict.DUPLICATE})
"""The same came once more: what became of it the first time counts."""

TELLS = frozenset({Verdict.TOLD, Verdict.HELD})

MADE_OF_IT: Mapping[str, str] = {
    "waiting": "on_its_way",
    "dead": "refused",
    "dropped": "given_up",
    "withdrawn": "withdrawn",
    "sent": "told",
    "": "told",
}
"""What a message is by now, by its state: one that is no longer kept was sent long ago."""

STANDINGS = frozenset(Verdict) - NEVER_SHOWN | frozenset(MADE_OF_IT.values())


@dataclass(frozen=True, slots=True)
class Happening:
    """One thing that happened and concerned a person; `lines` are what the journal says of it, oldest first."""

    lines: tuple[Line, ...]

    @property
    def first(self) -> Line:
        """Return what was said first."""
        return self.lines[0]

    @property
    def last(self) -> Line:
        """Return what became of it in the end."""
        counts = [line for line in self.lines if line.entry.verdict not in SAYS_NOTHING]
        return (counts or list(self.lines))[-1]

    @property
    def standing(self) -> str:
        """Return what became of it, one of `STANDINGS`: the last verdict, or what its message is by now."""
        last = self.last
        if last.entry.verdict not in TELLS or (last.entry.verdict == Verdict.HELD and last.message == "waiting"):
            return last.entry.verdict
        return MADE_OF_IT[last.message]

    @property
    def reason(self) -> str:
        """Return why it concerned the person, "" where only its end is known."""
        return next((line.entry.reason for line in self.lines if line.entry.reason), "")

    @property
    def topic(self) -> str:
        """Return what switches it."""
        rule = next((line.entry.rule for line in self.lines if line.entry.rule), "")
        return topic_of(Reason(self.reason), rule) if self.reason else ""


def happenings(lines: Iterable[Line]) -> list[Happening]:
    """Put lines together by what they tell of; lines are given, and happenings returned, newest first."""
    found: dict[tuple[str, str], list[Line]] = {}
    for line in lines:
        if line.entry.label and line.entry.verdict not in NEVER_SHOWN:
            found.setdefault((line.entry.object, line.entry.fact), []).insert(0, line)
    return sorted((Happening(tuple(each)) for each in found.values()), key=lambda one: -one.last.at)


def by_thing(found: Iterable[Happening]) -> list[list[Happening]]:
    """Put happenings together by the thing that they happened to, in the order in which things first come."""
    things: dict[str, list[Happening]] = {}
    for one in found:
        things.setdefault(one.last.entry.object, []).append(one)
    return list(things.values())


def key_in(line: Line, gitlab: str) -> str:
    """Return by which key people would name the thing that a line is about, "" for none."""
    page, ref = key_of(gitlab, line.entry.link) or "", line.entry.label.partition(" ")[0]
    return f"{page}{ref}" if page and ref[:1] in {"!", "#"} and not {"!", "#"} & set(page) else page


def is_about(line: Line, key: str, gitlab: str) -> bool:
    """Say whether a line is about what a key names, a thing or everything in a project or a group."""
    named = key_in(line, gitlab)
    return named == key or (named.startswith(key) and named[len(key)] in "/!#")


Undo = Callable[[Happening, Choices, Defaults, Collection[str], int], str]
"""(what happened, choices, the house's, what it is about, now) → the command that lets the like come, "" for none."""


def undo(one: Happening, choices: Choices, defaults: Defaults, about: Collection[str], now: int) -> str:
    """Return the words behind the trigger that change what kept something away, "" where nothing does any more.

    `about` are the keys by which it can be muted; `now` is milliseconds since 1970.
    """
    way = UNDO.get(one.standing)
    return way(one, choices, defaults, about, now) if way else ""


def _opt_in(_one: Happening, choices: Choices, defaults: Defaults, _about: Collection[str], _now: int) -> str:
    return "" if opted_in(choices, defaults) else "on"


def _switch_on(one: Happening, choices: Choices, _defaults: Defaults, _about: Collection[str], _now: int) -> str:
    if one.reason == Reason.MENTIONED and not hears(choices, GROUP_MENTIONS, one.topic):
        return f"on {_switched(choices, GROUP_MENTIONS, one.topic)}"
    return "" if hears(choices, one.reason, one.topic) else f"on {_switched(choices, one.reason, one.topic)}"


def _switched(choices: Choices, switch: str, topic: str) -> str:
    """Return which of both is off."""
    return switch if switch in choices.switches else topic


def _unmute(_one: Happening, choices: Choices, _defaults: Defaults, about: Collection[str], now: int) -> str:
    return next((f"unmute {mute.what}" for mute in lasting(choices.mutes, now) if mute.what in about), "")


def _wake(_one: Happening, choices: Choices, _defaults: Defaults, _about: Collection[str], now: int) -> str:
    if choices.snoozed > now:
        return "wake"
    return "quiet off" if choices.quiet else ""


UNDO: Mapping[str, Undo] = {
    Verdict.OPTED_OUT: _opt_in,
    Verdict.SWITCHED_OFF: _switch_on,
    Verdict.MUTED: _unmute,
    Verdict.HELD: _wake,
}
