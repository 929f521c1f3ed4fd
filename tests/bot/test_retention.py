"""What is kept, and for how long: nothing that waits, was refused, or is needed for an edit ever goes."""

import itertools
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, event
from sqlalchemy.dialects import postgresql

from bot import edits, outbox
from bot.errors import Refused, TryLater
from bot.messages import Change
from bot.outbox import Decision, Hold, Send, Waiting
from bot.people import PersonKey
from bot.retention import DAY_MS, ROWS, TOLD_DAYS, Rule, rules, trim, window
from bot.store import Store, open_store, schema
from tests.bot.engine import Engine, empty_database, engine, message
from tests.bot.fakes import FakeMattermost, Fault, Time, lost_answer
from tests.bot.rows import add, count, line, post, steps
from tests.bot.rows import message as row
from tests.bot.rows import trim as let_go

DAYS = 30
OVER = ("merged", "closed")
RULES = rules(DAYS, OVER)
NOW = Time().now()
OLD, YOUNG = NOW - DAYS * DAY_MS, NOW - DAYS * DAY_MS + 1


@pytest.fixture(name="store")
def a_store(tmp_path: Path) -> Iterator[Store]:
    shutil.copy(empty_database(), tmp_path / "n.db")
    store = open_store(f"sqlite:///{tmp_path / 'n.db'}", serving=True, clock=lambda: NOW)
    yield store
    store.close()


# ---- each kind of row


@pytest.mark.parametrize(
    ("given", "stays"),
    [
        (row(OLD, "waiting"), True),
        (row(OLD, "dead"), True),
        (row(OLD, "dropped"), False),
        (row(OLD, "withdrawn"), False),
        (row(YOUNG, "dropped"), True),
        (row(YOUNG, "withdrawn"), True),
    ],
)
def test_messages_that_were_never_sent(store: Store, given: dict[str, Any], stays: bool) -> None:
    """What was dropped or withdrawn goes after its days; what waits, or was refused and may be retried, never does."""
    add(store, schema.outbox, given)
    let_go(store, RULES, NOW)

    assert count(store, schema.outbox) == stays


@pytest.mark.parametrize(
    ("written", "sent", "announces", "settled", "stays"),
    [
        (OLD, OLD, "", "", False),
        (YOUNG, YOUNG, "", "", True),
        (OLD, YOUNG, "", "", True),  # it was held for a while
        (OLD, OLD, "mr:1", "", True),  # the merge request is open: an edit may come
        (OLD, OLD, "mr:1", "approved", True),
        (OLD, OLD, "mr:1", "merged", False),
        (OLD, OLD, "mr:1", "closed", False),
        (YOUNG, YOUNG, "mr:1", "merged", True),
    ],
)
def test_messages_that_were_sent(
    store: Store, written: int, sent: int, announces: str, settled: str, stays: bool
) -> None:
    """What was sent goes, and its post with it, when nothing can change it any more and both are old enough."""
    (number,) = add(store, schema.posts, post(sent))
    add(store, schema.outbox, row(written, post=number, announces=announces, settled=settled))
    let_go(store, RULES, NOW)

    assert (count(store, schema.outbox), count(store, schema.posts)) == (stays, stays)


@pytest.mark.parametrize(("edited", "state", "stays"), [(OLD, "sent", 0), (YOUNG, "sent", 2), (OLD, "waiting", 2)])
def test_a_message_stays_as_long_as_its_edits(store: Store, edited: int, state: str, stays: int) -> None:
    """An edit that waits, or happened within the days, keeps its message and the post; the edits go first."""
    (number,) = add(store, schema.posts, post(OLD))
    (target,) = add(store, schema.outbox, row(OLD, post=number, announces="mr:1", settled="merged"))
    given = {"kind": "edit", "edits": target, "post": number if state == "sent" else None}
    add(store, schema.outbox, row(edited, state, **given))
    for _ in range(2):
        let_go(store, RULES, NOW)

    assert (count(store, schema.outbox), count(store, schema.posts)) == (stays, min(stays, 1))


@pytest.mark.parametrize(("at", "state", "stays"), [(OLD, "frozen", 1), (OLD, "dead", 0), (YOUNG, "dead", 1)])
def test_posts_that_did_not_arrive(store: Store, at: int, state: str, stays: int) -> None:
    """A post that is under way never goes; a refused one does when its messages were retried in others."""
    add(store, schema.posts, post(at, state))
    let_go(store, RULES, NOW)

    assert count(store, schema.posts) == stays


def test_a_post_stays_while_one_message_does(store: Store) -> None:
    """An open merge request keeps the whole post it was announced in, beside what else stood there."""
    (number,) = add(store, schema.posts, post(OLD))
    add(store, schema.outbox, row(OLD, post=number), row(OLD, post=number, announces="mr:1"))
    let_go(store, RULES, NOW)

    assert (count(store, schema.outbox), count(store, schema.posts)) == (1, 1)


