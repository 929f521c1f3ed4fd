"""Who is who: the notification channel's members, matched with the accounts of the other side."""

import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from bot.errors import OutsideError, TryLater
from bot.people import Member, PersonKey

SHORTEST_PAUSE = 1.0
"""Seconds between two loads that somebody missing asks for; longer where a load takes long."""


class How(StrEnum):
    """By what an account and a member were matched, or why they were not."""

    PEOPLE = "people"
    EMAIL = "email"
    NAME = "name"
    CONFLICT = "conflict"
    NONE = "none"


STRANGERS = 20_000
"""Names known to be nobody here; more are not kept."""


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody on the other side: a user name, and an e-mail address or "" where none is shown."""

    name: str
    email: str = ""


@dataclass(frozen=True, slots=True)
class Match:
    """A member and how it was found, or no member and why; `why` is a sentence for the operator."""

    how: How
    member: Member | None = None
    why: str = ""


@dataclass(frozen=True, slots=True)
class Roster:
    """The members of the channel at one moment, to be looked up in one step; bots are not people."""

    by_key: Mapping[PersonKey, Member] = field(default_factory=dict)
    by_email: Mapping[str, tuple[Member, ...]] = field(default_factory=dict)
    by_name: Mapping[str, Member] = field(default_factory=dict)


def roster(members: Iterable[Member]) -> Roster:
    """Index members by key, e-mail and name, case aside."""
    people = [member for member in members if not member.bot]
    by_email: dict[str, tuple[Member, ...]] = {}
    for member in people:
        if member.email:
            by_email[member.email.lower()] = (*by_email.get(member.email.lower(), ()), member)
    return Roster({one.key: one for one in people}, by_email, {one.name.lower(): one for one in people})


def match(known: Roster, links: Mapping[str, str], account: Account) -> Match:
    """Find the member an account belongs to: `[people]` beats all, then equal e-mails, then equal names.

    `links` maps names of the other side to Mattermost's, both in lower case. Two candidates, or equal names with
    different e-mails, are a conflict: nobody is told until somebody decides.
    """
    name = account.name.lower()
    if name in links:
        return _linked(known, links[name])
    if same := known.by_email.get(account.email.lower(), ()) if account.email else ():
        return Match(How.EMAIL, same[0]) if len(same) == 1 else _several(same)
    member = known.by_name.get(name)
    return _named(member, links, account) if member else Match(How.NONE, why="nobody in the channel has this name")


def _linked(known: Roster, name: str) -> Match:
    member = known.by_name.get(name)
    why = "" if member else f"[people] says @{name}, who is not in the channel"
    return Match(How.PEOPLE if member else How.NONE, member, why)


def _several(members: tuple[Member, ...]) -> Match:
    names = ", ".join(f"@{member.name}" for member in members)
    return Match(How.CONFLICT, why=f"several members have the same e-mail address: {names}")


def _named(member: Member, links: Mapping[str, str], account: Account) -> Match:
    if member.name.lower() in links.values():
        return Match(How.CONFLICT, why=f"[people] gives @{member.name} to somebody else")
    if account.email and member.email and account.email.lower() != member.email.lower():
        return Match(How.CONFLICT, why=f"@{member.name} has the same name and another e-mail address")
    return Match(How.NAME, member)


class Directory:
    """The newest roster, loaded on demand and shared by all threads.

    `load` reads the members from the server and may raise `bot.errors.OutsideError`; the last roster then stays.
    `links` are `[people]`; `clock` is monotonic seconds. `trouble` says why the last load failed, "" if it did not.
    """

    def __init__(
        self, load: Callable[[], Iterable[Member]], links: Mapping[str, str], clock: Callable[[], float]
    ) -> None:
        self._load = load
        self._links = {name.lower(): member.lower() for name, member in links.items()}
        self._clock = clock
        self._lock = threading.Lock()
        self._asked_at: float | None = None
        self._pause = SHORTEST_PAUSE
        self.roster = Roster()
        self._names: dict[str, str] = {}
        self._strangers: set[str] = set()
        self._expected: set[str] = set()
        self._expecting = threading.Lock()
        self.loaded = False
        self.trouble = ""

    def refresh(self) -> None:
        """Read the members anew.

        Raises:
            bot.errors.OutsideError: the server did not answer; the last roster stays.

        """
        with self._lock:
            self._refresh()

    def expect(self, accounts: Iterable[Account]) -> None:
        """Take note of who is looked for together: the next load shows at once which of them are missing."""
        missing = [account for account in accounts if match(self.roster, self._links, account).how is How.NONE]
        with self._expecting:
            self._expected.update(account.name.lower() for account in missing)

    def _refresh(self) -> None:
        self._asked_at = self._clock()
        with self._expecting:
            expected, self._expected = self._expected, set()
        try:
            self.roster = roster(self._load())
            self.loaded, self.trouble = True, ""
            self._learn(expected)
        except OutsideError as wrong:
            self.trouble = str(wrong)
            raise
        finally:
            self._pause = max(SHORTEST_PAUSE, 20 * (self._clock() - self._asked_at))

    def match(self, account: Account) -> Match:
        """Find the member an account belongs to; one who is missing may have joined just now, so look again.

        Somebody of whom no load has shown yet that they are missing has to wait for the next one; the others are known
        to be strangers.

        Raises:
            bot.errors.OutsideError: the members could not be read, or not yet, or not again yet.

        """
        name, found = account.name.lower(), match(self.roster, self._links, account)
        if found.how is How.NONE:
            waiting = self._refresh_if_old()
            found = match(self.roster, self._links, account)
            if found.how is How.NONE and waiting and name not in self._strangers:
                raise TryLater(f"the members were read a moment ago, without {account.name}", waiting)
        if found.member:
            self._names[name] = found.member.name
        else:
            self._learn({name})
        return found

    def _learn(self, names: set[str]) -> None:
        """Keep the names of those whom a load would have shown, if they are not here."""
        if len(self._strangers) < STRANGERS:
            self._strangers |= names

    def member(self, person: PersonKey) -> Member | None:
        """Return a member by key; one who is missing may have joined just now, so look again.

        Raises:
            bot.errors.OutsideError: the members could not be read, or were not yet.

        """
        if found := self.roster.by_key.get(person):
            return found
        self._refresh_if_old()
        return self.roster.by_key.get(person)

    def known(self, name: str) -> str | None:
        """Return the Mattermost name of an account that was matched before, or is by its name; nobody is asked."""
        member = match(self.roster, self._links, Account(name)).member
        return self._names.get(name.lower()) or (member.name if member else None)

    def _refresh_if_old(self) -> float:
        """Read the members anew, unless that was done a moment ago; return the seconds until it may be done, or 0."""
        with self._lock:
            waiting = 0.0 if self._asked_at is None else self._asked_at + self._pause - self._clock()
            if waiting <= 0:
                self._refresh()
            if self.trouble or not self.loaded:
                why = self.trouble or "the members of the notification channel have not been read yet"
                raise TryLater(why, self._pause)
            return max(0.0, waiting)
