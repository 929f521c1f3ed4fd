"""Counting what happens in several threads."""

from concurrent.futures import ThreadPoolExecutor

from bot.tally import Tally


def test_threads_lose_none() -> None:
    """Threads that count the same at the same time count all of it."""
    tally = Tally()
    with ThreadPoolExecutor(4) as pool:
        for name in ["one", "two"] * 500:
            pool.submit(tally.add, name)

    assert tally.so_far() == {"one": 500, "two": 500}
