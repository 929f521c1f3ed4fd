"""What a person has chosen to hear."""

from collections.abc import Mapping
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from bot.daily import Digest
from bot.mutes import Mute
from bot.people import Member
from bot.quiet import Quiet

LANGUAGES = ("en", "ko")
QUOTES = ("off", "short", "full")


class Defaults(msgspec.Struct, frozen=True):
    """What holds for a person who has chosen nothing: `[defaults]` of `bot.toml`."""

    opted_in: bool = True
    language: Literal["auto", "en", "ko"] = "auto"
    quote: Literal["off", "short", "full"] = "short"
    batch_seconds: Annotated[float, Meta(ge=0, le=300)] = 3
    batch_at_most_seconds: Annotated[float, Meta(ge=0, le=3600)] = 15


class Choices(msgspec.Struct, frozen=True, omit_defaults=True):
    """One person's choices; None and what is missing mean: as the house has it.

    `switches` says on or off for a topic or for a single reason; a reason's own switch beats its topic's. Until
    `snoozed`, in milliseconds since 1970, and in `quiet` time everything is held. `digest` is
    when they want to be told what waits for them.
    """

    opted_in: bool | None = None
    language: str | None = None
    switches: dict[str, bool] = {}
    quote: str | None = None
    threads: bool | None = None
    mutes: tuple[Mute, ...] = ()
    snoozed: int = 0
    quiet: Quiet | None = None
    digest: Digest | None = None
    own: bool | None = None


def opted_in(choices: Choices, defaults: Defaults) -> bool:
    """Say whether a person hears anything at all."""
    return defaults.opted_in if choices.opted_in is None else choices.opted_in


def hears(choices: Choices, switch: str, topic: str) -> bool:
    """Say whether a person has a switch on: that of a reason, mostly."""
    return choices.switches.get(switch, choices.switches.get(topic, True))


def language(choices: Choices, defaults: Defaults, member: Member | None) -> str:
    """Name the language for a person: their choice, the house's, or that of their Mattermost."""
    chosen = choices.language or defaults.language
    if chosen in LANGUAGES:
        return chosen
    spoken = (member.locale if member else "").partition("-")[0].lower()
    return spoken if spoken in LANGUAGES else "en"


def quote(choices: Choices, defaults: Defaults) -> str:
    """Name how much of a comment is quoted for a person: their choice, or the house's."""
    return choices.quote if choices.quote in QUOTES else defaults.quote


def threaded(choices: Choices) -> bool:
    """Say whether a person wants what comes later about a thing as replies to the first; the house never has it so."""
    return bool(choices.threads)


def told_of_own_acts(choices: Choices) -> bool:
    """Say whether a person hears of what they did themselves, too; the house never has it so."""
    return bool(choices.own)


def switched(choices: Choices, names: Mapping[str, frozenset[str]], *, on: bool) -> Choices:
    """Return the choices with some topics or reasons switched; a topic takes its reasons with it.

    `names` maps each chosen name to the reasons below it, none for a reason itself.
    """
    below = frozenset().union(*names.values())
    kept = {name: state for name, state in choices.switches.items() if name not in below}
    return msgspec.structs.replace(choices, switches=kept | dict.fromkeys(names, on))
