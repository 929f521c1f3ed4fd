"""The reader: one lane's trouble is never another's, and nothing is lost or done twice."""

import json
import threading
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, update

from bot.errors import Misconfigured, OutsideError, TryLater
from bot.matching import Account, Match
from bot.store import Store, schema
from bot.store.recover import hurry
from gitlab_hooks import inbox, lanes
from gitlab_hooks.delivery import content
from gitlab_hooks.event import Event, Kind
from gitlab_hooks.events import KINDS
from gitlab_hooks.house import House
from gitlab_hooks.inbox import Missed
from gitlab_hooks.lookups import UserId
from gitlab_hooks.patience import ENOUGH_REFUSALS, ENOUGH_TRIES, LONGEST_WAIT_MS
from gitlab_hooks.reader import LEASE_MS, Reader
from gitlab_hooks.trying import ENOUGH_FAULTS, ENOUGH_LAPSES, PAUSES_MS
from tests.bot.fakes import Crash
from tests.gitlab_hooks.desk import LATE, Desk, FailingStore, desk
from tests.gitlab_hooks.team import NOW, payload

T = TypeVar("T")
AT_MOST = 30.0
MR, ISSUE, NOTE = "merge_request_hook__assigned", "issue_hook__assigned", "note_hook__merge_request"
OPENED = "merge_request_hook__opened"


@pytest.fixture(name="at")
def a_desk(database: str) -> Iterator[Desk]:
    with desk(database) as one:
        yield one


def states(at: Desk) -> list[str]:
    return [state for (state,) in at.rows(schema.inbox, "state")]


def verdicts(at: Desk) -> list[str]:
    return [verdict for (verdict,) in at.rows(schema.journal, "verdict")]


def stumbling(of: House, wrong: BaseException, at_most: int = 10_000) -> House:
    """Return a house in which the first deliveries of kind "push" make the program itself fail."""
    times = iter(range(at_most))

    def parse(body: bytes) -> Event:
        if next(times, None) is not None:
            raise wrong
        event: Event = KINDS["merge_request"].parse(body)
        return event

    return replace(of, kinds={**KINDS, "push": Kind("push", parse, KINDS["issue"].ask, lambda _event, _facts: ())})


def until(true: Callable[[], bool]) -> None:
    """Look again and again until something is true, for so long at most."""
    end = time.monotonic() + AT_MOST
    while not true():
        assert time.monotonic() < end
        threading.Event().wait(0.005)


@contextmanager
def running(reader: Reader) -> Iterator[threading.Thread]:
    thread = threading.Thread(target=reader.run)
    thread.start()
    try:
        yield thread
    finally:
        reader.stop()
        thread.join(AT_MOST)
        assert not thread.is_alive()


def test_step(at: Desk) -> None:
    """What is due is worked through, and the courier is woken when somebody is told."""
    at.accept(payload(MR))
    at.accept(payload("member_hook__added"))

    assert at.reader.step() == 2
    assert at.reader.step() == 0
    assert (states(at), verdicts(at), at.woken) == (["done", "done"], ["told", "no_rule"], 1)


def test_order_of_a_lane(at: Desk) -> None:
    """Deliveries about one thing are worked through in the order in which they came."""
    for name in ("opened", "closed", "reopened"):
        at.accept(payload(f"merge_request_hook__{name}"))
    at.read()
    told = at.rows(schema.journal, "delivery", "rule")

    assert list(dict.fromkeys(told)) == [
        (1, "merge_request.opened"),
        (2, "merge_request.closed"),
        (3, "merge_request.reopened"),
    ]


