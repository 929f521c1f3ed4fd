"""What the flow needs of the house, and what it gives back."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from bot.matching import Account, Match
from bot.messages import Change, Message
from bot.people import Member
from bot.preferences import Choices, Defaults
from gitlab_hooks.event import Event, Kinds
from gitlab_hooks.gather import Candidate, Remember
from gitlab_hooks.judge import Policy
from gitlab_hooks.lookups import GitLab, User
from gitlab_hooks.notices import Notice, Verdict
from gitlab_hooks.settlement import Settlement

Tell = Callable[[Member, tuple[Notice, ...], Choices], Message]
"""(person, the notices they are told, strongest first, their choices) → what they are told."""

Words = Callable[[Event, bool], Tell]
"""(event, whether it comes late) → what tells one person after the other, and makes once what is the same for all."""

Settle = Callable[[Event, tuple[Settlement, ...], GitLab], tuple[Change, ...]]
"""(event, what it settles, whom to ask) → how that changes the messages that asked for it."""


def nobody_is_awaited(_accounts: Iterable[Account]) -> None:
    """Take note of nobody: who is here is known."""


def nobody_was_asked(_event: Event, _found: tuple[Settlement, ...], _gitlab: GitLab) -> tuple[Change, ...]:
    """Change nothing: there are no messages."""
    return ()


def called_otherwise(_name: str) -> str | None:
    """Know nobody's name in Mattermost."""
    return None


@dataclass(frozen=True, slots=True)
class House:
    """Whom to ask, what is remembered, who may read what, what is decided, how it is worded, what it settles.

    `shown` gives the Mattermost name of a known GitLab name; `expect` is told who will be matched before anybody is.
    """

    kinds: Kinds
    gitlab: GitLab
    match: Callable[[Account], Match]
    remember: Remember
    may_read: Callable[[Event, User, GitLab], Verdict]
    policy: Policy
    defaults: Defaults
    words: Words
    settle: Settle = nobody_was_asked
    shown: Callable[[str], str | None] = called_otherwise
    expect: Callable[[Iterable[Account]], None] = nobody_is_awaited

    def unasked(self) -> "House":
        """Return the same house, in which GitLab is asked nothing and only what payloads have shown is known of it."""
        return replace(self, gitlab=self.gitlab.seen)


@dataclass(frozen=True, slots=True)
class Result:
    """What became of a candidate: the notices that count, strongest first, and the message where they are told."""

    candidate: Candidate
    verdict: Verdict
    notices: tuple[Notice, ...]
    message: Message | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a delivery: a result for each candidate, or a verdict on the whole and why; cards that change.

    `settled` is what the event makes of what people were told before, whether that changes a card or not.
    """

    verdict: Verdict
    event: Event | None = None
    results: tuple[Result, ...] = ()
    why: str = ""
    changes: tuple[Change, ...] = ()
    settled: tuple[Settlement, ...] = ()

    @property
    def told(self) -> int:
        """Return how many people are told."""
        return sum(result.message is not None for result in self.results)
