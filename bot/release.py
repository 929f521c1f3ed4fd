"""What a person's choices make of a message that is due: it goes, waits, or never goes."""

from collections.abc import Collection

from bot.daily import DIGEST
from bot.messages import ALARM, EDIT, REMINDER, SAMPLE
from bot.mutes import muted
from bot.outbox import Decision, Drop, Hold, Send, Waiting
from bot.people import Member
from bot.preferences import Choices, Defaults, hears, opted_in, threaded
from bot.quiet import quiet_until
from bot.zones import zone_of

AT_ONCE = frozenset({ALARM, EDIT, SAMPLE})
"""Kinds that go whatever a person has switched off, and in quiet time too."""


def release(
    waiting: Waiting,
    choices: Choices,
    defaults: Defaults,
    member: Member | None,
    now: int,
    over: Collection[str] = (),
) -> Decision:
    """Decide once more when a message is due: who switched off or left while it waited does not get it.

    What they have been sent stays true, whatever they switched off since: edits go to all who are still there. So do
    a sample, which was asked for, and an alarm, which cannot wait. A reminder was asked for too, and goes unless they
    want nothing at all.
    `member` is the person as the directory now knows them, None for one who is no longer in the channel; `now` is
    milliseconds since 1970; `over` are the ways of being settled in which what was held, or is to remind, asks for
    nothing any more, but what somebody said to a person by name is said all the same.
    """
    if member is None:
        return Drop("not_matched")
    if not member.active:
        return Drop("deactivated")
    if waiting.kind in AT_ONCE:
        return Send()
    if why := _unwanted(waiting, choices, defaults, now):
        return Drop(why)
    if (waiting.was_held or waiting.kind == REMINDER) and waiting.settled in over and not waiting.by_name:
        return Drop("withdrawn")
    until = quiet_for(choices, member, now)
    return Hold(until) if until > now else Send(threaded(choices))


def _unwanted(waiting: Waiting, choices: Choices, defaults: Defaults, now: int) -> str:
    """Return the verdict on what a person does not want to hear, "" for what they do."""
    if not opted_in(choices, defaults):
        return "opted_out"
    if waiting.kind == REMINDER:
        return ""
    if not hears(choices, waiting.switch or waiting.reason, waiting.topic):
        return "switched_off"
    if waiting.topic == DIGEST and choices.digest is None:
        return "switched_off"
    return "muted" if muted(choices.mutes, waiting.about, now, by_name=waiting.by_name) else ""


def quiet_for(choices: Choices, member: Member | None, now: int) -> int:
    """Return until when a person wants to be left alone, in milliseconds since 1970: now itself if they do not."""
    awake = max(now, choices.snoozed)
    if choices.quiet is None:
        return awake
    return quiet_until(choices.quiet, awake, zone_of(member)) or awake
