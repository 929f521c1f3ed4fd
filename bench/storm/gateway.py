"""The way from GitLab to the bot: one try a delivery, as GitLab has it, by a balancer in front of the replicas."""

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from random import Random

from playground.gitlab.hooks import Delivery
from playground.gitlab.sender import TIME_OUT, Sender

COPIED = 0.2
"""The share of deliveries that come twice at the same time: by the group's hook and by the project's."""

HASTY = 0.05
"""The share of requests whose sender hangs up before it has the answer."""

HASTE = 0.003
"""Seconds after which it does."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """What became of a delivery: when it was first sent, and first acknowledged or given up; seconds since 1970."""

    begun: float
    ended: float
    acknowledged: bool


class Gateway(Sender):
    """Sends a delivery in the thread that makes it, to one of the replicas, and never again.

    `addresses` gives host and port of each replica; one that does not listen is passed over, as a balancer does. Each
    thread collects what became of its own deliveries by `taken`. Without `trouble` nothing is copied or hung up.
    """

    def __init__(self, addresses: Callable[[], Sequence[tuple[str, int]]], chance: Random, *, trouble: bool) -> None:
        super().__init__(background=False, sent=lambda: None)
        self._addresses = addresses
        self._chance = chance
        self._trouble = trouble
        self._mine = threading.local()
        self._copies = ThreadPoolExecutor(thread_name_prefix="copy")

    def send(self, delivery: Delivery) -> None:
        """Send a delivery, and perhaps a copy of it beside."""
        copy = None
        if self._happens(COPIED):
            headers = {**delivery.headers, "Idempotency-Key": f"copy of {delivery.headers['Idempotency-Key']}"}
            copy = self._copies.submit(self._try, delivery.body, headers)
        attempts = [self._try(delivery.body, delivery.headers), *([copy.result()] if copy else [])]
        self._attempts().append(both(attempts))

    def taken(self) -> list[Attempt]:
        """Return what became of the deliveries that this thread has sent since it last asked."""
        found = self._attempts()
        self._mine.attempts = []
        return found

    def close(self) -> None:
        """Finish what is under way."""
        self._copies.shutdown()
        super().close()

    def _attempts(self) -> list[Attempt]:
        if not hasattr(self._mine, "attempts"):
            self._mine.attempts = []
        found: list[Attempt] = self._mine.attempts
        return found

    def _happens(self, share: float) -> bool:
        return self._trouble and self._chance.random() < share

    def _try(self, body: bytes, headers: dict[str, str]) -> Attempt:
        """Send a request to the first replica that listens; whatever goes wrong then, nobody sends it again."""
        begun = time.time()
        connection = self._connection()
        acknowledged = connection is not None and self._acknowledged(connection, body, headers)
        return Attempt(begun, time.time(), acknowledged)

    def _connection(self) -> HTTPConnection | None:
        addresses = list(self._addresses())
        self._chance.shuffle(addresses)
        for host, port in addresses:
            connection = HTTPConnection(host, port, timeout=TIME_OUT)
            try:
                connection.connect()
            except OSError:
                continue
            return connection
        return None

    def _acknowledged(self, connection: HTTPConnection, body: bytes, headers: dict[str, str]) -> bool:
        try:
            connection.request("POST", "/gitlab", body, headers)
            if self._happens(HASTY):
                connection.sock.settimeout(HASTE)
            return connection.getresponse().status // 100 == 2
        except (OSError, HTTPException):
            return False
        finally:
            connection.close()


def both(attempts: Sequence[Attempt]) -> Attempt:
    """Return what became of a delivery that was sent in copies: kept as soon as one of them was acknowledged."""
    kept = [one.ended for one in attempts if one.acknowledged]
    ended = min(kept) if kept else max(one.ended for one in attempts)
    return Attempt(min(one.begun for one in attempts), ended, bool(kept))
