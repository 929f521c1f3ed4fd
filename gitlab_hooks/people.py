"""`people`: who in the notification channel is whom in GitLab."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

from bot.directory import Directory, How
from bot.people import Member
from bot.settings import Settings
from gitlab_hooks.parts import directory_of, gitlab_of, mattermost_of
from gitlab_hooks.settings import Settings as GitLabSettings
from gitlab_hooks.whois import Whois

AT_ONCE = 8
"""Members that are asked for side by side: each takes GitLab a few look-ups."""


def report(settings: Settings, gitlab_settings: GitLabSettings) -> Iterator[str]:
    """Yield a line a member, then what `[people]` says of nobody.

    Raises:
        bot.errors.OutsideError: one of the servers did not answer.

    """
    directory = directory_of(settings, mattermost_of(settings))
    directory.refresh()
    whois = Whois(gitlab_of(gitlab_settings), directory, settings.people)
    members = sorted(directory.roster.by_key.values(), key=lambda one: one.name)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for lines in pool.map(lambda member: list(_lines(member, whois)), members):
            yield from lines
    yield from _missing(settings, directory)


def _lines(member: Member, whois: Whois) -> Iterator[str]:
    if not member.active:
        yield f"@{member.name}: deactivated in Mattermost, told nothing"
        return
    found = whois.accounts(member)
    mine = [(user, match) for user, match in found if match.member and match.member.key == member.key]
    for user, match in mine:
        yield f"@{member.name}: {user.username} in GitLab, by {match.how}"
    conflicts = [(user, match) for user, match in found if match.how is How.CONFLICT]
    for user, match in conflicts:
        yield f"@{member.name}: CONFLICT with {user.username} in GitLab: {match.why}; decide it in [people]"
    if not mine and not conflicts:
        yield f"@{member.name}: not matched: no equal e-mail address or name in GitLab; add them to [people]"


def _missing(settings: Settings, directory: Directory) -> Iterator[str]:
    for name, member in settings.people.items():
        if member.lower() not in directory.roster.by_name:
            yield f"[people] {name}: @{member} is not in the channel {settings.mattermost.notification_channel}"
