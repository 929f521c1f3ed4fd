"""Answers for which something has to be looked up."""

import logging
import threading
from collections.abc import Iterator

import pytest

from bot.asking import Look, Reply
from bot.errors import TryLater
from bot.follow_up import FollowUp
from bot.looking import BUSY, MOMENT, TROUBLE, Asking, Looking
from bot.patience import Patience
from bot.people import Member, PersonKey
from bot.preferences import Choices
from tests.servers import Answer, Scripted, scripted

HOOK = "/hooks/commands/abc"
MINA = Member(PersonKey("mina"), "mina")
LONG, SHORT = 20.0, 0.01


class Library:
    """Looks things up as slowly as it is told to; what is found is the words asked for."""

    def __init__(self, server: Scripted, seconds: float) -> None:
        self.server = server
        self.go_on = threading.Event()
        self.error: Exception | None = None
        self.patience = Patience(threads=1, seconds=seconds)
        self.looking = Looking({"todo": self.find}, self.patience, FollowUp(server.url))

    def find(self, member: Member, _choices: Choices, words: tuple[str, ...]) -> Reply:
        self.go_on.wait(LONG)
        if self.error:
            raise self.error
        return Reply("found", {"what": (member.name, *words)})

    def ask(self, *words: str, address: str | None = None) -> Reply:
        to = f"{self.server.url}{HOOK}" if address is None else address
        return self.looking.answer(Look("todo", words), Asking(MINA, Choices(), to), lambda reply: reply.block)

    def finish(self) -> None:
        """Let everything be found, and wait until it has been sent."""
        self.go_on.set()
        self.patience._pool.shutdown()

    @property
    def sent(self) -> list[str]:
        return [asked.body["text"] for asked in self.server.asked]


@pytest.fixture
def server() -> Iterator[Scripted]:
    with scripted(Answer("ok")) as running:
        yield running


def test_in_time(server: Scripted) -> None:
    """What is quickly found is the answer itself, and nothing follows."""
    library = Library(server, LONG)
    library.go_on.set()
    answer = library.ask("web/shop!12")
    library.finish()

    assert (answer.block, answer.values) == ("found", {"what": ("mina", "web/shop!12")})
    assert library.sent == []


def test_later(server: Scripted) -> None:
    """What takes longer is promised at once, and follows once."""
    library = Library(server, SHORT)

    assert library.ask() == MOMENT
    library.finish()
    assert library.sent == ["found"]


def test_one_at_a_time(server: Scripted) -> None:
    """Whoever waits for an answer gets no second one under way, and the next when the first has come."""
    library = Library(server, SHORT)

    assert [library.ask(), library.ask()] == [MOMENT, BUSY]
    library.finish()
    assert library.sent == ["found"]
    assert library.looking._waiting == set()


def test_nowhere_to_send_to(server: Scripted) -> None:
    """Where a later answer can go nowhere none is promised, and none is sent."""
    library = Library(server, SHORT)

    assert library.ask(address="") == TROUBLE
    library.finish()
    assert library.sent == []
    assert library.looking._waiting == set()


@pytest.mark.parametrize("error", [TryLater("GET /todo: 503"), ZeroDivisionError("of a secret")])
@pytest.mark.parametrize("seconds", [LONG, SHORT])
def test_not_found(server: Scripted, caplog: pytest.LogCaptureFixture, error: Exception, seconds: float) -> None:
    """What cannot be found is told as such, at once or later; a fault of our own too, and the log has no text of it."""
    library = Library(server, seconds)
    library.error = error
    if seconds == LONG:
        library.go_on.set()
    answer = library.ask()
    library.finish()

    assert [answer.block, *library.sent] == (["trouble"] if seconds == LONG else ["moment", "trouble"])
    assert len(caplog.records) == 1
    assert "secret" not in caplog.text


def test_not_taken(server: Scripted, caplog: pytest.LogCaptureFixture) -> None:
    """A later answer that Mattermost does not take is told in the log, without what it says."""
    server.on(f"POST {HOOK}", Answer({"id": "app.command_webhook.get.missing"}, 404))
    library = Library(server, SHORT)
    library.ask()
    library.finish()

    assert [record.levelno for record in caplog.records] == [logging.WARNING]
    assert "app.command_webhook.get.missing" in caplog.text
    assert "found" not in caplog.text


def test_the_end(server: Scripted) -> None:
    """What is not looked up yet when the program ends is not answered any more."""
    library = Library(server, SHORT)
    library.ask()
    other = Asking(Member(PersonKey("ben"), "ben"), Choices(), f"{server.url}{HOOK}")
    assert library.looking.answer(Look("todo"), other, lambda reply: reply.block) == MOMENT
    library.patience.close()
    library.finish()

    assert library.sent == ["found"]