@pytest.mark.parametrize("error", [TryLater("GitLab is down"), Misconfigured("GitLab answers 401")])
def test_no_answer(at: Desk, error: OutsideError) -> None:
    """A delivery that finds no answer waits with all behind it in its lane; other lanes go on."""
    at.gitlab.down_for[UserId(4)] = error
    for name in (MR, ISSUE, NOTE):
        at.accept(payload(name))
    at.read()

    assert states(at) == ["waiting", "done", "waiting"]
    assert at.rows(schema.inbox, "error", "attempts")[0] == (str(error), 1)
    ((due,), _, _) = at.rows(schema.inbox, "due")
    assert at.store.read(lanes.next_due) == due > NOW

    at.time.ms = due - 1
    at.read()
    assert states(at) == ["waiting", "done", "waiting"]

    at.gitlab.down_for.clear()
    at.time.pass_ms(LATE)
    at.read()
    assert states(at) == ["done"] * 3
    assert at.reader.trouble == ""


def test_trouble_is_named(at: Desk) -> None:
    """What GitLab fails at is named while it lasts."""
    at.gitlab.down = TryLater("GET /users/4: 502")
    at.accept(payload(MR))
    at.read()

    assert at.reader.trouble == "GET /users/4: 502"


def test_wish(at: Desk) -> None:
    """A delivery waits at least as long as GitLab asks for."""
    at.gitlab.down = TryLater("429", after=77.0)
    at.accept(payload(MR))
    at.read()

    assert at.rows(schema.inbox, "due") == [(NOW + 77_000,)]


def keep_trying(at: Desk, ms: int) -> None:
    """Work through what is due every few minutes, for so long."""
    for _ in range(0, ms, LATE):
        at.read()
        at.time.pass_ms(LATE)


@pytest.mark.parametrize("error", [TryLater("429", after=60.0), TryLater("down"), Misconfigured("GitLab answers 401")])
def test_a_day_without_an_answer(at: Desk, error: OutsideError) -> None:
    """After a day a delivery goes out to those whom the payload itself names; whose access is not known is journalled.

    What follows in its lane goes by its own age, and nothing fails.
    """
    at.gitlab.down = error
    at.accept(payload(OPENED))
    keep_trying(at, LONGEST_WAIT_MS)
    at.accept(payload(f"{MR}_while_draft"))
    assert states(at) == ["waiting", "waiting"]

    at.read()
    assert states(at) == ["done", "waiting"]
    assert at.rows(schema.journal, "account", "verdict") == [
        ("ben.okafor", "told"),
        ("haneul", "told"),
        ("anna.berg", "own_act"),
        ("jlee", "not_matched"),  # only the address that GitLab shows makes them a member
        ("carla.rossi", "access_not_checked"),  # mentioned, in a private project
    ]
    assert at.reader.trouble == str(error)


def test_a_day_is_counted_from_the_receipt(at: Desk) -> None:
    """What is old because nobody was there to work it through is asked about a few times before it goes out so."""
    at.gitlab.down = TryLater("down")
    at.accept(payload(OPENED))
    at.time.pass_ms(LONGEST_WAIT_MS)
    for tries in range(1, ENOUGH_TRIES):
        at.read()
        assert at.rows(schema.inbox, "state", "attempts") == [("waiting", tries)]
        at.time.pass_ms(LATE)

    at.read()
    assert states(at) == ["done"]


def test_the_day_begins_when_it_is_taken(at: Desk) -> None:
    """What failed two days ago and was caught up with waits a whole day for answers, as everything does."""
    at.gitlab.down = TryLater("down")
    found = content(json.dumps(payload(OPENED)).encode())
    missed = Missed(NOW - 2 * LONGEST_WAIT_MS, late=False)
    at.store.write(lambda conn: inbox.accept(conn, found, None, {}, NOW, missed))
    keep_trying(at, LONGEST_WAIT_MS - LATE)
    at.gitlab.down = None
    at.read()

    assert verdicts(at) == ["told", "told", "own_act", "told", "told"]


