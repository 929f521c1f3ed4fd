"""Who gets a badge for a post: the red number at a channel.

Measured on 5.37: in a direct channel every post counts for the other side, whatever it holds; in a channel only a
mention does, in the message or an attachment's text or pretext. Edits, deletions and ephemeral posts never count.
"""

import re
from collections.abc import Iterable, Iterator

from playground.mattermost.records import DIRECT, Post, User

_MENTION = re.compile(r"@([a-z0-9._-]+)", re.IGNORECASE)
_EVERYBODY = frozenset({"all", "channel", "here"})


def count(post: Post, now: int) -> None:
    """Count a new post for everybody in the channel, and as read for its author if a person wrote it."""
    channel, root = post.channel, not post.root_id
    channel.total_msg_count += 1
    channel.total_msg_count_root += root
    channel.last_post_at = post.create_at
    for user_id in _badged(post):
        member = channel.members[user_id]
        member.mention_count += 1
        member.mention_count_root += root
        member.last_update_at = now
    written = not post.user.is_bot and "from_webhook" not in post.props and "from_bot" not in post.props
    if written and post.user.id in channel.members:
        channel.members[post.user.id].view(now)


def direct(user: User) -> int:
    """Return the number at the task bar: what a user has unread in direct channels."""
    return sum(member.mention_count for member in user.memberships.values() if member.channel.type == DIRECT)


def _badged(post: Post) -> Iterable[str]:
    members = post.channel.members
    badged = set(members) if post.channel.type == DIRECT else set(_mentioned(post))
    if post.props.get("from_webhook") != "true" or len(members) == 1:
        badged.discard(post.user.id)
    return badged


def _mentioned(post: Post) -> Iterator[str]:
    names = {name.lower().rstrip("._-") for text in _texts(post) for name in _MENTION.findall(text)}
    if not names:
        return
    everybody = bool(names & _EVERYBODY)
    for member in post.channel.members.values():
        if everybody or member.user.username in names:
            yield member.user.id


def _texts(post: Post) -> Iterator[str]:
    yield post.message
    for attachment in post.props.get("attachments") or ():
        yield from (attachment["text"], attachment["pretext"])
