"""Posts, and lists of them."""

from collections.abc import Iterable
from dataclasses import dataclass

from playground.mattermost import attachments
from playground.mattermost.records.channels import Channel
from playground.mattermost.records.json import Json
from playground.mattermost.records.people import User


@dataclass(slots=True, eq=False)
class Post:
    """A message in a channel; `props` as kept, with the buttons' integrations that no client sees."""

    id: str
    channel: Channel
    user: User
    message: str
    props: Json
    create_at: int
    update_at: int
    type: str = ""
    root_id: str = ""
    root: "Post | None" = None
    is_pinned: bool = False
    edit_at: int = 0
    delete_at: int = 0
    reply_count: int = 0
    number: int = 0
    """The order in which posts were made, also within a millisecond."""

    def shown(self) -> Json:
        """Return the post as clients see it."""
        return {
            "id": self.id,
            "create_at": self.create_at,
            "update_at": self.update_at,
            "edit_at": self.edit_at,
            "delete_at": self.delete_at,
            "is_pinned": self.is_pinned,
            "user_id": self.user.id,
            "channel_id": self.channel.id,
            "root_id": self.root_id,
            "parent_id": self.root.id if self.root else "",
            "original_id": "",
            "message": self.message,
            "type": self.type,
            "props": attachments.public(self.props),
            "hashtags": "",
            "pending_post_id": "",
            "reply_count": (self.root or self).reply_count,
            "last_reply_at": 0,
            "participants": None,
            "metadata": {"embeds": [{"type": "message_attachment"}]} if "attachments" in self.props else {},
        }


def listed(found: Iterable[Post], newer: str = "", older: str = "") -> Json:
    """Return a list of posts as the server sends it: an order, the posts by id, and the ids beside the page."""
    posts = list(found)
    return {
        "order": [post.id for post in posts],
        "posts": {post.id: post.shown() for post in posts},
        "next_post_id": newer,
        "prev_post_id": older,
    }
