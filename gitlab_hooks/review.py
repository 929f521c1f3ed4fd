"""One message for one review: what a person said and decided about one thing within a moment, put into one post."""

from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from bot.markdown import Markdown, link
from bot.templates import Templates
from bot.together import QUOTED, Whole
from gitlab_hooks.event import Event, identity
from gitlab_hooks.last_line import last_line, mentioned_group, roles_of
from gitlab_hooks.naming import address, called, label
from gitlab_hooks.notices import STRENGTH, Notice, Reason, Role

TALK = frozenset({Reason.MENTIONED, Reason.REPLIED, Reason.COMMENTED})


class Part(msgspec.Struct, frozen=True, tag="review"):
    """What a message has to say in a review beside others; kept with it until it leaves.

    `who` tells two people of the same name apart; `label` and `page` are the thing's, `url` is where this part of the
    review stands; `roles`, `group` and `topic` make the last line.
    """

    language: str
    who: str
    actor: str
    label: str
    page: str
    url: str
    reason: Reason
    roles: tuple[str, ...]
    topic: str
    group: str = ""

    @property
    def by(self) -> str:
        """Return the group by whose name the person is told of this, "" where another reason comes first."""
        return self.group if self.roles[:1] == (Role.GROUP,) else ""


def gathers_in(event: Event) -> str:
    """Name the group in which a review gathers: what one person does to one thing."""
    return f"{identity(event.actor)}:{event.thing.key}"


def part_of(event: Event, told: Sequence[Notice], language: str, topic: str) -> Part:
    """Return what a message about an event has to say beside others; `told` has the strongest notice first."""
    return Part(
        language=language,
        who=identity(event.actor),
        actor=called(event.actor),
        label=label(event.thing),
        page=address(event.thing).partition("#")[0],
        url=address(event.thing),
        reason=told[0].reason,
        roles=roles_of(told),
        topic=topic,
        group=mentioned_group(told),
    )


@dataclass(frozen=True, slots=True)
class Review:
    """Words for several parts of one review; `command` is the slash command's trigger with its slash."""

    templates: Templates
    command: str

    def __call__(self, parts: Sequence[Part]) -> Whole | None:
        """Return what stands above, beside and below the cards; None for parts of several reviews."""
        if len({(part.who, part.page) for part in parts}) != 1:
            return None
        return Whole(self._headline(parts), self._titles(parts), self._more(parts), self._because(parts))

    def _headline(self, parts: Sequence[Part]) -> str:
        said = [part.reason for part in parts if part.reason in TALK]
        decided = [part.reason for part in parts if part.reason not in TALK]
        return self._say(
            parts,
            decided[-1] if decided else Reason.COMMENTED,
            actor=parts[0].actor,
            link=link(parts[0].label, parts[0].page),
            count=len(said),
            mentioned=Reason.MENTIONED in said,
            whom=self._whom(parts),
            replied=Reason.REPLIED in said,
        )

    def _whom(self, parts: Sequence[Part]) -> Markdown:
        """Say who was mentioned: the person, where a part does so by name, else the first group of theirs."""
        groups = [part.by for part in parts if part.reason is Reason.MENTIONED]
        return self.templates.render(
            parts[-1].language, "whom", "whom", group=groups[0] if all(groups) and groups else ""
        )

    def _titles(self, parts: Sequence[Part]) -> tuple[str | None, ...]:
        """Give every comment a card with a link of its own; a decision needs none."""
        comment = self._say(parts, "comment")
        return tuple(str(link(comment, part.url)) if part.reason in TALK else None for part in parts)

    def _more(self, parts: Sequence[Part]) -> str:
        """Count and link the comments that are not quoted."""
        rest = [part for part in parts if part.reason in TALK][QUOTED:]
        links = tuple(link(str(number), part.url) for number, part in enumerate(rest, QUOTED + 1))
        return self._say(parts, "more", count=len(rest), links=links) if rest else ""

    def _because(self, parts: Sequence[Part]) -> str:
        strongest = min(parts, key=lambda part: (STRENGTH[part.reason], part.by != ""))
        roles = tuple(dict.fromkeys((*strongest.roles, *(role for part in parts for role in part.roles))))
        group = strongest.group or next((part.group for part in parts if part.group), "")
        return last_line(self.templates, self.command, strongest.language, roles, strongest.topic, group)

    def _say(self, parts: Sequence[Part], block: str, **values: object) -> str:
        return str(self.templates.render(parts[-1].language, "review", block, **values))
