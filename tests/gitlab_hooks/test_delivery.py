"""What a body says of itself: its kind, its digest, and its lane."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitlab_hooks.delivery import Delivery, NotJson, content, lane
from gitlab_hooks.event import Unreadable
from playground.gitlab.hook_log import redacted
from tests.gitlab_hooks.anything import JSON
from tests.gitlab_hooks.team import NAMES, payload


def kind(body: bytes) -> str:
    return Delivery(id=1, object="", received=0, body=body).kind


@given(st.dictionaries(st.text(), JSON, max_size=6), st.randoms())
def test_digest_ignores_order_and_space(body: dict[str, Any], random: Any) -> None:
    """The copy of another hook, with other white space and its keys in another order, is the same body."""
    keys = list(body)
    random.shuffle(keys)
    shuffled = json.dumps({key: body[key] for key in keys}, indent=3, ensure_ascii=random.random() < 0.5)

    assert content(shuffled.encode()).digest == content(json.dumps(body).encode()).digest


@given(JSON, JSON)
def test_digest_tells_bodies_apart(one: Any, other: Any) -> None:
    """Two bodies that are not equal, whatever addresses they show, have two digests."""
    one, other = redacted(one), redacted(other)
    texts = [json.dumps(value, sort_keys=True) for value in (one, other)]
    digests = {content(text.encode()).digest for text in texts}

    assert len(digests) == len(set(texts)) or one == other


@given(JSON)
def test_any_json(body: Any) -> None:
    """Whatever JSON comes has a digest, a lane and a kind."""
    raw = json.dumps(body).encode()

    assert len(content(raw).digest) == 64
    assert isinstance(kind(raw), str)


@given(st.binary())
def test_any_bytes(body: bytes) -> None:
    """Bytes are either JSON or they are not; there is no third."""
    try:
        assert content(body).digest
    except NotJson:
        assert kind(body) == ""


@pytest.mark.parametrize(
    "body",
    [
        b'"\\ud800"',
        b'{"object_kind": "merge_request", "object_attributes": {"id": "\\ud800"}}',
        '{"object_kind": "issue"}'.encode("utf-16"),
        b"\xef\xbb\xbf{}",
        b"[" * 100_000 + b"]" * 100_000,
        b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
        b"9" * 5_000,
        b'{"object_kind": "issue", "object_attributes": {"id": ' + b"9" * 5_000 + b"}}",
        b"1e999",
        b"-0",
        b'"\\u0000"',
        b'{"a": 1, "a": 2}',
    ],
)
def test_strange_json(body: bytes) -> None:
    """What some JSON parser takes is accepted, and a lane that no database could keep is none."""
    found = content(body)

    assert len(found.digest) == 64
    assert found.lane == ""


@pytest.mark.parametrize(
    ("body", "kept"),
    [
        (b'{"a": "\\ud800"}', b'{"a": "?"}'),
        ('{"object_kind": "issue"}'.encode("utf-16"), b'{"object_kind": "issue"}'),
        (b'{"a":1}', b'{"a":1}'),
    ],
)
def test_kept_so_that_it_can_be_read(body: bytes, kept: bytes) -> None:
    """What only a lenient parser takes is kept as every parser does: nobody misses a comment for half an emoji."""
    assert content(body).body == kept


@pytest.mark.parametrize("body", [b"", b"{", b"hello", b"{'a': 1}", b"\xff", b"nul", b"[1,]"])
def test_not_json(body: bytes) -> None:
    """Bytes that no parser takes are refused."""
    with pytest.raises(NotJson):
        content(body)


ADDRESSES = st.from_regex(r"[a-z0-9.!#$%&'*+/=?^_`{|}~-]+@[a-z0-9-]+(\.[a-z0-9-]+)*", fullmatch=True)
TEXTS = st.text(max_size=8) | ADDRESSES | st.sampled_from(['"a@b.c"', "a@b.c", "see a@b.c", "a@b.c, d@e.f", '\\"a@b.c'])
VALUES = st.recursive(
    st.none() | st.integers() | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)


@given(VALUES)
def test_the_log_of_gitlab_shows_the_same(value: Any) -> None:
    """A body read back from GitLab's log, which hides every text that is an address, has the digest of the original."""
    assert content(json.dumps(redacted(value)).encode()).digest == content(json.dumps(value).encode()).digest


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"note": "ask a@b.c"}, {"note": "ask [REDACTED]"}),
        ({"email": "a@b.c"}, {"email": "a@b.c "}),
        ({"url": "git@b.c:web/shop.git"}, {"url": "[REDACTED]"}),
        (["a@b.c"], ["[REDACTED]", "[REDACTED]"]),
    ],
)
def test_only_whole_addresses_are_left_out(one: Any, other: Any) -> None:
    """A text with an address somewhere in it counts as it stands."""
    assert content(json.dumps(one).encode()).digest != content(json.dumps(other).encode()).digest


