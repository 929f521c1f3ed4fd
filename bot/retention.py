"""What may go, and when: a row of the table for each kind of row that is not kept for ever, and the step that trims.

Not here, and so never trimmed: what waits, what was refused and waits for somebody to decide, what a merge request was
announced to whom (`announced`), what people have chosen, and the keys in `secrets`.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    BindParameter,
    Column,
    ColumnElement,
    Connection,
    Delete,
    Select,
    Table,
    bindparam,
    delete,
    exists,
    func,
    or_,
    select,
    true,
    tuple_,
)

from bot.messages import REMINDER
from bot.store.schema import is_state, journal, outbox, posts, told

DAY_MS = 24 * 60 * 60 * 1000

ROWS = 100
"""Rows that a step looks at: a transaction of a millisecond or so, for which everybody else who writes waits."""

TOLD_DAYS = 365
"""A fact may come again as long as somebody may edit what it names; after a year being told of it again is no harm."""

BEFORE: BindParameter[int] = bindparam("before")
"""The youngest time that is old enough, in milliseconds since 1970."""


@dataclass(frozen=True, slots=True)
class Rule:
    """Rows of a table that may go when `age`, a time in milliseconds, is `days` days ago and `may_go` holds.

    `along` is the column, with an index, that a walk follows; where its order is that of time (`in_time`), the walk
    ends at what is too young.
    """

    table: Table
    along: Column[Any]
    age: Column[int]
    days: int
    may_go: ColumnElement[bool] = true()  # noqa: RUF009 - an expression has no state
    in_time: bool = True


@dataclass(frozen=True, slots=True)
class Step:
    """What a step did: how many rows have gone, and where the walk goes on; None at its end."""

    gone: int
    after: Any | None


_edit = outbox.alias("edit")

_ENDED = or_(*(is_state(outbox, state) for state in ("sent", "dropped", "withdrawn")))

_HAS_EDIT = exists().where(_edit.c.edits == outbox.c.id)

_IN_YOUNG_POST = exists().where(posts.c.id == outbox.c.post, posts.c.first_tried > BEFORE)

_HAS_MEMBER = exists().where(outbox.c.post == posts.c.id)


def rules(days: int, over: Collection[str]) -> tuple[Rule, ...]:
    """Return the rules for our tables: what has happened is kept for so many days.

    A message that announced something is kept until what has become of it is one of `over`, since an edit needs it. A
    post follows its last message, a message its last edit.
    """
    announces = (outbox.c.announces != "") & (outbox.c.kind != REMINDER)
    open_ = announces & is_state(outbox, "sent") & outbox.c.settled.not_in(sorted(over))
    ended = _ENDED & ~open_ & ~_HAS_EDIT & ~_IN_YOUNG_POST
    arrived = or_(is_state(posts, "sent"), is_state(posts, "dead")) & ~_HAS_MEMBER
    return (
        Rule(outbox, outbox.c.id, outbox.c.created, days, ended),
        Rule(posts, posts.c.id, posts.c.first_tried, days, arrived),
        Rule(journal, journal.c.id, journal.c.at, days),
        Rule(told, told.c.at, told.c.at, TOLD_DAYS),
    )


def step(conn: Connection, rule: Rule, after: Any | None, now: int) -> Step:
    """Look at the next rows of a table, from its beginning where `after` is None, and let go what may go.

    Any number of processes may do so together: what another one has in hand is passed over.
    """
    before = now - rule.days * DAY_MS
    last, oldest = conn.execute(window(rule, after)).one()
    if last is None:
        return Step(0, None)
    gone = conn.execute(trim(rule, after, last), {"before": before}).rowcount
    return Step(gone, None if rule.in_time and oldest > before else last)


def window(rule: Rule, after: Any | None) -> Select[tuple[Any, int]]:
    """Return the statement that says how far the next rows reach, and how old the oldest of them is."""
    following = select(rule.along.label("along"), rule.age.label("age")).order_by(rule.along).limit(ROWS)
    rows = (following if after is None else following.where(rule.along > after)).subquery()
    return select(func.max(rows.c.along), func.min(rows.c.age))


def trim(rule: Rule, after: Any | None, last: Any) -> Delete:
    """Return the statement that lets go what may go, behind `after` and up to `last`; it is given `before`."""
    keys = rule.table.primary_key.columns
    here = rule.along <= last if after is None else (rule.along > after) & (rule.along <= last)
    old = select(*keys).where(here, rule.age <= BEFORE, rule.may_go)
    return delete(rule.table).where(tuple_(*keys).in_(old.with_for_update(skip_locked=True)))
