"""Moments: they outlast the process, and never go back."""

from itertools import pairwise
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import create_engine

from bot.moments import moment, reach, take
from bot.store import open_store
from bot.store.schema import metadata


@given(st.lists(st.tuples(st.sampled_from("ab"), st.integers(0, 2**60))))
def test_a_moment_is_the_latest(reached: list[tuple[str, int]]) -> None:
    """A moment is the latest that was reached under its name; without any there is none."""
    engine = create_engine("sqlite://")
    with engine.begin() as conn:
        metadata.create_all(conn)
        for name, at in reached:
            reach(conn, name, at)

        for name in "ab":
            assert moment(conn, name) == max((at for other, at in reached if other == name), default=None)
    engine.dispose()


def test_a_moment_outlasts_the_process(tmp_path: Path) -> None:
    """What one process reached the next one knows."""
    url = f"sqlite:///{tmp_path / 'n.db'}"
    first = open_store(url, serving=True, wait=0)
    first.write(lambda conn: reach(conn, "complete", 7))
    first.close()
    second = open_store(url, serving=True, wait=0)

    assert second.read(lambda conn: moment(conn, "complete")) == 7
    second.close()


@given(st.lists(st.integers(0, 100)), st.integers(1, 50))
def test_a_moment_is_taken_so_often(times: list[int], every: int) -> None:
    """However often a moment is asked for, it is given once in so many milliseconds, the first time at once."""
    engine = create_engine("sqlite://")
    taken: list[int] = []
    with engine.begin() as conn:
        metadata.create_all(conn)
        for now in sorted(times):
            if take(conn, "hooks", now, every):
                taken.append(now)
            assert taken[-1] > now - every
            assert moment(conn, "hooks") == taken[-1]
    engine.dispose()

    assert all(later - earlier >= every for earlier, later in pairwise(taken))
