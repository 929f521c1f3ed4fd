"""Who is whom: looked up in the background, since it takes GitLab some questions a member, and kept for minutes."""

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from bot.errors import OutsideError
from gitlab_hooks.people import Known, everybody
from gitlab_hooks.whois import Whois

KEPT_MS = 5 * 60 * 1000
"""How old a list may become before it is made anew."""

PATIENCE = 1.0
"""Seconds that a page waits for a list that is being made."""

GUESSED, NAMES, GUESSES = 100, 5_000, 3
"""Members for whom similar names are looked for, among how many names, and how many are shown."""

STATES = ("unmatched", "conflict", "matched", "gone")
"""In the order in which they are shown: first what somebody has to decide."""


@dataclass(frozen=True, slots=True)
class Person:
    """A member, what they are (one of `STATES`), and accounts, each with by what or why."""

    name: str
    state: str
    accounts: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Register:
    """A list of people and when it was made, in milliseconds since 1970; None while there is none yet."""

    people: tuple[Person, ...] | None = None
    at: int = 0
    trouble: str = ""
    running: bool = False


class People:
    """Keeps the register; `names` are those of GitLab's users as far as known, `clock` is milliseconds since 1970."""

    def __init__(self, whois: Whois, names: Callable[[], Sequence[str]], clock: Callable[[], int]) -> None:
        self._whois = whois
        self._names = names
        self._clock = clock
        self._lock = threading.Lock()
        self._done = threading.Event()
        self._kept = Register()

    def register(self) -> Register:
        """Return the list as far as it is known within a moment; who asks first has it made."""
        with self._lock:
            old = self._kept.people is None or self._clock() - self._kept.at > KEPT_MS
            if old and not self._kept.running:
                self._done.clear()
                self._kept = Register(self._kept.people, self._kept.at, running=True)
                threading.Thread(target=self._make, name="people", daemon=True).start()
        self._done.wait(PATIENCE)
        return self._kept

    def _make(self) -> None:
        old = self._kept
        made = Register(old.people, old.at, trouble="a fault in the program itself; the log has more")
        try:
            made = Register(tuple(self._people()), self._clock())
        except OutsideError as wrong:
            made = Register(old.people, old.at, trouble=str(wrong))
        finally:
            self._kept = made
            self._done.set()

    def _people(self) -> list[Person]:
        found = list(everybody(self._whois))
        return sorted(shown(found, self._names()), key=lambda one: (STATES.index(one.state), one.name))


def shown(found: Iterable[Known], names: Sequence[str]) -> Iterator[Person]:
    """Yield what is shown of everybody: of who is not matched, GitLab's users with a similar name."""
    everyone = list(found)
    free = {name.lower(): name for name in names[-NAMES:]}
    for user in (user for one in everyone for user, _ in one.mine):
        free.pop(user.username.lower(), None)
    guesses = GUESSED
    for one in everyone:
        person = _person(one)
        if person.state == "unmatched" and guesses:
            guesses -= 1
            near = get_close_matches(one.member.name.lower(), free, GUESSES)
            person = Person(person.name, person.state, tuple((free[name], "similar name") for name in near))
        yield person


def _person(one: Known) -> Person:
    name = one.member.name
    if not one.member.active:
        return Person(name, "gone")
    if one.mine:
        return Person(name, "matched", tuple((user.username, f"by {match.how}") for user, match in one.mine))
    if one.conflicts:
        return Person(name, "conflict", tuple((user.username, match.why) for user, match in one.conflicts))
    return Person(name, "unmatched")
