"""The inbox: what is kept once, in which order it is taken, and who may write."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.store import schema
from gitlab_hooks import inbox, lanes
from gitlab_hooks.inbox import Lease
from tests.gitlab_hooks.desk import Desk, desk
from tests.gitlab_hooks.team import NOW
from tests.postgres import Postgres

LEASE = 120_000


@pytest.fixture(name="at")
def a_desk(database: str) -> Iterator[Desk]:
    with desk(database) as one:
        yield one


@pytest.fixture(name="shared", scope="module", params=["sqlite", "postgresql"])
def a_shared_desk(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    with ExitStack() as stack:
        where: Path | str = tmp_path_factory.mktemp("inbox")
        if request.param == "postgresql":
            server: Postgres = request.getfixturevalue("postgres")
            where = server.url(stack.enter_context(server.database()))
        yield stack.enter_context(desk(where))


def put(at: Desk, *lanes: str) -> None:
    for number, lane in enumerate(lanes):
        at.accept({"number": number, "lane": lane}, lane=lane)


def claim(at: Desk, owner: str = "me", limit: int = 10) -> list[Lease]:
    now = at.time.now()
    return at.store.write(lambda conn: inbox.claim(conn, owner, now, LEASE, limit, limit))


def numbers(leases: list[Lease]) -> list[int]:
    return [lease.delivery.id for lease in leases]


def finish(at: Desk, lease: Lease) -> bool:
    return at.store.write(lambda conn: inbox.finish(conn, lease, "done"))


def postpone(at: Desk, lease: Lease) -> bool:
    now = at.time.now()
    return at.store.write(lambda conn: inbox.postpone(conn, lease, now + 500, "later"))


def next_due(at: Desk) -> int | None:
    return at.store.read(lanes.next_due)


def test_accept(at: Desk) -> None:
    """A delivery is kept as it came, with the store's time and its lane."""
    at.accept(b'{ "a": 1 }', lane="mr:1", delivery_id="d1")

    assert at.rows(schema.inbox, "delivery_id", "object", "received", "body", "state", "due") == [
        ("d1", "mr:1", NOW, b'{ "a": 1 }', "waiting", NOW)
    ]


@pytest.mark.parametrize(
    ("second", "delivery_id", "new"),
    [
        ({"a": 1, "b": 2}, "d1", False),
        ({"b": 2, "a": 1}, "d2", False),
        ({"b": 2, "a": 1}, None, False),
        ({"a": 2}, "d1", False),
        ({"a": 2}, "d2", True),
        ({"a": 2}, None, True),
    ],
)
def test_duplicates(at: Desk, second: dict[str, int], delivery_id: str | None, *, new: bool) -> None:
    """A second delivery with the id or the content of the first is none, and the journal says so."""
    assert at.accept({"a": 1, "b": 2}, delivery_id="d1")
    assert at.accept(second, delivery_id=delivery_id) is new
    assert len(at.rows(schema.inbox, "id")) == 1 + new
    assert [verdict for (verdict,) in at.rows(schema.journal, "verdict")] == ([] if new else ["duplicate"])


def test_lanes_keep_order(at: Desk) -> None:
    """Of each lane the first alone is taken; the next one when that is done."""
    put(at, "mr:1", "mr:2", "mr:1", "mr:2", "mr:1")
    first = claim(at)
    assert numbers(first) == [1, 2]
    assert claim(at) == []

    finish(at, first[0])
    assert numbers(claim(at)) == [3]


def test_limit(at: Desk) -> None:
    """No more are taken than asked for."""
    put(at, "a", "b", "c")

    assert numbers(claim(at, limit=2)) == [1, 2]
    assert numbers(claim(at, limit=2)) == [3]


def test_postponed(at: Desk) -> None:
    """A delivery that waits holds up its lane and no other, and remembers how often it was tried."""
    put(at, "a", "b", "a")
    held, _ = claim(at)
    assert at.store.write(lambda conn: inbox.postpone(conn, held, NOW + 5_000, "GitLab is down"))
    at.accept({"late": True}, lane="a")
    assert claim(at) == []
    assert next_due(at) == NOW + 5_000

    at.time.pass_ms(5_000)
    (again,) = claim(at)
    assert (again.delivery.id, again.delivery.attempts, again.delivery.taken) == (1, 2, NOW + 5_000)
    assert at.rows(schema.inbox, "error")[0] == ("GitLab is down",)


@settings(max_examples=30)
@given(letters=st.lists(st.sampled_from("abc"), max_size=6), seed=st.integers())
def test_order_whatever_happens(shared: Desk, letters: list[str], seed: int) -> None:
    """However deliveries are taken, finished and postponed, those of a lane are finished in their order, each once."""
    chance, base = Random(seed), len(shared.rows(schema.inbox, "id"))  # noqa: S311 - a test's dice
    for number, letter in enumerate(letters):
        shared.accept({"case": base, "number": number}, lane=f"{base}{letter}")
    done: list[Lease] = []
    while len(done) < len(letters):
        leases = claim(shared)
        chance.shuffle(leases)
        shared.time.pass_ms(1_000)
        for lease in leases:
            if chance.random() < 0.7:
                done += [lease] if finish(shared, lease) else []
            else:
                postpone(shared, lease)

    assert sorted(numbers(done)) == [base + number + 1 for number in range(len(letters))]
    for letter in letters:
        ids = numbers([lease for lease in done if lease.delivery.object == f"{base}{letter}"])
        assert ids == sorted(ids)


def test_lost_lease(at: Desk) -> None:
    """Whoever lost a lease writes nothing: neither the end of a delivery nor that it waits."""
    put(at, "a")
    (mine,) = claim(at, "me")
    at.time.pass_ms(LEASE)
    (theirs,) = claim(at, "them")

    assert not finish(at, mine)
    assert not at.store.write(lambda conn: inbox.postpone(conn, mine, NOW, "mine"))
    assert at.rows(schema.inbox, "state", "due", "error") == [("waiting", NOW, "")]
    assert finish(at, theirs)
    assert not finish(at, theirs)


def test_the_same_owner_twice(at: Desk) -> None:
    """A lease taken anew is another one, also of the same owner."""
    put(at, "a")
    (old,) = claim(at)
    at.time.pass_ms(LEASE)
    (new,) = claim(at)

    assert not finish(at, old)
    assert finish(at, new)


def test_next_due(at: Desk) -> None:
    """What is in hand, or behind what is in hand, is not due: nobody has to look for it again and again."""
    assert next_due(at) is None
    put(at, "a", "a")
    assert next_due(at) == NOW
    (first,) = claim(at)
    assert next_due(at) is None
    finish(at, first)
    assert next_due(at) == NOW


def test_failed_and_retried(at: Desk) -> None:
    """A failed delivery is listed, blocks nobody, and can be tried again."""
    put(at, "a", "a")
    (first,) = claim(at)
    at.store.write(lambda conn: inbox.finish(conn, first, "failed", "because"))
    assert [(one.id, one.object, one.error) for one in at.store.read(inbox.failed)] == [(1, "a", "because")]
    (second,) = claim(at)
    finish(at, second)

    assert at.store.write(lambda conn: inbox.retry(conn, 1, NOW))
    assert not at.store.write(lambda conn: inbox.retry(conn, 1, NOW))
    assert not at.store.write(lambda conn: inbox.retry(conn, 2, NOW))
    assert numbers(claim(at)) == [1]
