"""What goes into the outbox, when it is due, and how it ends without being sent."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import Connection, insert, literal_column, select

from bot import mailbox, outbox
from bot.messages import Card, Message, catch_up_group
from bot.outbox import Batching, Drop, Hold, Send, Wait, Waiting
from bot.people import PersonKey
from bot.posts import Design
from bot.store.schema import announced, journal
from bot.store.schema import mailbox as boxes
from bot.store.schema import outbox as table
from bot.together import Whole
from tests.bot.engine import Engine, message
from tests.bot.fakes import FakeMattermost, Time

MINA = PersonKey("mina")


@pytest.fixture
def engine(database: str) -> Iterator[Engine]:
    time = Time()
    one = Engine(database, time, FakeMattermost(time))
    yield one
    one.close()


def dues(engine: Engine) -> list[tuple[str, int]]:
    start = Time().ms
    return [(fact, due - start) for fact, due in engine.rows(table, "fact", "due")]


def test_a_fact_reaches_a_person_once(engine: Engine) -> None:
    """One message a fact, person and kind, for ever, whatever else the second one says."""
    assert engine.put(message("note:1"), message("note:1", person="joon")) == [True, True]
    assert engine.put(message("note:1", lane="mr:2"), message("note:2")) == [False, True]
    engine.drain()

    assert engine.put(message("note:1")) == [False]
    assert engine.put(message("note:1", kind="edit")) == [True]


def test_nothing_to_put_touches_nothing(engine: Engine) -> None:
    """A delivery that nobody is told of leaves outbox and mailboxes as they are."""
    assert engine.put() == []
    assert engine.rows(boxes, "person") == []


@pytest.mark.parametrize(
    ("put_at", "expected"),
    [
        ([0], 3_000),
        ([0, 1_000], 4_000),  # 3 s after the last
        ([0, 2_999, 5_998, 8_997, 11_996, 14_995], 15_000),  # 15 s after the first, at most
    ],
)
def test_a_group_closes_after_the_last_or_the_first_message(engine: Engine, put_at: list[int], expected: int) -> None:
    """All messages of a batched group are due at one time: last + batch, or first + at most, what comes first."""
    start = engine.time.ms
    for number, at in enumerate(put_at):
        engine.time.ms = start + at
        engine.put(message(f"note:{number}", actor="bob"))

    assert {due for _, due in dues(engine)} == {expected}


def test_a_group_past_its_deadline_takes_nothing_into_the_past(engine: Engine) -> None:
    """A message that joins a group which should have left already is due now."""
    engine.put(message("note:1", actor="bob"))
    engine.time.pass_ms(60_000)
    engine.put(message("note:2", actor="bob"))

    assert dues(engine) == [("note:1", 60_000), ("note:2", 60_000)]


def test_without_batching_all_is_due_at_once(engine: Engine) -> None:
    """`batch_seconds = 0` switches batching off."""
    now = engine.time.ms
    batched = [message("note:1", actor="bob")]
    engine.write(lambda conn: outbox.put(conn, batched, delivery=None, now=now, batching=Batching()))

    assert dues(engine) == [("note:1", 0)]


def test_another_group_on_the_same_object_closes_what_waits(engine: Engine) -> None:
    """Order within an object: what waits of another group leaves before the new message."""
    engine.put(message("note:1", actor="bob"), message("note:2", lane="mr:2", actor="bob"))
    engine.put(message("note:3", actor="carol"))

    assert dues(engine) == [("note:1", 0), ("note:2", 3_000), ("note:3", 3_000)]


def test_a_message_at_once_takes_its_own_group_along(engine: Engine) -> None:
    """A message that does not batch makes everything before it on its object due, its own group too."""
    engine.put(message("note:1", actor="bob"))
    engine.put(message("merged:1", actor="bob", batched=False))

    assert dues(engine) == [("note:1", 0), ("merged:1", 0)]


def test_a_message_that_is_known_moves_nothing(engine: Engine) -> None:
    """A duplicate neither lengthens a batch nor closes one."""
    engine.put(message("note:1", actor="bob"), message("merged:1", lane="mr:2"))
    engine.time.pass_ms(1_000)
    engine.put(message("note:1", actor="bob"), message("merged:1"))

    assert dues(engine) == [("note:1", 3_000), ("merged:1", 0)]


def test_claims_take_the_longest_due_first_and_nothing_twice(engine: Engine) -> None:
    """Mailboxes are claimed in the order of their due times, and one that is leased is not claimed."""
    for person in ("ara", "bin", "chan"):
        engine.put(message("note:1", person=person))
        engine.time.pass_ms(10)
    now = engine.time.ms

    def claim(limit: int) -> list[str]:
        leases = engine.write(lambda conn: mailbox.claim(conn, owner="me", now=now, lease_ms=15_000, limit=limit))
        return [lease.person for lease in leases]

    assert [claim(2), claim(2), claim(2)] == [["ara", "bin"], ["chan"], []]


def test_a_mailbox_is_not_due_before_its_messages(engine: Engine) -> None:
    """A batched message is not claimed while its group may still grow, and the courier knows when to come back."""
    engine.put(message("note:1", actor="bob"))

    assert engine.courier.step() == 0
    assert engine.store.read(lambda conn: mailbox.next_due(conn, engine.time.ms)) == engine.time.ms + 3_000


def test_who_lost_a_lease_writes_nothing(engine: Engine) -> None:
    """Once another holder has a mailbox, the first one's transactions fail as a whole."""
    engine.put(message("note:1"))

    def claim(owner: str) -> mailbox.Lease:
        now = engine.time.ms
        (lease,) = engine.write(lambda conn: mailbox.claim(conn, owner=owner, now=now, lease_ms=15_000, limit=1))
        assert isinstance(lease, mailbox.Lease)
        return lease

    first = claim("one")
    engine.time.pass_ms(15_000)
    second = claim("two")

    with pytest.raises(mailbox.LeaseLostError):
        engine.write(lambda conn: mailbox.hold(conn, first, engine.time.ms + 15_000))
    engine.write(lambda conn: mailbox.hold(conn, second, engine.time.ms + 15_000))


