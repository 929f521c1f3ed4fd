"""Who in GitLab could be meant by a member of the channel whom nothing matches: a proposal for a person to decide."""

from collections.abc import Iterable
from difflib import get_close_matches

from bot.people import Member
from gitlab_hooks.lookups import User

MOST = 3
NEAR = 0.7
"""How alike two names have to be, of 1."""


def nearest(member: Member, users: Iterable[User]) -> list[str]:
    """Return the user names nearest to a member's name or the front part of their e-mail address, the nearest first.

    Accounts are known by their user names and by their whole names, whose parts may stand in any order.
    """
    names = {spelling: user.username for user in users for spelling in _spellings(user)}
    wanted = dict.fromkeys((_plain(member.name), _plain(member.email.partition("@")[0])))
    close = [near for one in wanted if one for near in get_close_matches(one, list(names), MOST, NEAR)]
    return list(dict.fromkeys(names[near] for near in close))[:MOST]


def _spellings(user: User) -> list[str]:
    words = user.name.lower().split()
    return [_plain(user.username), _plain("".join(words)), _plain("".join(reversed(words)))]


def _plain(name: str) -> str:
    """Return a name without what tells its spellings apart."""
    return "".join(letter for letter in name.lower() if letter.isalnum())
