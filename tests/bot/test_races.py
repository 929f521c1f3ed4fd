"""Several processes at the same people's messages, in PostgreSQL: whoever is between whose statements, all is well."""

import random
import threading
from collections.abc import Sequence
from functools import partial

from sqlalchemy import Connection, select

from bot import edits, mailbox, outbox
from bot.carrier import LEASE_MS
from bot.mailbox import Lease
from bot.mattermost import ChannelId
from bot.messages import Change, Message
from bot.outbox import Batching
from bot.people import PersonKey
from bot.store import Store
from bot.store.schema import mailbox as boxes
from bot.store.schema import outbox as table
from bot.store.schema import posts
from tests.bot.engine import engine, message
from tests.bot.fakes import FakeMattermost, Time
from tests.postgres import Shared, until

MINA = PersonKey("mina")
THREADS = 8
ROUNDS = 15


def put(*messages: Message, now: int = 0, conn: Connection) -> list[bool]:
    return outbox.put(conn, messages, delivery=None, now=now, batching=Batching())


def claim(store: Store, limit: int = 100, now: int = 0) -> list[Lease]:
    return store.write(partial(mailbox.claim, owner=store.owner, now=now, lease_ms=LEASE_MS, limit=limit))


def adding(*messages: Message) -> "partial[list[bool]]":
    return partial(lambda conn, given: put(*given, conn=conn), given=messages)


def due_of(store: Store) -> list[int | None]:
    return store.read(lambda conn: list(conn.scalars(select(boxes.c.due).order_by(boxes.c.person))))


def test_a_message_that_comes_while_the_mailbox_is_given_back_is_not_stranded(shared: Shared) -> None:
    """Who gives a mailbox back waits for whoever just adds to it, and then looks anew when something is due."""
    store = shared.store()
    store.write(adding(message("note:1")))
    (lease,) = claim(store)
    store.write(lambda conn: outbox.withdraw(conn, "note:1"))
    adder = shared.begin(store, adding(message("note:2"))).stopped()
    giving_back = shared.start(lambda: store.write(partial(mailbox.release, lease=lease)))
    until(lambda: shared.waiting() == 1)
    adder.commit()
    giving_back.result(30)

    assert due_of(store) == [0]


def test_a_message_that_comes_after_the_mailbox_is_given_back_is_not_stranded(shared: Shared) -> None:
    """Who adds to a mailbox waits for whoever just gives it back, and then says when something is due."""
    store = shared.store()
    store.write(adding(message("note:1")))
    (lease,) = claim(store)
    store.write(lambda conn: outbox.withdraw(conn, "note:1"))
    giver = shared.begin(store, partial(mailbox.release, lease=lease)).stopped()
    added = shared.start(lambda: store.write(adding(message("note:2"))))
    until(lambda: shared.waiting() == 1)
    giver.commit()
    added.result(30)

    assert due_of(store) == [0]


def test_numbers_are_in_the_order_of_commits(shared: Shared) -> None:
    """Of two who add for one person, the second gets no number before the first has committed."""
    store = shared.store()
    first = shared.begin(store, adding(message("note:1"))).stopped()
    second = shared.start(lambda: store.write(adding(message("note:2"), message("note:3", person="joon"))))
    until(lambda: shared.waiting() == 1)
    assert shared.run("SELECT last_value FROM outbox_id_seq") == [(1,)]
    first.commit()
    second.result(30)

    assert store.read(lambda conn: conn.execute(select(table.c.id, table.c.fact).order_by(table.c.id)).all()) == [
        (1, "note:1"),
        (2, "note:2"),
        (3, "note:3"),
    ]


def test_a_claim_passes_over_what_another_one_is_taking(shared: Shared) -> None:
    """Two who claim at the same moment neither wait for each other nor take the same mailbox."""
    one, two = shared.store(), shared.store()
    one.write(adding(*(message("note:1", person=f"p{number}") for number in range(6))))
    half = partial(mailbox.claim, owner=one.owner, now=0, lease_ms=LEASE_MS, limit=3)
    first = shared.begin(one, half).stopped()
    theirs = {lease.person for lease in claim(two)}
    ours = {lease.person for lease in first.commit()}

    assert (len(ours), len(theirs), ours & theirs) == (3, 3, set())
    assert claim(one) == claim(two) == []


def test_many_claim_at_once(shared: Shared) -> None:
    """However many claim side by side, each mailbox is taken once."""
    stores = [shared.store() for _ in range(4)]
    people = [f"p{number:03}" for number in range(200)]
    stores[0].write(adding(*(message("note:1", person=person) for person in people)))
    ready = threading.Barrier(len(stores), timeout=30)

    def take(store: Store) -> list[str]:
        ready.wait()
        taken: list[str] = []
        while leases := claim(store, limit=7):
            taken += [lease.person for lease in leases]
        return taken

    taking = [shared.start(partial(take, store)) for store in stores]

    assert sorted(person for future in taking for person in future.result(60)) == people