def test_withdrawn_messages_are_never_sent(engine: Engine) -> None:
    """Taking a fact back takes the waiting messages of it from everybody, and nobody else's."""
    engine.put(message("award:1"), message("award:1", person="joon"), message("award:2"))

    assert engine.write(lambda conn: outbox.withdraw(conn, "award:1")) == ["mina", "joon"]
    engine.drain()
    assert engine.mattermost.seen_by("mina") == ["award:2"]
    assert engine.mattermost.seen_by("joon") == []


def test_what_is_sent_cannot_be_withdrawn(engine: Engine) -> None:
    """A message that has left stays where it is."""
    engine.put(message("award:1"))
    engine.drain()

    assert engine.write(lambda conn: outbox.withdraw(conn, "award:1")) == []


def announce(engine: Engine, person: str = "mina") -> None:
    engine.put(message("opened:1", person=person, announces="mr:1"))
    engine.write(lambda conn: conn.execute(insert(announced).values(object="mr:1", person=person, fact="opened:1")))


def test_an_announcement_taken_back_is_none(engine: Engine) -> None:
    """If the message that announces an object is withdrawn, that person counts as not told, and no other."""
    announce(engine)
    engine.write(lambda conn: conn.execute(insert(announced).values(object="mr:1", person="joon", fact="opened:1")))
    engine.write(lambda conn: outbox.withdraw(conn, "opened:1"))

    assert engine.rows(announced, "object", "person") == [("mr:1", "joon")]


