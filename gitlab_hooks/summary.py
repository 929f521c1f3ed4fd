"""What a person is told late, summed up in one post: a line a thing, with who did what to it."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import msgspec

from bot import fit
from bot.markdown import Markdown, link
from bot.messages import Card
from bot.outbox import Waiting
from bot.templates import Templates
from bot.together import Whole
from gitlab_hooks.notices import STRENGTH
from gitlab_hooks.review import Part

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
        """Return one headline and one card for all, in the language of the newest.

        Where there is no room for a line a thing, those are shown that matter most, in the order in which they came,
        and what else there was is counted by its reasons.
        """
        parts = [msgspec.json.decode(message.context, type=Part) for message in messages]
        language = parts[-1].language
        headline = self.templates.render(language, "catch_up", "headline", count=len(parts))
        because = self.templates.render(language, "catch_up", "because", command=Markdown(self.command))
        things: dict[str, list[Part]] = {}
        for message, part in zip(messages, parts, strict=True):
            things.setdefault(message.object, []).append(part)
        lines = "\n".join(f"* {line}" for line in self._lines(language, things))
        return Whole(str(headline), card=Card(lines, str(because), GREY))

    def _lines(self, language: str, things: Mapping[str, Sequence[Part]]) -> Iterator[str]:
        shown, room = dict[str, str](), ROOM
        for thing in sorted(things, key=lambda one: min(STRENGTH[part.reason] for part in things[one])):
            if room > NO_ROOM and (weight := fit.weight(line := self._line(language, things[thing]))) <= room:
                shown[thing] = line
                room -= weight
        yield from (shown[thing] for thing in things if thing in shown)
        if rest := [part for thing in things if thing not in shown for part in things[thing]]:
            yield self._rest(language, rest)

    def _rest(self, language: str, parts: Sequence[Part]) -> str:
        """Count what is not shown, the strongest reasons first."""
        reasons = Counter(part.reason for part in sorted(parts, key=lambda one: STRENGTH[one.reason]))
        named = ((self.templates.render(language, "why", f"reason_{one}"), count) for one, count in reasons.items())
        kinds = [self._times(language, said, count) for said, count in named]
        return str(self.templates.render(language, "catch_up", "rest", count=len(parts), kinds=kinds))

    def _line(self, language: str, parts: Sequence[Part]) -> str:
        """Say what became of one thing; the link leads to where that begins."""
        acts = Counter((part.reason, part.who, part.actor, part.by) for part in parts)
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
