"""The verdict on one notice for one person: the checks, and that they come in their order."""

from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.matching import How, Match
from bot.people import Member
from gitlab_hooks.bots import is_bot
from gitlab_hooks.event import Event, Run, Thing
from gitlab_hooks.judge import CHECKS, TOLD_BY_BOTS, Case, is_actor, judge
from gitlab_hooks.lookups import User, UserId
from gitlab_hooks.notices import Notice, Reason, Role, Verdict, Who, topics
from gitlab_hooks.rules import DRAFT_ENDS, DRAFT_PASSES, DRAFT_TALK, ROWS
from tests.gitlab_hooks.team import DAY, MEMBERS, NOW, house, outcome, payload, policy, user

THING = Thing(
    key="mr:1", kind="merge_request", ref="!1", title="T", url="", place=None, subject=None, feature="merge_requests"
)
EVENT = Event(kind="merge_request", action="update", thing=THING, actor=user(1))
PLAIN = Case(
    event=EVENT,
    notice=Notice(Who(UserId(2)), Role.REVIEWER, Reason.REVIEW_REQUESTED, "merge_request.opened", "mr:1:opened:x"),
    user=user(2),
    match=Match(How.NAME, MEMBERS[1]),
    opted_in=True,
    hears=True,
    muted=False,
    told=False,
    announced=False,
    received=NOW,
    policy=policy(),
)
AWAY = Member(MEMBERS[1].key, "ben.okafor", active=False)
DRAFT = replace(EVENT, thing=replace(THING, draft=True))
OLD = replace(EVENT, at=NOW - DAY - 1)
PASSED = replace(EVENT, run=Run(7, NOW, failed=False))

AGAINST: dict[Verdict, dict[str, Any]] = {
    Verdict.OWN_ACT: {"user": user(1)},
    Verdict.BOT: {"policy": policy(bots=frozenset({"ben.okafor"}))},
    Verdict.NO_RULE: {"event": PASSED},
    Verdict.STALE: {"event": OLD},
    Verdict.DRAFT: {"event": DRAFT},
    Verdict.CONFLICT: {"match": Match(How.CONFLICT)},
    Verdict.NOT_MATCHED: {"match": Match(How.NONE)},
    Verdict.DEACTIVATED: {"match": Match(How.NAME, AWAY)},
    Verdict.TOLD_BEFORE: {"told": True},
    Verdict.WITHDRAWN: {"over": True},
    Verdict.OPTED_OUT: {"opted_in": False},
    Verdict.SWITCHED_OFF: {"hears": False},
    Verdict.MUTED: {"muted": True},
}
"""What speaks against telling, by itself, in the order in which it counts."""


def test_told() -> None:
    """Somebody against whom nothing speaks is told."""
    assert judge(PLAIN) is Verdict.TOLD


@pytest.mark.parametrize("verdict", AGAINST)
def test_each_check(verdict: Verdict) -> None:
    """Each thing that speaks against telling gives its own verdict."""
    assert judge(replace(PLAIN, **AGAINST[verdict])) is verdict


def test_all_checks_are_here() -> None:
    """The table of this test holds every check, in order."""
    assert [verdict for verdict, _ in CHECKS] == list(AGAINST)


@pytest.mark.parametrize(("first", "second"), list(pairwise(AGAINST)))
def test_order(first: Verdict, second: Verdict) -> None:
    """Of two things that speak against telling, the earlier one is named."""
    both = {**AGAINST[second], **AGAINST[first]}
    if "event" in AGAINST[first] and "event" in AGAINST[second]:
        one, other = AGAINST[first]["event"], AGAINST[second]["event"]
        thing = other.thing if other.thing.draft else one.thing
        both["event"] = replace(one, at=one.at or other.at, run=one.run or other.run, thing=thing)
    if {first, second} == {Verdict.CONFLICT, Verdict.NOT_MATCHED}:
        both["match"] = Match(How.CONFLICT)

    assert judge(replace(PLAIN, **both)) is first


@pytest.mark.parametrize("reason", Reason)
def test_own_acts(reason: Reason) -> None:
    """Nobody is told of their own acts, but of their pipelines and deployments."""
    own = replace(PLAIN, user=user(1), notice=replace(PLAIN.notice, reason=reason))

    assert (judge(own) is Verdict.OWN_ACT) == (reason not in topics()["pipelines"])