def test_an_announcement_is_taken_back_by_its_own_message_alone(engine: Engine) -> None:
    """Who was told of an object by one message stays told of it, whatever becomes of a later one."""
    engine.write(lambda conn: conn.execute(insert(announced).values(object="mr:1", person="mina", fact="assigned:1")))
    engine.put(message("mentioned:1", announces="mr:1"))
    engine.write(lambda conn: outbox.withdraw(conn, "mentioned:1"))

    assert engine.rows(announced, "object", "fact") == [("mr:1", "assigned:1")]


def test_a_dropped_message_is_journalled_and_announces_nothing(database: str) -> None:
    """A message that its person does not want any more when it is due ends as dropped, and `why` can tell."""
    time = Time()
    engine = Engine(database, time, FakeMattermost(time), release=lambda _conn, _message: Drop("switched_off"))
    announce(engine)
    engine.drain()

    assert engine.mattermost.seen_by("mina") == []
    assert engine.rows(table, "state", "error") == [("dropped", "switched_off")]
    assert engine.rows(announced, "object") == []
    assert engine.rows(journal, "at", "fact", "person", "reason", "verdict") == [
        (time.ms, "opened:1", "mina", "mentioned", "switched_off")
    ]
    engine.close()


def test_a_drop_is_journalled_with_what_was_known(database: str) -> None:
    """The journal row of a drop keeps label and link of the row that was written when the message was made."""
    time = Time()
    engine = Engine(database, time, FakeMattermost(time), release=lambda _conn, _message: Drop("opted_out"))
    told = {"at": 1, "delivery": 7, "fact": "note:1", "person": "mina", "label": "!1 Fix", "link": "https://g/1"}
    engine.write(lambda conn: conn.execute(insert(journal).values(told | {"verdict": "told"})))
    engine.put(message("note:1"), delivery=7)
    engine.drain()

    assert engine.rows(journal, "delivery", "label", "link", "verdict")[1:] == [
        (7, "!1 Fix", "https://g/1", "opted_out")
    ]
    engine.close()


def test_held_messages_leave_as_one_post_in_order(database: str) -> None:
    """What came due in quiet time waits for its end, then leaves together, whatever it was about."""
    time = Time()
    end = time.ms + 60_000

    def quiet(_conn: Connection, _message: Waiting) -> outbox.Decision:
        return Hold(end) if time.ms < end else Send()

    engine = Engine(database, time, FakeMattermost(time), release=quiet)
    engine.put(message("note:1"), message("note:2", lane="mr:2"))
    engine.drain()
    engine.put(message("note:3", lane="mr:3", actor="bob"), message("note:4"))
    time.pass_ms(3_000)
    engine.drain()
    assert engine.mattermost.seen_by("mina") == []

    time.pass_ms(60_000)
    engine.drain()
    assert engine.mattermost.seen_by("mina") == ["note:1\nnote:2\nnote:3\nnote:4"]
    engine.close()


def late(fact: str, lane: str) -> Message:
    """Return a message that is to be summed up."""
    return msgspec.structs.replace(message(fact, lane=lane, actor="bob"), group=catch_up_group(PersonKey("mina")))


@pytest.mark.parametrize(("kind", "written"), [(Hold, ["note:1", "note:2"]), (Wait, [])])
def test_what_is_summed_up_stays_together(database: str, kind: type[Hold | Wait], written: list[str]) -> None:
    """What is to be summed up leaves with all of its like, whether it was held or waited for more; a hold is noted."""
    time = Time()
    end = time.ms + 60_000

    def quiet(_conn: Connection, _message: Waiting) -> outbox.Decision:
        return kind(end) if time.ms < end else Send()

    engine = Engine(database, time, FakeMattermost(time), release=quiet)
    engine.put(late("note:1", "mr:1"), late("note:2", "mr:2"))
    for _ in range(3):
        time.pass_ms(3_000)
        engine.drain()
    assert [fact for fact, verdict in engine.rows(journal, "fact", "verdict") if verdict == "held"] == written
    time.pass_ms(60_000)
    engine.drain()

    assert engine.mattermost.seen_by("mina") == ["note:1\nnote:2"]
    engine.close()


