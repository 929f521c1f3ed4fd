"""The outbox and the courier against every order of messages, edits, faults and crashes that Hypothesis finds."""

import itertools
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import Connection

from bot import edits, outbox
from bot.errors import TryLater
from bot.messages import Change
from bot.store import Store
from bot.store.schema import outbox as table
from tests.bot.engine import Engine, empty_database, message
from tests.bot.fakes import Crash, FakeMattermost, Fault, Time
from tests.postgres import Postgres

T = TypeVar("T")

PEOPLE = ("mina", "joon")
LANES = ("mr:1", "mr:2")
FAULTS: tuple[Callable[[], Fault], ...] = (
    lambda: Fault(TryLater("503")),
    lambda: Fault(TryLater("429", after=5)),
    lambda: Fault(TryLater("no answer"), after_saving=True),
    lambda: Fault(Crash()),
    lambda: Fault(Crash(), after_saving=True),
)


class CrashingStore:
    """A store whose process dies before or after a chosen transaction."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.owner = store.owner
        self.crash_in: int | None = None
        self.after_commit = False

    def write(self, op: Callable[[Connection], T]) -> T:
        crash = self.crash_in == 0
        if self.crash_in is not None:
            self.crash_in -= 1
        if crash and not self.after_commit:
            raise Crash
        result = self._store.write(op)
        if crash:
            raise Crash
        return result

    def read(self, op: Callable[[Connection], T]) -> T:
        return self._store.read(op)

    def now(self) -> int:
        return self._store.now()

    def close(self) -> None:
        self._store.close()


@contextmanager
def in_file() -> Iterator[str]:
    """Yield the address of an empty database in a file."""
    with tempfile.TemporaryDirectory() as folder:
        shutil.copy(empty_database(), Path(folder, "n.db"))
        yield f"sqlite:///{folder}/n.db"


@contextmanager
def on_server(server: Postgres) -> Iterator[str]:
    """Yield the address of an empty database on a server."""
    with server.database() as name:
        yield server.url(name)


class OutboxMachine(RuleBasedStateMachine):
    """Messages come and are settled, posts and processes fail; people see each once, in order, and as it is."""

    def __init__(self, server: Postgres | None = None) -> None:
        super().__init__()
        self.left = ExitStack()
        self.database = self.left.enter_context(on_server(server) if server else in_file())
        self.time = Time()
        self.mattermost = FakeMattermost(self.time)
        self.facts = map(str, itertools.count())
        self.expected: dict[str, list[str]] = {f"{person} {lane}": [] for person in PEOPLE for lane in LANES}
        self.withdrawn: set[str] = set()
        self.settled: dict[str, str] = {}

    @initialize()
    def start(self) -> None:
        self.engine = Engine(self.database, self.time, self.mattermost, wrap=CrashingStore)

    @rule(person=st.sampled_from(PEOPLE), lane=st.sampled_from(LANES), actor=st.sampled_from(["", "bob", "carol"]))
    def put(self, person: str, lane: str, actor: str) -> None:
        fact = next(self.facts)
        self.expected[f"{person} {lane}"].append(fact)
        self.engine.put(message(fact, person=person, lane=lane, actor=actor, headline=f"{fact} {lane}"))

    @precondition(lambda self: any(self.expected.values()))
    @rule(data=st.data())
    def withdraw(self, data: st.DataObject) -> None:
        fact = data.draw(st.sampled_from(sorted(itertools.chain(*self.expected.values()))))
        if self.engine.write(lambda conn: outbox.withdraw(conn, fact)):
            self.withdrawn.add(fact)

    @precondition(lambda self: any(self.expected.values()))
    @rule(data=st.data())
    def settle(self, data: st.DataObject) -> None:
        """Let a message that waits, is frozen, sent or withdrawn be settled, perhaps for the second time."""
        fact = data.draw(st.sampled_from(sorted(itertools.chain(*self.expected.values()))))
        ((number, person),) = [row[1:] for row in self.engine.rows(table, "fact", "id", "person") if row[0] == fact]
        said, now = f"settled {next(self.facts)}", self.time.now()
        change = Change(number, person, said, "settled", said, "#108548")
        self.engine.write(lambda conn: edits.change(conn, [change], delivery=None, now=now))
        self.settled[fact] = said

    @rule(ms=st.sampled_from([1, 500, 1_000, 3_000, 15_000, 21_000, 40_000]))
    def wait(self, ms: int) -> None:
        self.time.pass_ms(ms)

    @rule(fault=st.sampled_from(FAULTS))
    def break_the_next_post(self, fault: Callable[[], Fault]) -> None:
        self.mattermost.faults.append(fault())

    @rule(transactions=st.integers(0, 4), after_commit=st.booleans())
    def break_a_transaction(self, transactions: int, after_commit: bool) -> None:
        store = self.crashing()
        store.crash_in, store.after_commit = transactions, after_commit

    @rule()
    def step(self) -> None:
        try:
            self.engine.courier.step()
        except Crash:
            self.restart()

    @rule()
    def restart(self) -> None:
        """Kill the process and start it again."""
        self.engine.close()
        self.start()

    @rule()
    def restart_mattermost(self) -> None:
        """Let Mattermost forget its keys, away for longer than a blind repeat is allowed."""
        self.time.pass_ms(21_000)
        self.mattermost.restart()

    @invariant()
    def nothing_twice_and_nothing_withdrawn(self) -> None:
        for person in PEOPLE:
            seen = Counter(self.seen(person))
            assert max(seen.values(), default=1) == 1
            assert not self.withdrawn & {line.split()[0] for line in seen}

    @invariant()
    def in_order(self) -> None:
        for person, lane in itertools.product(PEOPLE, LANES):
            seen = [line.split()[0] for line in self.seen(person) if line.endswith(lane)]
            assert seen == sorted(seen, key=int)

    def teardown(self) -> None:
        """When everything is well again, whatever was not withdrawn arrives."""
        self.mattermost.faults.clear()
        self.crashing().crash_in = None
        self.time.pass_ms(40_000)  # Mattermost has forgotten what it was told last
        for _ in range(60):
            self.engine.drain()
            self.time.pass_ms(15_000)
        self.nothing_twice_and_nothing_withdrawn()
        self.in_order()
        for person, lane in itertools.product(PEOPLE, LANES):
            seen = {line.split()[0] for line in self.seen(person) if line.endswith(lane)}
            assert seen == set(self.expected[f"{person} {lane}"]) - self.withdrawn
        self.every_card_is_true()
        assert set(self.engine.rows(table, "state")) <= {("sent",), ("withdrawn",)}
        self.engine.close()
        self.left.close()

    def every_card_is_true(self) -> None:
        seen = sorted(card["text"] for person in PEOPLE for card in self.mattermost.cards_of(person))
        facts = set(itertools.chain(*self.expected.values())) - self.withdrawn
        assert seen == sorted("\n\n".join(filter(None, (f"card of {fact}", self.settled.get(fact)))) for fact in facts)

    def crashing(self) -> CrashingStore:
        store: Any = self.engine.store
        assert isinstance(store, CrashingStore)
        return store

    def seen(self, person: str) -> list[str]:
        return [line for post in self.mattermost.seen_by(person) for line in post.split("\n")]


TestOutboxMachine = OutboxMachine.TestCase
TestOutboxMachine.settings = settings(max_examples=40, stateful_step_count=40)


def test_on_a_server(postgres: Postgres) -> None:
    """In PostgreSQL too, where what a dead process had in hand is free only after a while."""
    few = settings(max_examples=8, stateful_step_count=30)
    run_state_machine_as_test(partial(OutboxMachine, postgres), settings=few)  # type: ignore[arg-type]  # what makes one will do
