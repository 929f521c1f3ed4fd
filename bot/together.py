"""How several messages of one group become one post: whoever made them says what stands around their cards."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bot.outbox import Waiting

QUOTED = 5
"""Cards that a post shows; the messages beyond are counted with links."""


@dataclass(frozen=True, slots=True)
class Whole:
    """One headline for all, a title for each message's card, a line for what is not shown, and the last line.

    A title may be "", and None for a message whose card is not shown.
    """

    headline: str
    titles: tuple[str | None, ...]
    more: str
    because: str


Together = Callable[[Sequence[Waiting]], Whole | None]
"""(messages of one group) → the whole, or None where they have nothing to say as one."""


def apart(_messages: Sequence[Waiting]) -> Whole | None:
    """Let every message of a post speak for itself."""
    return None
