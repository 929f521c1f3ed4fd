"""`POST /gitlab`: what GitLab is answered, what is kept, and what never is."""

import http.client
import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from falcon import testing
from hypothesis import given, settings
from hypothesis import strategies as st
from standardwebhooks import Webhook

from bot.server import Server
from bot.store import schema
from bot.web import create_app
from gitlab_hooks import inbox
from gitlab_hooks.authenticity import Secrets
from gitlab_hooks.delivery import content
from gitlab_hooks.hook import LIMIT, GitLabHook
from tests.gitlab_hooks.anything import JSON
from tests.gitlab_hooks.desk import Desk, FailingStore, desk
from tests.gitlab_hooks.signing import SIGNING, TOKEN, entry, signed
from tests.gitlab_hooks.team import NAMES, NOW, payload

SECRETS = Secrets((TOKEN, "비밀"), (SIGNING["mine"],))
RIGHT = {"X-Gitlab-Token": TOKEN}
BODY = json.dumps(payload("merge_request_hook__opened")).encode()


@dataclass
class Door:
    """The hook on a store, reached by Falcon's own client."""

    at: Desk
    secrets: Secrets = SECRETS
    opened: int = 0
    store: FailingStore = field(init=False)

    def __post_init__(self) -> None:
        self.store = FailingStore(self.at.store)
        self.hook = GitLabHook(self.store, self.secrets, self._accepted)
        self.app = create_app({"/gitlab": self.hook})
        self.client = testing.TestClient(self.app)

    def _accepted(self) -> None:
        self.opened += 1

    def post(self, body: bytes = BODY, headers: dict[str, str] | None = None) -> int:
        found = self.client.simulate_post("/gitlab", body=body, headers=RIGHT if headers is None else headers)
        return found.status_code

    def kept(self, *columns: str) -> list[tuple[Any, ...]]:
        return self.at.rows(schema.inbox, *(columns or ("body",)))


@pytest.fixture(name="door")
def a_door(tmp_path: Path) -> Iterator[Door]:
    with desk(tmp_path) as at:
        yield Door(at)


@pytest.fixture(name="shared", scope="module")
def a_shared_door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    with desk(tmp_path_factory.mktemp("hook")) as at:
        yield Door(at)


def test_accepted(door: Door) -> None:
    """An authentic delivery is kept as it came and answered 204 without a body; the reader is woken."""
    answer = door.client.simulate_post("/gitlab", body=BODY, headers=RIGHT)

    assert (answer.status_code, answer.content) == (204, b"")
    assert door.kept("body", "object", "state") == [(BODY, "mr:4200", "waiting")]
    assert door.opened == 1
    assert door.hook.counts == {"accepted": 1}


def test_signed(door: Door) -> None:
    """A body signed as GitLab 19 does is accepted, and named by its signed id."""
    headers = signed(lambda at: entry(stamp=at, body=BODY))

    assert door.post(headers=headers) == 204
    assert door.kept("delivery_id") == [("msg-1",)]


def test_signed_by_the_standard(door: Door) -> None:
    """What the Standard Webhooks library signs is accepted."""
    webhook = Webhook(SIGNING["mine"])
    headers = signed(lambda at: webhook.sign("msg-1", datetime.fromtimestamp(at, UTC), BODY.decode()))

    assert door.post(headers=headers) == 204


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"X-Gitlab-Token": "wrong"},
        {"X-Gitlab-Token": ""},
        {"X-Gitlab-Token": TOKEN, "webhook-signature": "v1,AAAA", "webhook-id": "1", "webhook-timestamp": "1"},
    ],
)
@pytest.mark.parametrize("body", [BODY, b"{", b""])
def test_refused(door: Door, headers: dict[str, str], body: bytes) -> None:
    """Without the right secret the answer is 401, whatever the body, and nothing at all is kept."""
    assert door.post(body, headers) == 401
    assert door.kept() == door.at.rows(schema.journal, "id") == []
    assert (door.opened, door.hook.counts) == (0, {"401": 1})


def test_no_secret_set(tmp_path: Path) -> None:
    """A house without any secret accepts nothing."""
    with desk(tmp_path) as at:
        door = Door(at, Secrets())

        assert [door.post(headers=headers) for headers in ({}, RIGHT, {"X-Gitlab-Token": ""})] == [401] * 3
        assert door.kept() == []


