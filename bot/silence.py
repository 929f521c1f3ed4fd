"""The commands that let everything wait: snooze, wake, quiet time."""

import msgspec

from bot.asking import Answer, Ask, Reply, shortened
from bot.preferences import Choices
from bot.quiet import always, hours
from bot.when import until
from bot.zones import in_milliseconds

OFF = frozenset({"off", "none", "끄기", "꺼", "없음", "해제"})


def snooze(ask: Ask) -> Answer:
    """Hold everything for a while, or until a time."""
    if not ask.words:
        return _reply(ask, ask.choices, "how_to_snooze")
    end = until(ask.words, ask.asker.now)
    if end is None:
        return _reply(ask, ask.choices, "no_time", word=shortened(" ".join(ask.words)))
    return _reply(ask, msgspec.structs.replace(ask.choices, snoozed=in_milliseconds(end)), "snoozed")


def wake(ask: Ask) -> Answer:
    """End a snooze; what was held comes now, unless it is quiet time."""
    return _reply(ask, msgspec.structs.replace(ask.choices, snoozed=0), "woken")


def quiet(ask: Ask) -> Answer:
    """Set the hours and days in which everything is held, or none."""
    if not ask.words:
        return _reply(ask, ask.choices, "how_to_quiet")
    if ask.words[0] in OFF:
        return _reply(ask, msgspec.structs.replace(ask.choices, quiet=None), "quiet_off")
    chosen = hours(ask.words)
    if chosen is None:
        return _reply(ask, ask.choices, "no_hours", word=shortened(" ".join(ask.words)))
    if always(chosen):
        return _reply(ask, ask.choices, "always_quiet")
    return _reply(ask, msgspec.structs.replace(ask.choices, quiet=chosen), "quiet_set")


def _reply(ask: Ask, choices: Choices, block: str, **values: object) -> Answer:
    return choices, Reply(block, sleep(ask, choices) | values, words="silence")


def sleep(ask: Ask, choices: Choices) -> dict[str, object]:
    """Return what is shown of the time in which somebody wants to be left alone, and what waits for its end."""
    return {
        "snoozed": ask.asker.at(choices.snoozed) if choices.snoozed > ask.asker.milliseconds else None,
        "quiet": choices.quiet,
        "waiting": ask.asker.waiting,
        "zone": ask.asker.now.tzname() or "UTC",
    }
