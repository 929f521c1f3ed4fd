"""What `why` answers: what happened that concerned the asker, told or not, and why."""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import islice

from bot import journal
from bot.asking import Reply
from bot.errors import OutsideError
from bot.journal import Line
from bot.markdown import Markdown
from bot.people import Member
from bot.preferences import Choices, Defaults
from bot.store import Store
from bot.zones import local
from gitlab_hooks.about import about
from gitlab_hooks.event import Event
from gitlab_hooks.gather import access
from gitlab_hooks.ground import event_on
from gitlab_hooks.happened import Happening, by_thing, happenings, is_about, undo
from gitlab_hooks.lookups import GitLab, User
from gitlab_hooks.naming import OF_JOB, listed, shortened
from gitlab_hooks.notices import Verdict
from gitlab_hooks.what import key_of
from gitlab_hooks.whois import Whois

READ = 500
"""Lines of the journal that are looked at."""

CHECKED = 50
"""Happenings of which it is asked whether the asker may read them; the rest is too long ago."""

RECENT, ALL = 10, 20
"""How many happenings are shown: the last ones, and those of one thing."""

NO_NEWS = frozenset({Verdict.OWN_ACT, Verdict.NO_RULE, Verdict.TEST})
"""What nobody asks for who wants to see what is new."""

Seen = tuple[Happening, tuple[str, ...]]
"""What happened, and the keys by which it can be muted, none where that does not matter."""


@dataclass(frozen=True, slots=True)
class Why:
    """Answers from the journal, by the asker's own lines alone.

    `url` is the address of the instance, `bots` are more names of accounts that are no persons, `shown` gives the
    Mattermost name of a known GitLab name.
    """

    store: Store
    gitlab: GitLab
    whois: Whois
    defaults: Defaults
    url: str
    bots: frozenset[str]
    shown: Callable[[str], str | None]

    def __call__(self, member: Member, choices: Choices, words: tuple[str, ...]) -> Reply:
        """Show the last that happened, or all that happened to what the first word names.

        What the asker has no message of is shown only if GitLab says now that they may read it. Where nothing is to be
        shown, the answer is the same whether there is anything or not.
        """
        found = self._about(member, words[0]) if words else self._recent(member)
        seen = dict(islice(self._visible(member, found), ALL if words else RECENT))
        if not seen:
            return Reply("nothing" if words else "nothing_lately", {}, words="why")
        ways = {one: undo(one, choices, self.defaults, keys, self.store.now()) for one, keys in seen.items()}
        things = [
            {"link": _link(each[0]), "happened": [_shown(one, ways[one], member) for one in each]}
            for each in by_thing(seen)
        ]
        return Reply("about" if words else "recent", {"things": things}, words="why")

    def _recent(self, member: Member) -> list[Happening]:
        return [one for one in happenings(self._lines(member, "")) if one.standing not in NO_NEWS]

    def _about(self, member: Member, named: str) -> list[Happening]:
        key = key_of(self.url, named)
        if key is None:
            return []
        lines = self._lines(member, re.split("[!#]", key)[0])
        return happenings(line for line in lines if is_about(line, key, self.url))

    def _lines(self, member: Member, linked: str) -> list[Line]:
        return self.store.read(partial(journal.lines, person=member.key, most=READ, linked=linked))

    def _visible(self, member: Member, found: Iterable[Happening]) -> Iterator[Seen]:
        """Yield what the asker has a message of, and what else they may read."""
        user = self._user(member)
        for one in islice(found, CHECKED):
            if one.standing == Verdict.TOLD:
                yield one, ()
            elif user and (event := self._readable(one, user)):
                yield one, about(event, self.bots, self.shown)

    def _user(self, member: Member) -> User | None:
        try:
            return self.whois.user_of(member)
        except OutsideError:
            return None

    def _readable(self, one: Happening, user: User) -> Event | None:
        """Return what happened where the asker may read it now; None for all of which that is not sure."""
        entry = one.first.entry
        try:
            event = event_on(entry.ground, entry.actor) if entry.ground else None
            return event if event and access(event, user, self.gitlab) is Verdict.TOLD else None
        except OutsideError:
            return None


def _link(one: Happening) -> Markdown:
    entry = one.last.entry
    return listed(entry.label, entry.link.partition("#")[0])


def _shown(one: Happening, way: str, member: Member) -> dict[str, object]:
    return {
        "at": local(one.first.at, member),
        "reason": one.reason,
        "actor": shortened(one.first.entry.actor, OF_JOB),
        "standing": one.standing,
        "topic": one.topic,
        "way": Markdown(way),
    }
