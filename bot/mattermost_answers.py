"""Answers of Mattermost's API, as much of them as is read, and what they are to us."""

from collections.abc import Mapping
from typing import Any

import msgspec

from bot.mattermost import ChannelId, Posted, PostId
from bot.people import Member, PersonKey


class UserAnswer(msgspec.Struct, frozen=True):
    """`GET /users/{id}`, and one of `GET /users`."""

    id: str
    username: str
    email: str = ""
    locale: str = ""
    roles: str = ""
    timezone: dict[str, str] | None = None
    delete_at: int = 0
    is_bot: bool = False


class ChannelAnswer(msgspec.Struct, frozen=True):
    """`GET …/channels/name/{name}` and `POST /channels/direct`."""

    id: str


class PostAnswer(msgspec.Struct, frozen=True):
    """`POST /posts`, and one of a channel's."""

    id: str
    channel_id: str
    create_at: int
    message: str = ""
    props: dict[str, Any] | None = None


class PostsAnswer(msgspec.Struct, frozen=True):
    """`GET /channels/{id}/posts`: ids, the newest first, and the posts."""

    order: list[str]
    posts: dict[str, PostAnswer]


def member_of(user: UserAnswer) -> Member:
    """Return a user as the directory knows them."""
    return Member(
        key=PersonKey(user.id),
        name=user.username.lower(),
        email=user.email,
        locale=user.locale or "en",
        timezone=_timezone(user.timezone or {}),
        active=not user.delete_at,
        bot=user.is_bot,
        admin="system_admin" in user.roles.split(),
    )


def _timezone(zone: Mapping[str, str]) -> str:
    automatic = zone.get("useAutomaticTimezone", "true") == "true"
    return zone.get("automaticTimezone" if automatic else "manualTimezone", "")


def posted_of(post: PostAnswer) -> Posted:
    """Return a post as the courier knows it."""
    return Posted(PostId(post.id), ChannelId(post.channel_id), post.message, post.props or {}, post.create_at)