@pytest.mark.parametrize("body", [b"", b"{", b"hello", b"\xff\xfe\xfd", b"{'a': 1}"])
def test_no_json(door: Door, body: bytes) -> None:
    """Bytes that no JSON parser takes are answered 400, and not kept."""
    assert door.post(body) == 400
    assert (door.kept(), door.hook.counts) == ([], {"400": 1})


@pytest.mark.parametrize(
    "body",
    [
        b"[" * 100_000 + b"]" * 100_000,
        b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
        b'{"object_kind": "note", "object_attributes": {"id": 1, "note": "\\u0000"}}',
        b'{"object_kind": "merge_request", "object_attributes": {"id": "\\ud800"}}',
        b'{"object_kind": "merge_request", "object_attributes": {"id": "1\\u0000"}}',
        b"9" * 5_000,
        '{"object_kind": "issue"}'.encode("utf-16"),
        b"null",
        b"0",
        b"[]",
        b'""',
    ],
)
def test_any_authentic_json(door: Door, body: bytes) -> None:
    """All authentic JSON is kept and answered 2xx, whatever its shape, and ends as done or failed."""
    assert door.post(body) == 204
    assert door.kept() == [(content(body).body,)]
    door.at.read()
    assert door.kept("state")[0][0] in {"done", "failed"}


@settings(max_examples=60)
@given(body=JSON)
def test_any_json(shared: Door, body: Any) -> None:
    """No JSON at all makes the hook fail."""
    assert shared.post(json.dumps(body).encode()) == 204


@settings(max_examples=60)
@given(body=st.binary())
def test_any_bytes(shared: Door, body: bytes) -> None:
    """Any bytes are either kept or no JSON."""
    assert shared.post(body) in {204, 400}


def test_duplicates(door: Door) -> None:
    """A second copy is answered 2xx, kept once, journalled, and wakes nobody."""
    assert [door.post(), door.post(json.dumps(json.loads(BODY), indent=1, sort_keys=True).encode())] == [204, 204]
    assert door.post(b'{"a": 1}', {**RIGHT, "Idempotency-Key": "k"}) == 204
    assert door.post(b'{"a": 2}', {**RIGHT, "Idempotency-Key": "k"}) == 204

    assert len(door.kept()) == 2
    assert [line[0] for line in door.at.rows(schema.journal, "verdict")] == ["duplicate", "duplicate"]
    assert (door.opened, door.hook.counts) == (2, {"accepted": 2, "duplicate": 2})


def test_resent(door: Door) -> None:
    """What failed here and is sent again is worked through again: the reader is woken, and it is no duplicate."""
    door.post()
    (lease,) = door.at.store.write(lambda conn: inbox.claim(conn, "me", NOW, 1_000, 1, 1))
    door.at.store.write(lambda conn: inbox.finish(conn, lease, "failed", "because"))

    assert door.post() == 204
    assert door.kept("state", "attempts") == [("waiting", 0)]
    assert (door.opened, door.hook.counts) == (2, {"accepted": 1, "again": 1})
    assert door.at.rows(schema.journal, "id") == []


def test_not_durable(door: Door, caplog: pytest.LogCaptureFixture) -> None:
    """Only when a delivery cannot be made durable the answer is 503, and the log says that it is lost."""
    door.store.down = True
    assert door.post() == 503
    assert "could not be kept" in caplog.text

    door.store.down = False
    assert door.post() == 204
    assert door.hook.counts == {"503": 1, "accepted": 1}


def test_what_is_kept_of_headers(door: Door) -> None:
    """Headers worth keeping are kept; the token, the signature and everything else is not."""
    sent = {
        **RIGHT,
        "X-Gitlab-Event": "Merge Request Hook",
        "Idempotency-Key": "k1",
        "User-Agent": "GitLab/19.0.1",
        "Authorization": "Basic c2VjcmV0",
        "X-Other": "other",
    }
    door.post(headers=sent)
    (row,) = door.kept("headers", "delivery_id")

    assert json.loads(row[0]) == {
        "idempotency-key": "k1",
        "user-agent": "GitLab/19.0.1",
        "x-gitlab-event": "Merge Request Hook",
    }
    assert row[1] == "k1"


