"""Lanes in PostgreSQL: whoever commits between whose statements, one works in a lane at a time, none is forgotten."""

import random
import threading
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, insert

from bot.store import Store, open_store
from bot.store.schema import inbox as table
from gitlab_hooks import inbox, lanes
from gitlab_hooks.inbox import Lease
from gitlab_hooks.lanes import WINDOW
from tests.postgres import Shared, until

LEASE_MS = 1_000
WORKERS = 6
DELIVERIES = 240
LANES = 5


def add(*digests: str, lane: str = "a", conn: Connection) -> None:
    row = {"object": lane, "received": 0, "headers": "{}", "body": b"", "due": 0}
    conn.execute(insert(table), [row | {"digest": digest} for digest in digests])


def adding(*digests: str, lane: str = "a") -> "partial[None]":
    return partial(lambda conn: add(*digests, lane=lane, conn=conn))


def claiming(store: Store, now: int = 0) -> "partial[list[Lease]]":
    return partial(inbox.claim, owner=store.owner, now=now, lease_ms=LEASE_MS, limit=8, again=8)


def claim(store: Store, now: int = 0) -> list[int]:
    return [lease.delivery.id for lease in store.write(claiming(store, now))]


def finish(store: Store, lease: Lease) -> bool:
    return store.write(partial(inbox.finish, lease=lease, state="done"))


def test_a_smaller_number_may_come_later(shared: Shared) -> None:
    """A delivery whose transaction took longer waits until the one that overtook it is done, and is then the first."""
    store = shared.store()
    slow = shared.begin(store, adding("one")).stopped()
    store.write(adding("two", "three"))
    (two,) = store.write(claiming(store))
    slow.commit()
    assert (two.delivery.id, claim(store)) == (2, [])

    assert finish(store, two)
    assert claim(store) == [1]


def test_a_smaller_number_may_come_while_another_is_taken(shared: Shared) -> None:
    """Of two who claim in one lane at the same moment only one gets something, whichever delivery each of them sees."""
    one, two = shared.store(), shared.store()
    slow = shared.begin(one, adding("one")).stopped()
    one.write(adding("two"))
    first = shared.begin(one, claiming(one)).stopped()
    slow.commit()
    assert claim(two) == []

    assert [lease.delivery.id for lease in first.commit()] == [2]
    assert claim(two) == []
    assert claim(two, LEASE_MS) == [1]


def test_claims_wait_for_nobody(shared: Shared) -> None:
    """What another process is just taking, or just finishing, is passed over."""
    one, two = shared.store(), shared.store()
    for lane in "abcd":
        one.write(adding(lane, f"{lane} too", lane=lane))
    (lease, *_) = one.write(partial(inbox.claim, owner=one.owner, now=0, lease_ms=LEASE_MS, limit=1, again=0))
    finishing = shared.begin(one, partial(inbox.finish, lease=lease, state="done")).stopped()
    taking = shared.begin(
        one, partial(inbox.claim, owner=one.owner, now=0, lease_ms=LEASE_MS, limit=1, again=0)
    ).stopped()

    assert claim(two) == [5, 7]
    assert finishing.commit()
    assert [one.delivery.id for one in taking.commit()] == [3]


def test_nothing_is_put_aside_behind_what_just_ends(shared: Shared) -> None:
    """Who would put a delivery aside while the one before it ends leaves it alone, and it is taken next."""
    one, two = shared.store(), shared.store()
    one.write(adding("one", "two", "three"))
    (lease,) = one.write(claiming(one))
    one.write(lambda conn: conn.execute(table.update().values(due=0)))
    ending = shared.begin(one, partial(inbox.finish, lease=lease, state="done")).stopped()
    assert claim(two) == []
    assert shared.run("SELECT id FROM inbox WHERE due IS NULL") == []
    ending.commit()

    assert claim(two) == [2]


def test_what_ends_waits_for_who_puts_aside(shared: Shared) -> None:
    """Who ends a delivery sees what was put aside behind it until that moment, and brings the next back."""
    one, two = shared.store(), shared.store()
    one.write(adding("one", "two", "three"))
    (lease,) = one.write(claiming(one))
    one.write(lambda conn: conn.execute(table.update().values(due=0)))
    putting = shared.begin(two, claiming(two)).stopped()
    ending = shared.start(partial(finish, one, lease))
    until(lambda: shared.waiting() == 1)
    assert putting.commit() == []
    assert ending.result(30)

    assert shared.run("SELECT id, due FROM inbox WHERE state = 'waiting' ORDER BY id") == [(2, 0), (3, None)]
    assert claim(two) == [2]


