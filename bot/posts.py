"""Posts: frozen before the first try, so that every further try sends exactly the same."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
from sqlalchemy import Connection, bindparam, insert, select, update

from bot import threads
from bot.compose import compose
from bot.controls import Drawn, Handle, bare
from bot.mattermost import Posted, PostId
from bot.outbox import Waiting
from bot.people import PersonKey
from bot.store.prepared import Prepared
from bot.store.schema import is_state, outbox, posts
from bot.together import Together, apart

_UNFINISHED = Prepared(
    select(posts).where(posts.c.person == bindparam("who"), is_state(posts, "frozen")).order_by(posts.c.id).limit(1)
)

_FREEZE = Prepared(
    insert(posts).returning(posts.c.id),
    columns=("person", "subject", "root", "message", "props", "pending_post_id", "first_tried"),
)

_JOIN = Prepared(
    update(outbox).where(outbox.c.id.in_(bindparam("members", expanding=True))).values(post=bindparam("number"))
)

_POST = update(posts).where(posts.c.id == bindparam("number"))

_SENT = Prepared(_POST.values(state="sent", channel=bindparam("where"), post_id=bindparam("known_as")))

_NO_REPLY = Prepared(_POST.values(root=None))

_DEAD = Prepared(_POST.values(state="dead"))

_MEMBERS = update(outbox).where(outbox.c.post == bindparam("number"))

_MEMBERS_SENT = Prepared(_MEMBERS.values(state="sent", error=""))

_MEMBERS_DEAD = Prepared(_MEMBERS.values(state="dead", error=bindparam("why"), attempts=outbox.c.attempts + 1))

_MEMBERS_TRIED = Prepared(_MEMBERS.values(error=bindparam("why"), attempts=outbox.c.attempts + 1))


@dataclass(frozen=True, slots=True)
class Design:
    """How a post is made: what several messages of a group say as one, and what can be pressed below a card."""

    together: Together = apart
    controls: Drawn = bare


PLAIN = Design()


@dataclass(frozen=True, slots=True)
class Frozen:
    """A post as it is sent; `first_tried` is milliseconds since 1970, by the store's clock, before the first try.

    `root` is the post that it replies to. A `fresh` one has just been frozen: nobody can have sent it yet,
    and the `deliveries` that it tells of are known.
    """

    id: int
    person: PersonKey
    message: str
    props: Mapping[str, Any]
    pending_post_id: str
    first_tried: int
    root: PostId | None
    fresh: bool = False
    deliveries: tuple[int, ...] = ()

    @property
    def ids(self) -> dict[str, object]:
        """By what lines of the log about it are joined with others."""
        return {"post": self.id} | ({"deliveries": self.deliveries} if self.deliveries else {})

    @property
    def name(self) -> str:
        """What the log calls it."""
        return f"post {self.id}"

    @property
    def key(self) -> str:
        """What the post is found again by in its channel."""
        return key_of(self.props)

    def is_answered_by(self, posted: Posted, channel: str) -> bool:
        """Say whether the server's answer is this post; an older one comes back where a key was used before."""
        return posted.channel == channel and posted.message.strip() == self.message.strip()


def key_of(props: Mapping[str, Any]) -> str:
    """Return the key that a post carries, "" for one that is not ours; anybody may write any props."""
    mark = props.get("nudge")
    key = mark.get("post") if isinstance(mark, dict) else None
    return key if isinstance(key, str) else ""


def unfinished(conn: Connection, person: PersonKey) -> Frozen | None:
    """Return the post of a person that was frozen and not yet seen to arrive."""
    row = _UNFINISHED.first(conn, {"who": person})
    return None if row is None else _frozen(row)


def _frozen(row: Any) -> Frozen:
    props = msgspec.json.decode(row.props)
    return Frozen(row.id, row.person, row.message, props, row.pending_post_id, row.first_tried, row.root)


def freeze(
    conn: Connection,
    messages: Sequence[Waiting],
    *,
    now: int,
    design: Design,
    token: Callable[[], str],
) -> Frozen:
    """Make the first post of messages that go to one person now; `token` gives unguessable keys."""
    mark = token()
    draft = compose(
        messages, mark, design.together, lambda one: design.controls(conn, Handle(one.id, one.person, mark, one.about))
    )
    members = [message for message in messages if message.id in draft.members]
    subject, root = threads.place(conn, members)
    person, pending = members[0].person, token()
    props = msgspec.json.encode(draft.props).decode()
    key = {"person": person, "pending_post_id": pending, "first_tried": now}
    what = {"subject": subject, "root": root, "message": draft.message, "props": props}
    id_ = _FREEZE.scalar(conn, what | key)
    _JOIN.run(conn, {"members": draft.members, "number": id_})
    deliveries = tuple(sorted({message.delivery for message in members if message.delivery}))
    return Frozen(id_, person, draft.message, draft.props, pending, now, root, fresh=True, deliveries=deliveries)


def sent(conn: Connection, post: Frozen, posted: Posted) -> None:
    """Note that a post has arrived."""
    _SENT.run(conn, {"number": post.id, "where": posted.channel, "known_as": posted.id})
    _MEMBERS_SENT.run(conn, {"number": post.id})


def uproot(conn: Connection, post: Frozen) -> None:
    """Let a post that the server refused to take as a reply go as none: it was not written, and its key is free."""
    _NO_REPLY.run(conn, {"number": post.id})
    threads.end(conn, post.person, post.root)


def dead(conn: Connection, post: Frozen, why: str) -> None:
    """Note that a post never will; its messages become dead letters."""
    _DEAD.run(conn, {"number": post.id})
    _MEMBERS_DEAD.run(conn, {"number": post.id, "why": why})


def tried(conn: Connection, post: Frozen, why: str) -> None:
    """Note why a try failed."""
    _MEMBERS_TRIED.run(conn, {"number": post.id, "why": why})