def test_what_is_due_brings_its_like(database: str) -> None:
    """Whatever makes one message of a summary due, all of it leaves with that, and before what follows on an object."""
    time = Time()
    engine = Engine(database, time, FakeMattermost(time))
    engine.put(late("note:1", "mr:1"), late("note:2", "mr:2"), late("note:3", "mr:3"))
    engine.put(message("note:4", lane="mr:2"), message("note:5", lane="mr:4"))
    engine.drain()

    assert engine.mattermost.seen_by("mina") == ["note:1\nnote:2\nnote:3", "note:4", "note:5"]
    engine.close()


@pytest.mark.parametrize("held", [True, False])
def test_much_that_is_summed_up_leaves_as_one(database: str, *, held: bool) -> None:
    """However many there are, what is summed up is put together as one, held before or not."""
    time = Time()
    asleep = [held]

    def quiet(_conn: Connection, _message: Waiting) -> outbox.Decision:
        return Hold(time.ms + 60_000) if any(asleep) else Send()

    def counted(messages: Sequence[Waiting]) -> Whole:
        return Whole(f"{len(messages)} things", card=Card(text="all"))

    engine = Engine(database, time, FakeMattermost(time), release=quiet, design=Design(counted))
    engine.put(*(late(f"note:{number}", f"mr:{number}") for number in range(250)))
    time.pass_ms(3_000)
    engine.drain()
    asleep.clear()
    time.pass_ms(120_000)
    engine.drain()

    assert engine.mattermost.seen_by("mina") == ["250 things"]
    engine.close()


def test_what_is_held_of_a_summary_is_reconsidered(database: str) -> None:
    """Who wakes up gets what is summed up, too."""
    time = Time()
    asleep = [True]

    def quiet(_conn: Connection, _message: Waiting) -> outbox.Decision:
        return Hold(time.ms + 60_000) if asleep else Send()

    engine = Engine(database, time, FakeMattermost(time), release=quiet)
    engine.put(late("note:1", "mr:1"), late("note:2", "mr:2"), message("note:3", lane="mr:3"))
    time.pass_ms(3_000)
    engine.drain()
    asleep.clear()
    engine.write(lambda conn: outbox.reconsider(conn, PersonKey("mina"), time.ms))
    engine.drain()

    assert engine.mattermost.seen_by("mina") == ["note:1\nnote:2", "note:3"]
    engine.close()


def test_who_follows_a_message_that_waits_waits_with_it(database: str) -> None:
    """What follows on the object of a message that waits for more goes after it, and is not noted as held."""
    time = Time()
    end = time.ms + 60_000

    def gathering(_conn: Connection, waiting: Waiting) -> outbox.Decision:
        return Wait(end) if waiting.fact == "note:1" and time.ms < end else Send()

    engine = Engine(database, time, FakeMattermost(time), release=gathering)
    engine.put(late("note:1", "mr:1"), message("note:2"), message("note:3", lane="mr:2"))
    engine.drain()
    assert engine.mattermost.seen_by("mina") == ["note:3"]

    time.pass_ms(60_000)
    engine.drain()
    assert engine.mattermost.seen_by("mina") == ["note:3", "note:1", "note:2"]
    assert engine.rows(journal, "verdict") == []
    engine.close()


def test_nothing_overtakes_a_held_message_of_its_object(database: str) -> None:
    """What follows a held message on the same object waits with it; other objects go on."""
    time = Time()
    end = time.ms + 60_000

    def only_late(_conn: Connection, waiting: Waiting) -> outbox.Decision:
        return Hold(end) if waiting.fact == "note:1" and time.ms < end else Send()

    engine = Engine(database, time, FakeMattermost(time), release=only_late)
    engine.put(message("note:1"), message("note:2"), message("note:3", lane="mr:2"))
    engine.drain()
    engine.put(message("note:4", actor="bob"))
    time.pass_ms(5_000)
    engine.drain()
    assert engine.mattermost.seen_by("mina") == ["note:3"]

    time.pass_ms(60_000)
    engine.drain()
    assert engine.mattermost.seen_by("mina") == ["note:3", "note:1\nnote:2\nnote:4"]
    engine.close()


