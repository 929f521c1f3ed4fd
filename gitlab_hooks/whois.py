"""From a member to their account in GitLab: what `status` and `people` show."""

from collections.abc import Mapping
from dataclasses import dataclass

from bot.directory import Directory
from bot.matching import How, Match
from bot.people import Member
from gitlab_hooks.gather import NOBODY, matched
from gitlab_hooks.lookups import GitLab, User, UserId


@dataclass(frozen=True, slots=True)
class Whois:
    """Finds the account that would reach a member; `links` are `[people]`.

    What a member has linked is found by its id, whatever it is called.
    """

    gitlab: GitLab
    directory: Directory
    links: Mapping[str, str]

    def accounts(self, member: Member) -> list[tuple[User, Match]]:
        """Return every account that could be this member's, and what the matching says of each.

        Raises:
            bot.errors.OutsideError: GitLab or Mattermost did not answer.

        """
        names = [name for name, linked in self.links.items() if linked.lower() == member.name.lower()]
        found = [*map(self._named, names), self._linked(member), self._named(member.name)]
        found += self.gitlab.users_with_email(member.email) if member.email else ()
        users = {user.id or user.username: user for user in found if user}
        return [(user, matched(user, self.directory.match, self.gitlab)) for user in users.values()]

    def _named(self, name: str) -> User | None:
        """Return the account of a name; without a token nobody can be asked, and the name alone has to do."""
        return self.gitlab.user_named(name) or (None if self.gitlab.has_token else User(NOBODY, name))

    def _linked(self, member: Member) -> User | None:
        account = self.directory.roster.links.get(member.key)
        return self.gitlab.user(UserId(int(account))) if account else None

    def account_of(self, member: Member) -> tuple[str, str]:
        """Return the user name in GitLab that reaches a member and how, or "" and why there is none."""
        found = self.accounts(member)
        mine = [(user.username, match.how) for user, match in found if _is(member, match)]
        conflict = How.CONFLICT if any(match.how is How.CONFLICT for _, match in found) else How.NONE
        return mine[0] if mine else ("", conflict)

    def user_of(self, member: Member) -> User | None:
        """Return the user in GitLab that reaches a member, None where there is none or more than one could be theirs.

        Raises:
            bot.errors.OutsideError: GitLab or Mattermost did not answer.

        """
        return next((user for user, match in self.accounts(member) if _is(member, match)), None)


def _is(member: Member, match: Match) -> bool:
    return match.member is not None and match.member.key == member.key
