"""A GitLab stand-in with a receiver of its webhooks, for the tests of both."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import gitlab as client

from playground.gitlab import api
from playground.gitlab.objects import Project, User
from playground.gitlab.state import GitLab

START = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
Keys = dict[str, Any]


@dataclass(frozen=True)
class Received:
    """A webhook as it came."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def payload(self) -> dict[str, Any]:
        parsed: dict[str, Any] = json.loads(self.body)
        return parsed


class Receiver:
    """Takes POST requests and remembers them; `answer` says with which status, and in which words."""

    def __init__(self, answer: Callable[[Received], tuple[int, str]] = lambda _: (204, "")) -> None:
        self.received: list[Received] = []
        self.answer = answer
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self.server.daemon_threads = True
        self._thread = threading.Thread(target=self.server.serve_forever, args=(0.01,))
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}"

    def close(self) -> None:
        self.server.shutdown()
        self._thread.join()
        self.server.server_close()


def _handler(receiver: Receiver) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = 1 << 16

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            received = Received(self.path, dict(self.headers), body)
            receiver.received.append(received)
            status, text = receiver.answer(received)
            self.send_response_only(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(text.encode())))
            self.send_header("Connection", "close")
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, *_: object) -> None:
            """Keep the test's output clean."""

    return Handler


class Ticking:
    """A clock that moves on by a second each time somebody looks."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        self.now += timedelta(seconds=1)
        return self.now


@dataclass
class Bench:
    """A served stand-in, its people and its project, and who listens to its webhooks."""

    gitlab: GitLab
    receiver: Receiver
    url: str
    anna: User
    ben: User
    carla: User
    zoe: User
    bot: User
    project: Project

    def client(self, token: str = "read") -> client.Gitlab:
        """Return a python-gitlab client."""
        return client.Gitlab(self.url, private_token=token, timeout=10)

    @property
    def payloads(self) -> list[dict[str, Any]]:
        return [received.payload for received in self.receiver.received]

    @property
    def last(self) -> dict[str, Any]:
        return self.payloads[-1]


@contextmanager
def bench() -> Iterator[Bench]:
    """Run a stand-in that sends its webhooks before an action returns."""
    gitlab = GitLab(clock=Ticking(), background=False)
    receiver = Receiver()
    anna = gitlab.add_user("anna", "Anna Berg", email="anna@shop.example")
    ben = gitlab.add_user("ben.o", "Ben Okafor", email="ben@shop.example", public_email="Ben@shop.example")
    carla = gitlab.add_user("carla", "Carla Rossi", email="carla@shop.example")
    zoe = gitlab.add_user("zoe", "Zoe Martin", email="zoe@shop.example")
    bot = gitlab.add_user("reader", "Reader", bot=True)
    admin = gitlab.add_user("root", "Root", admin=True)
    group = gitlab.add_group("web", "Web", {anna: 50, ben: 30, bot: 20})
    project = gitlab.add_project(group, "shop", {carla: 10})
    for token, user, scope in (("read", bot, "read_api"), ("keep", anna, "api"), ("all", admin, "api")):
        gitlab.add_token(token, user, scope)
    gitlab.add_token("zoe", zoe, "read_api")
    gitlab.add_token("carla", carla, "read_api")
    server = api.serve(gitlab)
    gitlab.add_hook(project, f"{receiver.url}/gitlab", token="secret")
    try:
        yield Bench(gitlab, receiver, server.url, anna, ben, carla, zoe, bot, project)
    finally:
        gitlab.close()
        server.close()
        receiver.close()
