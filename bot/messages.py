"""What a person is to be told: a headline and a card, before anything is sent, and how the card changes later."""

import msgspec

from bot.people import PersonKey

EDIT = "edit"
"""The kind of a message that is no post of its own but changes a card of one."""

ALARM = "alarm"
"""The kind of a message that tells an administrator what somebody has to see to."""

SAMPLE = "sample"
"""The kind of a message that somebody asked for to see that one arrives."""

REMINDER = "reminder"
"""The kind of a message that tells once more, at a time that its person has chosen."""


CATCH_UP = "catch_up"
"""The kind of group of what a person is told late, because the bot was away: it leaves as a summary."""

HELD = "held"
"""The kind of group of what a person did not want to hear yet."""


def catch_up_group(person: PersonKey) -> str:
    """Return the group of what a person is told late."""
    return f"{CATCH_UP}:{person}"


class Card(msgspec.Struct, frozen=True, omit_defaults=True):
    """The attachment below a headline.

    `text` is Markdown and already safe; `because` is the last line, which names the reason and the command that
    stops it; `color` is `#rrggbb`; `avatar` is an https address or ""; `footer` says in plain text where it happened.
    """

    text: str = ""
    because: str = ""
    color: str = ""
    avatar: str = ""
    footer: str = ""


class Message(msgspec.Struct, frozen=True):
    """A notice put into words for one person.

    `fact` names what happened and makes the message unique with `person` and `kind`; `object` is the opaque key of
    what it happened to, the lane in which order is kept; `group` gathers messages that leave as one post, and
    `batched` says that the group may wait a moment for more of them. `reason` and `topic` are what a person can
    switch off while the message waits; where its switch is not the reason, `switch` names it. `announces` is the object
    whose announcement this is, "" for all others: if the message never leaves, the object counts as not announced.
    `context` is what its maker needs to know of it again when it leaves together with others (`bot.together`), in a
    form that only the maker reads. `edits` is the message whose card one of kind `EDIT` changes (`bot.edits`), by its
    number in the outbox. `about` are the keys by which it can be muted (`bot.mutes`); with `by_name` a person calls the
    reader by name in it.
    """

    person: PersonKey
    fact: str
    object: str
    group: str
    reason: str
    topic: str
    headline: str
    card: Card = Card()
    batched: bool = False
    kind: str = "new"
    announces: str = ""
    context: str = ""
    switch: str = ""
    edits: int | None = None
    about: tuple[str, ...] = ()
    by_name: bool = False


class Change(msgspec.Struct, frozen=True):
    """The last line and the colour of a message's card from now on.

    `message` is its number in the outbox, `fact` names what happened, and `settled` is what that makes of the message,
    in a word that only its maker reads.
    """

    message: int
    person: PersonKey
    fact: str
    settled: str
    because: str
    color: str