def test_a_try_in_which_nothing_was_asked_is_none(at: Desk) -> None:
    """While the gate lets nothing pass, an old delivery uses up none of its tries; nor does one tried again by hand."""
    shut = TryLater("down")
    shut.asked = False
    at.accept(payload(OPENED))
    at.time.pass_ms(LONGEST_WAIT_MS)
    for error, rounds in ((shut, 2 * ENOUGH_TRIES), (TryLater("down"), ENOUGH_TRIES - 1)):
        at.gitlab.down = error
        keep_trying(at, rounds * LATE)
    assert at.rows(schema.inbox, "state", "attempts", "unasked") == [
        ("waiting", 3 * ENOUGH_TRIES - 1, 2 * ENOUGH_TRIES)
    ]

    at.read()
    assert states(at) == ["done"]


def test_a_gate_that_stays_shut(at: Desk) -> None:
    """What never had its turn to ask goes out as well, once it was refused for half a day and has waited for one."""
    shut = TryLater("down")
    shut.asked = False
    at.gitlab.down = shut
    at.accept(payload(OPENED))
    at.time.pass_ms(LONGEST_WAIT_MS)
    keep_trying(at, (ENOUGH_REFUSALS - 1) * LATE)
    assert states(at) == ["waiting"]

    at.read()
    assert states(at) == ["done"]


def test_an_answer_in_time(at: Desk) -> None:
    """What GitLab answers within the day is told to everybody it concerns, by access checked."""
    at.gitlab.down = TryLater("down")
    at.accept(payload(OPENED))
    keep_trying(at, LONGEST_WAIT_MS - LATE)
    at.gitlab.down = None
    at.read()

    assert verdicts(at) == ["told", "told", "own_act", "told", "told"]


def test_only_gitlab_can_be_done_without(at: Desk) -> None:
    """While the members of the channel are not known a delivery waits, however long: nobody could be told."""

    def not_read_yet(_account: Account) -> Match:
        raise TryLater("the members have not been read yet")

    reader = at.new_reader(replace(at.house, match=not_read_yet))
    at.accept(payload(OPENED))
    for _ in range(0, 2 * LONGEST_WAIT_MS, LATE):
        reader.step()
        at.time.pass_ms(LATE)
    assert states(at) == ["waiting"]

    at.read()
    assert verdicts(at) == ["told", "told", "own_act", "told", "told"]


def test_what_gitlab_told_before_is_known(at: Desk) -> None:
    """Who is who, as GitLab answered earlier, still counts when it answers no more."""
    at.deliver(payload(ISSUE))
    at.deliver(payload(MR))
    at.gitlab.down = TryLater("down")
    at.accept(payload(OPENED))
    keep_trying(at, LONGEST_WAIT_MS)
    at.read()

    assert at.rows(schema.journal, "account", "verdict")[-2] == ("jlee", "told_before")


@pytest.mark.parametrize("wrong", [ValueError("secret text"), RecursionError(), KeyError("secret text")])
def test_poison(at: Desk, wrong: Exception, caplog: pytest.LogCaptureFixture) -> None:
    """A delivery over which the program stumbles is tried a few times, fails visibly, and blocks nobody."""
    reader = at.new_reader(stumbling(at.house, wrong))
    at.accept(payload("push_hook__branch"), lane="x")
    at.accept(payload(ISSUE))
    at.accept(payload(NOTE), lane="x")
    for _ in range(ENOUGH_FAULTS):
        while reader.step():
            pass
        at.time.pass_ms(LATE)
    while reader.step():
        pass

    assert states(at) == ["failed", "done", "done"]
    assert [one.error for one in at.store.read(inbox.failed)] == [
        f"{type(wrong).__name__} in the program itself; see the log"
    ]
    assert caplog.text.count(f"delivery 1: {type(wrong).__name__} at ") == ENOUGH_FAULTS
    assert "secret text" not in caplog.text


