"""The message below whose card something was pressed, as the tables have it, and what signs each thing to press."""

from dataclasses import dataclass

import msgspec
from sqlalchemy import Connection, RowMapping, bindparam, select

from bot.controls import Handle
from bot.messages import EDIT, Card
from bot.people import PersonKey
from bot.posts import key_of
from bot.signing import is_signed, sign
from bot.store.schema import outbox, posts

PURPOSE = "button"

_PLAIN = (
    *("delivery", "fact", "person", "kind", "object", "reason", "topic", "switch", "headline", "announces", "created"),
    *("card", "about"),
)

_READ = (
    select(outbox.c.id.label("message"), *(outbox.c[name] for name in _PLAIN), posts.c.post_id, posts.c.props)
    .select_from(outbox.join(posts, posts.c.id == outbox.c.post))
    .where(outbox.c.id == bindparam("number"), outbox.c.kind != EDIT)
)


@dataclass(frozen=True, slots=True)
class Pressed:
    """A message that is part of a post; `post` is "" while the server's answer to that is not known."""

    message: int
    delivery: int | None
    fact: str
    person: PersonKey
    kind: str
    object: str
    reason: str
    topic: str
    switch: str
    headline: str
    announces: str
    created: int
    card: Card
    about: tuple[str, ...]
    post: str
    key: str

    @property
    def handle(self) -> Handle:
        """What the signature is about."""
        return Handle(self.message, self.person, self.key, self.about)


def read(conn: Connection, message: int) -> Pressed | None:
    """Return a message that is part of a post, None where there is no such message, or not any more."""
    row = conn.execute(_READ, {"number": message}).mappings().first()
    return None if row is None else _pressed(row)


def _pressed(row: RowMapping) -> Pressed:
    plain = {name: row[name] for name in ("message", *_PLAIN)}
    read_out = {
        "card": msgspec.json.decode(row["card"], type=Card),
        "about": tuple(msgspec.json.decode(row["about"], type=list[str])),
        "key": key_of(msgspec.json.decode(row["props"])),
        "post": row["post_id"] or "",
    }
    return Pressed(**plain | read_out)


def signature(key: bytes, act: str, handle: Handle) -> str:
    """Sign one act on one message, for the person whose it is and in the post that it is part of."""
    return sign(key, PURPOSE, *_signed(act, handle))


def may(key: bytes, signed: str, act: str, pressed: Pressed, *, person: str, post: str) -> bool:
    """Say whether who pressed it is the person whose message it is, in its own post, by a control that we made."""
    ours = is_signed(signed, key, PURPOSE, *_signed(act, pressed.handle))
    return ours and pressed.person == person and pressed.post in {"", post}


def _signed(act: str, handle: Handle) -> tuple[str, ...]:
    return act, handle.person, handle.key, str(handle.message)
