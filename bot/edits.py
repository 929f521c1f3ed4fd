"""Edits: cards that change after their messages were written, whether those are sent or still wait.

A message's card in the outbox is always as it should be by now. Where it is part of a post already, an edit follows:
an outbox row of kind `EDIT` in the same lane, which brings the post in line. Mattermost's `PUT /posts/{id}/patch`
lights no badge, and a repeat of it changes nothing. The props come from our own table: those read back from the server
lack what it hides from clients, and make it panic.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
from msgspec.structs import replace
from sqlalchemy import Connection, bindparam, literal_column, or_, select, update

from bot import mailbox
from bot.compose import changed
from bot.controls import Drawn, Handle
from bot.mattermost import PostId
from bot.messages import EDIT, Card, Change, Message
from bot.outbox import FREE, Batching, Waiting, end, put
from bot.people import PersonKey
from bot.posts import key_of
from bot.store.prepared import Prepared
from bot.store.schema import is_state, outbox, posts

SECOND_TRY_MS = 10_000
"""How long a refused edit waits for its second try: a server that has lost its database refuses, too."""

_OPEN = or_(*(is_state(outbox, state) for state in ("waiting", "sent", "dead")))
"""Messages that are seen, or may be yet; a dead letter may be retried."""

_ANNOUNCEMENTS = Prepared(
    select(outbox.c.id, outbox.c.person, outbox.c.reason, outbox.c.settled)
    .where(outbox.c.announces == bindparam("thing"), outbox.c.announces != literal_column("''"), _OPEN)
    .order_by(outbox.c.id)
)

_TARGET = Prepared(select(outbox).where(outbox.c.id == bindparam("number"), _OPEN))

_CHANGE = Prepared(
    update(outbox)
    .where(outbox.c.id == bindparam("number"))
    .values(card=bindparam("new_card"), settled=bindparam("now_settled"))
)

_SENT_TARGET = Prepared(
    select(posts.c.id, posts.c.post_id, posts.c.message, posts.c.props, outbox.c.card, outbox.c.person, outbox.c.about)
    .select_from(outbox.join(posts, posts.c.id == outbox.c.post))
    .where(outbox.c.id == bindparam("number"), is_state(outbox, "sent"))
)

_SHOWN = Prepared(update(posts).where(posts.c.id == bindparam("number")).values(props=bindparam("now_shown")))

_EDIT = update(outbox).where(outbox.c.id == bindparam("number"), FREE)

_DONE = Prepared(_EDIT.values(state="sent", post=bindparam("of"), error=""))

_TRIED = Prepared(_EDIT.values(error=bindparam("why")))

_REFUSED = Prepared(_EDIT.values(error=bindparam("why"), attempts=outbox.c.attempts + 1, due=bindparam("again")))


@dataclass(frozen=True, slots=True)
class Announcement:
    """A message that told a person of an object; `settled` is what has become of it since, "" for nothing yet."""

    id: int
    person: PersonKey
    reason: str
    settled: str


@dataclass(frozen=True, slots=True)
class Edit:
    """A post as it is to be; `id` is the edit's number in the outbox, `post` that of the post's row."""

    id: int
    post: int
    post_id: PostId
    message: str
    props: Mapping[str, Any]

    @property
    def ids(self) -> dict[str, object]:
        """By what lines of the log about it are joined with others."""
        return {"edit": self.id, "post": self.post}

    @property
    def name(self) -> str:
        """What the log calls it."""
        return f"edit {self.id}"


def announcements(conn: Connection, thing: str) -> list[Announcement]:
    """Return the messages that told anybody of an object, and are seen or may be yet, oldest first."""
    return [Announcement(*row) for row in _ANNOUNCEMENTS.all(conn, {"thing": thing})]


def change(conn: Connection, changes: Sequence[Change], *, delivery: int | None, now: int) -> None:
    """Change cards: of what is not yet part of a post at once, of what is by edits; the last change wins."""
    mailbox.lock(conn, sorted({one.person for one in changes}))
    for one in changes:
        target = _TARGET.first(conn, {"number": one.message})
        if target is not None:
            _change(conn, one, target, delivery, now)


def _change(conn: Connection, change: Change, target: Any, delivery: int | None, now: int) -> None:
    card = replace(msgspec.json.decode(target.card, type=Card), because=change.because, color=change.color)
    written = msgspec.json.encode(card).decode()
    if written == target.card:
        return
    edit = _edit_of(target, change.fact, card)
    posted = target.post is not None and target.state != "dead"
    if posted and not all(put(conn, [edit], delivery=delivery, now=now, batching=Batching())):
        return  # this was told by another delivery, and something else may have happened since
    _CHANGE.run(conn, {"number": target.id, "new_card": written, "now_settled": change.settled})
    end(conn, (outbox.c.edits == target.id) & FREE & (outbox.c.fact != edit.fact), "withdrawn", "")


def _edit_of(target: Any, fact: str, card: Card) -> Message:
    fact = f"{fact}#{target.id}"
    return Message(
        person=target.person,
        fact=fact,
        object=target.object,
        group=fact,
        reason=target.reason,
        topic=target.topic,
        headline=target.headline,
        card=card,
        kind=EDIT,
        edits=target.id,
    )


def redraw(conn: Connection, message: int, fact: str, now: int) -> None:
    """Bring what can be pressed below a message's card in line with what holds by now."""
    target = _TARGET.first(conn, {"number": message})
    if target is not None:
        card = msgspec.json.decode(target.card, type=Card)
        put(conn, [_edit_of(target, fact, card)], delivery=None, now=now, batching=Batching())


def take_up(conn: Connection, edit: Waiting, controls: Drawn) -> Edit | None:
    """Return the post that an edit changes, as it is to be; None, and the edit is over, where there is none.

    What was never sent has been changed where it waits.
    """
    row = _SENT_TARGET.first(conn, {"number": edit.edits})
    if row is not None and edit.edits is not None:
        props = msgspec.json.decode(row.props)
        handle = Handle(edit.edits, row.person, key_of(props), msgspec.json.decode(row.about))
        card = msgspec.json.decode(row.card, type=Card)
        if props := changed(props, edit.edits, card, controls(conn, handle)):
            return Edit(edit.id, row.id, row.post_id, row.message, props)
    end(conn, (outbox.c.id == edit.id) & FREE, "withdrawn", "there is no such card")
    return None


def sent(conn: Connection, edit: Edit) -> None:
    """Note that a post is now as the edit has it."""
    _SHOWN.run(conn, {"number": edit.post, "now_shown": msgspec.json.encode(edit.props).decode()})
    _DONE.run(conn, {"number": edit.id, "of": edit.post})


def refused(conn: Connection, edit: Edit, why: str, now: int) -> None:
    """Let a refused edit wait for its second try, or drop it after that; the post and what follows are not touched."""
    _REFUSED.run(conn, {"number": edit.id, "why": why, "again": now + SECOND_TRY_MS})
    end(conn, (outbox.c.id == edit.id) & FREE & (outbox.c.attempts > 1), "dropped", why)


def tried(conn: Connection, edit: Edit, why: str) -> None:
    """Note why a try failed."""
    _TRIED.run(conn, {"number": edit.id, "why": why})
