"""`preview`: who would be told what by a payload, and who not, without any server.

Everybody whom a payload names is taken for a person of the same name, access is assumed, and age is not judged. Nobody
is told by a group: its members are not known.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec

from bot.matching import Account, How, Match
from bot.people import Member, PersonKey
from bot.preferences import Defaults
from bot.settings import Messages
from bot.templates import Templates
from gitlab_hooks.delivery import Delivery, NotJson, content
from gitlab_hooks.event import Unreadable
from gitlab_hooks.events import KINDS
from gitlab_hooks.flow import flow
from gitlab_hooks.gather import Memory
from gitlab_hooks.house import House, Outcome, Result, Words
from gitlab_hooks.judge import Policy
from gitlab_hooks.lookups import User, UserId
from gitlab_hooks.notices import EVERYBODY, Verdict
from gitlab_hooks.parts import COMMAND, WORDS
from gitlab_hooks.remembered import Remembered
from gitlab_hooks.settings import GitLabSection
from gitlab_hooks.shapes import UserShape, decode
from gitlab_hooks.wording import Wording


class Told(msgspec.Struct):
    """One person who would be told; `also` are the reasons beside the strongest, `card` is the text below."""

    person: str
    reason: str
    also: list[str]
    headline: str
    card: str


class NotTold(msgspec.Struct, omit_defaults=True):
    """One person who would not be told, and why; what the verdict does not say stands in `why`."""

    person: str
    verdict: str
    why: str = ""


class Preview(msgspec.Struct, omit_defaults=True):
    """What one file would do."""

    file: str
    kind: str
    action: str
    actor: str
    verdict: str
    told: list[Told]
    not_told: list[NotTold]
    access: str = msgspec.field(default_factory=lambda: "assumed")
    why: str = ""


class PayloadPeople(Remembered):
    """GitLab as one payload shows it: whoever it names exists."""

    def user(self, user_id: UserId) -> User:
        """Return the user a payload shows, or one who is called by the id."""
        return super().user(user_id) or User(user_id, f"id:{user_id}")

    def user_named(self, username: str) -> User | None:
        """Return whoever a text mentions, but no group and not everybody."""
        known = super().user_named(username)
        return known or (None if _is_group(username) else User(UserId(0), username))


def _is_group(name: str) -> bool:
    """Say whether a name cannot be a user's; any other may be one, and is taken for one."""
    return "/" in name or name.lower() == EVERYBODY


def _match(account: Account) -> Match:
    if _is_group(account.name):
        return Match(How.NONE, why="who is in a group, or in the project, only GitLab tells")
    return Match(How.NAME, Member(PersonKey(account.name), account.name)) if account.name else Match(How.NONE)


@dataclass(frozen=True, slots=True)
class Previewer:
    """Previews files one after the other; nothing is remembered between two."""

    policy: Policy
    defaults: Defaults
    words: Words

    @classmethod
    def of(
        cls, gitlab: GitLabSection, policy: Policy, defaults: Defaults, messages: Messages, templates: Path | None
    ) -> "Previewer":
        """Return a previewer that decides and words as the configuration says; `templates` beats its own folder."""
        own = templates or (Path(messages.templates) if messages.templates else None)
        url = gitlab.url or "https://gitlab.example.com"
        words = Wording(Templates(*WORDS, overrides=own), defaults, url, COMMAND, messages.images, lambda name: name)
        return cls(policy, defaults, words)

    def preview(self, path: Path) -> Preview:
        """Return what a file would do; a file that cannot be read is `unreadable`."""
        try:
            return self.read(path.read_bytes(), str(path))
        except OSError as wrong:
            return _unreadable(str(path), wrong.strerror or "")

    def read(self, body: bytes, name: str = "") -> Preview:
        """Return what a body would do that came as `name`; one that is no JSON is `unreadable`."""
        try:
            content(body)
        except NotJson as wrong:
            return _unreadable(name, f"not JSON: {wrong}")
        delivery = Delivery(id=0, object="", received=0, body=body)
        return _shown(name, delivery, flow(delivery, self._house()))

    def _house(self) -> House:
        return House(
            kinds=KINDS,
            gitlab=PayloadPeople(),
            match=_match,
            remember=lambda _thing, _facts, _persons: Memory(),
            may_read=lambda _event, _user, _gitlab: Verdict.TOLD,
            policy=replace(self.policy, stale_after=0),
            defaults=self.defaults,
            words=self.words,
        )


def _unreadable(name: str, why: str) -> Preview:
    return Preview(name, "", "", "", Verdict.UNREADABLE, [], [], why=why)


class _Attributes(msgspec.Struct):
    action: str | None = None


class _Unread(msgspec.Struct):
    """Where payloads that no rule reads say what happened, and who did it."""

    action: str | None = None
    event_name: str | None = None
    object_attributes: _Attributes | None = None
    user: UserShape | None = None
    user_username: str | None = None
    build_status: str | None = None


def _said(outcome: Outcome, body: bytes) -> tuple[str, str]:
    """Return the action and the actor's user name, "" for what nothing tells."""
    if event := outcome.event:
        return event.action, event.actor.username if event.actor else ""
    try:
        found = decode(body, _Unread)
    except Unreadable:
        return "", ""
    its, user = found.object_attributes or _Attributes(), found.user or UserShape()
    action = its.action or found.action or found.event_name or found.build_status or ""
    return action, user.username or found.user_username or ""


def _shown(name: str, delivery: Delivery, outcome: Outcome) -> Preview:
    action, actor = _said(outcome, delivery.body)
    return Preview(
        file=name,
        kind=delivery.kind,
        action=action,
        actor=actor,
        verdict=outcome.verdict,
        told=[told for result in outcome.results if (told := _told(result))],
        not_told=[_not_told(result) for result in outcome.results if not result.message],
        why=outcome.why,
    )


def _told(result: Result) -> Told | None:
    if result.message is None:
        return None
    first, *others = dict.fromkeys(notice.reason.value for notice in result.notices)
    card = "\n\n".join(filter(None, (result.message.card.text, result.message.card.because)))
    return Told(_name(result), first, others, result.message.headline, card)


def _not_told(result: Result) -> NotTold:
    return NotTold(_name(result), result.verdict, result.candidate.match.why)


def _name(result: Result) -> str:
    return result.candidate.user.username


def lines(preview: Preview) -> Iterator[str]:
    """Yield a preview as a person reads it."""
    said = " ".join(filter(None, (preview.kind or "?", preview.action, preview.actor and f"by {preview.actor}")))
    yield f"{preview.file}: {said} → {preview.verdict}" + (f" ({preview.why})" if preview.why else "")
    for told in preview.told:
        reasons = ", ".join([told.reason, *told.also])
        yield f"  told      {told.person} ({reasons})"
        yield from (f"            {line}".rstrip() for line in f"{told.headline}\n{told.card}".splitlines())
    for other in preview.not_told:
        yield f"  not told  {other.person} ({other.verdict})" + (f": {other.why}" if other.why else "")
