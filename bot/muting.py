"""The commands that keep messages away: mute, unmute, mutes."""

import msgspec

from bot.asking import Answer, Ask, Reply, shortened
from bot.markdown import Markdown
from bot.mutes import Mute, lasting, with_mute, without
from bot.preferences import Choices
from bot.when import until
from bot.zones import in_milliseconds

MOST = 100
"""Things that one person may have muted at once: every message is compared with each."""

EVERYTHING = frozenset({"all", "everything", "모두", "전부", "전체"})

MENTIONS_TOO = frozenset({"--mentions", "—mentions", "–mentions", "--멘션", "—멘션"})
"""Some keyboards make one long dash of two short ones."""


def mute(ask: Ask) -> Answer:
    """Mute what is named, for good or for a while."""
    words = [word for word in ask.words if word not in MENTIONS_TOO]
    if not words:
        return _reply(ask, ask.choices, "how_to_mute")
    what, *when = words
    end = until(when, ask.asker.now) if when else None
    if when and end is None:
        return _reply(ask, ask.choices, "no_such_time", word=shortened(" ".join(when)))
    if (key := ask.key_of(what)) is None:
        return _reply(ask, ask.choices, "nothing_to_mute", word=shortened(what))
    kept = without(lasting(ask.choices.mutes, ask.asker.milliseconds), key)
    if len(kept) >= MOST:
        return _reply(ask, ask.choices, "too_many", most=MOST)
    new = Mute(key, in_milliseconds(end) if end else 0, mentions=len(words) < len(ask.words))
    return _reply(ask, msgspec.structs.replace(ask.choices, mutes=with_mute(kept, new)), "muted", what=Markdown(key))


def unmute(ask: Ask) -> Answer:
    """Hear again of what is named, or of everything."""
    if not ask.words:
        return _reply(ask, ask.choices, "how_to_unmute")
    if EVERYTHING & set(ask.words):
        return _reply(ask, msgspec.structs.replace(ask.choices, mutes=()), "unmuted_all")
    key = ask.key_of(ask.words[0])
    if all(one.what != key for one in ask.choices.mutes):
        return _reply(ask, ask.choices, "not_muted", word=shortened(ask.words[0]))
    choices = msgspec.structs.replace(ask.choices, mutes=without(ask.choices.mutes, key or ""))
    return _reply(ask, choices, "unmuted", what=Markdown(key))


def mutes(ask: Ask) -> Answer:
    """Show what is muted."""
    return _reply(ask, ask.choices, "mutes")


def _reply(ask: Ask, choices: Choices, block: str, **values: object) -> Answer:
    return choices, Reply(block, muted_by(ask, choices) | values, words="muting")


def muted_by(ask: Ask, choices: Choices) -> dict[str, object]:
    """Return what is shown of what somebody has muted and of what is not over yet."""
    return {
        "muted": [
            {
                "what": Markdown(one.what),
                "until": ask.asker.at(one.until) if one.until else None,
                "mentions": one.mentions,
            }
            for one in lasting(choices.mutes, ask.asker.milliseconds)
        ]
    }