def test_gitlab_failing_is_no_fault_of_ours(at: Desk) -> None:
    """However often GitLab failed at a delivery before, the program may stumble over it as often as over any other."""
    at.gitlab.down = TryLater("down")
    at.accept(payload(MR))
    for _ in range(2 * ENOUGH_FAULTS):
        at.read()
        at.time.pass_ms(LATE)
    at.gitlab.down = None
    push = stumbling(at.house, ValueError(), ENOUGH_FAULTS - 1).kinds["push"]
    reader = at.new_reader(replace(at.house, kinds={**KINDS, "merge_request": push}))
    for _ in range(ENOUGH_FAULTS):
        assert states(at) == ["waiting"]
        reader.step()
        at.time.pass_ms(LATE)

    assert states(at) == ["done"]


def die_over(at: Desk, body: str) -> Reader:
    """Return a reader whose process dies whenever it works on a delivery of which the body holds a word."""

    def parse(raw: bytes) -> Event:
        if body.encode() in raw:
            raise Crash
        event: Event = KINDS["merge_request"].parse(raw)
        return event

    return at.new_reader(replace(at.house, kinds={"merge_request": replace(KINDS["merge_request"], parse=parse)}))


def live_and_die(at: Desk, body: str) -> int:
    """Let one process after the other work until all is done, and return how many died."""
    deaths = 0
    while "waiting" in states(at):
        try:
            die_over(at, body).step()
        except Crash:
            deaths += 1
        at.time.pass_ms(LEASE_MS)
    return deaths


def deliver_many(at: Desk, count: int, poison: Collection[int]) -> None:
    for number in range(count):
        word = "poison" if number in poison else "good"
        at.accept(payload(MR, {"object_attributes.title": f"{word} {number}"}), lane=f"mr:{number}")


def test_a_delivery_that_kills(at: Desk, caplog: pytest.LogCaptureFixture) -> None:
    """A delivery over which process after process dies is put aside as failed, and said so; its lane goes on."""
    deliver_many(at, 1, {0})
    at.accept(payload(MR, {"object_attributes.title": "behind it"}), lane="mr:0")

    assert live_and_die(at, "poison") == ENOUGH_LAPSES
    assert states(at) == ["failed", "done"]
    why = f"the program died {ENOUGH_LAPSES} times in a row while it worked on this"
    assert [one.error for one in at.store.read(inbox.failed)] == [why]
    assert f"delivery 1 failed for good at try {at.rows(schema.inbox, 'attempts')[0][0]}: {why}" in caplog.text

    at.store.write(lambda conn: inbox.retry(conn, 1, at.time.now()))
    assert at.rows(schema.inbox, "lapses", "faults")[0] == (0, 0)


def test_it_rests_between_two_deaths(at: Desk) -> None:
    """Ever longer pauses lie between the tries of a delivery that kills, and a restart does not shorten them."""
    deliver_many(at, 1, {0})
    began = at.time.now()
    live_and_die(at, "poison")
    assert at.time.now() - began >= sum(PAUSES_MS)

    deliver_many(at, 2, {1})
    at.store.write(lambda conn: conn.execute(update(schema.inbox).where(schema.inbox.c.id == 3).values(lapses=2)))
    at.store.write(lambda conn: conn.execute(update(schema.inbox).values(due=at.time.now() + 5_000)))
    at.store.write(lambda conn: hurry(conn, at.time.now()))
    assert at.rows(schema.inbox, "due")[-1] == (at.time.now() + 5_000,)


@settings(max_examples=20)
@given(poison=st.sets(st.integers(0, 19), max_size=3))
def test_those_beside_it_do_not_suffer(poison: set[int]) -> None:
    """Whatever was in hand together with deliveries that kill is done, and those alone have failed."""
    with TemporaryDirectory() as folder, desk(Path(folder)) as at:
        deliver_many(at, 20, poison)
        live_and_die(at, "poison")

        assert states(at) == ["failed" if number in poison else "done" for number in range(20)]


