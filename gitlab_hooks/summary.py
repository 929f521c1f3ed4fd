"""What a person is told late, summed up in one post: a line a thing, with who did what to it."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from bot.markdown import Markdown, link
from bot.messages import Card
from bot.outbox import Waiting
from bot.templates import Templates
from bot.together import Whole
from gitlab_hooks.review import Part

GREY = "#737278"


@dataclass(frozen=True, slots=True)
class Summary:
    """Words for what gathered while the bot was away; `command` is the slash command's trigger with its slash."""

    templates: Templates
    command: str

    def __call__(self, messages: Sequence[Waiting]) -> Whole:
        """Return one headline and one card for all, in the language of the newest."""
        parts = [msgspec.json.decode(message.context, type=Part) for message in messages]
        language = parts[-1].language
        headline = self.templates.render(language, "catch_up", "headline", count=len(parts))
        because = self.templates.render(language, "catch_up", "because", command=Markdown(self.command))
        things: dict[str, list[Part]] = {}
        for message, part in zip(messages, parts, strict=True):
            things.setdefault(message.object, []).append(part)
        lines = "\n".join(f"* {self._line(language, each)}" for each in things.values())
        return Whole(str(headline), card=Card(lines, str(because), GREY))

    def _line(self, language: str, parts: Sequence[Part]) -> str:
        """Say what became of one thing; the link leads to where that begins."""
        acts = Counter((part.reason, part.actor) for part in parts)
        said = (self._act(language, reason, actor, count) for (reason, actor), count in acts.items())
        return f"{link(parts[0].label, parts[0].url)}: {' · '.join(said)}"

    def _act(self, language: str, reason: str, actor: str, count: int) -> Markdown:
        said = self.templates.render(language, "catch_up", reason, actor=actor)
        return self.templates.render(language, "catch_up", "several", said=said, count=count) if count > 1 else said
