"""The command that asks for a daily digest of what waits."""

import msgspec

from bot.asking import Answer, Ask, Reply, shortened
from bot.daily import Digest, daily
from bot.preferences import Choices
from bot.silence import OFF


def digest(ask: Ask) -> Answer:
    """Set the hour and the days at which somebody is told what waits for them, or none."""
    if not ask.words:
        return _reply(ask, ask.choices, "how_to_digest")
    if ask.words[0] in OFF:
        return _reply(ask, msgspec.structs.replace(ask.choices, digest=None), "digest_off")
    chosen = daily(ask.words)
    if chosen is None:
        return _reply(ask, ask.choices, "no_hour", word=shortened(" ".join(ask.words)))
    minute, days = chosen
    wish = Digest(minute, days, ask.asker.milliseconds)
    return _reply(ask, msgspec.structs.replace(ask.choices, digest=wish), "digest_set")


def _reply(ask: Ask, choices: Choices, block: str, **values: object) -> Answer:
    known = {"digest": choices.digest, "zone": ask.asker.now.tzname() or "UTC"}
    return choices, Reply(block, known | values, words="digest")