def test_an_orderly_end_is_no_death(at: Desk) -> None:
    """What is still in hand when the program ends is free at once for others, and what its old owner writes is void."""
    begun, go = threading.Event(), threading.Event()

    def parse(body: bytes) -> Event:
        begun.set()
        assert go.wait(AT_MOST)
        event: Event = KINDS["merge_request"].parse(body)
        return event

    slow = replace(at.house, kinds={**KINDS, "merge_request": replace(KINDS["merge_request"], parse=parse)})
    at.accept(payload(MR))
    reader = at.new_reader(slow)
    with running(reader):
        assert begun.wait(AT_MOST)
        reader.give_back()
        at.read()
        assert at.rows(schema.inbox, "state", "lapses") == [("done", 0)]
        go.set()
    reader.give_back()

    assert verdicts(at) == ["told"]


def test_a_try_that_ends_clears_the_count(at: Desk) -> None:
    """Deaths count in a row: a delivery that waits for GitLab has not killed anybody."""
    deliver_many(at, 1, ())
    at.store.write(lambda conn: inbox.claim(conn, "dying", NOW, LEASE_MS, 4, 4))
    at.time.pass_ms(LEASE_MS)
    at.gitlab.down = TryLater("down")
    at.read()

    assert at.rows(schema.inbox, "state", "lapses") == [("waiting", 0)]


def test_stumbling_once(at: Desk) -> None:
    """A delivery over which the program stumbled once is worked through the next time."""
    reader = at.new_reader(stumbling(at.house, ValueError(), at_most=1))
    at.accept({**payload("merge_request_hook__labelled"), "object_kind": "push"})
    reader.step()
    at.time.pass_ms(LATE)
    reader.step()

    assert states(at) == ["done"]


def test_unreadable(at: Desk) -> None:
    """A body that turns out unreadable has failed with what was wrong, and the next in its lane goes on."""
    at.accept(payload(MR, {"object_attributes.iid": "forty-two"}))
    at.accept(payload(MR))
    at.read()

    assert states(at) == ["failed", "done"]
    assert "object_attributes.iid" in at.store.read(inbox.failed)[0].error


def test_lost_lease(at: Desk) -> None:
    """A reader whose lease ended meanwhile writes nothing; the one who took over does."""
    other = at.new_reader()

    def parse(body: bytes) -> Event:
        at.time.pass_ms(LEASE_MS)
        while other.step():
            pass
        event: Event = KINDS["merge_request"].parse(body)
        return event

    slow = replace(at.house, kinds={**KINDS, "merge_request": replace(KINDS["merge_request"], parse=parse)})
    at.accept(payload(MR))
    assert at.new_reader(slow).step() == 1

    assert (states(at), verdicts(at)) == (["done"], ["told"])
    assert len(at.rows(schema.outbox, "id")) == 1


def test_crash(database: str) -> None:
    """A delivery that was in hand when the process died is worked through once by the next one."""
    with desk(database) as dying:
        dying.accept(payload(MR))
        taken = dying.store.write(lambda conn: inbox.claim(conn, "dying", NOW, LEASE_MS, 4, 4))
        assert len(taken) == 1
        dying.read()
        assert states(dying) == ["waiting"]

    with desk(database) as at:
        at.time.pass_ms(0 if database.startswith("sqlite") else LEASE_MS)
        at.read()
        assert (states(at), verdicts(at)) == (["done"], ["told"])
        assert len(at.rows(schema.outbox, "id")) == 1


def test_crash_after_the_write(database: str) -> None:
    """What was written down is not written again after a restart."""
    with desk(database) as dying:
        dying.deliver(payload(MR))
    with desk(database) as at:
        at.read()

        assert verdicts(at) == ["told"]
        assert not at.accept(payload(MR))


