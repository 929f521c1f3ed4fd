"""The outbox: messages that wait to be sent, from the transaction that decides on them to their end."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Connection, bindparam, delete, func, select, update

from bot import mailbox
from bot.messages import CATCH_UP, EDIT, HELD, REMINDER, Card, Message, catch_up_group
from bot.people import PersonKey
from bot.store.dialect import by_dialect, if_new
from bot.store.prepared import Prepared
from bot.store.schema import announced, is_state, outbox, posts

WAITING = is_state(outbox, "waiting")
FREE = WAITING & outbox.c.post.is_(None)
"""Waiting, and not yet part of a post: it can still be moved, held, dropped or withdrawn."""

_LANE = (outbox.c.person == bindparam("who")) & (outbox.c.object == bindparam("lane")) & FREE

_GROUP = (outbox.c.person == bindparam("who")) & (outbox.c.group == bindparam("gathered")) & FREE

_ADD = Prepared(
    by_dialect(lambda insert: if_new(insert(outbox))),
    columns=(*Message.__struct_fields__, "delivery", "created", "due"),
)

_close_lane = update(outbox).where(_LANE, outbox.c.due > bindparam("now")).values(due=bindparam("now"))

_CLOSE_LANE = Prepared(_close_lane)

_CLOSE_OTHERS = Prepared(_close_lane.where(outbox.c.group != bindparam("gathered")))

_FIRST_OF_GROUP = Prepared(select(func.min(outbox.c.created)).where(_GROUP))

_CLOSE_GROUP_AT = Prepared(update(outbox).where(_GROUP).values(due=bindparam("deadline")))

_RECONSIDER = Prepared(
    update(outbox)
    .where(outbox.c.person == bindparam("who"), outbox.c.group.in_(bindparam("held", expanding=True)), FREE)
    .where(outbox.c.due > bindparam("now"))
    .values(due=bindparam("now"))
)

_CONCERNED = Prepared(select(outbox.c.person).where(outbox.c.fact == bindparam("what"), FREE).distinct())

_END = Prepared(
    update(outbox)
    .where(outbox.c.id.in_(bindparam("ended", expanding=True)))
    .values(state=bindparam("as"), error=bindparam("because"))
)

_TAKE_BACK = Prepared(
    delete(announced).where(*(announced.c[name] == bindparam(name) for name in ("object", "person", "fact")))
)


@dataclass(frozen=True, slots=True)
class Batching:
    """How long a batched group waits for more: milliseconds after the last message, and after the first at most."""

    batch_ms: int = 0
    at_most_ms: int = 0


@dataclass(frozen=True, slots=True)
class Waiting:
    """A message that waits, as `release` sees it when it is due; `created` and `due` are milliseconds since 1970.

    `threaded` is what `release` says of it then, and in no table.
    """

    id: int
    delivery: int | None
    fact: str
    person: PersonKey
    kind: str
    group: str
    object: str
    reason: str
    topic: str
    headline: str
    card: Card
    batched: bool
    announces: str
    created: int
    due: int
    context: str = ""
    switch: str = ""
    edits: int | None = None
    threaded: bool = False
    settled: str = ""
    about: tuple[str, ...] = ()
    by_name: bool = False

    @property
    def was_held(self) -> bool:
        """Say whether its person did not want to hear it when it first was due."""
        return self.group in held_groups(self.person)

    @property
    def held_group(self) -> str:
        """Name the group in which it is held: what is to be summed up stays with its like."""
        others, late = held_groups(self.person)
        return late if self.group in (late, catch_up_group(self.person)) else others


@dataclass(frozen=True, slots=True)
class Send:
    """The message goes now, and a `threaded` one as a reply to the first about its object, if there is any."""

    threaded: bool = False


@dataclass(frozen=True, slots=True)
class Hold:
    """The message waits until a time, in milliseconds since 1970, and then leaves with what else was held."""

    until: int


@dataclass(frozen=True, slots=True)
class Wait:
    """The message waits until a time, in milliseconds since 1970, because more of its group may come."""

    until: int


@dataclass(frozen=True, slots=True)
class Drop:
    """The message never goes; the verdict says why."""

    verdict: str


Decision = Send | Hold | Wait | Drop


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A message that Mattermost refused, and what it said."""

    id: int
    person: PersonKey
    fact: str
    object: str
    reason: str
    error: str
    created: int


def held_groups(person: PersonKey) -> tuple[str, str]:
    """Name the groups of what is held for a person, so that it leaves together: of all, and of what is summed up."""
    return f"{HELD}:{person}", f"{CATCH_UP}:{HELD}:{person}"


def put(
    conn: Connection, messages: Sequence[Message], *, delivery: int | None, now: int, batching: Batching
) -> list[bool]:
    """Add messages, and say of each whether it is new: one a fact, person and kind, for ever.

    For one person and object, what waits of another group, and everything before a message that does not batch, is due
    now, so that it leaves before this one.
    """
    if not messages:
        return []
    people = sorted({message.person for message in messages})
    mailbox.lock(conn, people)
    added = [_add(conn, message, delivery, now, batching) for message in messages]
    mailbox.schedule(conn, people)
    return added


