"""Asking another server while somebody waits: in a thread of its own, and only for moments."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

from bot.errors import TryLater

SECONDS = 0.7
"""An answer to a command is due within one second, and GitLab's webhooks wait behind whoever waits in a request."""

T = TypeVar("T")


class Patience:
    """Puts questions in a few threads, and waits for each answer at most `seconds`."""

    def __init__(self, threads: int = 4, seconds: float = SECONDS) -> None:
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="asking")
        self._seconds = seconds

    def ask(self, question: Callable[[], T]) -> T:
        """Return the answer.

        Raises:
            bot.errors.TryLater: there is none in time; a question that was not put by then never is.

        """
        asked = self._pool.submit(question)
        try:
            return asked.result(self._seconds)
        except TimeoutError as wrong:
            asked.cancel()
            raise TryLater(f"no answer within {self._seconds} s") from wrong

    def answer_or_later(self, question: Callable[[], T], later: Callable[["Future[T]"], None] | None) -> T | None:
        """Return the answer, or None where there is none in time; `later` then gets it when it comes, if at all.

        `question` raises nothing, and is put even then.
        """
        asked = self._pool.submit(question)
        try:
            return asked.result(self._seconds)
        except TimeoutError:
            if later:
                asked.add_done_callback(later)
            return None

    def close(self) -> None:
        """Put no more questions; wait for no answer."""
        self._pool.shutdown(wait=False, cancel_futures=True)