def test_who_is_overtaken_while_posting_notes_nothing(shared: Shared) -> None:
    """A replica that was away while its post was under way leaves the outcome to the one that took over."""
    time = Time()
    fake = FakeMattermost(time)
    with engine(shared.url, time, fake) as one, engine(shared.url, time, fake) as two:
        one.put(message("note:1"))

        def overtake(_text: str) -> None:
            fake.before = lambda _text: None
            time.pass_ms(LEASE_MS)
            two.drain()

        fake.before = overtake
        one.courier.step()

        assert fake.seen_by("mina") == ["note:1"]
        assert two.rows(posts, "state", "channel") == [("sent", "dm-mina")]
        assert (one.courier.sent, two.courier.sent) == (1, 1)
        assert two.rows(boxes, "lease", "due", "epoch") == [(0, None, 2)]


def test_leases_are_renewed_but_not_stolen(shared: Shared) -> None:
    """Renewing keeps what is ours, and neither takes back what was lost nor waits for who is just giving it back."""
    one, two = shared.store(), shared.store()
    one.write(adding(*(message("note:1", person=person) for person in ("a", "b", "c"))))
    leases = claim(one)
    (stolen,) = claim(two, limit=1, now=LEASE_MS)
    assert stolen.person == "a"
    giver = shared.begin(one, partial(mailbox.release, lease=leases[1])).stopped()
    one.write(partial(mailbox.renew, owner=one.owner, people=[PersonKey(name) for name in "abc"], until=99_999))
    giver.commit()

    rows = one.read(lambda conn: conn.execute(select(boxes.c.owner, boxes.c.lease).order_by(boxes.c.person)).all())
    assert rows == [(two.owner, 2 * LEASE_MS), ("", 0), (one.owner, 99_999)]


def storm(store: Store, seed: int, people: Sequence[str]) -> None:
    """Add for some people, change and take back what others added, send to others: whatever comes to mind."""
    chance = random.Random(seed)  # noqa: S311 - a test's dice
    for number in range(ROUNDS):
        some = chance.sample(people, 4)
        fact = f"note:{seed}:{number}"
        store.write(adding(*(message(fact, person=person, lane=chance.choice("xyz")) for person in some)))
        other = f"note:{chance.randrange(THREADS)}:{chance.randrange(ROUNDS)}"
        store.write(lambda conn, fact=other: outbox.withdraw(conn, fact))  # type: ignore[misc]  # a closure a round
        changes = [Change(chance.randrange(1, 200), PersonKey(person), fact, "done", "done", "") for person in some]
        store.write(partial(edits.change, changes=changes, delivery=None, now=0))
        for lease in claim(store, limit=3):
            store.write(partial(mailbox.renew, owner=store.owner, people=[lease.person], until=LEASE_MS))
            store.write(partial(mailbox.release, lease=lease))


def test_nobody_waits_for_each_other_in_a_circle(shared: Shared) -> None:
    """Whoever adds, changes, takes back, claims and gives back at the same time: PostgreSQL never sees a deadlock."""
    people = [f"p{number}" for number in range(8)]
    stores = [shared.store() for _ in range(THREADS)]
    for future in [shared.start(partial(storm, store, seed, people)) for seed, store in enumerate(stores)]:
        future.result(60)

    assert shared.run("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()") == [(0,)]
    waiting = {PersonKey(row) for (row,) in shared.run("SELECT DISTINCT person FROM outbox WHERE state = 'waiting'")}
    assert waiting == {person for (person,) in shared.run("SELECT person FROM mailbox WHERE due IS NOT NULL")}


def test_two_replicas_send_each_message_once_and_in_order(shared: Shared) -> None:
    """Two couriers that run side by side on one database send everything once, each person's in order."""
    time = Time()
    fake = FakeMattermost(time)
    people, words = [f"p{number}" for number in range(12)], [f"note:{number}" for number in range(10)]
    with engine(shared.url, time, fake) as one, engine(shared.url, time, fake) as two:
        running = [shared.start(each.courier.run) for each in (one, two)]
        for word in words:
            (one if int(word[5:]) % 2 else two).put(*(message(word, person=person, lane=word) for person in people))
            one.courier.wake()
            two.courier.wake()
        until(lambda: shared.run("SELECT 1 FROM outbox WHERE state = 'waiting'") == [])
        for each in (one, two):
            each.courier.stop()
        for future in running:
            future.result(30)

    for person in people:
        assert [line for post in fake.channels[ChannelId(f"dm-{person}")] for line in post.message.split("\n")] == words
