"""The settings dialog and Mattermost: opened for who has just typed `settings`, and `POST /mattermost/dialog`.

Anybody may send the bot anything in the name of a dialog, so `state` is signed for the one person it was opened for and
for a while. Source: https://developers.mattermost.com/integrate/plugins/interactive-dialogs/; only 200 counts as taken.
"""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import falcon
import msgspec
from sqlalchemy import Connection

from bot import mailbox
from bot.asking import Reply
from bot.choices import choices_of, choose
from bot.errors import OutsideError
from bot.form import Submission, chosen, elements
from bot.looking import TROUBLE, Asking
from bot.markdown import Markdown, plain
from bot.mattermost import Mattermost
from bot.people import Member, PersonKey
from bot.preferences import Choices, language
from bot.signing import is_signed, sign
from bot.slash import Desk, carry_out
from bot.tally import Tally

PATH = "/mattermost/dialog"
WORDS = "settings"
PURPOSE = "settings"
OPEN_MS = 15 * 60 * 1000
"""How long a dialog may stand open."""

LIMIT = 64 * 1024
"""Bytes; what the dialog sends is some hundred."""

log = logging.getLogger(__name__)


class Submitted(msgspec.Struct, frozen=True):
    """What Mattermost sends; `user_id` is who submits, `state` what the dialog was opened with."""

    user_id: str
    state: str = ""
    submission: dict[str, str | bool | float | None] | None = None
    cancelled: bool = False


@dataclass(frozen=True, slots=True)
class Opened:
    """A dialog of ours: whether it `is_over`, and the address to which a later answer goes, "" for nowhere."""

    is_over: bool
    address: str


@dataclass(frozen=True, slots=True)
class Dialogs:
    """Opens the dialog; `url` is where Mattermost reaches the bot, `key` signs, `command` is the trigger."""

    mattermost: Mattermost
    url: str
    key: Callable[[], bytes]
    command: str
    now: Callable[[], int]

    def show(self, desk: Desk, asking: Asking, trigger: str) -> None:
        """Open the dialog for who has just done something; `trigger` is Mattermost's proof of that, for three seconds.

        Raises:
            bot.errors.OutsideError: it did not open.

        """
        choices = asking.choices
        say = partial(_said, desk, language(choices, desk.defaults, asking.member))
        dialog = {
            "callback_id": PURPOSE,
            "title": say("title"),
            "introduction_text": say("introduction"),
            "submit_label": say("save"),
            "state": self.state(asking.member.key, asking.address),
            "elements": elements(
                choices, desk.topics, desk.defaults, say, lambda topic: plain(say(f"topic_{topic}", "help"))
            ),
        }
        self.mattermost.open_dialog(trigger, self.url.rstrip("/") + PATH, dialog)

    def state(self, person: PersonKey, address: str) -> str:
        """Return what proves, for a while, that a dialog was opened for a person, and where it is answered later."""
        until = str(self.now() + OPEN_MS)
        return f"{until}.{sign(self.key(), PURPOSE, person, until, address)}.{address}"

    def opened(self, submitted: Submitted) -> Opened | None:
        """Return what a dialog of ours was opened with, whenever that was; None for any other, or another's."""
        until, _, rest = submitted.state.partition(".")
        signature, _, address = rest.partition(".")
        if not is_signed(signature, self.key(), PURPOSE, submitted.user_id, until, address):
            return None
        return Opened(int(until) < self.now(), address)


class Dialog:
    """The resource that Mattermost calls."""

    def __init__(self, desk: Desk, dialogs: Dialogs, wake: Callable[[], None]) -> None:
        self._desk = desk
        self._dialogs = dialogs
        self._wake = wake
        self.counts = Tally()

    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Take what somebody filled in, or say what is wrong with it, at each element.

        Raises:
            falcon.HTTPError: 413 too large, 400 for what no dialog sends, 403 for one that was not opened by us, or
                not for this person.

        """
        if (req.content_length or 0) > LIMIT:
            raise falcon.HTTPContentTooLarge
        submitted = _read(req.bounded_stream.read())
        opened = self._dialogs.opened(submitted)
        if opened is None:
            self.counts.add("forged")
            raise falcon.HTTPForbidden(description="not a dialog of ours, or not yours")
        self.counts.add("answered")
        try:
            resp.media = {} if submitted.cancelled else self._taken(submitted, opened)
        except OutsideError as wrong:
            log.warning("a dialog could not be taken: %s", wrong)
            resp.media = {"error": self._say(Choices(), None, TROUBLE)}

    def _taken(self, submitted: Submitted, opened: Opened) -> Mapping[str, Any]:
        member = self._desk.member(PersonKey(submitted.user_id))
        if member is None:
            return {"error": self._say(Choices(), None, Reply("not_member", {}))}
        submission = {} if opened.is_over else submitted.submission or {}
        fill_in = partial(_fill_in, desk=self._desk, member=member, submission=submission)
        choices, wrong = self._desk.store.write(fill_in)
        if opened.is_over:
            return {"error": self._say(choices, member, Reply("too_late", {}, words=WORDS))}
        if wrong:
            said = {name: self._say(choices, member, Reply(block, {}, words=WORDS)) for name, block in wrong.items()}
            return {"errors": said}
        self._wake()
        if opened.address:
            self._confirm(opened.address, member)
        return {}

    def _confirm(self, address: str, member: Member) -> None:
        """Say what holds now to who has typed the command; the form itself can show nothing but errors."""
        account, matched = self._desk.account(member)
        status = partial(carry_out, text="status", member=member, desk=self._desk, account=account, matched=matched)
        choices, reply = self._desk.store.write(status)
        text = self._say(choices, member, reply)
        try:
            self._desk.looking.patience.ask(partial(self._desk.looking.follow_up.send, address, text))
        except OutsideError as wrong:
            log.warning("what holds after a dialog could not be shown: %s", wrong)

    def _say(self, choices: Choices, member: Member | None, reply: Reply) -> Markdown:
        return self._desk.say(choices, member, Markdown(self._dialogs.command), reply)


def _fill_in(conn: Connection, desk: Desk, member: Member, submission: Submission) -> tuple[Choices, dict[str, str]]:
    """Read the choices and keep what changed, in one transaction; return what holds, and what is wrong."""
    mailbox.lock(conn, [member.key])  # a command at the same time would keep what had been chosen before
    choices = choices_of(conn, [member.key]).get(member.key, Choices())
    after, wrong = chosen(submission, choices, desk.topics, desk.defaults)
    if after != choices:
        choose(conn, member.key, after, desk.store.now())
    return after, wrong


def _said(desk: Desk, spoken: str, block: str, words: str = WORDS) -> str:
    return str(desk.templates.render(spoken, words, block))


def _read(body: bytes) -> Submitted:
    try:
        return msgspec.json.decode(body, type=Submitted)
    except msgspec.MsgspecError as wrong:
        raise falcon.HTTPBadRequest(description="not what a dialog sends") from wrong
