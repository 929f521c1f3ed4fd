"""What a project's webhook lacks: to be made, repaired, switched on again, or left as it is."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from bot.signing import sign
from gitlab_hooks.authenticity import Secrets
from gitlab_hooks.hook_admin import Hook, Shape, Version
from gitlab_hooks.hook_answers import EVENTS
from gitlab_hooks.missed import is_ours
from gitlab_hooks.rules import Rules

EVENTS_OF: Mapping[str, tuple[str, ...]] = {
    "merge_request": ("merge_requests_events",),
    "note": ("note_events", "confidential_note_events"),
    "issue": ("issues_events", "confidential_issues_events"),
    "emoji": ("emoji_events",),
    "pipeline": ("pipeline_events",),
    "deployment": ("deployment_events",),
    "release": ("releases_events",),
    "tag": ("tag_push_events",),
    "push": ("push_events",),
    "wiki": ("wiki_page_events",),
}
"""What the rules of a kind (`note.issue` is of `note`) need to be sent."""

SIGNS_SINCE = (19, 0)
"""The version of GitLab that signs; an older one passes over a signing token without a word."""

TOKEN, SIGNING = "token", "signing_token"

CLEARED: Mapping[str, Mapping[str, object]] = {
    "branches": {"push_events_branch_filter": "", "branch_filter_strategy": "all_branches"},
    "template": {"custom_webhook_template": ""},
}
"""How what does not belong there goes."""

NAMED = {"name": "Nudge", "description": "Tells people by direct messages in Mattermost what concerns them."}
"""What a new hook is called, since GitLab 17.1; nobody minds another name."""


@dataclass(frozen=True, slots=True)
class Secret:
    """A secret of ours as the API names its `kind`; by its `mark` the bot knows again which of them a hook has."""

    kind: str
    value: str = field(repr=False)
    mark: str


@dataclass(frozen=True, slots=True)
class Wish:
    """How our webhook shall be everywhere; of `secrets`, of which there is one at least, the newest is the first.

    With `rotate` an older secret gives way to the newest; with `again` it is set whatever is known of it.
    """

    public_url: str
    events: frozenset[str]
    secrets: Sequence[Secret]
    verify: bool = True
    rotate: bool = False
    again: bool = False

    @property
    def url(self) -> str:
        """Return where GitLab sends to."""
        return f"{self.public_url.rstrip('/')}/gitlab"

    def secret(self, mark: str | None) -> Secret:
        """Return the secret a hook shall have that has the one of a mark."""
        newest = self.rotate or self.again
        return next((one for one in self.secrets if one.mark == mark and not newest), self.secrets[0])


class Step(StrEnum):
    """What is to do about a webhook."""

    CREATE = "create"
    REPAIR = "repair"
    ENABLE = "enable"
    KEEP = "keep"


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to do about one webhook, None where there is none yet; `wrong` says why."""

    step: Step
    hook: Hook | None
    secret: Secret
    wrong: tuple[str, ...] = ()


def needed(rules: Rules) -> frozenset[str]:
    """Return the events without which a rule that somebody hears of would be deaf."""
    return frozenset(event for key, roles in rules.items() if roles for event in EVENTS_OF[key.partition(".")[0]])


def secrets_for(secrets: Secrets, key: bytes, version: Version) -> list[Secret]:
    """Return which secrets a GitLab of a version may have, what proves more first; `key` is what marks them."""
    kinds = {SIGNING: secrets.signing if version >= SIGNS_SINCE else (), TOKEN: secrets.tokens}
    return [
        Secret(kind, value, f"{kind}:{sign(key, 'webhook secret', kind, value)}")
        for kind, values in kinds.items()
        for value in values
    ]


def plans(hooks: Sequence[Hook], marks: Mapping[int, str], wish: Wish) -> list[Plan]:
    """Return what is to do in one project; `marks` has the secrets that are known to be set, by the hook's id.

    Ours are the hooks that send to us; where none does, those that once did, since the bot may have moved.
    """
    ours = [hook for hook in hooks if is_ours(hook.url, wish.public_url)] or [one for one in hooks if one.id in marks]
    return [_plan(hook, marks.get(hook.id), wish) for hook in ours] or [Plan(Step.CREATE, None, wish.secrets[0])]


def _plan(hook: Hook, mark: str | None, wish: Wish) -> Plan:
    wrong = tuple(name for name, is_wrong in WRONG.items() if is_wrong(hook, mark, wish))
    otherwise = Step.ENABLE if is_disabled(hook) else Step.KEEP
    return Plan(Step.REPAIR if wrong else otherwise, hook, wish.secret(mark), wrong)


def is_disabled(hook: Hook) -> bool:
    """Say whether GitLab sends nothing any more, or nothing for now, since it was not answered as it likes."""
    return hook.shape.alert != "executable"


def _other_events(shape: Shape, events: frozenset[str]) -> bool:
    """Say whether an event is missing or too many; one that GitLab does not know is neither."""
    return bool(shape.on - events or shape.off & events)


def _other_secret(shape: Shape, mark: str | None, wish: Wish) -> bool:
    """Say whether a secret has to be set, for all we know: GitLab tells no more than whether there is one."""
    secret = wish.secret(mark)
    told = {TOKEN: shape.token, SIGNING: shape.signing}
    return wish.again or mark != secret.mark or told[secret.kind] is False


WRONG: Mapping[str, Callable[[Hook, str | None, Wish], bool]] = {
    "address": lambda hook, _, wish: not is_ours(hook.url, wish.public_url),
    "events": lambda hook, _, wish: _other_events(hook.shape, wish.events),
    "certificate": lambda hook, _, wish: hook.shape.verified is (not wish.verify),
    "branches": lambda hook, *_: bool(hook.shape.branches),
    "template": lambda hook, *_: hook.shape.template,
    "secret": lambda hook, mark, wish: _other_secret(hook.shape, mark, wish),
}
"""What can be wrong with a webhook of ours, and when it is."""


def values(plan: Plan, wish: Wish, secret: Secret) -> dict[str, object]:
    """Return what GitLab is asked to set, by the names of its API; the secret always, as another address takes it away.

    https://docs.gitlab.com/api/project_webhooks/
    """
    wanted: dict[str, object] = {
        "url": wish.url,
        "enable_ssl_verification": wish.verify,
        secret.kind: secret.value,
        **{event: event in wish.events for event in EVENTS},
    }
    for more in _more(plan):
        wanted |= more
    return wanted


def _more(plan: Plan) -> Iterator[Mapping[str, object]]:
    if plan.hook is None:
        yield NAMED
    yield from (CLEARED[name] for name in plan.wrong if name in CLEARED)
