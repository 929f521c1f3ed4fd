"""Several threads ask a GitLab that fails: who is told to wait, for whom, and when nobody asks any more."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from bot.errors import TryLater
from gitlab_hooks.hook_asking import GIVE_UP, LIMITED_TRIES, TRIES, Asking
from tests.gitlab_hooks.test_catch_up import Pause


def test_a_limit_is_waited_for_once() -> None:
    """Several threads that meet the same limit wait for it together, once."""
    pause, both = Pause(), threading.Barrier(2)
    asking = Asking(pause, lambda: 0.0)

    def question(failures: list[TryLater]) -> str:
        if failures:
            both.wait(30)
            raise failures.pop()
        return "answer"

    with ThreadPoolExecutor(2) as pool:
        answers = list(
            pool.map(lambda failures: asking(lambda: question(failures)), [[TryLater("429", 7)] for _ in "ab"])
        )

    assert answers == ["answer", "answer"]
    assert pause.waited == [7]


@pytest.mark.parametrize(("after", "tries"), [(None, TRIES), (0.5, LIMITED_TRIES)])
def test_how_often(after: float | None, tries: int) -> None:
    """One thing is asked for some times, more often where GitLab says when to come back; the next things once."""
    asked: list[str] = []
    asking = Asking(Pause(), lambda: 0.0)

    def question(name: str, wish: float | None) -> None:
        asked.append(name)
        raise TryLater("503", wish)

    for name, wish in (("first", after), ("second", None)):
        with pytest.raises(TryLater, match="503"):
            asking(lambda name=name, wish=wish: question(name, wish))  # type: ignore[misc]
    assert (asked.count("first"), asked.count("second")) == (tries, 1)


def test_until_it_is_hopeless() -> None:
    """After many things in a row without an answer nothing more is asked for; one answer between is hope enough."""
    asked: list[bool] = []
    asking = Asking(Pause(), lambda: 0.0)

    def question(*, works: bool) -> None:
        asked.append(works)
        if not works:
            raise TryLater("503")

    def ask(*, works: bool) -> str:
        try:
            asking(lambda: question(works=works))
        except TryLater as wrong:
            return str(wrong)
        return ""

    assert [ask(works=number % GIVE_UP == 0) for number in range(1, 3 * GIVE_UP)].count("503") == 3 * GIVE_UP - 3
    assert [ask(works=False) for _ in range(2)] == ["503", "GitLab does not answer"]