@pytest.mark.parametrize("reason", Reason)
@pytest.mark.parametrize("verdict", [None, *AGAINST])
def test_own_acts_for_who_wants_them(reason: Reason, verdict: Verdict | None) -> None:
    """Who wants to hear of their own acts is told of what they would be told if another had done it."""
    case = replace(PLAIN, **(AGAINST[verdict] if verdict else {}), notice=replace(PLAIN.notice, reason=reason))
    case = replace(case, user=user(2))
    mine = replace(case, event=replace(case.event, actor=user(2)), own=True)

    assert judge(mine) is judge(case)


@pytest.mark.parametrize("reason", Reason)
@pytest.mark.parametrize("bot", [User(UserId(9), "renovate", bot=True), user(90), user(92)])
def test_bots_act(reason: Reason, bot: User) -> None:
    """A bot is silent, but for pipelines, assignments and requests for review."""
    case = replace(PLAIN, event=replace(EVENT, actor=bot), notice=replace(PLAIN.notice, reason=reason))

    assert (judge(case) is Verdict.BOT) == (reason not in TOLD_BY_BOTS)


@pytest.mark.parametrize("name", ["service_account_9ad1", "GHOST", "Renovate"])
def test_bots_are_told_nothing(name: str) -> None:
    """A bot is never told, whether GitLab's own names give it away or `bot.toml` does."""
    case = replace(PLAIN, user=User(UserId(8), name), policy=policy(bots=frozenset({"renovate"})))

    assert judge(case) is Verdict.BOT


def test_gitlab_knows_bots() -> None:
    """A service account with a person's name is a bot to GitLab alone: it is asked who acts."""
    of = house()
    of.gitlab.users[UserId(5)] = replace(user(5), bot=True)  # type: ignore[attr-defined]

    assert outcome(payload("merge_request_hook__closed"), of).verdict == "bot"


def test_nobody_acts() -> None:
    """An event without an actor is nobody's own act, and no bot's."""
    assert judge(replace(PLAIN, event=replace(EVENT, actor=None))) is Verdict.TOLD
    assert not is_bot(None, frozenset())


@pytest.mark.parametrize(
    ("actor", "told", "same"),
    [
        (User(UserId(1), "anna"), User(UserId(1), "renamed"), True),
        (User(UserId(1), "anna"), User(UserId(2), "anna"), False),
        (User(UserId(0), "Anna"), User(UserId(2), "anna"), True),
        (User(UserId(1), "anna"), User(UserId(0), "ANNA"), True),
        (User(UserId(0), ""), User(UserId(0), ""), False),
        (User(UserId(0), "anna"), User(UserId(2), "ben"), False),
        (None, User(UserId(2), "ben"), False),
    ],
)
def test_is_actor(actor: User | None, told: User, *, same: bool) -> None:
    """Ids tell who did it; where one is missing (GitLab 12) the user names do, case aside."""
    assert is_actor(actor, told) is same


@pytest.mark.parametrize("rule", ROWS)
@pytest.mark.parametrize("draft_comments", [True, False])
@pytest.mark.parametrize("announced", [True, False])
def test_drafts(rule: str, *, draft_comments: bool, announced: bool) -> None:
    """A draft passes emoji and pipelines, comments unless switched off, and its end for those who knew of it."""
    role = next(iter(ROWS[rule].choice))
    rules = policy({rule: [role.value]}, draft_comments=draft_comments)
    notice = replace(PLAIN.notice, rule=rule, role=role)
    verdict = judge(replace(PLAIN, event=DRAFT, policy=rules, announced=announced, notice=notice))
    passes = rule in DRAFT_PASSES or (rule in DRAFT_TALK and draft_comments) or (rule in DRAFT_ENDS and announced)

    assert (verdict is Verdict.DRAFT) == (not passes)


@given(age=st.integers(-DAY, 3 * DAY), limit=st.integers(0, 2 * DAY))
def test_stale(age: int, limit: int) -> None:
    """What is older than `stale_after` is stale; 0 is never, and what has no time never ages."""
    case = replace(PLAIN, event=replace(EVENT, at=NOW - age), policy=policy(stale_after=limit))

    assert (judge(case) is Verdict.STALE) == (limit > 0 and age > limit)
    assert judge(replace(case, event=EVENT)) is Verdict.TOLD


def test_announced() -> None:
    """Whom a merge request was announced to hears no more of its opening, but of everything else."""
    other = replace(PLAIN.notice, rule="merge_request.review_requested")

    assert judge(replace(PLAIN, announced=True)) is Verdict.TOLD_BEFORE
    assert judge(replace(PLAIN, announced=True, notice=other)) is Verdict.TOLD


def test_deactivated_in_gitlab() -> None:
    """An account that is blocked in GitLab is told nothing."""
    assert judge(replace(PLAIN, user=replace(user(2), active=False))) is Verdict.DEACTIVATED
