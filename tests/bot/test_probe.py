"""What a server shows to anybody, asked of real ones."""

import socket
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot import probe
from bot.errors import TryLater
from tests.servers import Answer, Scripted, scripted

CERTIFICATE = Path(__file__).parents[1] / "tls" / "localhost.pem"
"""A certificate of our own for localhost with its key, made for this test; it holds until November 2126."""


@pytest.fixture
def server() -> Iterator[Scripted]:
    """Run a server that knows nothing."""
    with scripted(Answer({}, 404)) as running:
        yield running


@pytest.fixture
def secured() -> Iterator[int]:
    """Run a server that shows its certificate to everybody, and return its port."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATE)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=_shake_hands, args=(listening, context))
        thread.start()
        yield int(listening.getsockname()[1])
        thread.join(10)


def _shake_hands(listening: socket.socket, context: ssl.SSLContext) -> None:
    plain, _ = listening.accept()
    with plain:
        try:
            context.wrap_socket(plain, server_side=True).close()
        except OSError:
            return  # whoever asked does not trust us


def test_answered(server: Scripted) -> None:
    """An answer is told with its status, its JSON and the server's own time, and no redirect is followed."""
    server.on("GET /here", Answer({"status": "OK"}, headers={"Date": "Tue, 24 Nov 2026 12:00:00 GMT"}))
    server.on("GET /moved", Answer({}, 301, headers={"Location": "https://else.example.com"}))

    here, moved = (probe.ask(f"{server.url}/{path}") for path in ("here", "moved"))

    assert (here.status, here.body, here.at) == (200, {"status": "OK"}, 1_795_521_600_000)
    assert here.asked > 0
    assert (moved.status, moved.location, moved.at) == (301, "https://else.example.com", None)
    assert "Authorization" not in server.asked[0].headers


@pytest.mark.parametrize("body", ["<html>", [], "null"])
def test_answers_of_other_kinds(server: Scripted, body: object) -> None:
    """A body that is no JSON object is an empty one, and a date that is none is no time."""
    server.on("GET /", Answer(body, headers={"Date": "today"}))
    found = probe.ask(f"{server.url}/")

    assert (found.body, found.at) == ({}, None)


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:1/", "http://nobody.invalid/", "https://127.0.0.1:1/", "http://a..b/"]
)
def test_nobody_answers(url: str) -> None:
    """Where nobody answers, the address and the reason are told."""
    with pytest.raises(TryLater, match="GET http"):
        probe.ask(url)


def test_certificate(secured: int) -> None:
    """A certificate tells until when it holds."""
    ends = probe.certificate_ends(f"https://localhost:{secured}", verify=str(CERTIFICATE))

    assert ends > 4_900_000_000_000


def test_a_certificate_that_is_not_trusted(secured: int) -> None:
    """A certificate of nobody who is trusted is none."""
    with pytest.raises(TryLater, match=r"TLS with localhost: .*certificate"):
        probe.certificate_ends(f"https://localhost:{secured}")


@pytest.mark.parametrize("url", ["https://127.0.0.1:1", "https://nobody.invalid", "https://a..b"])
def test_no_certificate(url: str) -> None:
    """Where nobody answers there is no certificate."""
    with pytest.raises(TryLater, match="TLS with"):
        probe.certificate_ends(url)


def test_addresses_of() -> None:
    """A host has the addresses that this machine knows, none where it knows none."""
    assert probe.addresses_of("127.0.0.1") == ("127.0.0.1",)
    assert probe.addresses_of("nobody.invalid") == probe.addresses_of("a..b") == ()
