"""The kept connection of the courier: opened anew when it has ended, closed to whom nobody vouches for."""

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from bot.http_kept import BROKEN, ConnectionPerThread
from bot.http_session import root_cause
from tests.servers import Answer, Scripted, scripted

PAIR = Path(__file__).parents[1] / "loopback.pem"
"""The key and the certificate of 127.0.0.1, which signs itself and is good for nothing else."""

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-Seen: yes\r\n\r\n{}"


@pytest.fixture
def server() -> Iterator[Scripted]:
    with scripted(Answer({"a": 1}, headers={"X-Seen": "yes"})) as running:
        yield running


def kept(url: str, *, verify: bool | str = True) -> ConnectionPerThread:
    return ConnectionPerThread(url, 3, 3, verify=verify)


@contextmanager
def answering(times: int, *, tls: ssl.SSLContext | None = None) -> Iterator[tuple[str, threading.Semaphore]]:
    """Run a server that gives one answer a connection and closes it; the semaphore counts what it has closed."""
    closed = threading.Semaphore(0)

    def serve() -> None:
        for _ in range(times):
            connection, _ = listening.accept()
            try:
                with tls.wrap_socket(connection, server_side=True) if tls else connection as one:
                    one.recv(65536)
                    one.sendall(OK)
            except OSError:  # the other side does not like our certificate
                connection.close()
            closed.release()

    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=serve)
        thread.start()
        yield f"{'https' if tls else 'http'}://127.0.0.1:{listening.getsockname()[1]}", closed
        thread.join()


def pair() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(PAIR)
    return context


def test_a_call(server: Scripted) -> None:
    """Path, values, headers and body arrive, and status, headers and body of the answer come back."""
    answer = kept(server.url).ask("POST", "/a b", params={"c": "d&e"}, headers={"F": "g"}, body={"h": "ø"})

    (asked,) = server.asked
    assert (asked.method, asked.path, asked.query, asked.body) == ("POST", "/a%20b", {"c": "d&e"}, {"h": "ø"})
    assert (asked.headers["F"], asked.headers["Content-Type"]) == ("g", "application/json")
    assert (answer.status_code, answer.json(), answer.headers["x-seen"]) == (200, {"a": 1}, "yes")
    with pytest.raises(KeyError):
        answer.headers["X-Unseen"]


def test_no_body(server: Scripted) -> None:
    """A call without a body says nothing of one."""
    kept(server.url).ask("GET", "/a")

    (asked,) = server.asked
    assert asked.body is None
    assert "Content-Type" not in asked.headers


def test_a_connection_that_has_ended_is_opened_again() -> None:
    """When the server has closed the connection since the last answer, the next call gets a new one."""
    with answering(2) as (url, closed):
        connections = kept(url)
        statuses = []
        for _ in range(2):
            statuses.append(connections.ask("GET", "/").status_code)
            assert closed.acquire(timeout=30)

    assert statuses == [200, 200]


def test_nothing_is_sent_twice(server: Scripted) -> None:
    """A call that nobody answers is an error after one try, and the next one has a new connection."""
    connections = kept(server.url)
    server.on("POST /a", Answer(dropped=True), Answer())

    with pytest.raises(BROKEN):
        connections.ask("POST", "/a", body={})

    assert connections.ask("POST", "/a", body={}).status_code == 200
    assert (server.times("POST /a"), server.connections) == (2, 2)


@pytest.mark.parametrize("secret", ["se\ncret", "se\u20accret"])
def test_what_cannot_be_sent_is_not_quoted(server: Scripted, secret: str) -> None:
    """A header that cannot be written is an error which does not repeat it, and the connection works on."""
    connections = kept(server.url)

    with pytest.raises(BROKEN) as caught:
        connections.ask("GET", "/", headers={"Authorization": secret})

    assert "cret" not in f"{caught.value!r}{root_cause(caught.value)}"
    assert connections.ask("GET", "/").status_code == 200


@pytest.mark.parametrize("verify", [str(PAIR), False])
def test_tls(*, verify: bool | str) -> None:
    """A server whose certificate the given file vouches for is spoken to, and any where that is wished."""
    with answering(1, tls=pair()) as (url, _):
        assert kept(url, verify=verify).ask("GET", "/").status_code == 200


def test_tls_of_a_stranger() -> None:
    """A server for whom no well-known authority vouches is told nothing."""
    with answering(1, tls=pair()) as (url, _), pytest.raises(BROKEN, match="self-signed certificate"):
        kept(url).ask("GET", "/")