def test_a_hold_that_ends_in_the_past_turns_in_no_circle(database: str) -> None:
    """A message held until a time that is over is looked at again a moment later, not at once and for ever."""
    time = Time()
    engine = Engine(database, time, FakeMattermost(time), release=lambda _conn, _message: Hold(0))
    engine.put(message("note:1"))
    engine.drain()

    assert dues(engine) == [("note:1", 1_000)]
    engine.close()


def test_release_sees_the_message_as_it_was_put(database: str) -> None:
    """The rule that decides at the claim is handed everything that the message says."""
    time = Time()
    seen: list[Waiting] = []

    def look(_conn: Connection, waiting: Waiting) -> outbox.Decision:
        seen.append(waiting)
        return Send()

    engine = Engine(database, time, FakeMattermost(time), release=look)
    engine.put(message("note:1", actor="bob", card=Card("text", "because", "#ffffff", "https://g/a.png")), delivery=7)
    time.pass_ms(3_000)
    engine.drain()

    assert seen == [
        Waiting(
            id=1,
            delivery=7,
            fact="note:1",
            person=MINA,
            kind="new",
            group="bob:mr:1",
            object="mr:1",
            reason="mentioned",
            topic="mentions",
            headline="note:1",
            card=Card("text", "because", "#ffffff", "https://g/a.png"),
            batched=True,
            announces="",
            created=time.ms - 3_000,
            due=time.ms,
        )
    ]
    engine.close()


def test_waiting_and_last_sent_are_a_persons_own(engine: Engine) -> None:
    """`status` shows how much waits for the asker, and when they were last sent something."""
    engine.put(message("note:1"), message("note:2", person="joon"))

    def status(person: str) -> tuple[int, int | None]:
        key = PersonKey(person)
        return engine.store.read(lambda conn: (outbox.waiting(conn, key), outbox.last_sent(conn, key)))

    assert [status("mina"), status("joon"), status("nobody")] == [(1, None), (1, None), (0, None)]
    engine.drain()
    assert status("mina") == (0, engine.time.ms)


def test_a_claim_reads_only_its_own_rows(tmp_path: Path) -> None:
    """Every question that the courier asks is answered from an index, whatever else waits."""
    engine = Engine(tmp_path / "n.db", Time(), FakeMattermost(Time()))
    mine = (table.c.person == "mina") & outbox.FREE
    plans = [
        select(table.c.id, table.c.object).where(mine, table.c.due <= 5).order_by(table.c.due, table.c.id).limit(64),
        select(table.c.id).where(mine, table.c.object.in_(["mr:1"]), table.c.id <= 7).order_by(table.c.id),
        select(boxes.c.person).where(boxes.c.due <= 5, boxes.c.lease <= 5),
        select(table.c.person).where(table.c.announces == "mr:1", table.c.announces != literal_column("''")),
        select(table.c.id).where(table.c.edits == 7, outbox.FREE),
    ]

    def explain(conn: Connection) -> list[str]:
        compiled = [plan.compile(conn, compile_kwargs={"literal_binds": True}) for plan in plans]
        return [conn.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}").all()[0][3] for sql in compiled]

    assert [plan.split(" (")[0] for plan in engine.store.read(explain)] == [
        "SEARCH outbox USING INDEX ix_outbox_due",
        "SEARCH outbox USING INDEX ix_outbox_lane",
        "SEARCH mailbox USING INDEX ix_mailbox_due",
        "SEARCH outbox USING INDEX ix_outbox_announces",
        "SEARCH outbox USING INDEX ix_outbox_edits",
    ]
    engine.close()
