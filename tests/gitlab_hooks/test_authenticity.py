"""Whether a request comes from GitLab: every combination of what is set and what is sent."""

from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitlab_hooks.authenticity import Secrets, authentic, delivery_id
from tests.gitlab_hooks import signing
from tests.gitlab_hooks.signing import SIGNING, TOKEN, signed

BODY = '{"object_kind": "note", "note": "결제"}'.encode()
entry = partial(signing.entry, body=BODY)
NONE, ONLY_TOKEN = Secrets(), Secrets((TOKEN,))
ONLY_SIGNING, BOTH = Secrets((), (SIGNING["mine"],)), Secrets((TOKEN,), (SIGNING["mine"],))
ROTATING = Secrets(("old-token", TOKEN), (SIGNING["next"], SIGNING["mine"]))
HOUSES = {"none": NONE, "token": ONLY_TOKEN, "signing": ONLY_SIGNING, "both": BOTH, "rotating": ROTATING}


RIGHT = {
    "right": lambda: signed(lambda at: entry(stamp=at)),
    "old, within tolerance": lambda: signed(lambda at: entry(stamp=at), age=240),
    "new, within tolerance": lambda: signed(lambda at: entry(stamp=at), age=-240),
    "second of two": lambda: signed(lambda at: f"{entry('foreign', stamp=at)} {entry(stamp=at)}"),
    "after a malformed one": lambda: signed(lambda at: f"v1 v1, , v2,x garbage v1,%%% {entry(stamp=at)}"),
    "before another version": lambda: signed(lambda at: f"{entry(stamp=at)} v1a,{'A' * 43}="),
}
WRONG = {
    "another secret": lambda: signed(lambda at: entry("foreign", stamp=at)),
    "another body": lambda: signed(lambda at: entry(stamp=at, body=BODY + b" ")),
    "another id": lambda: signed(lambda at: entry(stamp=at, name="msg-2")),
    "another time": lambda: signed(lambda at: entry(stamp=at - 1)),
    "too old": lambda: signed(lambda at: entry(stamp=at), age=330),
    "too new": lambda: signed(lambda at: entry(stamp=at), age=-330),
    "another version": lambda: signed(lambda at: entry(stamp=at).replace("v1,", "v2,")),
    "without version": lambda: signed(lambda at: entry(stamp=at).removeprefix("v1,")),
    "empty": lambda: signed(lambda _: ""),
    "malformed": lambda: signed(lambda _: "v1,"),
    "no base64": lambda: signed(lambda _: "v1,결제"),
    "no id": lambda: {k: v for k, v in signed(lambda at: entry(stamp=at)).items() if k != "webhook-id"},
    "no time": lambda: {k: v for k, v in signed(lambda at: entry(stamp=at)).items() if k != "webhook-timestamp"},
    "time is no number": lambda: signed(lambda at: entry(stamp=at)) | {"webhook-timestamp": "now"},
    "time is no time": lambda: signed(lambda at: entry(stamp=at)) | {"webhook-timestamp": "nan"},
}
TOKENS = {"right": {"x-gitlab-token": TOKEN}, "wrong": {"x-gitlab-token": "wrong"}, "none": {}}


@pytest.mark.parametrize("house", HOUSES)
@pytest.mark.parametrize("token", TOKENS)
@pytest.mark.parametrize("signature", [*RIGHT, *WRONG, "none"])
def test_combinations(house: str, token: str, signature: str) -> None:
    """A signature decides where a signing secret is set, else the token does; for want of a secret nothing passes."""
    make = RIGHT.get(signature) or WRONG.get(signature)
    headers = (make() if make else {}) | TOKENS[token]
    by_signature = bool(HOUSES[house].signing) and make is not None
    expected = signature in RIGHT if by_signature else token == "right" and bool(HOUSES[house].tokens)

    assert authentic(headers, BODY, HOUSES[house]) is expected


@pytest.mark.parametrize("key", ["mine", "next"])
@pytest.mark.parametrize("token", ["old-token", TOKEN])
def test_rotated_secrets(key: str, token: str) -> None:
    """While a secret is being changed for another, both are right."""
    assert authentic(signed(lambda at: entry(key, stamp=at)), BODY, ROTATING)
    assert authentic({"x-gitlab-token": token}, BODY, ROTATING)


@pytest.mark.parametrize("token", ["비밀-토큰", "clé", "Paß phrase"])
def test_token_beyond_ascii(token: str) -> None:
    """GitLab sends a token as UTF-8, which a WSGI server hands over as Latin-1."""
    sent = token.encode().decode("latin-1")

    assert authentic({"x-gitlab-token": sent}, BODY, Secrets((token,)))
    assert not authentic({"x-gitlab-token": sent + "x"}, BODY, Secrets((token,)))


def test_empty_secrets() -> None:
    """An empty secret lets nobody in, neither with an empty token nor without one."""
    assert not authentic({}, BODY, Secrets(("",), ("",)))
    assert not authentic({"x-gitlab-token": ""}, BODY, Secrets(("",)))


@given(
    headers=st.dictionaries(
        st.sampled_from(["webhook-id", "webhook-timestamp", "webhook-signature", "x-gitlab-token", "other"]),
        st.text(st.characters()) | st.sampled_from(["v1,", "v1,AAAA", "1e400", "nan", "-1"]),
    ),
    body=st.binary(),
    house=st.sampled_from([NONE, ONLY_SIGNING]),
)
def test_any_headers(headers: dict[str, str], body: bytes, house: Secrets) -> None:
    """Whatever is sent without knowing a secret is refused, and nothing raises."""
    assert not authentic(headers, body, house)


@given(token=st.text(st.characters()), body=st.binary())
def test_any_token(token: str, body: bytes) -> None:
    """A token is right if it is the one that is set, and only then."""
    assert authentic({"x-gitlab-token": token}, body, ONLY_TOKEN) == (token == TOKEN)


@given(body=st.text().map(str.encode), name=st.text(st.characters(codec="latin-1"), min_size=1))
def test_any_signed_body(body: bytes, name: str) -> None:
    """Whatever the body, GitLab's own signature of it is right, and of no other body."""
    headers = signed(lambda at: entry(stamp=at, body=body, name=name), name=name)

    assert authentic(headers, body, ONLY_SIGNING)
    assert not authentic(headers, body + b"x", ONLY_SIGNING)


@pytest.mark.parametrize(
    ("headers", "secrets", "expected"),
    [
        ({"webhook-id": "a", "webhook-signature": "v1,x", "idempotency-key": "b"}, BOTH, "a"),
        ({"webhook-id": "a", "idempotency-key": "b"}, BOTH, "b"),
        ({"webhook-id": "a", "webhook-signature": "v1,x", "idempotency-key": "b"}, ONLY_TOKEN, "b"),
        ({"webhook-id": "", "webhook-signature": "v1,x", "idempotency-key": "b"}, BOTH, "b"),
        ({"idempotency-key": ""}, ONLY_TOKEN, None),
        ({}, BOTH, None),
    ],
)
def test_delivery_id(headers: dict[str, str], secrets: Secrets, expected: str | None) -> None:
    """A delivery is named by the signed id, else by the idempotency key, else not at all."""
    assert delivery_id(headers, secrets) == expected


def test_secrets_are_not_shown() -> None:
    """The text that stands for the secrets tells none of them."""
    assert TOKEN not in repr(BOTH)
    assert SIGNING["mine"] not in repr(BOTH)
