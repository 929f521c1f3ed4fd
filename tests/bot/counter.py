"""The engine with buttons below its cards, and the addresses that Mattermost calls when somebody presses one."""

import itertools
import json
import os
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import Any

from falcon.testing import Result, TestClient
from sqlalchemy import Connection

from bot.action import Action
from bot.asking import Reply
from bot.buttons import Buttons
from bot.choices import choices_of, choose
from bot.dialog import Dialog, Dialogs
from bot.directory import Directory
from bot.errors import TryLater
from bot.follow_up import FollowUp
from bot.keys import key_named
from bot.looking import Looking
from bot.markdown import Markdown
from bot.outbox import Decision, Waiting
from bot.patience import Patience
from bot.people import Member, PersonKey
from bot.posts import Design
from bot.preferences import Choices, Defaults
from bot.pressed import Pressed
from bot.pressing import Acts
from bot.release import release
from bot.slash import Desk, SlashCommand
from bot.store.schema import outbox
from bot.templates import Templates
from bot.together import Together, apart
from bot.web import create_app
from gitlab_hooks.notices import topics
from gitlab_hooks.parts import WORDS
from gitlab_hooks.what import key_of
from tests.bot.engine import Engine
from tests.bot.fakes import FakeMattermost, Time

URL = "https://nudge.example.com"
MINA = Member(PersonKey("mina"), "mina", timezone="Europe/Berlin")
JOON = Member(PersonKey("joon"), "joon", locale="ko", timezone="Asia/Seoul")
CHAT = "http://127.0.0.1:9"
"""A Mattermost at which nobody answers."""

COMMAND = "/nudge"
TOKEN = "the-token"
HOUR = 60 * 60 * 1000


class Counter:
    """One process, and what people do in Mattermost."""

    def __init__(self, database: Path | str, *, together: Together = apart, shows: bool = True) -> None:
        self.time = Time()
        self.mattermost = FakeMattermost(self.time)
        self.members = [MINA, JOON]
        self.down = False
        self.woken = 0
        self.patience = Patience(threads=2, seconds=20)
        self.directory = Directory(self._load, {}, self.time.monotonic)
        self.directory.refresh()
        self.templates = Templates(*WORDS)
        self.key = os.urandom(32)
        buttons = Buttons(f"{URL}/", self._keyed, self.templates, Defaults(), COMMAND, self._known, self.time.now)
        self.engine = Engine(
            database, self.time, self.mattermost, release=self._release, design=Design(together, buttons)
        )
        assert self.engine.write(partial(key_named, name="signing", make=lambda _: self.key)) == self.key
        self.dialogs = Dialogs(self.mattermost, f"{URL}/", self._keyed, COMMAND, self.time.now)
        self.desk = Desk(
            self.engine.store,
            self.directory,
            self.templates,
            topics(),
            Defaults(),
            frozenset(),
            partial(key_of, "https://gitlab.example.com"),
            lambda member: (f"{member.name}.gl", "email"),
            self.patience,
            Looking({}, self.patience, FollowUp(CHAT)),
            show=self.dialogs.show if shows else None,
        )
        tokens = (f"token{number}" for number in itertools.count())
        self.action = Action(self.desk, Acts(self.desk, _why), self._keyed, COMMAND, self._wake, lambda: next(tokens))
        self.dialog = Dialog(self.desk, self.dialogs, self._wake)
        self.slash = SlashCommand(self.desk, [TOKEN])
        routes = {"action": self.action, "dialog": self.dialog, "command": self.slash}
        self.client = TestClient(create_app({f"/mattermost/{name}": one for name, one in routes.items()}))

    def close(self) -> None:
        self.engine.close()
        self.patience.close()

    def seen(self, person: str = "mina") -> list[dict[str, Any]]:
        """Return the cards that somebody sees, oldest first."""
        return self.mattermost.cards_of(person)

    def names(self, person: str = "mina") -> list[str]:
        """Return what can be pressed below the last card that somebody sees."""
        return [action["name"] for action in self.seen(person)[-1].get("actions", [])]

    def note(self, person: str = "mina") -> str:
        """Return what the last card says that was done."""
        return "\n".join(field["value"] for field in self.seen(person)[-1].get("fields", []))

    def callback(self, name: str, option: str = "", person: str = "mina", card: int = -1) -> dict[str, Any]:
        """Return what Mattermost sends when somebody presses what has a name below one of their cards."""
        channel = self.mattermost.channels[self.mattermost.direct_channel(PersonKey(person))]
        shown = [(post.id, one) for post in channel for one in post.props.get("attachments", [])]
        post, attachment = shown[card]
        action = next(one for one in attachment["actions"] if one["name"] == name)
        assert action["integration"]["url"] == f"{URL}/mattermost/action"
        context = action["integration"]["context"] | ({"selected_option": option} if option else {})
        return {"user_id": person, "post_id": post, "context": context, "trigger_id": "x", "type": action["type"]}

    def press(self, name: str, option: str = "", person: str = "mina", card: int = -1) -> str:
        """Press something, and return what is shown to the person alone."""
        answer = self.call("action", self.callback(name, option, person, card))
        assert answer.status_code == 200, answer.text
        self.engine.drain()
        return str(answer.json.get("ephemeral_text", ""))

    def call(self, what: str, body: object) -> Result:
        return self.client.simulate_post(f"/mattermost/{what}", body=json.dumps(body))

    def choose(self, choices: Choices, person: str = "mina") -> None:
        now = self.time.now()
        self.engine.write(lambda conn: choose(conn, PersonKey(person), choices, now))

    def chosen(self, person: str = "mina") -> Choices:
        who = PersonKey(person)
        return self.engine.store.read(lambda conn: choices_of(conn, [who])).get(who, Choices())

    def reminders(self) -> list[tuple[Any, ...]]:
        """Return state and due time of all reminders, oldest first."""
        rows = self.engine.rows(outbox, "kind", "state", "due")
        return [tuple(rest) for kind, *rest in rows if kind == "reminder"]

    def pass_ms(self, ms: int) -> None:
        """Let time pass, and send what has become due."""
        self.time.pass_ms(ms)
        self.engine.drain()

    def _keyed(self, *_: object) -> bytes:
        return self.key

    def _known(self, person: PersonKey) -> Member | None:
        return self.directory.roster.by_key.get(person)

    def _load(self) -> Iterable[Member]:
        if self.down:
            raise TryLater("GET /users: no answer")
        return list(self.members)

    def _wake(self) -> None:
        self.woken += 1

    def _release(self, conn: Connection, waiting: Waiting) -> Decision:
        choices = choices_of(conn, [waiting.person]).get(waiting.person, Choices())
        member = self.directory.roster.by_key.get(waiting.person)
        return release(waiting, choices, Defaults(), member, self.time.now(), {"merged"})


def _why(_conn: Connection, of: Pressed, clock: Callable[[int], object]) -> Reply:
    """Say only what a message itself knows."""
    said = {"reason": of.reason, "also": (), "what": Markdown(), "at": clock(of.created), "actor": "", "rule": ""}
    return Reply("pressed", said | {"switch": "mentioned", "topic": "mentions", "thing": Markdown()}, words="why")