def test_secrets_are_kept_nowhere(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Neither token nor signature stands in any file of the store, or in the log."""
    caplog.set_level("DEBUG")
    signature = signed(lambda at: entry(stamp=at, body=b"[1]"))
    with desk(tmp_path) as at:
        door = Door(at)
        door.post()
        door.post(b"[1]", signature)
        door.post(headers={"X-Gitlab-Token": "wrong-token"})
        door.at.read()
    everything = b"".join(path.read_bytes() for path in tmp_path.iterdir())

    for secret in (TOKEN, "wrong-token", SIGNING["mine"], signature["webhook-signature"]):
        assert secret.encode() not in everything
        assert secret not in caplog.text


def test_other_methods(door: Door) -> None:
    """Only POST is answered."""
    assert door.client.simulate_get("/gitlab").status_code == 405


@pytest.fixture(name="served")
def a_served_door(door: Door) -> Iterator[tuple[Door, int]]:
    """Serve the hook on waitress, as the program does."""
    server = Server(door.app, "127.0.0.1", 0, limit=LIMIT)
    server.start()
    yield door, server.port
    server.stop()


def send(port: int, body: bytes, headers: dict[str, str], *, chunked: bool = False) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        if chunked:
            connection.request("POST", "/gitlab", iter([body]), headers, encode_chunked=True)
        else:
            connection.request("POST", "/gitlab", body, headers)
        return connection.getresponse().status
    finally:
        connection.close()


def announce(port: int, length: int) -> int:
    """Say how long a body will be, and see what the answer is before it is sent."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        connection.putrequest("POST", "/gitlab")
        connection.putheader("Content-Length", str(length))
        connection.endheaders()
        return connection.getresponse().status
    finally:
        connection.close()


def test_served(served: tuple[Door, int]) -> None:
    """Over HTTP the answers are the same: 204, 401, 400, 503; a body in chunks is a body."""
    door, port = served
    assert send(port, BODY, RIGHT) == 204
    assert send(port, b'{"in": "chunks"}', RIGHT, chunked=True) == 204
    assert send(port, BODY, {}) == 401
    assert send(port, b"{", RIGHT) == 400
    door.store.down = True
    assert send(port, b"{}", RIGHT) == 503
    assert [body for (body,) in door.kept()] == [BODY, b'{"in": "chunks"}']


def test_token_beyond_ascii(served: tuple[Door, int]) -> None:
    """A token in Korean, sent as GitLab sends it, in UTF-8, is right."""
    _, port = served

    assert send(port, BODY, {"X-Gitlab-Token": "비밀".encode().decode("latin-1")}) == 204
    assert send(port, BODY, {"X-Gitlab-Token": "비결".encode().decode("latin-1")}) == 401


def test_too_large(served: tuple[Door, int]) -> None:
    """Over 25 MiB is 413 before anything is read or asked for a secret; exactly as much is accepted."""
    door, port = served

    assert announce(port, LIMIT + 1) == 413
    assert send(port, b'"' + b"a" * (LIMIT - 2) + b'"', RIGHT) == 204
    assert len(door.kept()) == 1


def test_too_large_behind_another_server(door: Door) -> None:
    """The hook itself refuses what is too large, where another server passes it on."""
    assert door.post(b"", {"Content-Length": str(LIMIT + 1)}) == 413
    assert door.hook.counts == {"413": 1}


def test_at_once(served: tuple[Door, int]) -> None:
    """Copies that come at the same moment, on several connections, are kept once."""
    door, port = served
    barrier = threading.Barrier(8)

    def post(_: int) -> int:
        barrier.wait(30)
        return send(port, BODY, RIGHT)

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(post, range(8))) == [204] * 8
    assert len(door.kept()) == 1
    assert door.hook.counts == {"accepted": 1, "duplicate": 7}


@pytest.mark.parametrize("name", NAMES)
def test_payloads(shared: Door, name: str) -> None:
    """Each payload of ours is accepted."""
    assert shared.post(json.dumps(payload(name)).encode()) == 204
