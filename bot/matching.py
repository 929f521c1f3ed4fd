"""Whose an account of the other side is: the rule by which accounts and members are matched."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from bot.people import Member, PersonKey


class How(StrEnum):
    """By what an account and a member were matched, or why they were not."""

    PEOPLE = "people"
    LINK = "link"
    EMAIL = "email"
    NAME = "name"
    CONFLICT = "conflict"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody on the other side: a user name, and an e-mail address or "" where none is shown.

    `id` is the other side's own, which stays when the name changes; "" where it is not known.
    """

    name: str
    email: str = ""
    id: str = ""


@dataclass(frozen=True, slots=True)
class Match:
    """A member and how it was found, or no member and why; `why` is a sentence for the operator."""

    how: How
    member: Member | None = None
    why: str = ""


@dataclass(frozen=True, slots=True)
class Roster:
    """The members of the channel at one moment, to be looked up in one step; bots are not people.

    `linked` says whose an account is that somebody has proved to be theirs, by the account's id, and `links` the same
    the other way round.
    """

    by_key: Mapping[PersonKey, Member] = field(default_factory=dict)
    by_email: Mapping[str, tuple[Member, ...]] = field(default_factory=dict)
    by_name: Mapping[str, Member] = field(default_factory=dict)
    linked: Mapping[str, PersonKey] = field(default_factory=dict)
    links: Mapping[PersonKey, str] = field(default_factory=dict)

    def linking(self, linked: Mapping[str, PersonKey]) -> "Roster":
        """Return the same members with other links."""
        return replace(self, linked=linked, links={person: account for account, person in linked.items()})


def roster(members: Iterable[Member]) -> Roster:
    """Index members by key, e-mail and name, case aside."""
    people = [member for member in members if not member.bot]
    by_email: dict[str, tuple[Member, ...]] = {}
    for member in people:
        if member.email:
            by_email[member.email.lower()] = (*by_email.get(member.email.lower(), ()), member)
    return Roster({one.key: one for one in people}, by_email, {one.name.lower(): one for one in people})


def match(known: Roster, links: Mapping[str, str], account: Account) -> Match:
    """Find the member of an account: `[people]` beats all, then what was proved, then equal e-mails, then equal names.

    An administrator knows best; who has shown a code in their account is its owner, however the account is called; an
    address is better evidence than a name. `links` maps names of the other side to Mattermost's, both in lower case.
    Two candidates, or equal names with different e-mails, are a conflict: nobody is told until somebody decides.
    """
    name = account.name.lower()
    if name in links:
        return _given(known, links[name])
    if owner := known.linked.get(account.id):
        return _proved(known, owner)
    if same := known.by_email.get(account.email.lower(), ()) if account.email else ():
        return Match(How.EMAIL, same[0]) if len(same) == 1 else _several(same)
    member = known.by_name.get(name)
    return (
        _named(known, member, links, account) if member else Match(How.NONE, why="nobody in the channel has this name")
    )


def _given(known: Roster, name: str) -> Match:
    member = known.by_name.get(name)
    why = "" if member else f"[people] says @{name}, who is not in the channel"
    return Match(How.PEOPLE if member else How.NONE, member, why)


def _proved(known: Roster, owner: PersonKey) -> Match:
    member = known.by_key.get(owner)
    why = "" if member else "it is linked to somebody who is not in the channel"
    return Match(How.LINK if member else How.NONE, member, why)


def _several(members: tuple[Member, ...]) -> Match:
    names = ", ".join(f"@{member.name}" for member in members)
    return Match(How.CONFLICT, why=f"several members have the same e-mail address: {names}")


def _named(known: Roster, member: Member, links: Mapping[str, str], account: Account) -> Match:
    if member.name.lower() in links.values():
        return Match(How.CONFLICT, why=f"[people] gives @{member.name} to somebody else")
    if member.key in known.links:
        return Match(How.CONFLICT, why=f"@{member.name} is linked to somebody else")
    if account.email and member.email and account.email.lower() != member.email.lower():
        return Match(How.CONFLICT, why=f"@{member.name} has the same name and another e-mail address")
    return Match(How.NAME, member)
