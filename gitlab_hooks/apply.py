"""Writing down what became of a delivery: the messages, the memory, the journal, the end of the delivery, at once."""

from collections.abc import Iterator, Sequence

from sqlalchemy import Connection

from bot import edits, mailbox, outbox
from bot.journal import Entry, record
from bot.outbox import Batching
from bot.people import PersonKey
from gitlab_hooks import inbox, memory
from gitlab_hooks.event import Event
from gitlab_hooks.ground import ground_of
from gitlab_hooks.house import Outcome, Result
from gitlab_hooks.inbox import Lease
from gitlab_hooks.naming import label
from gitlab_hooks.notices import Verdict
from gitlab_hooks.settlement import Settlement

LATE = Batching(batch_ms=2_000, at_most_ms=15 * 60_000)
"""How long what is told late waits for more of it: while the next such delivery is worked through, and not for ever."""


def write_down(conn: Connection, lease: Lease, outcome: Outcome, batching: Batching, now: int) -> bool:
    """Write everything in the caller's transaction; False, and nothing written, where the lease was lost meanwhile."""
    state = "failed" if outcome.verdict is Verdict.UNREADABLE else "done"
    if not inbox.finish(conn, lease, state, outcome.why):
        return False
    messages = [result.message for result in outcome.results if result.message]
    taken_back = outcome.event.withdraws if outcome.event else ""
    mailbox.lock(conn, concerned(conn, outcome, taken_back))  # before all else, by everybody in the same order
    memory.tell(conn, facts(outcome), now)
    memory.announce(conn, (one for one in messages if one.announces))
    if outcome.event:
        _remember(conn, outcome.event, outcome.settled, lease.delivery.received, now)
    withdrawn = outbox.withdraw(conn, taken_back) if taken_back else []
    edits.change(conn, outcome.changes, delivery=lease.delivery.id, now=now)
    outbox.put(conn, messages, delivery=lease.delivery.id, now=now, batching=LATE if lease.delivery.late else batching)
    record(conn, entries(lease, outcome, withdrawn), now)
    return True


def _remember(conn: Connection, event: Event, settled: Sequence[Settlement], received: int, now: int) -> None:
    """Remember what an event says of its thing, whoever is told of it."""
    happened = received if event.moment is None else event.moment
    memory.name_accounts(conn, event.accounts, now)
    memory.end(conn, event.thing.key, settled, happened)
    if event.run:
        memory.keep_run(conn, event.thing.key, event.run)
    if event.withdraws:
        memory.take_back(conn, event.withdraws, happened)


def concerned(conn: Connection, outcome: Outcome, taken_back: str) -> list[PersonKey]:
    """Return everybody whose messages a delivery adds, changes or takes back, sorted."""
    told = (result.message.person for result in outcome.results if result.message)
    changed = (change.person for change in outcome.changes)
    return sorted({*told, *changed, *(outbox.concerned(conn, taken_back) if taken_back else ())})


def facts(outcome: Outcome) -> Iterator[tuple[str, PersonKey]]:
    """Yield every fact that somebody is told of, with who."""
    for result in outcome.results:
        if result.message:
            yield from ((notice.fact, result.message.person) for notice in result.notices)


def entries(lease: Lease, outcome: Outcome, withdrawn: Sequence[PersonKey] = ()) -> Iterator[Entry]:
    """Yield a line for each candidate and each whose message was withdrawn, or one where it concerns nobody."""
    event, delivery = outcome.event, lease.delivery
    whole = Entry(outcome.verdict, delivery.id, object=delivery.object, detail=outcome.why)
    if event:
        actor = event.actor.username if event.actor else ""
        whole = whole._replace(label=label(event.thing), link=event.thing.url, actor=actor, ground=ground_of(event))
    if not outcome.results and not withdrawn:
        yield whole
    for result in outcome.results:
        yield _of(whole, result)
    for person in withdrawn:
        yield whole._replace(verdict=Verdict.WITHDRAWN, fact=event.withdraws if event else "", person=person)


def _of(whole: Entry, result: Result) -> Entry:
    first, others = result.notices[0], result.notices[1:]
    match = result.candidate.match
    return whole._replace(
        verdict=result.verdict,
        rule=first.rule,
        fact=first.fact,
        account=result.candidate.user.username or f"id:{result.candidate.user.id}",
        person=match.member.key if match.member else None,
        reason=first.reason,
        also=",".join(dict.fromkeys(notice.reason for notice in others if notice.reason is not first.reason)),
        detail=match.why or (f"mentioned by {first.group}" if first.group else ""),
    )