def test_a_lease_that_is_renewed_is_not_taken(shared: Shared) -> None:
    """What is in hand stays there for as long as it is renewed; what was lost is not renewed."""
    one, two = shared.store(), shared.store()
    one.write(adding("one"))
    one.write(adding("other", lane="b"))
    first, second = one.write(claiming(one))
    one.write(partial(inbox.renew, owner=one.owner, deliveries=[first.delivery.id], until=3 * LEASE_MS))
    assert claim(two, LEASE_MS) == [second.delivery.id]
    one.write(partial(inbox.renew, owner=one.owner, deliveries=[1, 2], until=9 * LEASE_MS))

    assert shared.run("SELECT lease FROM inbox ORDER BY id") == [(9 * LEASE_MS,), (2 * LEASE_MS,)]
    assert not finish(one, second)


class Work:
    """Everything that workers do to one inbox, and a watch over what must never happen."""

    def __init__(self) -> None:
        self.done: list[tuple[str, int]] = []
        self.in_lane: Counter[str] = Counter()
        self.broken: list[str] = []
        self.door = threading.Lock()

    def __call__(self, store: Store, seed: int) -> None:
        """Claim, finish, postpone in any order, until all is done."""
        chance = random.Random(seed)  # noqa: S311 - a test's dice
        while len(self.done) < DELIVERIES:
            for lease in store.write(claiming(store, now=len(self.done))):
                self.begin(lease)
                ends = chance.random() < 0.8
                self.end(lease, done=ends)
                if ends:
                    assert finish(store, lease)
                else:
                    assert store.write(partial(inbox.postpone, lease=lease, due=0, error="later"))

    def begin(self, lease: Lease) -> None:
        with self.door:
            self.in_lane[lease.delivery.object] += 1
            if self.in_lane[lease.delivery.object] > 1:
                self.broken.append(f"two in lane {lease.delivery.object}")

    def end(self, lease: Lease, *, done: bool) -> None:
        """Leave the lane just before the database is told so."""
        with self.door:
            self.in_lane[lease.delivery.object] -= 1
            if done:
                self.done.append((lease.delivery.object, lease.delivery.id))


def test_everything_is_worked_through_once_and_in_order(shared: Shared) -> None:
    """Whoever accepts, claims, finishes and postpones at once: nothing is left behind, no lane is out of order."""
    stores, work = [shared.store() for _ in range(WORKERS)], Work()
    working = [shared.start(partial(work, store, seed)) for seed, store in enumerate(stores)]
    for number in range(0, DELIVERIES, 4):
        stores[0].write(adding(*(f"{number + each}" for each in range(4)), lane=f"lane {number % LANES}"))
    for future in working:
        future.result(120)

    assert work.broken == []
    assert len(work.done) == len(set(work.done)) == DELIVERIES
    for lane in {lane for lane, _ in work.done}:
        numbers = [number for one, number in work.done if one == lane]
        assert numbers == sorted(numbers)


def test_a_claim_meets_what_is_behind_others_once(shared: Shared) -> None:
    """However much waits behind one delivery, the next claims look at what is in other lanes."""
    store = shared.store()
    store.write(adding(*(f"{number}" for number in range(2 * WINDOW + 1))))
    store.write(adding("last", lane="b"))

    assert [claim(store) for _ in range(4)] == [[1], [], [2 * WINDOW + 2], []]
    assert shared.run("SELECT count(*) FROM inbox WHERE due IS NULL") == [(2 * WINDOW,)]


@pytest.mark.parametrize("lanes_used", [1, 10**9], ids=["one lane", "many lanes"])
def test_what_waits_makes_no_claim_dearer(tmp_path: Path, lanes_used: int) -> None:
    """In SQLite a claim takes as many steps with 20,000 deliveries waiting as with 1,000, in one lane or in many."""
    steps = [cost(tmp_path / f"{waiting}.db", lanes_used, waiting) for waiting in (1_000, 20_000)]

    assert steps[1] <= 1.5 * steps[0]


def cost(file: Path, lanes_used: int, waiting: int) -> int:
    """Return how many instructions of SQLite's machine a claim and the look for the next one take, by tens."""
    row = {"received": 0, "headers": "{}", "body": b""}
    rows = [
        row | {"digest": f"{number}", "object": f"{number % lanes_used}", "due": number} for number in range(waiting)
    ]
    with closing(open_store(f"sqlite:///{file}", serving=False)) as store:
        store.write(lambda conn: conn.execute(insert(table), rows).rowcount)
        store.write(partial(inbox.claim, owner="x", now=waiting, lease_ms=LEASE_MS, limit=16, again=4))
        return store.write(lambda conn: counted(conn, lambda: once_more(conn, waiting)))


def once_more(conn: Connection, now: int) -> None:
    inbox.claim(conn, owner="x", now=now, lease_ms=LEASE_MS, limit=16, again=4)
    lanes.next_due(conn)


def counted(conn: Connection, work: Callable[[], None]) -> int:
    raw: Any = conn.connection.driver_connection
    ticks: list[None] = []
    raw.set_progress_handler(lambda: ticks.append(None), 10)
    work()
    raw.set_progress_handler(None, 0)
    return len(ticks)
