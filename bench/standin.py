"""A Mattermost and a GitLab in one lean process: it answers what the bot asks, posts after a latency.

The playground's stand-ins act like the real ones; this one is only fast, so that what is measured is the bot. Both are
served on one port, GitLab below `/gitlab`; below `/bench` it tells what it remembers. It is started by
`python -m bench.standin MEMBERS LATENCY` and prints its port.
"""

import asyncio
import sys
from functools import partial

import msgspec

from bench.answers import MATTERMOST, State, answer
from bench.load import END, length_of

POST = f"{MATTERMOST}/posts"


class Talk(asyncio.Protocol):
    """One connection; one request at a time, as all clients here send them."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._got = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the way back."""
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - a server's always is one; mypy wants to know
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Answer a request once it is whole."""
        self._got += data
        head, found, body = self._got.partition(END)
        if found and len(body) >= length_of(head):
            self._got = b""
            method, target, _ = head.split(b" ", 2)
            self._answer(method.decode(), target.decode(), body)

    def _answer(self, method: str, target: str, body: bytes) -> None:
        status, content = answer(self._state, method, target, body)
        raw = b"" if status == 204 else msgspec.json.encode(content)
        head = f"HTTP/1.1 {status} -\r\nContent-Type: application/json\r\nContent-Length: {len(raw)}\r\n\r\n"
        latency = self._state.latency if target == POST else 0.0
        if latency:
            asyncio.get_running_loop().call_later(latency, self._transport.write, head.encode() + raw)
        else:
            self._transport.write(head.encode() + raw)


async def serve(state: State) -> None:
    """Serve a free port, which is printed, until the process is ended."""
    server = await asyncio.get_running_loop().create_server(partial(Talk, state), "127.0.0.1", 0, backlog=1024)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(State(int(sys.argv[1]), float(sys.argv[2]))))
