"""The verdict on one notice for one person: the first check that speaks against it, or told."""

from collections.abc import Callable
from dataclasses import dataclass

from bot.matching import How, Match
from gitlab_hooks.bots import is_bot
from gitlab_hooks.event import Event, Run
from gitlab_hooks.lookups import User
from gitlab_hooks.notices import Notice, Reason, Verdict
from gitlab_hooks.rules import DRAFT_ENDS, DRAFT_PASSES, DRAFT_TALK, ONCE, Rules

TOLD_OF_OWN_ACTS = frozenset({Reason.PIPELINE_FAILED, Reason.PIPELINE_FIXED, Reason.DEPLOYMENT_FAILED})
TOLD_BY_BOTS = TOLD_OF_OWN_ACTS | {Reason.ASSIGNED, Reason.REVIEW_REQUESTED}
"""A reviewer roulette asks for real reviews; everything else that a bot does is noise."""


@dataclass(frozen=True, slots=True)
class Policy:
    """What `[rules]` and `[gitlab] bots` decide; `stale_after` is milliseconds, 0 for never.

    `group_mentions` is how many people the groups in one text may reach, 0 for none; `all_mentions` says whether `@all`
    is such a group. `own` are the keys of `[rules]` that a team has set itself.
    """

    rules: Rules
    stale_after: int
    draft_comments: bool
    bots: frozenset[str]
    group_mentions: int
    all_mentions: bool
    own: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Case:
    """Everything the verdict on a notice depends on, gathered beforehand.

    `told` says that the person has been told of this very fact, `announced` of the merge request's opening; `received`
    is when the delivery came, in milliseconds since 1970; `newest` is the newest pipeline of the thing that was known
    to have ended before; `over` says that what it asks for is settled since, or taken back; with `own` the person hears
    of their own acts, too.
    """

    event: Event
    notice: Notice
    user: User
    match: Match
    opted_in: bool
    hears: bool
    muted: bool
    told: bool
    announced: bool
    received: int
    policy: Policy
    newest: Run | None = None
    own: bool = False
    over: bool = False


def _own_act(case: Case) -> bool:
    passes = case.own or case.notice.reason in TOLD_OF_OWN_ACTS
    return is_actor(case.event.actor, case.user) and not passes


def is_actor(actor: User | None, user: User) -> bool:
    """Say whether a user did it; before GitLab 13 only the user name tells."""
    if actor is None:
        return False
    same_name = bool(actor.username) and actor.username.lower() == user.username.lower()
    return actor.id == user.id if actor.id and user.id else same_name


def _bot(case: Case) -> bool:
    by_bot = is_bot(case.event.actor, case.policy.bots) and case.notice.reason not in TOLD_BY_BOTS
    return by_bot or is_bot(case.user, case.policy.bots)


def _mends_nothing(case: Case) -> bool:
    """Say whether it is a pipeline that passes, but not as the first one after a failure."""
    run, newest = case.event.run, case.newest
    return run is not None and not run.failed and not (newest and newest.failed and not newest.follows(run))


def _draft(case: Case) -> bool:
    rule = case.notice.rule
    if not case.event.thing.draft or rule in DRAFT_PASSES or (rule in DRAFT_ENDS and case.announced):
        return False
    return not (rule in DRAFT_TALK and case.policy.draft_comments)


def _stale(case: Case) -> bool:
    made, limit = case.event.at, case.policy.stale_after
    return (made is not None and 0 < limit < case.received - made) or _overtaken(case)


def _overtaken(case: Case) -> bool:
    """Say whether a newer pipeline is known to have passed before this failure came: GitLab promises no order."""
    run, newest = case.event.run, case.newest
    return run is not None and run.failed and newest is not None and not newest.failed and newest.follows(run)


def _told_before(case: Case) -> bool:
    return case.told or (case.announced and case.notice.rule in ONCE)


CHECKS: tuple[tuple[Verdict, Callable[[Case], bool]], ...] = (
    (Verdict.OWN_ACT, _own_act),
    (Verdict.BOT, _bot),
    (Verdict.NO_RULE, _mends_nothing),
    (Verdict.STALE, _stale),
    (Verdict.DRAFT, _draft),
    (Verdict.CONFLICT, lambda case: case.match.how is How.CONFLICT),
    (Verdict.NOT_MATCHED, lambda case: case.match.member is None),
    (
        Verdict.DEACTIVATED,
        lambda case: not case.user.active or (case.match.member is not None and not case.match.member.active),
    ),
    (Verdict.TOLD_BEFORE, _told_before),
    (Verdict.WITHDRAWN, lambda case: case.over),
    (Verdict.OPTED_OUT, lambda case: not case.opted_in),
    (Verdict.SWITCHED_OFF, lambda case: not case.hears),
    (Verdict.MUTED, lambda case: case.muted),
)
"""In this order; whether the person may read it is asked only of those who would be told."""


def judge(case: Case) -> Verdict:
    """Return the verdict on a notice, access aside."""
    return next((verdict for verdict, speaks_against in CHECKS if speaks_against(case)), Verdict.TOLD)
