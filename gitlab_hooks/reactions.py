"""One line for the emoji that people give to one thing within a moment: which, how many of each, from whom."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import msgspec

from bot.markdown import Markdown, link
from bot.templates import Templates
from bot.together import Whole
from gitlab_hooks.emojis import shown_emoji
from gitlab_hooks.event import Event, identity
from gitlab_hooks.last_line import last_line, roles_of
from gitlab_hooks.naming import address, called, label, shortened
from gitlab_hooks.notices import Notice

NAMED = 4
"""People whom the line names; where there are more, it names all but one of so many and counts the others."""


class Reaction(msgspec.Struct, frozen=True, tag="reaction"):
    """What a message about an emoji has to say beside others; kept with it until it leaves.

    `target` is the key of what got the emoji, `on` what that is ("note", "issue"), `url` where it stands and `label`
    what it belongs to; `by` tells two people of the same name apart; `emoji` is GitLab's name for it.
    """

    language: str
    target: str
    on: str
    label: str
    url: str
    by: str
    actor: str
    emoji: str
    roles: tuple[str, ...]
    topic: str


def gathers_in(event: Event) -> str:
    """Name the group in which emoji gather: those on one thing, whoever gives them."""
    return f"reactions:{event.target}"


def reaction_of(event: Event, told: Sequence[Notice], language: str, topic: str) -> Reaction:
    """Return what a message about an emoji has to say beside others; `told` has the strongest notice first."""
    return Reaction(
        language=language,
        target=event.target,
        on=shortened(event.on),
        label=label(event.thing),
        url=address(event.thing),
        by=identity(event.actor),
        actor=called(event.actor),
        emoji=shortened(event.emoji),
        roles=roles_of(told),
        topic=topic,
    )


def counts(given: Iterable[Reaction]) -> tuple[tuple[Markdown, int], ...]:
    """Count each emoji as it is shown, most first, then first given; GitLab takes each from a person once."""
    each = dict.fromkeys((one.by, shown_emoji(one.emoji)) for one in given)
    return tuple(Counter(emoji for _, emoji in each).most_common())


@dataclass(frozen=True, slots=True)
class Reactions:
    """Words for several emoji on one thing; `command` is the slash command's trigger with its slash."""

    templates: Templates
    command: str

    def __call__(self, given: Sequence[Reaction]) -> Whole | None:
        """Return one line above one card, which quotes the thing as it was last; None for emoji on several things."""
        if len({one.target for one in given}) != 1:
            return None
        last = given[-1]
        roles = tuple(dict.fromkeys(role for one in given for role in one.roles))
        because = last_line(self.templates, self.command, last.language, roles, last.topic)
        return Whole(self._headline(given), (*[None] * (len(given) - 1), ""), "", because)

    def _headline(self, given: Sequence[Reaction]) -> str:
        """Say it as of a single emoji where a single person gave all of them."""
        last, counted = given[-1], counts(given)
        names = tuple({one.by: one.actor for one in given}.values())
        if len(names) == 1:
            emoji = " ".join(shown for shown, _ in counted)
            return self._say(last, "reacted", actor=names[0], emoji=Markdown(emoji))
        emoji = " ".join(f"{shown} {count}" for shown, count in counted)
        named = names if len(names) <= NAMED else names[: NAMED - 1]
        return self._say(last, "reacted_together", emoji=Markdown(emoji), people=named, others=len(names) - len(named))

    def _say(self, last: Reaction, block: str, **values: object) -> str:
        place = link(last.label, last.url)
        return str(self.templates.render(last.language, "emoji", block, on=last.on, link=place, **values))
