"""Everything that has to be looked up about the people whom notices name, before anything is decided."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from bot.matching import Account, How, Match
from bot.people import PersonKey
from bot.preferences import Choices
from gitlab_hooks.access import Standing, may_read, open_to
from gitlab_hooks.event import Event, Run, is_one_of, named
from gitlab_hooks.lookups import GitLab, User, UserId
from gitlab_hooks.notices import Notice, Verdict, Who, by_strength
from gitlab_hooks.settlement import Ended

NOBODY = UserId(0)
"""The id of somebody known by user name alone."""


@dataclass(frozen=True, slots=True)
class Memory:
    """What is remembered of some people: facts they were told, whether of this opening, and their choices.

    `newest` is the newest pipeline of the thing that is known to have ended, `ends` is what has become of the thing,
    and `taken_back` are those of the facts that do not hold any more.
    """

    told: frozenset[tuple[str, PersonKey]] = frozenset()
    announced: frozenset[PersonKey] = frozenset()
    choices: Mapping[PersonKey, Choices] = field(default_factory=dict)
    newest: Run | None = None
    ends: tuple[Ended, ...] = ()
    taken_back: frozenset[str] = frozenset()

    def of(self, person: PersonKey | None) -> Choices:
        """Return a person's choices; nobody has chosen nothing."""
        return self.choices.get(person, Choices()) if person else Choices()


Remember = Callable[[str, Iterable[str], Sequence[PersonKey]], Memory]
"""(object, facts, persons) → what is remembered of them."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody whom notices of one event name, and the member they are matched with; the strongest notice first."""

    user: User
    notices: tuple[Notice, ...]
    match: Match = field(default_factory=lambda: Match(How.NONE))


def candidates(event: Event, found: Iterable[Notice], gitlab: GitLab) -> tuple[Candidate, ...]:
    """Gather the notices of each user, in the order in which the users are first named."""
    shown = {account.id: account for account in event.accounts}
    by_user: dict[object, tuple[User, list[Notice]]] = {}
    for notice in found:
        user = user_of(notice.who, shown, gitlab)
        by_user.setdefault(user.id or user.username.lower(), (user, []))[1].append(notice)
    return tuple(Candidate(user, by_strength(named)) for user, named in by_user.values())


def user_of(who: Who, shown: Mapping[UserId, User], gitlab: GitLab) -> User:
    """Return what GitLab answers, else what the payload shows, else the little that is known."""
    if who.id is not None:
        return gitlab.user(who.id) or shown.get(who.id) or User(who.id, who.username)
    return gitlab.user_named(who.username) or User(NOBODY, who.username)


def acting(actor: User | None, gitlab: GitLab) -> User | None:
    """Return who did it, with what GitLab alone tells: payloads do not say that a service account is a bot."""
    known = gitlab.user(actor.id) if actor and actor.id else None
    return replace(actor, bot=known.bot) if actor and known else actor


def account_of(user: User) -> Account:
    """Return a user as the directory knows accounts."""
    return Account(user.username, user.email, str(user.id) if user.id else "")


def matched(user: User, match: Callable[[Account], Match], gitlab: GitLab) -> Match:
    """Find the member a user belongs to.

    Where only the names are equal and the user's address is not shown, the member's address may still be that of
    somebody else in GitLab: then it is a conflict.
    """
    if not user.username:
        return Match(How.NONE, why=f"GitLab does not tell the name of user {user.id}")
    if gitlab.has_token and not user.id:
        return Match(How.NONE, why=f"GitLab shows no user or group called {user.username}")
    found = match(account_of(user))
    if found.how is How.NAME and found.member and found.member.email and not user.email:
        others = [one.username for one in gitlab.users_with_email(found.member.email) if one.id != user.id]
        if others:
            return Match(How.CONFLICT, why=f"the e-mail address of @{found.member.name} is that of {others[0]}")
    return found


def access(event: Event, user: User, gitlab: GitLab) -> Verdict:
    """Return `told` where a user may read what happened, else why it is not told.

    Without a token, or for what belongs to no project, only people whom the payload itself names are told.

    Raises:
        bot.errors.TryLater: GitLab gave no answer; then nobody is told yet.

    """
    thing, place = event.thing, event.thing.place
    if place is None or not gitlab.has_token:
        known = is_one_of(user, event.named) and not thing.internal
        return Verdict.TOLD if known else Verdict.ACCESS_NOT_CHECKED
    project = gitlab.project(place.id)
    free = open_to(thing, project, user) and not (thing.confidential or thing.internal)
    party = is_one_of(user, named(thing.author, thing.assignees))
    standing = Standing(0 if free else gitlab.access_level(place.id, user.id), party)
    if project is None and not standing.level:
        return Verdict.ACCESS_NOT_CHECKED  # the token does not see the project
    return Verdict.TOLD if may_read(thing, project, user, standing) else Verdict.NO_ACCESS
