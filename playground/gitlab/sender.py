"""Sends deliveries one after the other over real HTTP, at once or in the background, and never twice."""

import threading
from collections.abc import Callable
from queue import SimpleQueue

import requests

from playground.gitlab.hooks import INTERNAL_ERROR, Delivery

TIME_OUT = 10.0
"""Seconds, GitLab's own (`gitlab.webhook_timeout`)."""
ANSWER_LIMIT = 8192
"""Characters of the answer that GitLab's hook log keeps."""


class Sender:
    """Posts deliveries in the order in which they are handed in; redirects are not followed, nothing is retried."""

    def __init__(self, *, background: bool, sent: Callable[[], None]) -> None:
        self._session = requests.Session()
        self._session.trust_env = False
        self._sent = sent
        self._queue: SimpleQueue[Delivery | None] = SimpleQueue()
        self._idle = threading.Condition()
        self._waiting = 0
        self._thread = threading.Thread(target=self._work, name="gitlab-webhooks", daemon=True) if background else None
        if self._thread:
            self._thread.start()

    def send(self, delivery: Delivery) -> None:
        """Post a delivery now, or hand it to the background thread."""
        if not self._thread:
            self._post(delivery)
            return
        with self._idle:
            self._waiting += 1
        self._queue.put(delivery)

    def drain(self, seconds: float = 30.0) -> bool:
        """Wait until nothing is left to send; False where that took too long."""
        with self._idle:
            return self._idle.wait_for(lambda: not self._waiting, seconds)

    def close(self) -> None:
        """Send what is left, then stop."""
        if self._thread:
            self._queue.put(None)
            self._thread.join(TIME_OUT)
        self._session.close()

    def _work(self) -> None:
        while delivery := self._queue.get():
            self._post(delivery)
            with self._idle:
                self._waiting -= 1
                self._idle.notify_all()

    def _post(self, delivery: Delivery) -> None:
        try:
            answer = self._session.post(
                delivery.hook.url,
                data=delivery.body,
                headers=delivery.headers,
                timeout=TIME_OUT,
                allow_redirects=False,
            )
        except requests.RequestException as error:
            delivery.status, delivery.answer = INTERNAL_ERROR, type(error).__name__
        else:
            delivery.status, delivery.answer = str(answer.status_code), answer.text[:ANSWER_LIMIT]
        self._sent()
