"""`people`: who in the notification channel is whom in GitLab."""

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from functools import partial

from bot.directory import Directory
from bot.errors import Misconfigured
from bot.links import linked
from bot.matching import How, Match
from bot.people import Member, PersonKey
from bot.settings import Settings
from bot.store import open_store
from gitlab_hooks.lookups import User
from gitlab_hooks.parts import directory_of, gitlab_of, mattermost_of
from gitlab_hooks.settings import Settings as GitLabSettings
from gitlab_hooks.whois import Whois

AT_ONCE = 8
"""Members that are asked for side by side: each takes GitLab a few look-ups."""


@dataclass(frozen=True, slots=True)
class Known:
    """A member, the accounts that reach them, and those that would if somebody decided; none of one who is gone."""

    member: Member
    mine: tuple[tuple[User, Match], ...] = ()
    conflicts: tuple[tuple[User, Match], ...] = ()


def everybody(whois: Whois) -> Iterator[Known]:
    """Yield the members of the channel as they are known, in the order of their names.

    Raises:
        bot.errors.OutsideError: one of the servers did not answer.

    """
    members = sorted(whois.directory.roster.by_key.values(), key=lambda one: one.name)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        yield from pool.map(partial(_known, whois), members)


def _known(whois: Whois, member: Member) -> Known:
    found = whois.accounts(member) if member.active else []
    mine = tuple((user, match) for user, match in found if match.member and match.member.key == member.key)
    return Known(member, mine, tuple((user, match) for user, match in found if match.how is How.CONFLICT))


def report(settings: Settings, gitlab_settings: GitLabSettings) -> Iterator[str]:
    """Yield a line a member, then what `[people]` says of nobody.

    Raises:
        bot.errors.OutsideError: one of the servers did not answer.

    """
    directory = directory_of(settings, mattermost_of(settings), partial(links_of, settings))
    directory.refresh()
    for known in everybody(Whois(gitlab_of(gitlab_settings), directory, settings.people)):
        yield from _lines(known)
    yield from _missing(settings, directory)


def links_of(settings: Settings) -> Mapping[str, PersonKey]:
    """Read what people have linked; nothing where nobody has served yet."""
    try:
        store = open_store(settings.store.url, serving=False, create=False, password=settings.store_password)
    except Misconfigured:
        return {}
    with closing(store):
        return store.read(linked)


def _lines(known: Known) -> Iterator[str]:
    name = known.member.name
    if not known.member.active:
        yield f"@{name}: deactivated in Mattermost, told nothing"
        return
    for user, match in known.mine:
        yield f"@{name}: {user.username} in GitLab, by {match.how}"
    for user, match in known.conflicts:
        yield f"@{name}: CONFLICT with {user.username} in GitLab: {match.why}; decide it in [people]"
    if not known.mine and not known.conflicts:
        yield f"@{name}: not matched: no equal e-mail address or name in GitLab; add them to [people]"


def _missing(settings: Settings, directory: Directory) -> Iterator[str]:
    for name, member in settings.people.items():
        if member.lower() not in directory.roster.by_name:
            yield f"[people] {name}: @{member} is not in the channel {settings.mattermost.notification_channel}"
