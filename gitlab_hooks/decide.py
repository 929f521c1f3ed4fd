"""From candidates to results: who they are here, what is remembered of them, the verdict, the words."""

from collections.abc import Iterable
from dataclasses import replace

from bot.matching import How, Match
from bot.mutes import muted
from bot.preferences import hears, opted_in, told_of_own_acts
from gitlab_hooks.about import about, calls_by_name
from gitlab_hooks.delivery import Delivery
from gitlab_hooks.event import Event, who
from gitlab_hooks.gather import Candidate, Memory, account_of, acting, matched
from gitlab_hooks.house import House, Result, Tell
from gitlab_hooks.judge import Case, judge
from gitlab_hooks.notices import Notice, Verdict, by_strength, topic_of
from gitlab_hooks.rules import ASKING
from gitlab_hooks.settlement import is_over


def decide(event: Event, found: tuple[Candidate, ...], delivery: Delivery, house: House) -> tuple[Result, ...]:
    """Decide for each candidate.

    Raises:
        bot.errors.OutsideError: a look-up failed.

    """
    event = replace(event, actor=acting(event.actor, house.gitlab)) if found else event
    house.expect(account_of(one.user) for one in found)
    known = _one_each(replace(one, match=_matched(one, house)) for one in found)
    facts = {notice.fact for one in known for notice in one.notices}
    persons = [one.match.member.key for one in known if one.match.member]
    memory = house.remember(event.thing.key, facts, persons)
    tell = house.words(event, delivery.late)
    return tuple(_result(event, one, memory, delivery, house, tell) for one in known)


def _matched(one: Candidate, house: House) -> Match:
    """Find the member; a group that reaches nobody is no person, whoever has its name here."""
    why = one.notices[0].why
    return Match(How.NONE, why=why) if why else matched(one.user, house.match, house.gitlab)


def _one_each(found: Iterable[Candidate]) -> tuple[Candidate, ...]:
    """Make one candidate of the accounts that `[people]` gives to one member."""
    each: dict[object, Candidate] = {}
    for one in found:
        key = one.match.member.key if one.match.member else (one.user.id, one.user.username)
        other = each.get(key)
        each[key] = replace(other, notices=by_strength((*other.notices, *one.notices))) if other else one
    return tuple(each.values())


def _result(event: Event, one: Candidate, memory: Memory, delivery: Delivery, house: House, tell: Tell) -> Result:
    verdicts = [judge(_case(event, one, notice, memory, delivery, house)) for notice in one.notices]
    told = tuple(notice for notice, verdict in zip(one.notices, verdicts, strict=True) if verdict is Verdict.TOLD)
    member = one.match.member
    if not told or member is None:
        counts = [verdict for verdict in verdicts if verdict is not Verdict.NO_RULE]
        return Result(one, counts[0] if counts else Verdict.NO_RULE, one.notices)
    if (verdict := house.may_read(event, one.user, house.gitlab)) is not Verdict.TOLD:
        return Result(one, verdict, told)
    return Result(one, verdict, told, tell(member, told, memory.of(member.key)))


def _case(event: Event, one: Candidate, notice: Notice, memory: Memory, delivery: Delivery, house: House) -> Case:
    """Gather what the verdict depends on; a mute counts that holds now, also of what is caught up with."""
    person = one.match.member.key if one.match.member else None
    choices, bots = memory.of(person), house.policy.bots
    by_name = calls_by_name(event, (notice,), bots)
    return Case(
        event=event,
        notice=notice,
        user=one.user,
        match=one.match,
        opted_in=opted_in(choices, house.defaults),
        hears=hears(choices, notice.switch, topic_of(notice.reason, notice.rule)),
        muted=muted(choices.mutes, about(event, bots, house.shown), delivery.taken, by_name=by_name),
        told=person is not None and (notice.fact, person) in memory.told,
        announced=person in memory.announced,
        received=delivery.received,
        policy=house.policy,
        newest=memory.newest,
        own=told_of_own_acts(choices),
        over=_over(event, one, notice, memory, by_name=by_name),
    )


def _over(event: Event, one: Candidate, notice: Notice, memory: Memory, *, by_name: bool) -> bool:
    """Say whether what is told was taken back, or what was missed is settled since, by the event's own time.

    What somebody says to a person by name is said all the same.
    """
    if notice.fact in memory.taken_back:
        return True
    if event.missed is None or notice.rule not in ASKING or by_name:
        return False
    return is_over(notice.reason, who(one.user), event.missed, memory.ends)
