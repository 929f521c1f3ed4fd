"""Of what is due for a person, no more is judged than what leaves next depends on."""

from collections.abc import Iterable, Sequence
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from sqlalchemy import Connection

from bot.compose import compose
from bot.due import wanted
from bot.outbox import Decision, Drop, Hold, Send, Waiting
from bot.people import PersonKey
from tests.bot.engine import Engine, message, one_by_one
from tests.bot.fakes import FakeMattermost, Time

LATER = 60_000
WISHES: dict[str, Decision] = {"goes": Send(), "waits": Hold(Time().now() + LATER), "is dropped": Drop("muted")}


class Due(NamedTuple):
    """A message that is due, and what its person wants of it."""

    group: str
    lane: str
    wish: str


DUE = st.builds(Due, st.sampled_from("gh"), st.sampled_from("xyz"), st.sampled_from(sorted(WISHES)))


def run(folder: Path, batch: Sequence[Due], asked: list[str]) -> tuple[int, ...]:
    """Return which of a batch, counted from 1 on, leave in the first post; `asked` gets the facts that were judged."""

    def decide(_conn: Connection, waiting: Waiting) -> Decision:
        asked.append(waiting.fact)
        return WISHES[batch[int(waiting.fact) - 1].wish]

    time = Time()
    with closing(Engine(folder / "n.db", time, FakeMattermost(time))) as engine:
        engine.put(*(replace(message(str(1 + at), lane=one.lane), group=one.group) for at, one in enumerate(batch)))
        going = engine.write(lambda conn: wanted(conn, PersonKey("mina"), time.now(), one_by_one(decide)))
        return compose(going, "key").members if going else ()


def first_post(batch: Iterable[Due]) -> tuple[int, ...]:
    """Judge everything that is due, then take of the first group what overtakes nothing of its object."""
    waits: set[str] = set()
    passed: set[str] = set()
    going: list[tuple[int, Due]] = []
    for number, one in enumerate(batch, 1):
        if one.wish == "waits":
            waits.add(one.lane)
        if one.wish != "goes" or one.lane in waits or one.lane in passed:
            continue
        if going and one.group != going[0][1].group:
            passed.add(one.lane)
            continue
        going.append((number, one))
    return tuple(number for number, _ in going)


@given(st.lists(DUE, max_size=9))
def test_what_leaves_is_what_would_leave_if_all_were_judged(batch: list[Due]) -> None:
    """What leaves in the first post is the same as if everything that is due had been judged before it."""
    with TemporaryDirectory() as folder:
        assert run(Path(folder), batch, []) == first_post(batch)


def test_no_more_is_judged_than_matters(tmp_path: Path) -> None:
    """Once one goes, only what is about its group's objects is judged: whatever else waits costs this post nothing."""
    batch = [
        Due("g", "x", "waits"),
        Due("g", "y", "goes"),
        Due("h", "z", "goes"),
        Due("h", "y", "is dropped"),
        Due("g", "y", "goes"),
        Due("k", "w", "goes"),
    ]
    asked: list[str] = []
    assert run(tmp_path, batch, asked) == (2, 5)
    assert asked == ["1", "2", "4", "5"]
