"""How several messages of one group become one post: whoever made them says what stands around their cards."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from bot.messages import Card
from bot.outbox import Waiting

QUOTED = 5
"""Cards that a post shows; the messages beyond are counted with links, or summed up."""


@dataclass(frozen=True, slots=True)
class Whole:
    """One headline for all, a title for each message's card, a line for what is not shown, and the last line.

    A title may be "", and None for a message whose card is not shown. `card` stands in the place of the messages' own,
    where they are summed up rather than shown; those whose ids are `in_full` are shown all the same, above it.
    """

    headline: str
    titles: tuple[str | None, ...] = ()
    more: str = ""
    because: str = ""
    card: Card | None = None
    in_full: frozenset[int] = frozenset()


Together = Callable[[Sequence[Waiting]], Whole | None]
"""(messages of one group) → the whole, or None where they have nothing to say as one."""


def by_kind(each: Mapping[str, Together], rest: Together) -> Together:
    """Return what puts the groups of a kind (`catch_up` of `catch_up:mina`) together in its own way, and the rest."""

    def together(messages: Sequence[Waiting]) -> Whole | None:
        kind = messages[0].group.partition(":")[0]
        return each.get(kind, rest)(messages)

    return together


def apart(_messages: Sequence[Waiting]) -> Whole | None:
    """Let every message of a post speak for itself."""
    return None
