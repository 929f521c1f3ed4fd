"""One row a person: when something is due for them, and which courier has it in hand.

Whoever holds a mailbox makes its first statement in every transaction `hold`: it renews the lease, locks the row, and
fails where another has taken over, so that everything after it in the transaction is written by the holder alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, ScalarSelect, bindparam, func, or_, select, update

from bot.people import PersonKey
from bot.store.dialect import by_dialect
from bot.store.prepared import Prepared
from bot.store.schema import is_state, mailbox, outbox


def _first_due() -> ScalarSelect[Any]:
    waiting = (outbox.c.person == mailbox.c.person) & is_state(outbox, "waiting")
    return select(func.min(outbox.c.due)).where(waiting).correlate(mailbox).scalar_subquery()


_PEOPLE = mailbox.c.person.in_(bindparam("people", expanding=True))

_MINE = (
    (mailbox.c.person == bindparam("who"))
    & (mailbox.c.owner == bindparam("holder"))
    & (mailbox.c.epoch == bindparam("turn"))
)
"""The condition of every write by a lease's holder."""

_LOCK = Prepared(
    by_dialect(
        lambda insert: insert(mailbox).on_conflict_do_update(
            index_elements=["person"], set_={"person": insert(mailbox).excluded.person}
        )
    ),
    columns=("person",),
)

_SCHEDULE = Prepared(
    update(mailbox)
    .where(_PEOPLE, or_(mailbox.c.attempts == 0, mailbox.c.due.is_(None)))  # whom Mattermost just failed must wait
    .values(due=_first_due())
)

_CLAIMABLE = Prepared(
    select(mailbox.c.person, mailbox.c.epoch, mailbox.c.attempts)
    .where(mailbox.c.due <= bindparam("now"), mailbox.c.lease <= bindparam("now"))
    .order_by(mailbox.c.due)
    .limit(bindparam("most"))
    .with_for_update(skip_locked=True)
)

_TAKE = Prepared(
    update(mailbox)
    .where(mailbox.c.person == bindparam("who"))
    .values(owner=bindparam("holder"), lease=bindparam("until"), epoch=mailbox.c.epoch + 1)
)

_HOLD = Prepared(update(mailbox).where(_MINE).values(lease=bindparam("until")))

_STILL_MINE = (
    select(mailbox.c.person)
    .where(_PEOPLE, mailbox.c.owner == bindparam("holder"), mailbox.c.lease > 0)
    .with_for_update(skip_locked=True)  # whoever holds the row renews the lease or gives it back
)

_RENEW = Prepared(update(mailbox).where(mailbox.c.person.in_(_STILL_MINE)).values(lease=bindparam("until")))

_RELEASE = Prepared(update(mailbox).where(_MINE).values(lease=0, owner="", attempts=0))

_RESCHEDULE = Prepared(update(mailbox).where(mailbox.c.person == bindparam("who")).values(due=_first_due()))

_POSTPONE = Prepared(
    update(mailbox).where(_MINE).values(due=bindparam("next"), attempts=bindparam("failures"), lease=0, owner="")
)

_NEXT_DUE = Prepared(
    select(mailbox.c.due)
    .where(mailbox.c.due.is_not(None), mailbox.c.lease <= bindparam("now"))
    .order_by(mailbox.c.due)
    .limit(1)
)


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to send to a person; `attempts` is how often in a row that has failed."""

    person: PersonKey
    owner: str
    epoch: int
    attempts: int = 0

    @property
    def mine(self) -> dict[str, Any]:
        """The values that every write of the holder is conditional on."""
        return {"who": self.person, "holder": self.owner, "turn": self.epoch}


class LeaseLostError(Exception):
    """Another courier has the mailbox now; what this one was about to write is void."""


def lock(conn: Connection, people: Sequence[PersonKey]) -> None:
    """Make sure that people have a mailbox, and hold its row to the end of the transaction.

    In PostgreSQL the numbers of messages are not the order of their commits; the lock makes them so for each person.
    `people` is sorted, or two transactions could wait for each other.
    """
    _LOCK.each(conn, [{"person": person} for person in people])


def schedule(conn: Connection, people: Sequence[PersonKey]) -> None:
    """Set when something is due, but for those whom Mattermost just failed: their next try stands."""
    _SCHEDULE.run(conn, {"people": people})


def claim(conn: Connection, *, owner: str, now: int, lease_ms: int, limit: int) -> list[Lease]:
    """Take up to `limit` mailboxes that are due and free, the longest due first."""
    rows = _CLAIMABLE.all(conn, {"now": now, "most": limit})
    leases = [Lease(person, owner, epoch + 1, attempts) for person, epoch, attempts in rows]
    # one by one: for an UPDATE of several rows SQLite keeps a copy of each page, to be able to undo it alone
    _TAKE.each(conn, [{"who": lease.person, "holder": owner, "until": now + lease_ms} for lease in leases])
    return leases


def hold(conn: Connection, lease: Lease, until: int) -> None:
    """Renew a lease; raises `LeaseLostError` where it is no longer ours."""
    if _HOLD.run(conn, {**lease.mine, "until": until}) != 1:
        raise LeaseLostError("another courier has taken over")


def renew(conn: Connection, owner: str, people: Sequence[PersonKey], until: int) -> None:
    """Keep mailboxes in hand for longer; what another has taken over, or was given back meanwhile, is left alone."""
    _RENEW.run(conn, {"people": people, "holder": owner, "until": until})


def release(conn: Connection, lease: Lease) -> None:
    """Give a mailbox back after success; it is due when its first waiting message is.

    The due time is looked up in a second statement, after the first has locked the row: a single one would, in
    PostgreSQL's READ COMMITTED, see the messages as they were before it waited for the lock.
    """
    _RELEASE.run(conn, lease.mine)
    _RESCHEDULE.run(conn, {"who": lease.person})


def postpone(conn: Connection, lease: Lease, due: int, attempts: int) -> None:
    """Give a mailbox back after a failure, to be tried again at `due` and, unless `attempts` is 0, not before."""
    _POSTPONE.run(conn, {**lease.mine, "next": due, "failures": attempts})


def next_due(conn: Connection, now: int) -> int | None:
    """Return when the first free mailbox is due, in milliseconds since 1970; None while nothing waits."""
    due: int | None = _NEXT_DUE.scalar(conn, {"now": now})
    return due
