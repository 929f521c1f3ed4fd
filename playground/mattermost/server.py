"""Serves the stand-in over HTTP on this machine only, in a thread, with a way to drop a connection."""

import logging
import socket
import threading
from typing import Any

from waitress import wasyncore
from waitress.channel import HTTPChannel
from waitress.server import create_server
from waitress.task import WSGITask

from playground.mattermost.api.app import CUT, create_app
from playground.mattermost.mattermost import Mattermost

_THREADS = 16
_IDLE_SECONDS = 60


class _Task(WSGITask):  # type: ignore[misc] # waitress has no types
    """A request whose application may close the connection."""

    def get_environment(self) -> dict[str, Any]:
        """Return the WSGI environment with the way out added."""
        return {**super().get_environment(), CUT: self.channel.cut}


class _Channel(HTTPChannel):  # type: ignore[misc] # waitress has no types
    """A connection that can be closed without an answer."""

    task_class = _Task

    def cut(self) -> None:
        """Close the connection at once."""
        self.socket.shutdown(socket.SHUT_RDWR)


class Server:
    """A running stand-in; `url` is where clients reach it."""

    def __init__(self, mattermost: Mattermost, host: str, port: int, prefix: str) -> None:
        """Listen, and answer from now on."""
        logging.getLogger("waitress.queue").setLevel(logging.ERROR)
        self._map: dict[int, Any] = {}
        self._closing = threading.Event()
        app = create_app(mattermost.state, prefix)
        options = {"threads": _THREADS, "ident": None, "channel_timeout": _IDLE_SECONDS}
        self._waitress = create_server(app, map=self._map, host=host, port=port, **options)
        self._waitress.channel_class = _Channel
        self.url = mattermost.state.site_url = f"http://{host}:{self._waitress.effective_port}{prefix}"
        self._thread = threading.Thread(target=self._run, name="mattermost", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop listening, close every connection, and wait for the thread; once."""
        self._closing.set()
        self._waitress.pull_trigger()
        self._thread.join()
        wasyncore.close_all(self._map, ignore_all=True)
        self._waitress.task_dispatcher.shutdown()

    def _run(self) -> None:
        while not self._closing.is_set():
            wasyncore.loop(map=self._map, use_poll=True, count=1)


def serve(mattermost: Mattermost, host: str = "127.0.0.1", port: int = 0, prefix: str = "") -> Server:
    """Serve a stand-in; port 0 takes a free one, and `prefix` (`/chat`) mounts it at a sub-path."""
    return Server(mattermost, host, port, prefix)