def test_full_disk(at: Desk, caplog: pytest.LogCaptureFixture) -> None:
    """While the database cannot be written nothing is taken and nothing lost."""
    store = FailingStore(at.store)
    reader = Reader(store, at.house, at.reader._batching, lambda: None, lambda: 0.0)
    at.accept(payload(MR))
    store.down = True
    assert reader.step() == 0
    assert "the inbox cannot be read" in caplog.text

    store.down = False
    assert reader.step() == 1


def test_full_disk_when_a_delivery_is_in_hand(at: Desk, caplog: pytest.LogCaptureFixture) -> None:
    """A delivery in hand when the disk fills up is taken up again when its lease ends."""
    store = FailingStore(at.store)

    def parse(body: bytes) -> Event:
        store.down = True
        event: Event = KINDS["merge_request"].parse(body)
        return event

    of = replace(at.house, kinds={**KINDS, "merge_request": replace(KINDS["merge_request"], parse=parse)})
    reader = Reader(store, of, at.reader._batching, lambda: None, lambda: 0.0)
    at.accept(payload(MR))
    with running(reader):
        until(lambda: "is taken up again when its lease ends" in caplog.text)
    store.down = False
    at.time.pass_ms(LEASE_MS)
    at.read()

    assert (states(at), verdicts(at)) == (["done"], ["told"])


def test_an_end_that_could_not_be_written_is_no_death(at: Desk) -> None:
    """However often the disk is full when a delivery is done, it does not count as one that kills."""
    store = FailingStore(at.store)
    times = iter(range(2 * ENOUGH_LAPSES))

    def parse(body: bytes) -> Event:
        store.down = next(times, None) is not None
        event: Event = KINDS["merge_request"].parse(body)
        return event

    of = replace(at.house, kinds={**KINDS, "merge_request": replace(KINDS["merge_request"], parse=parse)})
    reader = Reader(store, of, at.reader._batching, lambda: None, lambda: 0.0)
    at.accept(payload(MR))
    with running(reader):
        while states(at) == ["waiting"]:
            store.down = False
            at.time.pass_ms(LEASE_MS)
            reader.wake()
            threading.Event().wait(0.005)

    assert at.rows(schema.inbox, "state", "lapses") == [("done", 0)]


def test_run(at: Desk) -> None:
    """The running reader works through what is there and what comes, and stops when it is told to."""
    at.accept(payload(MR))
    with running(at.reader):
        until(lambda: states(at) == ["done"])
        at.accept(payload(ISSUE))
        at.reader.wake()
        until(lambda: states(at) == ["done", "done"])

    assert at.woken == 2


def test_run_with_a_slow_delivery(at: Desk) -> None:
    """While one delivery takes long, other lanes go on, its own waits, and nobody asks the store in vain."""
    begun, go = threading.Event(), threading.Event()

    def parse(body: bytes) -> Event:
        begun.set()
        assert go.wait(AT_MOST)
        event: Event = KINDS["merge_request"].parse(body)
        return event

    slow = replace(at.house, kinds={**KINDS, "merge_request": replace(KINDS["merge_request"], parse=parse)})
    counting = CountingStore(at.store)
    reader = Reader(counting, slow, at.reader._batching, lambda: None, lambda: 0.0, threads=2)
    with running(reader):
        at.accept(payload(MR))
        at.accept(payload(NOTE))
        reader.wake()
        assert begun.wait(AT_MOST)
        at.accept(payload(ISSUE))
        reader.wake()
        until(lambda: states(at) == ["waiting", "waiting", "done"])
        until(counting.waits)
        go.set()
        until(lambda: states(at) == ["done"] * 3)


def test_run_with_all_threads_busy(at: Desk) -> None:
    """With every thread at work the reader waits for one of them, however much is due."""
    begun, go = threading.Event(), threading.Event()

    def parse(body: bytes) -> Event:
        begun.set()
        assert go.wait(AT_MOST)
        event: Event = KINDS["merge_request"].parse(body)
        return event

    slow = replace(at.house, kinds={**KINDS, "merge_request": replace(KINDS["merge_request"], parse=parse)})
    counting = CountingStore(at.store)
    reader = Reader(counting, slow, at.reader._batching, lambda: None, lambda: 0.0, threads=1)
    at.accept(payload(MR))
    at.accept(payload(ISSUE))
    with running(reader):
        assert begun.wait(AT_MOST)
        until(counting.waits)
        assert states(at) == ["waiting", "waiting"]
        go.set()
        until(lambda: states(at) == ["done", "done"])