LANES = {
    "merge_request_hook__opened": "mr:4200",
    "note_hook__merge_request": "mr:4200",
    "emoji_hook__awarded_note": "mr:4200",
    "emoji_hook__awarded_merge_request": "mr:4200",
    "issue_hook__opened": "issue:3100",
    "issue_hook__task_opened": "issue:3300",
    "note_hook__issue": "issue:3100",
    "emoji_hook__awarded_issue": "issue:3100",
    "note_hook__commit": "commit:4c1d0f6a9be27a3358e0b7d2c6f5a81e93d40b72",
    "note_hook__snippet": "snippet:55",
    "note_hook__design": "",
    "push_hook__branch": "",
    "member_hook__added": "",
}


@pytest.mark.parametrize("name", LANES)
def test_lanes(name: str) -> None:
    """Everything about one thing waits in one lane, whatever kind of event it is."""
    assert lane(payload(name)) == LANES[name]


@pytest.mark.parametrize(
    "value",
    [
        None,
        [],
        "merge_request",
        {"object_kind": 7},
        {"object_kind": "merge_request"},
        {"object_kind": "merge_request", "object_attributes": [1]},
        {"object_kind": "merge_request", "object_attributes": {"id": None}},
        {"object_kind": "merge_request", "object_attributes": {"id": {}}},
        {"object_kind": "merge_request", "object_attributes": {"id": ""}},
        {"object_kind": "merge_request", "object_attributes": {"id": "1\x00"}},
        {"object_kind": "note", "merge_request": "x"},
        {"object_kind": "custom", "merge_request": {"id": 1}},
    ],
)
def test_no_lane(value: Any) -> None:
    """What names nothing that order is kept for has no lane."""
    assert lane(value) == ""


def test_pipelines_wait_with_their_merge_request() -> None:
    """A merge request's pipeline is in its lane."""
    assert lane({"object_kind": "pipeline", "merge_request": {"id": 12}}) == "mr:12"


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b'{"object_kind": "note", "event_name": "x"}', "note"),
        (b'{"event_name": "user_add_to_group"}', "user_add_to_group"),
        (b'{"object_kind": null}', ""),
        (b'{"object_kind": 7}', ""),
        (b"[]", ""),
        (b"null", ""),
        (b"\xff", ""),
    ],
)
def test_kind(body: bytes, expected: str) -> None:
    """The kind is `object_kind`, or `event_name` of what has none; nothing that is no name."""
    assert kind(body) == expected


def test_nested_beyond_sense() -> None:
    """What is nested beyond sense is unreadable, whatever kind it names."""
    with pytest.raises(Unreadable):
        kind(b'{"object_kind": "note", "a":' + b'{"a":' * 100_000 + b"1" + b"}" * 100_001)


@pytest.mark.parametrize("name", NAMES)
def test_kinds_of_payloads(name: str) -> None:
    """Each payload of ours names the kind that its file is called by."""
    body = payload(name)
    hook = name.partition("_hook__")[0].removeprefix("confidential_")

    assert kind(json.dumps(body).encode()) in {hook, "work_item", "user_add_to_group"}
