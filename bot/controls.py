"""What a person can press below a card, and the line that says what they did with it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from sqlalchemy import Connection

from bot.people import PersonKey

Controls = Mapping[str, Any]
"""The parts of an attachment: its `actions`, and in its `fields` what was done; {} for a card without any."""

NONE: Controls = MappingProxyType({})

PARTS = ("actions", "fields")


@dataclass(frozen=True, slots=True)
class Handle:
    """What can be acted upon: one message of a person in the post of a key; `about` is that of the message."""

    message: int
    person: PersonKey
    key: str
    about: Sequence[str]


Drawn = Callable[[Connection, Handle], Controls]
"""Draws the controls of a message as they are by now."""


def bare(_conn: Connection, _handle: Handle) -> Controls:
    """Draw none."""
    return NONE


def placed(props: Mapping[str, Any], place: int, controls: Controls) -> dict[str, Any]:
    """Return the props of a post with the controls of one of its attachments put in or changed."""
    attachments = list(props["attachments"])
    kept = {name: value for name, value in attachments[place].items() if name not in PARTS}
    attachments[place] = kept | dict(controls)
    return {**props, "attachments": attachments}
