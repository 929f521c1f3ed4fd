"""Who is who: the notification channel's members, matched with the accounts of the other side."""

import threading
from collections.abc import Callable, Iterable, Mapping

from bot.errors import OutsideError, TryLater
from bot.matching import Account, How, Match, Roster, match, roster
from bot.people import Member, PersonKey

SHORTEST_PAUSE = 1.0
"""Seconds between two loads that somebody missing asks for; longer where a load takes long."""

STRANGERS = 20_000
"""Names known to be nobody here; more are not kept."""


class Directory:
    """The newest roster, loaded on demand and shared by all threads.

    `load` reads the members from the server and may raise `bot.errors.OutsideError`; the last roster then stays.
    `links` are `[people]`, and `linked` reads whose an account is that was proved, by the account's id; `clock` is
    monotonic seconds. `trouble` says why the last load failed, "" if it did not.
    """

    def __init__(
        self,
        load: Callable[[], Iterable[Member]],
        links: Mapping[str, str],
        clock: Callable[[], float],
        linked: Callable[[], Mapping[str, PersonKey]] = dict,
    ) -> None:
        self._load = load
        self._linked = linked
        self._linking = threading.Lock()
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

    def relink(self) -> None:
        """Read anew whose the linked accounts are, so that a new link counts at once.

        Raises:
            bot.errors.OutsideError: they could not be read.

        """
        with self._linking:
            self.roster = self.roster.linking(self._linked())
            self._names.clear()

    def given(self, account: Account) -> bool:
        """Say whether `[people]` decides whose an account is."""
        return account.name.lower() in self._links

    def expect(self, accounts: Iterable[Account]) -> None:
        """Take note of who is looked for together: the next load shows at once which of them are missing."""
        missing = [account for account in accounts if self.find(account).how is How.NONE]
        with self._expecting:
            self._expected.update(account.name.lower() for account in missing)

    def _refresh(self) -> None:
        self._asked_at = self._clock()
        with self._expecting:
            expected, self._expected = self._expected, set()
        try:
            members = roster(self._load())
            with self._linking:
                self.roster = members.linking(self._linked())
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
        name, found = account.name.lower(), self.find(account)
        if found.how is How.NONE:
            waiting = self._refresh_if_old()
            found = self.find(account)
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

    def find(self, account: Account) -> Match:
        """Find the member an account belongs to among those who are known; nobody is asked."""
        return match(self.roster, self._links, account)

    def known(self, name: str) -> str | None:
        """Return the Mattermost name of an account that was matched before, or is by its name; nobody is asked."""
        member = self.find(Account(name)).member
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
