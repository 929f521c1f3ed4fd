"""The load: HTTP requests built beforehand, sent by one process over kept connections that all wait in one `epoll`.

Each connection has one request under way, as GitLab's workers do. There is no HTTP library in the way: a request is
two joins of bytes, an answer is read to the end of its body, so that one core sends several times what any server
measured here can take (`bench` measures that too). It runs as a process of its own: `python -m bench.load < spec`.
"""

import selectors
import socket
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import msgspec

END = b"\r\n\r\n"
MARK = b"7000000000"
"""Where a template has this, each request has its own number of as many digits."""


class Spec(msgspec.Struct, frozen=True):
    """What to send where: `templates` in turn, to `port`, by `clients` connections.

    It ends after `seconds` or after `total` requests, whichever is given. `rate` requests a second, evenly spaced and
    each taken by a free connection, or 0: every connection sends again as soon as it has its answer. Requests are
    numbered from `first` on. With `fresh`, each request has a connection of its own, as GitLab's webhooks do.
    """

    port: int
    templates: list[bytes]
    clients: int = 16
    seconds: float = 0.0
    total: int = 0
    rate: float = 0.0
    first: int = int(MARK)
    fresh: bool = False


class Load(msgspec.Struct, frozen=True):
    """What became of it: `sent` seconds of the monotonic clock and `took` seconds of each request by its number.

    `refused` counts the answers that were not 2xx; they are in neither list.
    """

    numbers: list[int]
    sent: list[float]
    took: list[float]
    refused: int
    began: float
    ended: float

    @property
    def rate(self) -> float:
        """Return the accepted requests a second."""
        return len(self.took) / (self.ended - self.began)


@dataclass(slots=True)
class _Client:
    """One after the other sends its requests; `sock` is None before the first, and between two that are `fresh`."""

    sock: socket.socket | None = None
    number: int = 0
    at: float = 0.0
    got: bytes = b""


@dataclass(slots=True)
class _Run:
    """One run of a spec."""

    spec: Spec
    poll: selectors.BaseSelector
    clock: Callable[[], float] = time.monotonic
    numbers: list[int] = field(default_factory=list)
    sent: list[float] = field(default_factory=list)
    took: list[float] = field(default_factory=list)
    refused: int = 0
    next: int = 0
    free: list[_Client] = field(default_factory=list)

    def run(self) -> Load:
        began = self.clock()
        clients = [_Client() for _ in range(self.spec.clients)]
        self.free = list(clients)
        try:
            self._run(began)
            ended = self.clock()
        finally:
            for client in clients:
                self._close(client)
        return Load(self.numbers, self.sent, self.took, self.refused, began, ended)

    def _run(self, began: float) -> None:
        templates = [template.split(MARK) for template in self.spec.templates]
        while self._more(began) or len(self.free) < self.spec.clients:
            while self.free and self._more(began) and self._is_time(began):
                self._send(self.free.pop(), templates[self.next % len(templates)])
            for key, _ in self.poll.select(self._pause(began)):
                self._receive(key.data)

    def _more(self, began: float) -> bool:
        spec = self.spec
        return self.next < (spec.total or sys.maxsize) and (not spec.seconds or self.clock() < began + spec.seconds)

    def _is_time(self, began: float) -> bool:
        return not self.spec.rate or self.clock() >= began + self.next / self.spec.rate

    def _pause(self, began: float) -> float | None:
        """Return how long to wait for answers: no longer than until the next request is to go."""
        if self.free and self._more(began):
            return max(0.0, began + self.next / self.spec.rate - self.clock())
        return None

    def _send(self, client: _Client, parts: list[bytes]) -> None:
        client.number = self.spec.first + self.next
        self.next += 1
        client.at = self.clock()
        if client.sock is None:
            client.sock = _connect(self.spec.port)
            self.poll.register(client.sock, selectors.EVENT_READ, client)
        client.sock.sendall(str(client.number).encode().join(parts))

    def _receive(self, client: _Client) -> None:
        assert client.sock, "it has sent something"  # noqa: S101 - for mypy
        client.got += client.sock.recv(65536) or _closed()
        head, found, body = client.got.partition(END)
        if not found or len(body) < length_of(head):
            return
        if client.got.startswith(b"HTTP/1.1 2"):
            self.numbers.append(client.number)
            self.sent.append(client.at)
            self.took.append(self.clock() - client.at)
        else:
            self.refused += 1
        client.got = b""
        self.free.append(client)
        if self.spec.fresh:
            self._close(client)

    def _close(self, client: _Client) -> None:
        if client.sock:
            self.poll.unregister(client.sock)
            client.sock.close()
            client.sock = None


def run(spec: Spec) -> Load:
    """Send in this process; it takes one core while it does."""
    with selectors.DefaultSelector() as poll:
        return _Run(spec, poll).run()


def post(path: str, body: bytes, headers: dict[str, str]) -> bytes:
    """Return a whole POST request, to be a template."""
    lines = [f"POST {path} HTTP/1.1", "Host: bench", "Content-Type: application/json", f"Content-Length: {len(body)}"]
    return "\r\n".join([*lines, *(f"{name}: {value}" for name, value in headers.items())]).encode() + END + body


def _connect(port: int) -> socket.socket:
    sock = socket.create_connection(("127.0.0.1", port))
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return sock


def length_of(head: bytes) -> int:
    """Return the length of the body that a head announces."""
    found = head.lower().partition(b"content-length:")[2]
    return int(found.partition(b"\r\n")[0] or 0)


def _closed() -> bytes:
    raise ConnectionError("the server closed a connection that was to be kept")


if __name__ == "__main__":
    sys.stdout.buffer.write(msgspec.msgpack.encode(run(msgspec.msgpack.decode(sys.stdin.buffer.read(), type=Spec))))
