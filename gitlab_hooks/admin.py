"""`admin people`, `admin failed` and `admin retry`: what an administrator sees and mends from within Mattermost."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from sqlalchemy import Connection

from bot import outbox
from bot.asking import Reply
from bot.console import when
from bot.markdown import Markdown
from bot.outbox import DeadLetter
from bot.people import Member
from bot.preferences import Choices
from bot.store import Store
from gitlab_hooks import inbox
from gitlab_hooks.inbox import Failed
from gitlab_hooks.naming import shortened as cut
from gitlab_hooks.people import everybody
from gitlab_hooks.whois import Whois

T = TypeVar("T")

MOST = 20
"""Rows of a list; the command line shows all."""

OF_ERROR = 160
"""Code points of what went wrong."""

NUMBER = re.compile(r"(?P<kind>[md])(?P<number>\d{1,18})")

RETRIES: Mapping[str, Callable[[Connection, int, int], bool]] = {"m": outbox.retry, "d": inbox.retry}
"""How what is named by a letter and a number is tried again: a message, or a delivery."""


@dataclass(frozen=True, slots=True)
class Admin:
    """Answers administrators; `tried_again` is called when something is due again."""

    store: Store
    whois: Whois
    tried_again: Callable[[], None]

    def people(self, _member: Member, _choices: Choices, _words: tuple[str, ...]) -> Reply:
        """Count the members who are matched, and name those who are not.

        Raises:
            bot.errors.OutsideError: one of the servers did not answer.

        """
        known = [one for one in everybody(self.whois) if one.member.active]
        conflicts = [one.member.name for one in known if one.conflicts and not one.mine]
        unmatched = [one.member.name for one in known if not one.conflicts and not one.mine]
        matched = sum(bool(one.mine) for one in known)
        return _say(
            "people", members=len(known), matched=matched, unmatched=_list(unmatched), conflicts=_list(conflicts)
        )

    def failed(self, _member: Member, _choices: Choices, _words: tuple[str, ...]) -> Reply:
        """List the messages that Mattermost refused and the deliveries that could not be worked through."""
        letters = self.store.read(outbox.failed)
        deliveries = self.store.read(inbox.failed)
        return _say("failed", letters=_list(map(self._letter, letters)), deliveries=_list(map(_delivery, deliveries)))

    def retry(self, _member: Member, _choices: Choices, words: tuple[str, ...]) -> Reply:
        """Try a message or a delivery again that is in the list of `failed`."""
        named = NUMBER.fullmatch(words[0]) if len(words) == 1 else None
        if named is None:
            return _say("how_to_retry")
        retry, number = RETRIES[named["kind"]], int(named["number"])
        found = self.store.write(lambda conn: retry(conn, number, self.store.now()))
        if found:
            self.tried_again()
        return _say("retried" if found else "nothing_to_retry", number=Markdown(named[0]))

    def _letter(self, letter: DeadLetter) -> dict[str, str]:
        member = self.whois.directory.roster.by_key.get(letter.person)
        name = member.name if member else letter.person
        return _row(f"m{letter.id}", letter.created, f"{name}: {letter.fact}", letter.error)


def _delivery(one: Failed) -> dict[str, str]:
    return _row(f"d{one.id}", one.received, one.object, one.error)


def _row(number: str, at: int, what: str, error: str) -> dict[str, str]:
    return {"number": number, "when": f"{when(at)} UTC", "what": cut(what), "error": cut(error, OF_ERROR)}


def _list(rows: Iterable[T]) -> dict[str, list[T] | int]:
    """Return the first rows of a list, and how many more there are."""
    every = list(rows)
    return {"shown": every[:MOST], "more": max(0, len(every) - MOST)}


def _say(block: str, **values: object) -> Reply:
    return Reply(block, values, words="admin")