def test_run_while_the_store_is_down(at: Desk) -> None:
    """A store that cannot be read stops nothing: the reader looks again."""
    store = FailingStore(at.store)
    store.down = True
    at.accept(payload(MR))
    reader = Reader(store, at.house, at.reader._batching, lambda: None, lambda: 0.0)
    with running(reader):
        store.down = False
        reader.wake()
        until(lambda: states(at) == ["done"])


class CountingStore(FailingStore):
    """A store that knows how often it was asked."""

    def __init__(self, store: Store) -> None:
        super().__init__(store)
        self.asked = 0

    def write(self, op: Callable[[Connection], T]) -> T:
        self.asked += 1
        return super().write(op)

    def read(self, op: Callable[[Connection], T]) -> T:
        self.asked += 1
        return super().read(op)

    def waits(self) -> bool:
        """Say whether nobody asks any more: fewer than three times in a twentieth of a second."""
        before = self.asked
        threading.Event().wait(0.05)
        return self.asked - before < 3


def test_nothing_of_a_text_is_logged(at: Desk, caplog: pytest.LogCaptureFixture) -> None:
    """Neither a comment's text nor a title stands in the log."""
    caplog.set_level("DEBUG")
    at.deliver(payload(NOTE))

    assert "delivery 1: told, 3 told" in caplog.text
    assert "cents" not in caplog.text
    assert "Show prices" not in caplog.text


def test_body_is_anything(at: Desk) -> None:
    """A body of any shape ends as done or failed, never as a fault of the program."""
    bodies: list[Any] = [None, 7, "x", [], {}, {"object_kind": "note"}, {"object_kind": ["issue"]}, {"event_name": "x"}]
    for body in bodies:
        at.accept(body)
    at.read()

    assert states(at) == ["done"] * 5 + ["failed", "done", "done"]


NASTY = [
    "a\x00b",
    "\x00",
    "\u2028 \u202e",
    "\U0001f44d" * 50,
    "x" * 300_000,
    "%s %(a)s '; DROP TABLE inbox; --",
    "\\x00 \\u0000",
]


@pytest.mark.parametrize("text", NASTY)
@pytest.mark.parametrize("path", ["object_attributes.note", "merge_request.title", "user.username", "project.name"])
def test_nasty_texts(at: Desk, text: str, path: str) -> None:
    """Whatever stands in a text, its delivery is worked through at the first try, and so is the next in its lane."""
    at.accept(payload(NOTE, {path: text}))
    at.accept(payload(NOTE))
    at.read()

    assert states(at) == ["done", "done"]
    assert at.rows(schema.inbox, "attempts") == [(1,), (1,)]


@pytest.mark.parametrize(
    "raw", [b'{"object_kind": "note", "x": "\\u0000"}', b'{"object_kind": "\\u0000"}', b'["\\u0000\\ud83d"]']
)
def test_nasty_bodies(at: Desk, raw: bytes) -> None:
    """A body that is kept is worked through, whatever is in it."""
    at.accept(raw)
    at.read()

    assert states(at)[0] in {"done", "failed"}
    assert at.rows(schema.inbox, "attempts") == [(1,)]


def test_webhooks_pass_first(at: Desk) -> None:
    """A delivery is begun when its turn comes, and not before."""
    before: list[list[str]] = []
    at.accept(payload(MR))
    with running(at.new_reader(turn=lambda: before.append(states(at)))):
        until(lambda: states(at) == ["done"])

    assert before == [["waiting"]]
