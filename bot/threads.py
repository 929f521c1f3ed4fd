"""Threads: for who wants it so, what comes later about one object replies to the first post about it.

Mattermost counts a reply in a direct channel at the badge, too; where it collapses threads, at that of *Threads*.
"""

from collections.abc import Sequence

from sqlalchemy import Connection, bindparam, func, select, update

from bot.mattermost import PostId
from bot.outbox import Waiting
from bot.people import PersonKey
from bot.store.prepared import Prepared
from bot.store.schema import is_state, posts

_root = func.coalesce(posts.c.root, posts.c.post_id)
"""Where a reply to a post goes: a thread has one root, and nothing replies to a reply."""

_FIRST = Prepared(
    select(_root)
    .where(posts.c.person == bindparam("who"), posts.c.subject == bindparam("what"), is_state(posts, "sent"))
    .order_by(posts.c.id)
    .limit(1)
)

_IS_OVER = Prepared(
    update(posts)
    .where(posts.c.person == bindparam("who"), _root == bindparam("gone"), is_state(posts, "sent"))
    .values(subject=None, root=None)
)


def place(conn: Connection, messages: Sequence[Waiting]) -> tuple[str | None, PostId | None]:
    """Return the one object that the messages of a post are about, None for several, and what the post replies to.

    That is, for who wants threads, the first post that has reached them about this object alone.
    """
    first, *others = messages
    if any(message.object != first.object for message in others):
        return None, None
    root = _FIRST.scalar(conn, {"who": first.person, "what": first.object}) if first.threaded else None
    return first.object, root


def end(conn: Connection, person: PersonKey, root: PostId | None) -> None:
    """Let nothing more go into a thread whose root is gone: what comes next about its object begins another."""
    _IS_OVER.run(conn, {"who": person, "gone": root})
