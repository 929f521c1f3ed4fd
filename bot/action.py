"""`POST /mattermost/action`: somebody has pressed a button, and only whose message it is can do so.

Mattermost calls it without any proof of its own (https://developers.mattermost.com/integrate/plugins/interactive-messages/),
so what a button carries is signed (`bot.pressed`). Whatever is not 200 with a JSON object it shows as an error.
"""

import logging
from collections.abc import Callable
from functools import partial
from typing import Any

import falcon
import msgspec

from bot import pressed
from bot.asking import Reply
from bot.buttons import WORDS
from bot.choices import choices_of
from bot.errors import OutsideError
from bot.looking import TROUBLE
from bot.markdown import Markdown
from bot.people import Member, PersonKey
from bot.preferences import Choices
from bot.pressed import Pressed
from bot.pressing import ACTS, Acts, Press
from bot.slash import Desk
from bot.tally import Tally

LIMIT = 64 * 1024
"""Bytes; Mattermost sends about one thousand."""

log = logging.getLogger(__name__)


class Context(msgspec.Struct, frozen=True):
    """What a button carries, and the option that was chosen from a menu, which the server adds and nobody checks."""

    act: str
    message: int
    signed: str
    selected_option: str = ""


class Callback(msgspec.Struct, frozen=True):
    """What Mattermost sends; `user_id` is who pressed."""

    user_id: str
    post_id: str
    context: Context


class Action:
    """The resource that Mattermost calls; `wake` is called after something was done, `token` gives unique texts."""

    def __init__(
        self,
        desk: Desk,
        acts: Acts,
        key: Callable[[], bytes],
        command: str,
        wake: Callable[[], None],
        token: Callable[[], str],
    ) -> None:
        self._desk = desk
        self._acts = acts
        self._key = key
        self._command = Markdown(command)
        self._wake = wake
        self._token = token
        self.counts = Tally()

    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Do what a button says.

        Raises:
            falcon.HTTPError: 413 too large, 400 for what no button sends, 403 for a button that is none of ours, or
                not this person's.

        """
        if (req.content_length or 0) > LIMIT:
            raise falcon.HTTPContentTooLarge
        callback = _read(req.bounded_stream.read())
        try:
            found = self._authentic(callback)
            resp.media = self._answered(callback, found)
        except OutsideError as wrong:
            log.warning("a button could not be answered: %s", wrong)
            resp.media = {"ephemeral_text": self._desk.say(Choices(), None, self._command, TROUBLE)}

    def _authentic(self, callback: Callback) -> Pressed | None:
        """Return the message that was meant; None where it is gone, so that nobody can say any more whose it was."""
        context = callback.context
        found = self._desk.store.read(partial(pressed.read, message=context.message))
        if found is None:
            self.counts.add("gone")
            return None
        person, post = callback.user_id, callback.post_id
        signed = pressed.may(self._key(), context.signed, context.act, found, person=person, post=post)
        if context.act not in ACTS or not signed:
            self.counts.add("forged")
            raise falcon.HTTPForbidden(description="not a button of ours, or not yours")
        self.counts.add("answered")
        return found

    def _answered(self, callback: Callback, found: Pressed | None) -> dict[str, Any]:
        person = PersonKey(callback.user_id)
        if found is None:  # anybody may say who they are: nobody is looked up for that
            return self._said(person, self._desk.directory.roster.by_key.get(person), Reply("gone", {}, words=WORDS))
        member = self._desk.member(person)
        if member is None:
            return self._said(person, None, Reply("not_member", {}))
        press = Press(found, member, callback.context.selected_option, self._token())
        reply = self._desk.store.write(partial(self._acts, act=callback.context.act, press=press))
        self._wake()
        return self._said(person, member, reply) if reply else {}

    def _said(self, person: PersonKey, member: Member | None, reply: Reply) -> dict[str, Any]:
        choices = self._desk.store.read(partial(choices_of, persons=[person])).get(person, Choices())
        return {"ephemeral_text": self._desk.say(choices, member, self._command, reply)}


def _read(body: bytes) -> Callback:
    try:
        return msgspec.json.decode(body, type=Callback)
    except msgspec.MsgspecError as wrong:
        raise falcon.HTTPBadRequest(description="not what a button sends") from wrong
