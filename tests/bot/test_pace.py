"""At most so many posts a second, whoever sends them."""

import threading
from collections.abc import Iterator
from contextlib import closing
from functools import partial
from itertools import pairwise

import pytest

from bot.errors import TryLater
from bot.pace import LONGEST_WAIT_MS, Pace
from bot.store import Store, open_store
from tests.bot.engine import engine, message
from tests.bot.fakes import FakeMattermost, Time
from tests.postgres import Shared

NOW = 1_800_000_000_000


@pytest.fixture
def store(database: str) -> Iterator[Store]:
    with closing(open_store(database, serving=False)) as opened:
        yield opened


def take(store: Store, pace: Pace, now: int = NOW) -> int:
    return store.write(partial(pace.take, now=now))


@pytest.mark.parametrize(
    ("per_second", "places"),
    [(0, [0, 0, 0]), (2, [0, 500, 1_000]), (0.5, [0, 2_000, 4_000]), (3, [0, 333, 666]), (10_000, [0, 0, 0])],
)
def test_places_are_spaced(store: Store, per_second: float, places: list[int]) -> None:
    """Places are given out evenly; 0 means without a limit."""
    pace = Pace(per_second)

    assert [take(store, pace) - NOW for _ in places] == places


def test_fractions_add_up(store: Store) -> None:
    """A thousand places at 3,000 a second take a third of a second, though none is a whole millisecond."""
    pace = Pace(3_000)

    assert max(take(store, pace) for _ in range(1_001)) - NOW == 333


def test_places_that_nobody_took_are_not_saved_up(store: Store) -> None:
    """After a quiet time the next post goes at once, and the one after it keeps its distance."""
    pace = Pace(2)
    take(store, pace)
    later = NOW + 60_000

    assert [take(store, pace, later) - later for _ in range(2)] == [0, 500]


@pytest.mark.parametrize(("taken", "expected"), [(0, None), (2, None), (3, 3_000), (4, 4_000)])
def test_nobody_stands_in_a_long_line(store: Store, taken: int, expected: int | None) -> None:
    """Who would wait for more than two seconds is told when to come again."""
    pace = Pace(1)
    for _ in range(taken):
        take(store, pace)
    found = store.read(partial(pace.crowded, now=NOW))

    assert (found and found - NOW) == expected
    assert LONGEST_WAIT_MS == 2_000


def test_without_a_limit_it_is_never_crowded(store: Store) -> None:
    """Whatever was taken before the limit was lifted."""
    for _ in range(9):
        take(store, Pace(1))

    assert store.read(partial(Pace().crowded, now=NOW)) is None


def test_replicas_share_one_pace(shared: Shared) -> None:
    """However many processes take places at the same moment, no two are closer than the limit."""
    stores = [shared.store() for _ in range(4)]
    ready = threading.Barrier(len(stores), timeout=30)

    def some(store: Store) -> list[int]:
        ready.wait()
        return [take(store, Pace(100)) for _ in range(25)]

    taking = [shared.start(partial(some, store)) for store in stores]
    places = sorted(place for future in taking for place in future.result(60))

    assert places == [NOW + 10 * number for number in range(100)]


def test_the_courier_keeps_the_pace(database: str) -> None:
    """Where the line is long a mailbox is given back until its place comes, and nothing is lost or sent before."""
    time = Time()
    fake = FakeMattermost(time)
    with engine(database, time, fake, posts_per_second=1) as one:
        one.put(*(message("note:1", person=f"p{number}") for number in range(6)))
        for _ in range(9):
            one.store.write(partial(Pace(1).take, now=time.now()))
        one.drain()
        assert fake.tries == 0

        sent = []
        for _ in range(20):
            time.pass_ms(1_000)
            one.drain()
            sent.append(fake.tries)

    assert sent[:6] == [0] * 6
    assert sent[-1] == 6
    assert max(after - before for before, after in pairwise(sent)) <= 3


def test_a_server_that_is_down_uses_up_no_places(database: str) -> None:
    """What fails takes its own place alone: as soon as the server is back, the next post goes."""
    time = Time()
    fake = FakeMattermost(time)
    with engine(database, time, fake, posts_per_second=1) as one:
        one.put(message("note:1"))
        fake.down = TryLater("503")
        for _ in range(200):
            time.pass_ms(1_000)
            one.drain()
        free = one.store.read(partial(Pace(1).crowded, now=time.now() - LONGEST_WAIT_MS))
        assert free is None or free <= time.now() + 1_000
        fake.down = None
        time.pass_ms(120_000)
        one.drain()

    assert fake.seen_by("mina") == ["note:1"]
