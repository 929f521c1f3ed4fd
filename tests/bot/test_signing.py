"""What is signed is ours, for one purpose and these texts alone."""

import os
from contextlib import closing

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from sqlalchemy import Connection

from bot.keys import Key, key_named
from bot.signing import KEY_BYTES, is_signed, sign
from bot.store import open_store

KEYS = st.binary(min_size=KEY_BYTES, max_size=KEY_BYTES)
PARTS = st.lists(st.text(max_size=8), max_size=4)


@given(KEYS, st.text(max_size=8), PARTS)
def test_a_signature_is_known_again(key: bytes, purpose: str, parts: list[str]) -> None:
    """What was signed is known by the same key, purpose and texts."""
    assert is_signed(sign(key, purpose, *parts), key, purpose, *parts)


@given(st.tuples(KEYS, st.text(max_size=8), PARTS), st.tuples(KEYS, st.text(max_size=8), PARTS))
def test_nothing_else_is_signed_by_it(ours: tuple[bytes, str, list[str]], other: tuple[bytes, str, list[str]]) -> None:
    """Another key, another purpose or other texts, or the same letters cut elsewhere, are not what was signed."""
    assume(ours != other)

    assert not is_signed(sign(ours[0], ours[1], *ours[2]), other[0], other[1], *other[2])


@given(KEYS, PARTS, st.data())
def test_any_changed_character_is_seen(key: bytes, parts: list[str], data: st.DataObject) -> None:
    """A signature with one character changed, left out or added is none."""
    signature = sign(key, "button", *parts)
    place = data.draw(st.integers(0, len(signature)))
    forged = signature[:place] + data.draw(st.text(max_size=2)) + signature[place + data.draw(st.integers(0, 1)) :]
    assume(forged != signature)

    assert not is_signed(forged, key, "button", *parts)


def test_the_key_is_made_once(database: str) -> None:
    """Whoever asks first keeps the key; everybody after them, in this process or the next, gets the same."""
    first = open_store(database, serving=False)
    key = first.write(lambda conn: key_named(conn, "signing", os.urandom))
    again = first.write(lambda conn: key_named(conn, "signing", os.urandom))
    other = first.write(lambda conn: key_named(conn, "another", os.urandom))
    first.close()
    second = open_store(database, serving=False)

    assert second.write(lambda conn: key_named(conn, "signing", os.urandom)) == key == again != other
    assert len(key) == KEY_BYTES
    second.close()


def test_a_key_is_read_when_it_is_needed(database: str) -> None:
    """What a transaction that is undone has made is no key; the one that was kept is known from then on."""
    store = open_store(database, serving=True)
    key = Key(store, "signing", os.urandom)

    def undone(conn: Connection) -> None:
        key.within(conn)
        raise LookupError

    with closing(store):
        with pytest.raises(LookupError):
            store.write(undone)
        assert key.get() == key.get() == store.write(key.within) == Key(store, "signing", os.urandom).get()
    assert len(key.get()) == KEY_BYTES
