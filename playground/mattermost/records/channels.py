"""Teams, channels, and who is in them."""

from dataclasses import dataclass, field

from playground.mattermost.records.json import Json
from playground.mattermost.records.people import User

DIRECT = "D"
_MEMBER_NOTIFY = {
    "desktop": "default",
    "email": "default",
    "ignore_channel_mentions": "default",
    "mark_unread": "all",
    "push": "default",
}


@dataclass(slots=True, eq=False)
class Team:
    """A team and who is in it."""

    id: str
    name: str
    display_name: str
    create_at: int
    invite_id: str
    members: set[str] = field(default_factory=set)

    def shown(self) -> Json:
        """Return the team as `GET /teams/name/{name}` does."""
        return {
            "id": self.id,
            "create_at": self.create_at,
            "update_at": self.create_at,
            "delete_at": 0,
            "display_name": self.display_name,
            "name": self.name,
            "description": "",
            "email": "",
            "type": "O",
            "company_name": "",
            "allowed_domains": "",
            "invite_id": self.invite_id,
            "allow_open_invite": False,
            "scheme_id": None,
            "group_constrained": None,
            "policy_id": None,
        }


@dataclass(slots=True, eq=False)
class Member:
    """One user's membership of one channel, with what is unread there."""

    channel: "Channel"
    user: User
    last_update_at: int
    last_viewed_at: int = 0
    msg_count: int = 0
    msg_count_root: int = 0
    mention_count: int = 0
    mention_count_root: int = 0
    channel_admin: bool = False

    def shown(self) -> Json:
        """Return the record of `GET /channels/{id}/members`."""
        return {
            "channel_id": self.channel.id,
            "user_id": self.user.id,
            "roles": "channel_user channel_admin" if self.channel_admin else "channel_user",
            "last_viewed_at": self.last_viewed_at,
            "msg_count": self.msg_count,
            "mention_count": self.mention_count,
            "mention_count_root": self.mention_count_root,
            "msg_count_root": self.msg_count_root,
            "notify_props": _MEMBER_NOTIFY,
            "last_update_at": self.last_update_at,
            "scheme_guest": False,
            "scheme_user": True,
            "scheme_admin": self.channel_admin,
            "explicit_roles": "",
        }

    def unread(self) -> Json:
        """Return what is unread, as `GET /users/{id}/channels/{id}/unread` counts it."""
        return {
            "team_id": self.channel.team_id,
            "channel_id": self.channel.id,
            "msg_count": self.channel.total_msg_count - self.msg_count,
            "mention_count": self.mention_count,
            "mention_count_root": self.mention_count_root,
            "msg_count_root": self.channel.total_msg_count_root - self.msg_count_root,
        }

    def view(self, now: int) -> None:
        """Mark everything in the channel as read."""
        self.msg_count = self.channel.total_msg_count
        self.msg_count_root = self.channel.total_msg_count_root
        self.mention_count = self.mention_count_root = 0
        self.last_viewed_at = self.last_update_at = now


@dataclass(slots=True, eq=False)
class Channel:
    """A channel (`type` O public, P private, D direct) and its members by user id."""

    id: str
    name: str
    type: str
    team_id: str
    creator_id: str
    create_at: int
    display_name: str = ""
    delete_at: int = 0
    last_post_at: int = 0
    total_msg_count: int = 0
    total_msg_count_root: int = 0
    members: dict[str, Member] = field(default_factory=dict, repr=False)
    roster: list[User] | None = field(default=None, repr=False)
    """The members sorted by name, made when asked for."""

    def sorted_members(self) -> list[User]:
        """Return the members as users, sorted by name."""
        if self.roster is None:
            self.roster = sorted((member.user for member in self.members.values()), key=lambda user: user.username)
        return self.roster

    def shown(self) -> Json:
        """Return the channel as `GET /channels/{id}` does."""
        return {
            "id": self.id,
            "create_at": self.create_at,
            "update_at": self.create_at,
            "delete_at": self.delete_at,
            "team_id": self.team_id,
            "type": self.type,
            "display_name": self.display_name,
            "name": self.name,
            "header": "",
            "purpose": "",
            "last_post_at": self.last_post_at,
            "total_msg_count": self.total_msg_count,
            "extra_update_at": 0,
            "creator_id": self.creator_id,
            "scheme_id": None,
            "props": None,
            "group_constrained": None,
            "shared": False if self.type == DIRECT else None,
            "total_msg_count_root": self.total_msg_count_root,
            "policy_id": None,
        }
