"""The hook in its server, and nothing behind it: `python -m bench.accepting URL`, or no URL to keep nothing.

It is the same application, waitress and Falcon, and the same resource as in `serve`.
"""

import sys
import time
from collections.abc import Callable
from typing import Any, TypeVar

from bench import webhooks
from bot.server import Server
from bot.store import Store, open_store
from bot.web import create_app
from gitlab_hooks.authenticity import Secrets
from gitlab_hooks.delivery import Kept
from gitlab_hooks.hook import LIMIT, GitLabHook

T = TypeVar("T")


class Nothing:
    """A store that stores nothing."""

    owner = "bench"

    def write(self, op: Callable[[Any], T]) -> T:  # noqa: ARG002 - that is the point of it
        """Say that a delivery is new."""
        return Kept.NEW  # type: ignore[return-value] # it is asked for nothing else here

    def read(self, op: Callable[[Any], T]) -> T:
        """Never be asked."""
        raise NotImplementedError

    def now(self) -> int:
        """Return the time."""
        return time.time_ns() // 1_000_000

    def close(self) -> None:
        """Have nothing to close."""


def main(url: str) -> None:
    """Serve until the process is ended."""
    store: Store = open_store(url, serving=True) if url else Nothing()
    hook = GitLabHook(store, Secrets((webhooks.TOKEN,)), lambda: None)
    server = Server(create_app({"/gitlab": hook}), "127.0.0.1", 0, limit=LIMIT)
    server.start()
    print(server.port, flush=True)
    while True:
        time.sleep(60)


if __name__ == "__main__":
    main("".join(sys.argv[1:]))