def test_the_journal(store: Store) -> None:
    """The journal is kept for its days."""
    add(store, schema.journal, line(OLD), line(YOUNG), line(OLD))
    let_go(store, RULES, NOW)

    assert count(store, schema.journal) == 1


def test_what_people_were_told(store: Store) -> None:
    """That somebody was told of a fact is known for a year, of a merge request's opening for ever."""
    year = TOLD_DAYS * DAY_MS
    told = [{"fact": f"note:{age}", "person": "mina", "at": NOW - age} for age in (year, year - 1, 0)]
    store.write(lambda conn: conn.execute(schema.told.insert(), told))
    store.write(lambda conn: conn.execute(schema.announced.insert(), [{"object": "m", "person": "p", "fact": "f"}]))
    let_go(store, RULES, NOW)

    assert (count(store, schema.told), count(store, schema.announced)) == (2, 1)


@pytest.mark.parametrize("days", [10, 30, 3650])
def test_days_are_chosen(days: int) -> None:
    """`[store] keep_days` is how long messages and the journal are kept; what people were told has its own time."""
    assert {rule.table.name: rule.days for rule in rules(days, OVER)} == {
        "outbox": days,
        "posts": days,
        "journal": days,
        "told": TOLD_DAYS,
    }


# ---- small steps


def test_steps_are_small(store: Store) -> None:
    """A step looks at so many rows and no more, and a walk ends where rows are too young."""
    add(store, schema.journal, *[line(OLD)] * (2 * ROWS + 1), *[line(YOUNG)] * (3 * ROWS))

    assert list(steps(store, RULES[2], NOW)) == [ROWS, ROWS, 1, 0]
    assert list(steps(store, RULES[2], NOW)) == [0]


def test_what_stays_is_passed_over(store: Store) -> None:
    """However much waits at the beginning of a table, each step looks at so many rows, and what is behind goes."""
    add(store, schema.outbox, *[row(OLD, "waiting") for _ in range(2 * ROWS)], *[row(OLD, "dropped") for _ in range(5)])

    assert list(steps(store, RULES[0], NOW)) == [0, 0, 5, 0]
    assert count(store, schema.outbox) == 2 * ROWS


def test_facts_of_one_moment(store: Store) -> None:
    """What many were told in one moment goes together."""
    at = NOW - TOLD_DAYS * DAY_MS
    told = [{"fact": "note:1", "person": f"p{number}", "at": at} for number in range(ROWS + 10)]
    store.write(lambda conn: conn.execute(schema.told.insert(), told))

    assert list(steps(store, RULES[3], NOW)) == [ROWS + 10, 0]


@pytest.mark.parametrize(
    ("rule", "key"),
    [(rule, "INTEGER PRIMARY KEY (rowid>? AND rowid<?)") for rule in RULES[:3]]
    + [(RULES[3], "INDEX ix_told_at (at>? AND at<?)")],
    ids=lambda given: given.table.name if isinstance(given, Rule) else "",
)
def test_steps_use_indexes(store: Store, rule: Rule, key: str) -> None:
    """A step goes to its rows, and to what hangs on them, by an index, however large the table is."""
    found = plans(store, rule)

    assert all(plan.startswith("SEARCH ") for plan in found)
    assert f"SEARCH {rule.table.name} USING {key}" in found


def plans(store: Store, rule: Rule) -> list[str]:
    """Return how SQLite goes about the statements of a step, the rows of its own making aside."""
    statements: list[tuple[str, Any]] = []

    def note(_conn: Connection, _cursor: Any, statement: str, values: Any, *_: Any) -> None:
        statements.append((statement, values))

    def explain(conn: Connection) -> list[str]:
        return [
            plan
            for sql, values in statements
            for *_, plan in conn.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", values)
            if "SUBQUERY" not in plan and "anon_1" not in plan
        ]

    def take_a_step(conn: Connection) -> None:
        event.listen(conn, "before_cursor_execute", note)
        conn.execute(window(rule, 7))
        conn.execute(trim(rule, 7, 9), {"before": 1})
        event.remove(conn, "before_cursor_execute", note)

    store.write(take_a_step)
    return store.read(explain)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.table.name)
def test_replicas_pass_each_other_over(rule: Rule) -> None:
    """In PostgreSQL no step waits for what another process has in hand."""
    assert "FOR UPDATE SKIP LOCKED" in str(trim(rule, None, 9).compile(dialect=postgresql.dialect()))  # type: ignore[no-untyped-call]  # SQLAlchemy has no types there


# ---- whatever happened before


PEOPLE = ("mina", "joon")
LANES = ("mr:1", "mr:2")
HOURS = (1, 30, 200, 800, 800)
"""How much later something happens."""


