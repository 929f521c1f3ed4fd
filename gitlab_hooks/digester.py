"""Makes the daily digests: looks up what waits for whoever is due, and lays one message into the outbox, or none."""

import hashlib
import logging
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import partial

import msgspec
from sqlalchemy import Connection

from bot import digests, outbox
from bot.daily import DIGEST, due_day
from bot.digests import NEVER, Last
from bot.errors import OutsideError
from bot.markdown import Markdown
from bot.messages import Card, Message
from bot.outbox import Batching
from bot.people import Member, PersonKey
from bot.preferences import Choices, Defaults, language, opted_in
from bot.store import Store
from bot.templates import Templates
from bot.zones import zone_of
from gitlab_hooks.lookups import GitLab, User
from gitlab_hooks.notices import Reason
from gitlab_hooks.todo import Todo, asking, essence
from gitlab_hooks.todo_words import Lists
from gitlab_hooks.waits import todo_of
from gitlab_hooks.whois import Whois
from gitlab_hooks.wording import color_of

PAUSE_SECONDS = 20.0

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Due:
    """Somebody whose digest of a day is due."""

    member: Member
    choices: Choices
    day: date


def due(
    wishes: Mapping[PersonKey, Choices],
    lasts: Mapping[PersonKey, Last],
    members: Mapping[PersonKey, Member],
    defaults: Defaults,
    now: int,
) -> Iterator[Due]:
    """Yield whose digest is due at a moment, in milliseconds since 1970, and was not made yet."""
    for person, choices in wishes.items():
        member = members.get(person)
        if choices.digest is None or member is None or not member.active or not opted_in(choices, defaults):
            continue
        day = due_day(choices.digest, now, zone_of(member))
        if day and day.isoformat() > lasts.get(person, NEVER).day:
            yield Due(member, choices, day)


@dataclass(frozen=True, slots=True)
class DigestWords:
    """Puts what waits into a message; `command` is the slash command's trigger with its slash."""

    templates: Templates
    defaults: Defaults
    lists: Lists
    command: str

    def __call__(self, one: Due, todo: Todo, user: User, now: int) -> Message:
        """Return the digest of one person; `now` is milliseconds since 1970."""
        values = self.lists.values(todo, user, now)
        fact = f"digest:{one.day.isoformat()}"
        return Message(
            person=one.member.key,
            fact=fact,
            object=fact,
            group=fact,
            reason=DIGEST,
            topic=DIGEST,
            headline=self._say(one, "digest", values),
            card=Card(
                text=self._say(one, "todo", values),
                because=self._say(one, "because", {}),
                color=color_of(Reason.REVIEW_REQUESTED),
            ),
        )

    def _say(self, one: Due, block: str, values: Mapping[str, object]) -> str:
        spoken = language(one.choices, self.defaults, one.member)
        return str(self.templates.render(spoken, "todo", block, command=Markdown(self.command), **values))


class Digester:
    """Looks every moment whose digest is due; `members` gives who is in the channel, `told` is called after a message.

    Whoever cannot be looked up just now is tried again until the time is past (`bot.daily.GRACE_MS`).
    """

    def __init__(
        self,
        store: Store,
        gitlab: GitLab,
        whois: Whois,
        members: Callable[[], Mapping[PersonKey, Member]],
        words: DigestWords,
        told: Callable[[], None],
        pause: float = PAUSE_SECONDS,
    ) -> None:
        self._store = store
        self._gitlab = gitlab
        self._whois = whois
        self._members = members
        self._words = words
        self._told = told
        self._pause = pause

    def run(self, stopping: threading.Event) -> None:
        """Make digests until `stopping` is set."""
        while not stopping.wait(self._pause):
            self.step()

    def step(self) -> None:
        """Make what is due now.

        Raises:
            bot.errors.OutsideError: the store failed.

        """
        if not self._gitlab.has_token:
            return
        wishes, lasts = self._store.read(digests.wishes), self._store.read(digests.lasts)
        for one in list(due(wishes, lasts, self._members(), self._words.defaults, self._store.now())):
            try:
                user, todo = self._look_up(one.member)
            except OutsideError as wrong:
                log.warning("a digest waits: %s", wrong)
                continue
            if self._store.write(partial(self._write, one=one, user=user, todo=todo)):
                self._told()

    def _look_up(self, member: Member) -> tuple[User | None, Todo]:
        user = self._whois.user_of(member)
        return user, asking(todo_of(user, self._gitlab)) if user else Todo({}, {})

    def _write(self, conn: Connection, one: Due, user: User | None, todo: Todo) -> bool:
        """Take the day, and lay the message down unless it says nothing, or nothing new; say whether it was."""
        key = hashed(todo)
        before = digests.take(conn, one.member.key, one.day, key)
        if before is None or user is None or key in {"", before.essence}:
            return False
        now = self._store.now()
        digests.replace(conn, one.member.key)
        message = self._words(one, todo, user, now)
        return outbox.put(conn, [message], delivery=None, now=now, batching=Batching()) == [True]


def hashed(todo: Todo) -> str:
    """Return what tells one list from another, "" for one with nothing in it."""
    return "" if todo.empty else hashlib.sha256(msgspec.json.encode(list(essence(todo)))).hexdigest()
