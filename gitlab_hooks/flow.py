"""The way of a delivery: parse, ask, audience, groups, candidates, verdicts, words, settled cards. Read this first."""

from dataclasses import replace

from gitlab_hooks.decide import decide
from gitlab_hooks.delivery import Delivery
from gitlab_hooks.event import Event, Unreadable
from gitlab_hooks.gather import candidates
from gitlab_hooks.groups import expanded
from gitlab_hooks.house import House, Outcome
from gitlab_hooks.notices import SAYS_MOST, Verdict
from gitlab_hooks.rules import heard


def flow(delivery: Delivery, house: House) -> Outcome:
    """Work out what a delivery means and for whom; nothing is written, nothing sent.

    Raises:
        bot.errors.OutsideError: a look-up failed, and the delivery has to wait.

    """
    try:
        kind = house.kinds.get(delivery.kind)
        if kind is None:
            return Outcome(Verdict.NO_RULE, why=f"no rule reads {delivery.kind[:100] or 'a body that names no kind'}")
        event: Event = kind.parse(delivery.body)
    except Unreadable as wrong:
        return Outcome(Verdict.UNREADABLE, why=str(wrong))
    if not event.action:
        return Outcome(Verdict.TEST, event, why="no action: sent by the test button of GitLab's settings page")
    if delivery.caught_up:
        event = replace(event, missed=delivery.received if event.moment is None else event.moment)
    for account in event.accounts:
        house.gitlab.remember(account)
    facts = kind.ask(event, house.gitlab)
    found = expanded(kind.audience(event, facts), event, facts, house.gitlab, house.policy)
    notices = heard(found, house.policy.rules)
    results = decide(event, candidates(event, notices, house.gitlab), delivery, house)
    verdict = min((result.verdict for result in results), key=SAYS_MOST.index, default=Verdict.NO_RULE)
    settled = kind.settled(event)
    changes = house.settle(event, settled, house.gitlab)
    return Outcome(verdict, event, results, changes=changes, settled=settled)
