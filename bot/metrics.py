"""`GET /metrics`: what an operator alarms on, for Prometheus, behind a token of its own."""

import hmac
from collections.abc import Iterable, Sequence

import falcon
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4

from bot.http_session import Observe

SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 15)
"""Upper bounds of a request's duration; the last are beyond the time-outs of most."""

NO_ANSWER = "none"
OUTCOMES = {0: NO_ANSWER, 2: "2xx", 3: "3xx", 4: "4xx", 5: "5xx"}
"""What came of a request, by the first digit of its status; 0 where nobody answered."""


class Latency:
    """How long the servers outside take to answer, and with what; `servers` are all whose names may appear."""

    def __init__(self, registry: CollectorRegistry, servers: Iterable[str]) -> None:
        self._seconds = Histogram(
            "nudge_request_seconds",
            "Time until a server outside has answered, or has not",
            ["server"],
            buckets=SECONDS,
            registry=registry,
        )
        self._requests = Counter(
            "nudge_requests",
            "Requests to a server outside, by what came of them",
            ["server", "outcome"],
            registry=registry,
        )
        for server in servers:
            self._seconds.labels(server)
            for outcome in OUTCOMES.values():
                self._requests.labels(server, outcome)

    def of(self, server: str) -> Observe:
        """Return what takes note of the requests to a server."""

        def observe(seconds: float, status: int) -> None:
            self._seconds.labels(server).observe(seconds)
            self._requests.labels(server, OUTCOMES.get(status // 100, NO_ANSWER)).inc()

        return observe


class Metrics:
    """The resource that Prometheus reads, with one of the `tokens` as `Authorization: Bearer …`.

    Without any token nobody may read it, and there is no such address: the numbers tell who is busy with what.
    """

    def __init__(self, registry: CollectorRegistry, tokens: Sequence[str]) -> None:
        self._registry = registry
        self._tokens = tokens

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Answer with the format that every Prometheus reads.

        Raises:
            falcon.HTTPError: 404 where no token is configured, 401 without the right one.

        """
        if not self._tokens:
            raise falcon.HTTPNotFound
        if not is_bearer(req.auth or "", self._tokens):
            raise falcon.HTTPUnauthorized(challenges=["Bearer"])
        resp.content_type = CONTENT_TYPE_PLAIN_0_0_4
        resp.data = generate_latest(self._registry)


def is_bearer(header: str, tokens: Sequence[str]) -> bool:
    """Say whether an `Authorization` header carries one of these tokens; how long that takes tells nothing of them."""
    scheme, _, given = header.partition(" ")
    right = [hmac.compare_digest(given.strip().encode(), token.encode()) for token in tokens]
    return scheme.lower() == "bearer" and any(right)
