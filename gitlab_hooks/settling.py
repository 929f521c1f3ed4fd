"""From what is settled to the cards that show it: whose messages, and in which words."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from bot.edits import Announcement
from bot.matching import Account, Match
from bot.messages import Change
from bot.people import Member, PersonKey
from bot.preferences import Defaults, language
from bot.templates import Templates
from gitlab_hooks.event import Event, who
from gitlab_hooks.gather import Remember, matched, user_of
from gitlab_hooks.lookups import GitLab, User, UserId
from gitlab_hooks.naming import called
from gitlab_hooks.notices import Reason, Who
from gitlab_hooks.settlement import Ended, Settlement, State, overtaken, settles
from gitlab_hooks.wording import color_of

LOOKS_LIKE = {
    State.MERGED: Reason.MERGED,
    State.CLOSED: Reason.CLOSED,
    State.APPROVED: Reason.APPROVED,
    State.CHANGES_REQUESTED: Reason.CHANGES_REQUESTED,
    State.REVIEW_REMOVED: Reason.REVIEW_REMOVED,
    State.UNASSIGNED: Reason.UNASSIGNED,
    State.DRAFT: Reason.UNASSIGNED,
}
"""What is over has the colour in which that is told as news; what asks again looks as it did when it asked first."""


Person = Callable[[Who], PersonKey | None]
"""(somebody in GitLab) → which member they are, None for no member."""


@dataclass(frozen=True, slots=True)
class Settling:
    """Puts what is settled into the last lines of the messages that told of it.

    `asked` gives those messages by the thing's key, `member` who is in the notification channel by key; who left it is
    told nothing, not even by an edit.
    """

    templates: Templates
    defaults: Defaults
    match: Callable[[Account], Match]
    member: Callable[[PersonKey], Member | None]
    remember: Remember
    asked: Callable[[str], Sequence[Announcement]]

    def __call__(self, event: Event, found: tuple[Settlement, ...], gitlab: GitLab) -> tuple[Change, ...]:
        """Return a change for each message that is settled, by the last of what is found that concerns it.

        What was caught up with, and has been overtaken by something newer of its kind, changes nothing any more.

        Raises:
            bot.errors.OutsideError: a look-up failed.

        """
        asked = self.asked(event.thing.key) if found else ()
        person = partial(self._person, {account.id: account for account in event.accounts}, gitlab)
        settled = {one.id: settlement for settlement in found for one in _concerned(settlement, asked, person)}
        return tuple(self._changes(event, [(one, settled[one.id]) for one in asked if one.id in settled], person))

    def _person(self, shown: Mapping[UserId, User], gitlab: GitLab, one: Who) -> PersonKey | None:
        found = matched(user_of(one, shown, gitlab), self.match, gitlab)
        return found.member.key if found.member else None

    def _changes(
        self, event: Event, settled: Sequence[tuple[Announcement, Settlement]], person: Person
    ) -> Iterator[Change]:
        if not settled:
            return
        by = person(who(event.actor)) if event.actor else None
        memory = self.remember(event.thing.key, (), [one.person for one, _ in settled])
        for one, settlement in settled:
            member = self.member(one.person)
            if member and not _late(event, settlement, memory.ends):
                spoken = language(memory.of(one.person), self.defaults, member)
                yield self._change(event, one, settlement, spoken, by)

    def _change(
        self, event: Event, one: Announcement, settlement: Settlement, spoken: str, by: PersonKey | None
    ) -> Change:
        own, actor = one.person == by, called(event.actor)
        return Change(
            message=one.id,
            person=one.person,
            fact=settlement.fact,
            settled=settlement.state,
            because=str(self.templates.render(spoken, "settled", settlement.state, actor=actor, own=own)),
            color=color_of(LOOKS_LIKE.get(settlement.state, Reason(one.reason))),
        )


def _late(event: Event, settlement: Settlement, ends: Iterable[Ended]) -> bool:
    return event.missed is not None and overtaken(settlement, event.missed, ends)


def _concerned(settlement: Settlement, asked: Sequence[Announcement], person: Person) -> tuple[Announcement, ...]:
    """Return the messages that a settlement concerns; nobody is looked up for those that it cannot."""
    open_ = tuple(one for one in asked if settles(settlement.state, one.reason, one.settled))
    if settlement.whom is None or not open_:
        return open_
    persons = set(map(person, settlement.whom))
    return tuple(one for one in open_ if one.person in persons)
