"""The buttons below a card: mute this, remind me, why; drawn as things stand, each signed for the one who may press it.

Buttons and menus: https://developers.mattermost.com/integrate/plugins/interactive-messages/
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import Connection

from bot import fit, reminders
from bot.choices import choices_of
from bot.controls import Controls, Handle
from bot.markdown import Markdown
from bot.mutes import lasting, thing_of
from bot.people import Member, PersonKey
from bot.preferences import Choices, Defaults, language
from bot.pressed import signature
from bot.templates import Templates
from bot.zones import local

PATH = "/mattermost/action"
WORDS = "buttons"
NOTE_ROOM = 500

IN_AN_HOUR, TOMORROW, NEVER = "hour", "tomorrow", "never"
"""What the menu of "Remind me" offers, as its options are called on their way back."""


@dataclass(frozen=True, slots=True)
class Buttons:
    """Draws the buttons of a message; `url` is where Mattermost reaches the bot, `key` signs, `command` is the trigger.

    `known` gives the members of the notification channel, `now` the store's time.
    """

    url: str
    key: Callable[[Connection], bytes]
    templates: Templates
    defaults: Defaults
    command: str
    known: Callable[[PersonKey], Member | None]
    now: Callable[[], int]
    _labels: dict[tuple[str, str], str] = field(default_factory=dict)

    def __call__(self, conn: Connection, handle: Handle) -> Controls:
        """Return the actions of a message, and a line that says what its person has done with them."""
        choices = choices_of(conn, [handle.person]).get(handle.person, Choices())
        member = self.known(handle.person)
        spoken = language(choices, self.defaults, member)
        thing = thing_of(handle.about)
        muted = thing if any(one.what == thing for one in lasting(choices.mutes, self.now())) else ""
        due = reminders.due(conn, handle.person, handle.message)
        when = None if due is None else local(due, member)
        button = partial(self._button, handle, spoken, self.key(conn))
        actions = [button("unmute" if muted else "mute")] if thing else []
        actions += [self._remind(button, spoken, is_set=due is not None), button("why")]
        return {"actions": actions, **(self._done(spoken, muted, when) if muted or when else {})}

    def _done(self, spoken: str, muted: str, reminded: datetime | None) -> dict[str, Any]:
        """Return a line below the text of a card, without a heading; never a null, which makes the server panic."""
        values = {"muted": Markdown(muted), "reminded": reminded, "command": Markdown(self.command)}
        said = self.templates.render(spoken, WORDS, "done", **values)
        return {"fields": [{"title": "", "value": str(fit.clip(said, NOTE_ROOM)), "short": False}]}

    def _remind(self, button: Callable[[str], dict[str, Any]], spoken: str, *, is_set: bool) -> dict[str, Any]:
        offered = (IN_AN_HOUR, TOMORROW, NEVER) if is_set else (IN_AN_HOUR, TOMORROW)
        options = [{"text": self._say(spoken, option), "value": option} for option in offered]
        return button("remind") | {"type": "select", "options": options}

    def _button(self, handle: Handle, spoken: str, key: bytes, act: str) -> dict[str, Any]:
        """Return one button; the server takes letters and digits alone for its id, and the first of equal ones."""
        context = {"act": act, "message": handle.message, "signed": signature(key, act, handle)}
        return {
            "id": f"{act}{handle.message}",
            "type": "button",
            "name": self._say(spoken, act),
            "integration": {"url": self.url.rstrip("/") + PATH, "context": context},
        }

    def _say(self, spoken: str, block: str) -> str:
        """Return a label; they depend on nothing else, and every card has them."""
        if (spoken, block) not in self._labels:
            self._labels[spoken, block] = str(self.templates.render(spoken, WORDS, block))
        return self._labels[spoken, block]
