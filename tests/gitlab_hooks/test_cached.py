"""Answers that are kept for a while."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import TryLater
from gitlab_hooks.cached import Cached


class World:
    """Time, and a question that is answered with the time."""

    def __init__(self, keep: float = 10, size: int = 3) -> None:
        self.now = 0.0
        self.asked: list[str] = []
        self.cached = Cached(self.ask, lambda _: keep, size, lambda: self.now)

    def ask(self, key: str) -> float:
        self.asked.append(key)
        return self.now


def test_an_answer_is_kept_until_its_time_is_over() -> None:
    """A question is asked again when its answer is old, not before."""
    world = World(keep=10)

    for world.now in (0.0, 9.9, 10.0):
        world.cached("a")

    assert world.asked == ["a", "a"]


def test_the_longest_unused_answer_makes_room() -> None:
    """Of too many answers the one longest unused is forgotten."""
    world = World(size=2)

    for key in ("a", "b", "a", "c", "a", "b"):
        world.cached(key)

    assert world.asked == ["a", "b", "c", "b"]


def test_an_answer_asked_for_again_is_the_newest() -> None:
    """An answer that was renewed is not the next to make room."""
    world = World(keep=10, size=2)

    for world.now, key in ((0.0, "a"), (9.0, "b"), (11.0, "a"), (11.0, "c"), (12.0, "a")):
        world.cached(key)

    assert world.asked == ["a", "b", "a", "c"]


def test_each_answer_says_how_long_it_is_kept() -> None:
    """Nothing found is kept for a shorter time than something."""
    world = World()
    cached = Cached(world.ask, lambda found: 10 if found else 2, 5, lambda: world.now)

    for world.now in (0.0, 1.0, 2.0, 11.0, 12.0):
        cached("a")

    assert len(world.asked) == 3


def test_a_failure_is_not_kept() -> None:
    """A question that failed is asked again at once."""
    failures = [TryLater("down")]

    def ask(key: str) -> str:
        if failures:
            raise failures.pop()
        return key

    cached = Cached(ask, lambda _: 10, 5, lambda: 0.0)
    with pytest.raises(TryLater):
        cached("a")

    assert cached("a") == "a"


@given(steps=st.lists(st.tuples(st.sampled_from("abcdef"), st.floats(0, 20))))
def test_no_answer_is_ever_too_old(steps: list[tuple[str, float]]) -> None:
    """Whatever is asked when, an answer is younger than its time, and of a known question it is never asked twice."""
    world = World(keep=10, size=3)
    for key, wait in steps:
        world.now += wait
        before = len(world.asked)

        made = world.cached(key)

        assert world.now - made < 10
        assert len(world.asked) - before == (made == world.now and len(world.asked) != before)
