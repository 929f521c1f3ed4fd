"""waitress, started and stopped so that no request under way is lost."""

import logging
import socket
import threading
import time
from collections.abc import Callable
from typing import Any

from waitress import wasyncore
from waitress.server import create_server

from bot.errors import Misconfigured

GRACE_SECONDS = 5.0
QUIET_LOOKS = 3
FRESH_SECONDS = 1.0

log = logging.getLogger(__name__)


class Server:
    """An HTTP server in a thread of its own; `limit` is the most bytes a body may have (413 beyond).

    A `listener` that somebody else holds open is used in place of one of our own on `host` and `port`.

    Raises:
        bot.errors.Misconfigured: nobody can listen on this address, or somebody does already.

    """

    def __init__(
        self,
        app: Callable[..., Any],
        host: str,
        port: int,
        *,
        limit: int,
        threads: int = 8,
        listener: socket.socket | None = None,
    ) -> None:
        logging.getLogger("waitress.queue").setLevel(logging.ERROR)  # it warns of every moment of load
        self._sockets: dict[int, Any] = {}
        self._closing = threading.Event()
        self._waitress = create_server(
            app,
            map=self._sockets,
            sockets=[listener or _listening(host, port)],
            threads=threads,
            max_request_body_size=limit + 1,  # waitress refuses what is as large as this
            connection_limit=1000,
            channel_timeout=60,
            ident="",
            clear_untrusted_proxy_headers=True,
        )
        self._thread = threading.Thread(target=self._run, name="http", daemon=True)

    @property
    def port(self) -> int:
        """Return the port it listens on."""
        return int(self._waitress.effective_port)

    def start(self) -> None:
        """Begin to answer."""
        self._thread.start()

    def stop(self, grace: float = GRACE_SECONDS, fresh: float = FRESH_SECONDS) -> None:
        """Accept nothing more, let the requests under way finish for at most `grace` seconds, then close.

        A connection that was accepted within the last `fresh` seconds may bring its request still.
        """
        self._waitress.trigger.pull_trigger(self._stop_listening)
        deadline = time.monotonic() + grace
        quiet = 0  # looked at more than once: a request may be on its way from the socket to its thread
        while quiet < QUIET_LOOKS and time.monotonic() < deadline:
            time.sleep(0.02)
            quiet = 0 if self._running(fresh) else quiet + 1
        self._closing.set()
        self._waitress.pull_trigger()
        self._thread.join(grace)
        wasyncore.close_all(self._sockets, ignore_all=True)
        self._waitress.task_dispatcher.shutdown(timeout=1)

    def _run(self) -> None:
        while not self._closing.is_set():
            wasyncore.loop(timeout=1.0, map=self._sockets, use_poll=True, count=1)

    def _stop_listening(self) -> None:
        self._waitress.del_channel()
        self._waitress.socket.close()

    def _running(self, fresh: float) -> bool:
        dispatcher, begun = self._waitress.task_dispatcher, time.time() - fresh
        return bool(dispatcher.queue or dispatcher.active_count) or any(
            channel.requests or channel.total_outbufs_len or channel.last_activity == channel.creation_time > begun
            for channel in list(self._waitress.active_channels.values())
        )


def _listening(host: str, port: int) -> socket.socket:
    """Return a socket that listens; waitress itself would leave one open where that fails."""
    try:
        family, *_, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        return socket.create_server(address[:2], family=family)
    except OSError as wrong:
        raise Misconfigured(f"[server] listen: {host}:{port} cannot be listened on: {wrong.strerror}") from wrong
    except UnicodeError as wrong:
        raise Misconfigured(f"[server] listen: {host}:{port} cannot be listened on: no name of a host") from wrong
