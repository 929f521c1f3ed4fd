"""What a person wants to hear nothing of: a project, a group, one thing, somebody."""

from collections.abc import Collection, Iterable

import msgspec

BOTS = "bots"
"""The key of what no person did."""


class Mute(msgspec.Struct, frozen=True, omit_defaults=True):
    """One thing that a person has muted.

    `what` is a key as messages have it in `about`, the way people write it: `web/shop`, `web/shop!12`, `@kim`. `until`
    is milliseconds since 1970, 0 for good. Mentions by people come through, unless `mentions` are muted with the rest.
    """

    what: str
    until: int = 0
    mentions: bool = False


def thing_of(about: Collection[str]) -> str:
    """Return the key of the one thing that a message is about, "" where it is about none that can be muted alone."""
    first = next(iter(about), "")
    return first if {"!", "#"} & set(first) else ""


def lasting(mutes: Iterable[Mute], now: int) -> tuple[Mute, ...]:
    """Return the mutes that are not over."""
    return tuple(mute for mute in mutes if not mute.until or mute.until > now)


def muted(mutes: Iterable[Mute], about: Collection[str], now: int, *, by_name: bool) -> bool:
    """Say whether a message is muted; `by_name` is one in which a person calls the reader by name."""
    return any(mute.what in about and (mute.mentions or not by_name) for mute in lasting(mutes, now))


def with_mute(mutes: Iterable[Mute], mute: Mute) -> tuple[Mute, ...]:
    """Return the mutes with one more, in the place of one of the same thing."""
    return (*without(mutes, mute.what), mute)


def without(mutes: Iterable[Mute], what: str) -> tuple[Mute, ...]:
    """Return the mutes but for that of one thing."""
    return tuple(mute for mute in mutes if mute.what != what)
