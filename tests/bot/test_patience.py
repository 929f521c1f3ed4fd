"""Asking another server while somebody waits."""

import threading
from collections.abc import Iterator

import pytest

from bot.errors import Misconfigured, TryLater
from bot.patience import Patience

LONG, SHORT = 20.0, 0.01


@pytest.fixture
def patient() -> Iterator[Patience]:
    made = Patience(threads=1, seconds=LONG)
    yield made
    made.close()


def test_answer(patient: Patience) -> None:
    """An answer in time is given."""
    assert patient.ask(lambda: "mina.kim") == "mina.kim"


def test_failure(patient: Patience) -> None:
    """What went wrong is told as it is."""

    def fail() -> None:
        raise Misconfigured("no such team")

    with pytest.raises(Misconfigured, match="no such team"):
        patient.ask(fail)


def test_too_late() -> None:
    """Who has waited long enough is told to try later, and a question that was not put by then never is."""
    impatient, go_on, put = Patience(threads=1, seconds=SHORT), threading.Event(), list[str]()
    with pytest.raises(TryLater):
        impatient.ask(lambda: go_on.wait(LONG))
    with pytest.raises(TryLater):
        impatient.ask(lambda: put.append("second"))
    go_on.set()
    impatient.close()

    assert put == []
