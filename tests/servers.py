"""A real HTTP server whose answers a test writes down, for the two adapters."""

import json
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

STUCK_AT_MOST = 30.0


@dataclass(frozen=True)
class Asked:
    """A request as it came; `body` is parsed JSON or None."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: Any


@dataclass(frozen=True)
class Answer:
    """What the server answers: JSON, or a text as it stands.

    `dropped` closes the connection without a word, `stuck` waits with that until the server is closed.
    """

    body: Any = None
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    dropped: bool = False
    stuck: bool = False


class Server(ThreadingHTTPServer):
    """One thread a connection, many of which may come at once."""

    daemon_threads = True
    request_queue_size = 64


Script = Answer | Callable[[Asked], Answer]


class Scripted:
    """A server on a free port of 127.0.0.1; a call that no answer is written down for gets `unknown`."""

    def __init__(self, unknown: Answer) -> None:
        self.asked: list[Asked] = []
        self.connections = 0
        self.closing = threading.Event()
        self._unknown = unknown
        self._scripts: dict[tuple[str, str], list[Script]] = {}
        self._sockets: list[socket.socket] = []
        self._lock = threading.Lock()
        self._server = Server(("127.0.0.1", 0), _handler(self))
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def on(self, call: str, *scripts: Script) -> None:
        """Write down the answers to "METHOD /path", given in turn; the last one stays."""
        method, path = call.split(" ")
        self._scripts[method, path] = list(scripts)

    def times(self, call: str) -> int:
        """Return how often "METHOD /path" was asked."""
        return sum(f"{asked.method} {asked.path}" == call for asked in self.asked)

    def answer(self, asked: Asked) -> Answer:
        with self._lock:
            self.asked.append(asked)
            scripts = self._scripts.get((asked.method, asked.path), [self._unknown])
            script = scripts.pop(0) if len(scripts) > 1 else scripts[0]
        return script if isinstance(script, Answer) else script(asked)

    def accepted(self, connection: socket.socket) -> None:
        with self._lock:
            self.connections += 1
            self._sockets.append(connection)

    def close(self) -> None:
        self.closing.set()
        self._server.shutdown()
        self._thread.join()
        for connection in self._sockets:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        self._server.server_close()


@contextmanager
def scripted(unknown: Answer) -> Iterator[Scripted]:
    """Run a server for a while."""
    server = Scripted(unknown)
    try:
        yield server
    finally:
        server.close()


def _handler(script: Scripted) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = 1 << 20  # an answer leaves in one piece

        def setup(self) -> None:
            super().setup()
            script.accepted(self.connection)

        def do_GET(self) -> None:
            address = urlsplit(self.path)
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            query = dict(parse_qsl(address.query))
            asked = Asked(self.command, address.path, query, dict(self.headers), json.loads(body) if body else None)
            self._give(script.answer(asked))

        do_POST = do_PUT = do_GET  # noqa: N815 - http.server's names

        def _give(self, answer: Answer) -> None:
            if answer.stuck:
                script.closing.wait(STUCK_AT_MOST)
            if answer.stuck or answer.dropped:
                self.close_connection = True
                return
            text = isinstance(answer.body, str)
            body = (answer.body if text else json.dumps(answer.body)).encode()
            kind = "text/html" if text else "application/json"
            self.send_response_only(answer.status)
            for name, value in {"Content-Type": kind, "Content-Length": str(len(body)), **answer.headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Keep the test's output clean."""

    return Handler
