"""Messages that wait a moment for more of the same: what gathers under which rule, and how it is put as one."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import msgspec

from bot.outbox import Waiting
from bot.templates import Templates
from bot.together import Whole
from gitlab_hooks import reactions, review
from gitlab_hooks.event import Event
from gitlab_hooks.notices import Notice
from gitlab_hooks.reactions import Reaction, Reactions
from gitlab_hooks.review import Part, Review


@dataclass(frozen=True, slots=True)
class Gathering:
    """One way to gather: `group` names what leaves together, `part` what a message has to say beside the others.

    `part` takes (event, the notices a person is told, strongest first, their language, the topic).
    """

    group: Callable[[Event], str]
    part: Callable[[Event, Sequence[Notice], str, str], Part | Reaction]


REVIEW = Gathering(review.gathers_in, review.part_of)
REACTIONS = Gathering(reactions.gathers_in, reactions.reaction_of)

GATHERINGS = {
    "note.merge_request": REVIEW,
    "note.issue": REVIEW,
    "note.commit": REVIEW,
    "note.snippet": REVIEW,
    "merge_request.approved": REVIEW,
    "merge_request.unapproved": REVIEW,
    "merge_request.changes_requested": REVIEW,
    "emoji.awarded": REACTIONS,
}
"""Rules whose messages gather: a review of one person is one post, and so are the emoji on one thing."""


def context_of(part: Part | Reaction) -> str:
    """Write down, as JSON, what a message has to say beside others."""
    return msgspec.json.encode(part).decode()


@dataclass(frozen=True, slots=True)
class Gathered:
    """Words for several messages of one group, by what they are about."""

    review: Review
    reactions: Reactions

    @classmethod
    def of(cls, templates: Templates, command: str) -> "Gathered":
        """Return our own words; `command` is the slash command's trigger with its slash."""
        return cls(Review(templates, command), Reactions(templates, command))

    def __call__(self, messages: Sequence[Waiting]) -> Whole | None:
        """Return what stands above, beside and below the cards; None for messages that are not one thing."""
        gathered = (one for one in messages if one.context and one.batched)
        parts = [msgspec.json.decode(one.context, type=Part | Reaction) for one in gathered]
        said = [part for part in parts if isinstance(part, Part)]
        given = [part for part in parts if isinstance(part, Reaction)]
        if len(said) == len(messages):
            return self.review(said)
        return self.reactions(given) if len(given) == len(messages) else None
