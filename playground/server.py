"""Serves a WSGI application on 127.0.0.1 from a thread, and stops cleanly."""

import logging
import threading
from collections.abc import Callable, Iterable
from typing import Any

from waitress import wasyncore
from waitress.channel import ClientDisconnected
from waitress.server import create_server

WsgiApp = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]

THREADS = 16
"""Enough for a few pages that wait for news, and for the bot beside them."""
SHUTDOWN_SECONDS = 5


class Server:
    """A running server; port 0 takes a free one."""

    def __init__(self, app: WsgiApp, port: int = 0) -> None:
        logging.getLogger("waitress.queue").setLevel(logging.ERROR)  # it warns of every moment of load
        self._sockets: dict[int, Any] = {}
        self._closing = threading.Event()
        self._server = create_server(app, map=self._sockets, host="127.0.0.1", port=port, threads=THREADS, ident=None)
        self._thread = threading.Thread(target=self._run, name="playground-server", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        while not self._closing.is_set():
            wasyncore.loop(map=self._sockets, use_poll=True, count=1)

    @property
    def url(self) -> str:
        """Return the address without a trailing slash."""
        return f"http://127.0.0.1:{self._server.effective_port}"

    def close(self) -> None:
        """Finish the requests in hand, then stop listening and close all connections."""
        self._server.task_dispatcher.shutdown(timeout=SHUTDOWN_SECONDS)
        self._closing.set()
        self._server.pull_trigger()
        self._thread.join()
        wasyncore.close_all(self._sockets, ignore_all=True)


def drop_connection() -> None:
    """Close the connection of the request in hand without an answer."""
    raise ClientDisconnected