class Twins:
    """Two processes to which the same happens; only the rows of the first are trimmed."""

    def __init__(self, stack: ExitStack, folder: Path) -> None:
        self.time = Time()
        self.both: list[Engine] = []
        self.facts: list[str] = []
        self.numbers = itertools.count()
        self.over_at: dict[str, int] = {}
        for name in ("trimmed", "whole"):
            shutil.copy(empty_database(), folder / f"{name}.db")
            fake = FakeMattermost(self.time)
            self.both.append(stack.enter_context(engine(folder / f"{name}.db", self.time, fake, release=self.release)))

    @property
    def trimmed(self) -> Engine:
        return self.both[0]

    def release(self, _conn: Connection, waiting: Waiting) -> Decision:
        """Let joon be away for the first month and a half."""
        back = Time().now() + 45 * DAY_MS
        return Hold(back) if waiting.person == "joon" and self.time.now() < back else Send()

    def put(self, person: str, lane: str, *, announces: bool) -> None:
        fact = f"note:{len(self.facts)}"
        self.facts.append(fact)
        for one in self.both:
            one.put(message(fact, person=person, lane=lane, announces=lane if announces else ""))

    def settle(self, lane: str, state: str) -> None:
        """Let all that told of a merge request say what became of it, unless that was over a month ago."""
        if self.over_at.get(lane, self.time.now()) <= self.time.now() - DAYS * DAY_MS:
            return
        self.over_at.pop(lane, None)
        if state in OVER:
            self.over_at[lane] = self.time.now()
        fact = f"{state}:{next(self.numbers)}"
        for one in self.both:
            self._settle(one, lane, state, fact)

    def _settle(self, one: Engine, lane: str, state: str, fact: str) -> None:
        now = self.time.now()
        found = one.store.read(partial(edits.announcements, thing=lane))
        changes = [Change(each.id, each.person, fact, state, fact, "#108548") for each in found]
        one.write(lambda conn: edits.change(conn, changes, delivery=None, now=now))

    def fail(self, fault: Fault) -> None:
        for one in self.both:
            one.mattermost.faults.append(fault)

    def decide(self, *, again: bool) -> None:
        """Let an operator retry, or give up, the oldest of what was refused."""
        for one in self.both:
            for letter in one.store.read(outbox.failed)[:1]:
                act = partial(outbox.retry, now=self.time.now()) if again else outbox.drop
                one.write(partial(act, message=letter.id))

    def drain(self) -> None:
        for one in self.both:
            one.drain()

    def trim(self) -> None:
        let_go(self.trimmed.store, RULES, self.time.now())

    def seen(self) -> list[Any]:
        """Return what people see, what waits or was refused, and what is open, of each."""
        open_ = [lane for lane in LANES if lane not in self.over_at]
        return [
            (
                [(one.mattermost.seen_by(person), one.mattermost.cards_of(person)) for person in PEOPLE],
                one.store.read(outbox.failed),
                [one.store.read(partial(outbox.waiting, person=PersonKey(person))) for person in ("mina", "joon")],
                [one.store.read(partial(edits.announcements, thing=lane)) for lane in open_],
            )
            for one in self.both
        ]


ACTS = st.one_of(
    st.builds(
        lambda person, lane, announces: lambda twins: twins.put(person, lane, announces=announces),
        st.sampled_from(PEOPLE),
        st.sampled_from(LANES),
        st.booleans(),
    ),
    st.builds(
        lambda lane, state: lambda twins: twins.settle(lane, state),
        st.sampled_from(LANES),
        st.sampled_from(["approved", "merged", "closed", "reopened"]),
    ),
    st.sampled_from(
        [
            lambda twins: twins.fail(Fault(TryLater("503"))),
            lambda twins: twins.fail(Fault(Refused("403"))),
            lambda twins: twins.fail(lost_answer()),
            lambda twins: twins.decide(again=True),
            lambda twins: twins.decide(again=False),
        ]
    ),
    st.builds(lambda hours: lambda twins: twins.time.pass_ms(hours * DAY_MS // 24), st.sampled_from(HOURS)),
)


@settings(max_examples=20)
@given(st.lists(ACTS, min_size=10, max_size=25))
def test_trimming_is_not_seen(acts: Sequence[Any]) -> None:
    """Whatever happened, and however often rows went: what people see, get and can still decide on is the same."""
    with ExitStack() as stack:
        twins = Twins(stack, Path(stack.enter_context(tempfile.TemporaryDirectory())))
        for act in acts:
            act(twins)
            twins.drain()
            twins.trim()
            trimmed, whole = twins.seen()
            assert trimmed == whole
        twins.time.pass_ms(50 * DAY_MS)
        for one in twins.both:
            one.mattermost.faults.clear()
        twins.drain()
        trimmed, whole = twins.seen()
        assert trimmed == whole
        nothing_is_left(twins)


def nothing_is_left(twins: Twins) -> None:
    """See that after everything is over, all goes but what was refused."""
    for lane in LANES:
        twins.over_at.pop(lane, None)
        twins.settle(lane, "merged")
    twins.drain()
    for _ in range(3):
        twins.time.pass_ms((DAYS + 1) * DAY_MS)
        twins.drain()
        twins.trim()
    refused = len(twins.trimmed.store.read(outbox.failed))
    assert count(twins.trimmed.store, schema.outbox) == refused
    assert count(twins.trimmed.store, schema.posts) <= refused
