"""`link` and `unlink`: a person proves that an account in GitLab is theirs, by a code that they show there.

The code stands in their status message, which nobody but they can set; a comment would not do, since maintainers can
edit one. Source: https://docs.gitlab.com/api/users/#retrieve-the-status-of-a-user
"""

import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from bot import links
from bot.asking import Reply, shortened
from bot.directory import Directory
from bot.links import LIFETIME_MS, Claim, TakenError
from bot.markdown import Markdown
from bot.matching import How
from bot.people import Member, PersonKey
from bot.preferences import Choices
from bot.store import Store
from gitlab_hooks.bots import is_bot
from gitlab_hooks.gather import account_of, matched
from gitlab_hooks.lookups import GitLab, User, UserId

LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
"""None that looks like another."""

LENGTH = 20
"""Letters of a code: 99 bits, and a status message has room for a hundred characters."""

CODE = re.compile(rf"nudge-[{LETTERS}]{{{LENGTH}}}(?![{LETTERS}])")

MOST_CODES = 5
"""Codes that are tried of one status message; more have no room in it."""

SURE = frozenset({How.PEOPLE, How.LINK, How.EMAIL})
"""By what an account belongs to somebody so surely that nobody else can prove it is theirs."""


def new_code() -> str:
    """Return a code that nobody can guess."""
    return "nudge-" + "".join(secrets.choice(LETTERS) for _ in range(LENGTH))


@dataclass(frozen=True, slots=True)
class Linking:
    """Gives codes out and looks whether they are shown; `bots` are more user names to treat as bots.

    Every answer may raise `bot.errors.OutsideError`: then nothing has changed, and no try is counted.
    """

    store: Store
    gitlab: GitLab
    directory: Directory
    bots: frozenset[str]
    code: Callable[[], str] = new_code

    def link(self, member: Member, _choices: Choices, words: tuple[str, ...]) -> Reply:
        """Give a code for the account that is named, or look whether the last one is shown."""
        if not self.gitlab.has_token:
            return _say("no_token")
        claim = self.store.read(partial(links.claim_of, person=member.key))
        if not words and claim:
            return self._looked(member, claim)
        if len(words) != 1:
            return _say("how_to_link")
        user = self.gitlab.user_named(words[0].lstrip("@"))
        if user is None:
            return _say("no_such_account", name=shortened(words[0]))
        if claim and claim.account == account_of(user).id and self._is_shown(claim):
            return self._confirmed(member, claim)
        return self._refusal(user, member) or self._given(member, user)

    def unlink(self, member: Member, _choices: Choices, _words: tuple[str, ...]) -> Reply:
        """Take back what was linked."""
        was_linked = self.store.write(partial(links.unlink, person=member.key))
        self.directory.relink()
        return _say("unlinked" if was_linked else "not_linked")

    def _given(self, member: Member, user: User) -> Reply:
        account, code = account_of(user), self.code()
        expires = self.store.now() + LIFETIME_MS
        claim = Claim(member.key, account.id, account.name, links.hashed(member.key, account.id, code), expires)
        self.store.write(partial(links.claim, new=claim))
        return _say("code", account=account.name, code=Markdown(code), minutes=LIFETIME_MS // 60_000)

    def _looked(self, member: Member, claim: Claim) -> Reply:
        if claim.expires <= self.store.now():
            return _say("expired", account=claim.name, typed=Markdown(claim.name))
        if self._is_shown(claim):
            return self._confirmed(member, claim)
        left = self.store.write(partial(links.missed, open_=claim))
        return _say("not_shown" if left else "used_up", account=claim.name, typed=Markdown(claim.name), left=left)

    def _is_shown(self, claim: Claim) -> bool:
        codes = CODE.findall(self.gitlab.status(UserId(int(claim.account))).lower())
        return claim.shown(codes[:MOST_CODES])

    def _confirmed(self, member: Member, claim: Claim) -> Reply:
        user = self.gitlab.user(UserId(int(claim.account)))
        if user is None:
            return _say("no_such_account", name=claim.name)
        if refusal := self._refusal(user, member):
            return refusal
        gone = self._who_left(claim.account)
        try:
            confirm = partial(links.confirm, open_=claim, now=self.store.now(), instead_of=gone)
            linked = self.store.write(confirm)
        except TakenError:
            return _say("taken", account=user.username)
        self.directory.relink()
        return _say("linked" if linked else "expired", account=user.username, typed=Markdown(user.username))

    def _who_left(self, account: str) -> PersonKey | None:
        """Return who has linked an account and is in the channel no more."""
        holder = self.directory.roster.linked.get(account)
        return None if holder in self.directory.roster.by_key else holder

    def _refusal(self, user: User, member: Member) -> Reply | None:
        """Say why an account cannot be linked to a member, None where it can."""
        if is_bot(user, self.bots) or not user.active:
            return _say("no_person", account=user.username)
        found = matched(user, self.directory.find, self.gitlab)
        if found.member == member:
            return _say("already", account=user.username)
        if self.directory.given(account_of(user)) or (found.member and found.how in SURE):
            return _say("taken", account=user.username)
        return None


def _say(block: str, **values: object) -> Reply:
    return Reply(block, values, words="linking")
