"""What a person is told late, or has held back, summed up in one post: a line a thing, with who did what to it."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import msgspec

from bot import fit
from bot.markdown import Markdown, link
from bot.messages import REMINDER, Card
from bot.outbox import Waiting
from bot.templates import Templates
from bot.together import QUOTED, Together, Whole
from gitlab_hooks.notices import STRENGTH, Reason
from gitlab_hooks.reactions import Reaction
from gitlab_hooks.review import Part

Said = Part | Reaction

GREY = "#737278"

ROOM = 5_400
"""What the lines may weigh in `bot.fit`: so a post has room for what stands around them, and a count of the rest."""

NO_ROOM = 80
"""A line weighs more."""


@dataclass(frozen=True, slots=True)
class Summary:
    """Words for what gathered while the bot was away; `command` is the slash command's trigger with its slash."""

    templates: Templates
    command: str

    def __call__(self, messages: Sequence[Waiting]) -> Whole:
        """Return one headline and one card for all, in the language of the newest."""
        return self.of(messages, "", len(messages))

    def of(self, messages: Sequence[Waiting], why: str, count: int) -> Whole:
        """Sum messages up in one card; `why` begins the names of the blocks for the headline and the last line.

        Where there is no room for a line a thing, those are shown that matter most, in the order in which they came,
        and what else there was is counted by its reasons. `count` is what the headline says.
        """
        parts = [msgspec.json.decode(message.context, type=Part | Reaction) for message in messages]
        language = parts[-1].language
        headline = self.templates.render(language, "catch_up", f"{why}headline", count=count)
        because = self.templates.render(language, "catch_up", f"{why}because", command=Markdown(self.command))
        things: dict[str, list[Said]] = {}
        for message, part in zip(messages, parts, strict=True):
            things.setdefault(message.object, []).append(part)
        lines = "\n".join(f"* {line}" for line in self._lines(language, things))
        return Whole(str(headline), card=Card(lines, str(because), GREY))

    def _lines(self, language: str, things: Mapping[str, Sequence[Said]]) -> Iterator[str]:
        shown, room = dict[str, str](), ROOM
        for thing in sorted(things, key=lambda one: min(STRENGTH[_reason(part)] for part in things[one])):
            if room > NO_ROOM and (weight := fit.weight(line := self._line(language, things[thing]))) <= room:
                shown[thing] = line
                room -= weight
        yield from (shown[thing] for thing in things if thing in shown)
        if rest := [part for thing in things if thing not in shown for part in things[thing]]:
            yield self._rest(language, rest)

    def _rest(self, language: str, parts: Sequence[Said]) -> str:
        """Count what is not shown, the strongest reasons first."""
        reasons = Counter(sorted(map(_reason, parts), key=STRENGTH.__getitem__))
        named = ((self.templates.render(language, "why", f"reason_{one}"), count) for one, count in reasons.items())
        kinds = [self._times(language, said, count) for said, count in named]
        return str(self.templates.render(language, "catch_up", "rest", count=len(parts), kinds=kinds))

    def _line(self, language: str, parts: Sequence[Said]) -> str:
        """Say what became of one thing; the link leads to where that begins."""
        acts = Counter(map(_act, parts))
        said = (
            self._times(language, self._act(language, reason, actor, group), count)
            for (reason, _, actor, group), count in acts.items()
        )
        return f"{link(parts[0].label, parts[0].url)}: {' · '.join(said)}"

    def _act(self, language: str, reason: str, actor: str, group: str) -> Markdown:
        whom = self.templates.render(language, "whom", "whom", group=group)
        return self.templates.render(language, "catch_up", reason, actor=actor, whom=whom)

    def _times(self, language: str, said: Markdown, count: int) -> Markdown:
        return self.templates.render(language, "catch_up", "several", said=said, count=count) if count > 1 else said


def _reason(part: Said) -> Reason:
    return part.reason if isinstance(part, Part) else Reason.REACTED


def _act(part: Said) -> tuple[Reason, str, str, str]:
    """Return why somebody is told, who did it, by identity and by name, and of which group they are told."""
    if isinstance(part, Part):
        return part.reason, part.who, part.actor, part.by
    return Reason.REACTED, part.by, part.actor, ""


@dataclass(frozen=True, slots=True)
class Held:
    """Words for what a person has held back: a few messages by `rest`, more of them summed up.

    What somebody said to them by name, and what is no news of a thing (a digest, a reminder), is told in full.
    """

    summary: Summary
    rest: Together

    def __call__(self, messages: Sequence[Waiting]) -> Whole | None:
        """Return what stands around the cards of one post, None for messages that speak for themselves."""
        told = [one for one in messages if not _in_full(one)]
        if len(messages) <= QUOTED or not told:
            return self.rest(messages)
        whole = self.summary.of(told, "held_", len(messages))
        return replace(whole, in_full=frozenset(one.id for one in messages if _in_full(one)))


def _in_full(message: Waiting) -> bool:
    return message.by_name or message.kind == REMINDER or not message.context
