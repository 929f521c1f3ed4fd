"""What each button does, in one transaction: a repeat of it leaves everything as it is."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from sqlalchemy import Connection

from bot import edits, reminders
from bot.asking import Reply
from bot.buttons import IN_AN_HOUR, NEVER, TOMORROW, WORDS
from bot.choices import choices_of
from bot.markdown import Markdown
from bot.mutes import thing_of
from bot.people import Member
from bot.preferences import Choices, language
from bot.pressed import Pressed
from bot.slash import Desk, carry_out
from bot.when import until
from bot.zones import in_milliseconds, local

TIMES: Mapping[str, tuple[str, ...]] = {IN_AN_HOUR: ("1h",), TOMORROW: ("tomorrow", "9:00")}
"""What is offered, as people would type it."""

SEEN = frozenset({"muted", "unmuted", "not_muted"})
"""Replies of the slash command that need not be said: the card shows it."""

Explain = Callable[[Connection, Pressed, Callable[[int], datetime]], Reply]
"""(what was pressed, milliseconds → a time on the person's clock) → why its person was told."""


@dataclass(frozen=True, slots=True)
class Press:
    """One press that is known to be its person's; `option` is what they chose from a menu, `token` is of no other."""

    pressed: Pressed
    member: Member
    option: str
    token: str


@dataclass(frozen=True, slots=True)
class Acts:
    """The acts of the buttons; each returns the reply that is shown, None where the card itself shows what was done."""

    desk: Desk
    explain: Explain

    def __call__(self, conn: Connection, act: str, press: Press) -> Reply | None:
        """Do what a button says, and let the card show it."""
        reply = ACTS[act](self, conn, press)
        if act != "why":
            now = self.desk.store.now()
            edits.redraw(conn, press.pressed.message, f"pressed:{press.token}", now)
        return reply

    def _mute(self, conn: Connection, press: Press) -> Reply | None:
        return self._typed(conn, press, "mute")

    def _unmute(self, conn: Connection, press: Press) -> Reply | None:
        return self._typed(conn, press, "unmute")

    def _typed(self, conn: Connection, press: Press, verb: str) -> Reply | None:
        """Do what the slash command does with the thing that the message is about."""
        _, reply = carry_out(conn, f"{verb} {thing_of(press.pressed.about)}", press.member, self.desk)
        return None if reply.block in SEEN else reply

    def _remind(self, conn: Connection, press: Press) -> None:
        now = self.desk.store.now()
        if press.option == NEVER:
            reminders.forget(conn, press.pressed)
        elif end := until(TIMES.get(press.option, ()), local(now, press.member)):
            choices = choices_of(conn, [press.member.key]).get(press.member.key, Choices())
            spoken = language(choices, self.desk.defaults, press.member)
            at = in_milliseconds(end)
            say = partial(self._reminder, spoken)
            reminders.remind(conn, press.pressed, say, at=at, now=now, token=press.token)

    def _reminder(self, spoken: str, headline: str) -> tuple[str, str]:
        render = self.desk.templates.render
        again = render(spoken, WORDS, "reminder", headline=Markdown(headline))
        return str(again), str(render(spoken, WORDS, "because"))

    def _why(self, conn: Connection, press: Press) -> Reply:
        return self.explain(conn, press.pressed, partial(local, member=press.member))


ACTS: Mapping[str, Callable[[Acts, Connection, Press], Reply | None]] = {
    "mute": Acts._mute,  # noqa: SLF001 - the table of this class
    "unmute": Acts._unmute,  # noqa: SLF001
    "remind": Acts._remind,  # noqa: SLF001
    "why": Acts._why,  # noqa: SLF001
}
