"""The HTTP server: how it listens, and how it stops."""

import socket
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import pytest
import requests

from bot.errors import Misconfigured
from bot.server import Server

LIMIT = 1000


class App:
    """Answers with the length of the body; a request for /slow waits until it may go on."""

    def __init__(self) -> None:
        self.begun = threading.Event()
        self.go_on = threading.Event()

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        if environ["PATH_INFO"] == "/slow":
            self.begun.set()
            assert self.go_on.wait(20)
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [str(len(environ["wsgi.input"].read())).encode()]


@contextmanager
def serving(app: App) -> Iterator[tuple[Server, str]]:
    server = Server(app, "127.0.0.1", 0, limit=LIMIT)
    server.start()
    yield server, f"http://127.0.0.1:{server.port}"
    if listens(server.port):
        server.stop()


def listens(port: int) -> bool:
    """Say whether a new connection is taken."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def test_any_port() -> None:
    """Port 0 is any free one, which the server tells."""
    with serving(App()) as (server, url):
        assert server.port > 0
        assert requests.post(url, data=b"abc", timeout=10).text == "3"


@pytest.mark.parametrize(("size", "status"), [(LIMIT, 200), (LIMIT + 1, 413)])
def test_limit(size: int, status: int) -> None:
    """A body may be as large as the limit, and no larger."""
    with serving(App()) as (_, url):
        assert requests.post(url, data=b"x" * size, timeout=10).status_code == status


def test_limit_without_length() -> None:
    """A body that does not tell its length before is measured all the same."""
    with serving(App()) as (_, url):
        answer = requests.post(url, data=iter([b"x" * 600, b"x" * 600]), timeout=10)

        assert answer.status_code == 413


def test_names_no_software() -> None:
    """Answers do not say by what they are made."""
    with serving(App()) as (_, url):
        assert "Server" not in requests.get(url, timeout=10).headers


def ask_slowly(app: App, url: str, answers: list[str]) -> threading.Thread:
    """Begin a request that stays under way."""

    def ask() -> None:
        with suppress(requests.ConnectionError):
            answers.append(requests.post(f"{url}/slow", data=b"abc", timeout=20).text)

    asking = threading.Thread(target=ask)
    asking.start()
    assert app.begun.wait(20)
    return asking


def test_stop_lets_requests_finish() -> None:
    """A request that is under way is answered, while nobody new is let in."""
    app, answers = App(), list[str]()
    with serving(app) as (server, url):
        asking = ask_slowly(app, url, answers)
        stopping = threading.Thread(target=server.stop)
        stopping.start()
        while listens(server.port):
            pass
        app.go_on.set()
        stopping.join()
        asking.join()

    assert answers == ["3"]


def test_stop_does_not_wait_for_ever() -> None:
    """A request that does not end is not waited for beyond the time of grace."""
    app, answers = App(), list[str]()
    with serving(app) as (server, url):
        asking = ask_slowly(app, url, answers)
        server.stop(grace=0.05)
        assert not listens(server.port)
        assert answers == []
        app.go_on.set()
        asking.join()


def test_port_in_use() -> None:
    """A port on which somebody listens is named with the key of the configuration."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(Misconfigured, match=rf"\[server\] listen: 127.0.0.1:{port} .*: Address already in use"):
            Server(App(), "127.0.0.1", port, limit=LIMIT)


@pytest.mark.parametrize("host", ["nowhere.invalid", "a..b", "x" * 70])
def test_no_host(host: str) -> None:
    """A name of a host that leads nowhere is named in the same way."""
    with pytest.raises(Misconfigured, match=r"^\[server\] listen: .*:80 cannot be listened on: "):
        Server(App(), host, 80, limit=LIMIT)


def test_stop_waits_for_who_just_came() -> None:
    """A connection that was accepted just before the end brings its request still, and is answered."""
    with serving(App()) as (server, url), socket.create_connection(("127.0.0.1", server.port)) as caller:
        assert requests.post(url, data=b"x", timeout=10).ok  # who came after is answered: the caller has been accepted
        stopping = threading.Thread(target=server.stop, args=(20, 20))
        stopping.start()
        while listens(server.port):
            pass
        caller.sendall(b"POST / HTTP/1.1\r\nHost: bot\r\nContent-Length: 3\r\nConnection: close\r\n\r\nabc")
        answer = b"".join(iter(lambda: caller.recv(1000), b""))
        stopping.join()

    assert answer.startswith(b"HTTP/1.1 200 OK")


def test_inherited_socket() -> None:
    """On a socket that somebody else holds open what comes before the start and after the end waits."""
    with socket.create_server(("127.0.0.1", 0)) as held:
        port = held.getsockname()[1]
        with socket.create_connection(("127.0.0.1", port)) as early:
            early.sendall(b"POST / HTTP/1.1\r\nHost: bot\r\nContent-Length: 3\r\nConnection: close\r\n\r\nabc")
            server = Server(App(), "nowhere.invalid", 0, limit=LIMIT, listener=held.dup())
            server.start()
            answer = b"".join(iter(lambda: early.recv(1000), b""))
            assert server.port == port
            server.stop()
        assert answer.endswith(b"3")
        assert listens(port)