def put_for(conn: Connection, message: Message, *, delivery: int | None, now: int, due: int) -> None:
    """Add a message that is due later and stands alone: of an object and a group that no other message has."""
    mailbox.lock(conn, [message.person])
    _ADD.run(conn, _row(message) | {"delivery": delivery, "created": now, "due": due})
    mailbox.schedule(conn, [message.person])


def _add(conn: Connection, message: Message, delivery: int | None, now: int, batching: Batching) -> bool:
    row = _row(message) | {"delivery": delivery, "created": now, "due": now}
    added = _ADD.run(conn, row) == 1
    if added:
        place = {"who": message.person, "lane": message.object, "gathered": message.group, "now": now}
        (_CLOSE_OTHERS if message.batched else _CLOSE_LANE).run(conn, place)
        if message.batched and batching.batch_ms:
            first = _FIRST_OF_GROUP.scalar(conn, place) or now
            deadline = max(now, min(now + batching.batch_ms, first + batching.at_most_ms))
            _CLOSE_GROUP_AT.run(conn, place | {"deadline": deadline})
    return added


def _row(message: Message) -> dict[str, Any]:
    json = {"card": message.card, "about": message.about}
    return {**msgspec.structs.asdict(message), **{name: msgspec.json.encode(json[name]).decode() for name in json}}


def withdraw(conn: Connection, fact: str) -> list[PersonKey]:
    """Take back the messages of a fact that are not yet part of a post; return whose they were."""
    mailbox.lock(conn, concerned(conn, fact))
    return end(conn, (outbox.c.fact == fact) & FREE, "withdrawn", "")


def reconsider(conn: Connection, person: PersonKey, now: int) -> None:
    """Ask anew of everything that is held for a person whether it may go: they have chosen something else, or moved."""
    mailbox.lock(conn, [person])
    _RECONSIDER.run(conn, {"who": person, "held": held_groups(person), "now": now})
    mailbox.schedule(conn, [person])


def concerned(conn: Connection, fact: str) -> list[PersonKey]:
    """Return for whom messages of a fact wait, sorted."""
    return sorted(_CONCERNED.scalars(conn, {"what": fact}))


def failed(conn: Connection) -> list[DeadLetter]:
    """Return the dead letters, oldest first."""
    letters = select(*(outbox.c[name] for name in DeadLetter.__slots__)).where(is_state(outbox, "dead"))
    return [DeadLetter(*row) for row in conn.execute(letters.order_by(outbox.c.id))]


def retry(conn: Connection, message: int, now: int) -> bool:
    """Let a dead letter wait again, in a post of its own; say whether there was one."""
    people = _lock_owner(conn, message)
    again = update(outbox).where(_letter(message))
    found = conn.execute(again.values(state="waiting", due=now, post=None, attempts=0, error="")).rowcount == 1
    mailbox.schedule(conn, people)
    return found


def drop(conn: Connection, message: int) -> bool:
    """Give a dead letter up for good; say whether there was one."""
    _lock_owner(conn, message)
    return bool(end(conn, _letter(message), "dropped", "given up by an operator"))


def _letter(message: int) -> ColumnElement[bool]:
    return (outbox.c.id == message) & is_state(outbox, "dead")


def _lock_owner(conn: Connection, message: int) -> list[PersonKey]:
    """Hold the mailbox of a dead letter's person, if there is one, to the end of the transaction."""
    people = list(conn.scalars(select(outbox.c.person).where(_letter(message))))
    mailbox.lock(conn, people)
    return people


def waiting(conn: Connection, person: PersonKey) -> int:
    """Return how many messages wait for a person; a reminder does so only once its time has come."""
    message = (outbox.c.kind != EDIT) & ((outbox.c.kind != REMINDER) | outbox.c.group.in_(held_groups(person)))
    messages = select(func.count()).select_from(outbox).where(message)
    return conn.scalar(messages.where(outbox.c.person == person, WAITING)) or 0


def last_sent(conn: Connection, person: PersonKey) -> int | None:
    """Return when a person was last sent something, in milliseconds since 1970."""
    sent = select(posts.c.first_tried).where(posts.c.person == person, is_state(posts, "sent"))
    return conn.scalar(sent.order_by(posts.c.id.desc()).limit(1))


def end(conn: Connection, which: ColumnElement[bool], state: str, error: str) -> list[PersonKey]:
    """End messages that were never sent and return whose they were; nothing they announce counts as announced.

    The caller holds the mailboxes of their people: as their courier, or by `mailbox.lock`.
    """
    columns = (outbox.c.id, outbox.c.person, outbox.c.fact, outbox.c.announces)
    rows = conn.execute(select(*columns).where(which).order_by(outbox.c.id)).all()
    _END.run(conn, {"ended": [row.id for row in rows], "as": state, "because": error})
    for row in rows:
        if row.announces:
            _TAKE_BACK.run(conn, {"object": row.announces, "person": row.person, "fact": row.fact})
    return [row.person for row in rows]
