"""`/metrics`: who may read it, and what is noted of the requests to the servers outside."""

from collections.abc import Iterator

import pytest
import requests
from falcon.testing import TestClient
from prometheus_client import CollectorRegistry
from prometheus_client.parser import text_string_to_metric_families

from bot.http_session import PooledSession
from bot.metrics import Latency, Metrics
from bot.web import create_app
from tests.servers import Answer, Scripted, scripted


@pytest.fixture
def server() -> Iterator[Scripted]:
    with scripted(Answer({}, 404)) as running:
        yield running


@pytest.mark.parametrize(
    ("tokens", "header", "status"),
    [
        (("right",), "Bearer right", 200),
        (("right",), "bearer  right", 200),
        (("old", "right"), "Bearer right", 200),
        (("right",), "Bearer wrong", 401),
        (("right",), "Bearer ", 401),
        (("right",), "right", 401),
        (("right",), "Basic right", 401),
        (("right",), "Bearer 옳지 않음".encode().decode("latin-1"), 401),
        (("right",), None, 401),
        ((), "Bearer right", 404),
        ((), "Bearer ", 404),
        ((), None, 404),
    ],
)
def test_who_may_read(tokens: tuple[str, ...], header: str | None, status: int) -> None:
    """Only who has a token may read the figures; where none is configured there is nothing to read."""
    client = TestClient(create_app({"/metrics": Metrics(CollectorRegistry(), tokens)}))
    answer = client.simulate_get("/metrics", headers={"Authorization": header} if header is not None else {})

    assert answer.status_code == status
    assert "right" not in answer.text


def test_format() -> None:
    """The figures are in the text format that every version of Prometheus reads."""
    registry = CollectorRegistry()
    Latency(registry, ["gitlab"])
    client = TestClient(create_app({"/metrics": Metrics(registry, ["right"])}))
    answer = client.simulate_get("/metrics", headers={"Authorization": "Bearer right"})

    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert {family.name for family in text_string_to_metric_families(answer.text)} >= {
        "nudge_request_seconds",
        "nudge_requests",
    }


def test_requests_are_noted(server: Scripted) -> None:
    """Each request counts once, by the class of its answer, and with the time it took."""
    registry = CollectorRegistry()
    observe = Latency(registry, ["mattermost", "gitlab"]).of("gitlab")
    server.on("GET /good", Answer({}))
    server.on("GET /away", Answer({}, 302))
    server.on("GET /bad", Answer({}, 500))
    with PooledSession(1, 5, observe=observe) as session:
        for path in ("good", "good", "away", "bad", "nowhere"):
            session.get(f"{server.url}/{path}")
        with pytest.raises(requests.RequestException):
            session.get("http://127.0.0.1:1/")

    counted = {
        outcome: registry.get_sample_value("nudge_requests_total", {"server": "gitlab", "outcome": outcome})
        for outcome in ("2xx", "3xx", "4xx", "5xx", "none")
    }
    assert counted == {"2xx": 2, "3xx": 1, "4xx": 1, "5xx": 1, "none": 1}
    assert registry.get_sample_value("nudge_request_seconds_count", {"server": "gitlab"}) == 6
    assert registry.get_sample_value("nudge_request_seconds_count", {"server": "mattermost"}) == 0
