"""From a member to their account in GitLab: what `status` and `people` show."""

from collections.abc import Mapping
from concurrent.futures import Executor
from concurrent.futures import TimeoutError as TooSlowError
from dataclasses import dataclass

from bot.directory import Directory, How, Match
from bot.errors import OutsideError
from bot.people import Member
from gitlab_hooks.gather import matched
from gitlab_hooks.lookups import GitLab, User

PATIENCE = 0.7
"""Seconds: an answer to a command is due within one."""


@dataclass(frozen=True, slots=True)
class Whois:
    """Finds the account that would reach a member; `links` are `[people]`."""

    gitlab: GitLab
    directory: Directory
    links: Mapping[str, str]

    def accounts(self, member: Member) -> list[tuple[User, Match]]:
        """Return every account that could be this member's, and what the matching says of each.

        Raises:
            bot.errors.OutsideError: GitLab or Mattermost did not answer.

        """
        names = [name for name, linked in self.links.items() if linked.lower() == member.name.lower()]
        found = [self.gitlab.user_named(name) for name in (*names, member.name)]
        found += self.gitlab.users_with_email(member.email) if member.email else ()
        users = {user.id: user for user in found if user}
        return [(user, matched(user, self.directory.match, self.gitlab)) for user in users.values()]

    def account_of(self, member: Member) -> tuple[str, str]:
        """Return the user name in GitLab that reaches a member and how, or "" and why there is none."""
        found = self.accounts(member)
        mine = [(user.username, match.how) for user, match in found if match.member and match.member.key == member.key]
        conflict = How.CONFLICT if any(match.how is How.CONFLICT for _, match in found) else How.NONE
        return mine[0] if mine else ("", conflict)

    def quickly(self, member: Member, pool: Executor) -> tuple[str, str]:
        """Return the same within moments, or "" and "unknown": somebody waits for it."""
        try:
            return pool.submit(self.account_of, member).result(PATIENCE)
        except (OutsideError, TooSlowError):
            return "", "unknown"
