"""The application: its routes, whether it is alive and ready, and what nobody foresaw."""

import logging
from collections.abc import Iterator
from pathlib import Path

import falcon
import pytest
from falcon.testing import TestClient
from sqlalchemy import select

from bot.store import Store, open_store
from bot.store.schema import told
from bot.web import Health, Ready, Trouble, create_app


class Broken:
    """A resource with a fault in it."""

    def on_get(self, _req: falcon.Request, _resp: falcon.Response) -> None:
        raise ValueError("a text of somebody's")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(f"sqlite:///{tmp_path}/nudge.db", serving=False)
    yield opened
    opened.close()


def test_alive() -> None:
    """`/healthz` answers as long as the process does."""
    answer = TestClient(create_app({"/healthz": Health()})).simulate_get("/healthz")

    assert (answer.status, answer.json) == (falcon.HTTP_200, {"alive": True})


def ready(store: Store, *troubles: Trouble) -> tuple[str, object]:
    """Ask whether it is ready."""
    answer = TestClient(create_app({"/readyz": Ready(store, lambda: troubles)})).simulate_get("/readyz")
    return answer.status, answer.json


def test_ready(store: Store) -> None:
    """Nothing wrong is ready, with nothing degraded, and asking leaves no trace in the store."""
    assert ready(store) == (falcon.HTTP_200, {"ready": True, "degraded": []})
    assert store.read(lambda conn: conn.execute(select(told)).all()) == []


def test_degraded(store: Store) -> None:
    """What does not work is named, and deliveries are taken all the same."""
    assert ready(store, Trouble("mattermost", "POST /posts: no answer")) == (
        falcon.HTTP_200,
        {"ready": True, "degraded": [{"part": "mattermost", "why": "POST /posts: no answer"}]},
    )


def test_not_ready(store: Store) -> None:
    """A store that cannot write is the one reason not to be ready."""
    store.close()
    status, answer = ready(store, Trouble("gitlab", "503"))

    assert status == falcon.HTTP_503
    assert answer == {
        "ready": False,
        "degraded": [
            {"part": "store", "why": "the database is closed: this process is stopping"},
            {"part": "gitlab", "why": "503"},
        ],
    }


def test_unforeseen(caplog: pytest.LogCaptureFixture) -> None:
    """A fault of our own answers 500 without detail, and the log names its kind."""
    with caplog.at_level(logging.ERROR):
        answer = TestClient(create_app({"/broken": Broken()})).simulate_get("/broken")

    assert answer.status == falcon.HTTP_500
    assert "somebody" not in answer.text
    (said,) = caplog.messages
    assert said.startswith("a request failed: ValueError at ")
    assert "somebody" not in caplog.text


def test_unknown(store: Store) -> None:
    """What is no address of ours answers 404."""
    assert TestClient(create_app({})).simulate_get("/nowhere").status == falcon.HTTP_404
