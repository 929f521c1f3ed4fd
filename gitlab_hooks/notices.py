"""Who is to be told, and why: the closed lists, and the data that rules return."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from gitlab_hooks.lookups import UserId


class Reason(StrEnum):
    """Why a person is told, strongest first: the order of the members is the order of strength."""

    REVIEW_REQUESTED = "review_requested"
    ASSIGNED = "assigned"
    CHANGES_REQUESTED = "changes_requested"
    MENTIONED = "mentioned"
    REPLIED = "replied"
    COMMENTED = "commented"
    APPROVED = "approved"
    UNAPPROVED = "unapproved"
    MERGED = "merged"
    CLOSED = "closed"
    REOPENED = "reopened"
    PIPELINE_FAILED = "pipeline_failed"
    PIPELINE_FIXED = "pipeline_fixed"
    DEPLOYMENT_FAILED = "deployment_failed"
    REACTED = "reacted"
    PUSHED = "pushed"
    UNASSIGNED = "unassigned"
    REVIEW_REMOVED = "review_removed"
    RELEASE_PUBLISHED = "release_published"
    TAG_PUSHED = "tag_pushed"
    PUSH_MENTIONED = "push_mentioned"
    WIKI_CHANGED = "wiki_changed"


STRENGTH = {reason: place for place, reason in enumerate(Reason)}
"""0 is the strongest."""

TOPICS = {
    Reason.REVIEW_REQUESTED: "reviews",
    Reason.ASSIGNED: "assignments",
    Reason.CHANGES_REQUESTED: "reviews",
    Reason.MENTIONED: "mentions",
    Reason.REPLIED: "comments",
    Reason.COMMENTED: "comments",
    Reason.APPROVED: "reviews",
    Reason.UNAPPROVED: "reviews",
    Reason.PIPELINE_FAILED: "pipelines",
    Reason.PIPELINE_FIXED: "pipelines",
    Reason.DEPLOYMENT_FAILED: "pipelines",
    Reason.REACTED: "reactions",
    Reason.UNASSIGNED: "assignments",
    Reason.REVIEW_REMOVED: "reviews",
}
"""What a person switches to hear a reason or not; `merged`, `closed` and the like depend on what they happened to."""


TOPIC_ORDER = (
    "mentions",
    "comments",
    "reviews",
    "assignments",
    "merge_requests",
    "issues",
    "reactions",
    "pipelines",
)


GROUP_MENTIONS = "group_mentions"
"""A switch below `mentions`, beside the reasons: of what reaches a person by the name of a group alone."""


def topic_of(reason: Reason, rule: str) -> str:
    """Name the topic a reason belongs to under a rule: `issue.closed` is of `issues`, the rest of `merge_requests`."""
    return TOPICS.get(reason, "issues" if rule.startswith("issue.") else "merge_requests")


def topics() -> dict[str, frozenset[str]]:
    """Return every topic and the switches below it, its reasons mostly, in the order in which they are shown."""
    below: dict[str, set[str]] = {topic: set() for topic in TOPIC_ORDER}
    for reason in Reason:
        below[topic_of(reason, "")].add(reason)
    below["mentions"].add(GROUP_MENTIONS)
    return {topic: frozenset(reasons) for topic, reasons in below.items()}


class Role(StrEnum):
    """What a person is to the thing that something happened to."""

    ASSIGNEE = "assignee"
    REVIEWER = "reviewer"
    AUTHOR = "author"
    MENTIONED = "mentioned"
    GROUP = "group"
    THREAD = "thread"
    STARTER = "starter"
    FORMER_ASSIGNEE = "former_assignee"
    FORMER_REVIEWER = "former_reviewer"


class Verdict(StrEnum):
    """What became of a candidate: told, or why not."""

    TOLD = "told"
    HELD = "held"
    OWN_ACT = "own_act"
    DRAFT = "draft"
    OPTED_OUT = "opted_out"
    SWITCHED_OFF = "switched_off"
    MUTED = "muted"
    NOT_MATCHED = "not_matched"
    CONFLICT = "conflict"
    DEACTIVATED = "deactivated"
    BOT = "bot"
    NO_ACCESS = "no_access"
    ACCESS_NOT_CHECKED = "access_not_checked"
    TOLD_BEFORE = "told_before"
    DUPLICATE = "duplicate"
    STALE = "stale"
    TEST = "test"
    NO_RULE = "no_rule"
    WITHDRAWN = "withdrawn"
    UNREADABLE = "unreadable"


SAYS_MOST = sorted(Verdict, key=[Verdict.OWN_ACT, Verdict.BOT, Verdict.NO_RULE].__contains__)
"""The verdicts in the order in which one speaks for a delivery with several candidates."""


@dataclass(frozen=True, slots=True)
class Who:
    """A user as an event names them: by id, by user name (as in a mention), or by both."""

    id: UserId | None = None
    username: str = ""


EVERYBODY = "all"
"""The name that stands for all members of a project; no user and no group can have it."""


@dataclass(frozen=True, slots=True)
class Notice:
    """Somebody is to be told.

    `rule` is the row of `[rules]` it stands under and `fact` what happened, named so that the same fact told by
    another delivery is recognised. `group` is the path of the group by whose name they are mentioned, `EVERYBODY` for
    all members of the project; where it reaches nobody, `who` is the group itself, and `why` says why.
    """

    who: Who
    role: Role
    reason: Reason
    rule: str
    fact: str
    group: str = ""
    why: str = ""

    @property
    def switch(self) -> str:
        """Return what a person switches to hear it or not, before its topic."""
        return GROUP_MENTIONS if self.role is Role.GROUP else self.reason


def notices(whom: Iterable[Who], role: Role, reason: Reason, rule: str, fact: str) -> Iterator[Notice]:
    """Yield one notice for each of `whom`, alike but for the person."""
    return (Notice(who, role, reason, rule, fact) for who in whom)


def by_strength(found: Iterable[Notice]) -> tuple[Notice, ...]:
    """Sort notices, strongest reason first, by name before by group; what is equal keeps its order."""
    return tuple(sorted(found, key=lambda notice: (STRENGTH[notice.reason], notice.role is Role.GROUP)))
