"""The adapter to Mattermost's REST API v4, over mattermostdriver."""

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from itertools import chain
from typing import Any, TypeVar

import msgspec

from bot.errors import Misconfigured, Refused, RootGone
from bot.http_session import Observe, unobserved
from bot.mattermost import ChannelId, Mattermost, Posted, PostId
from bot.mattermost_answers import ChannelAnswer, PostAnswer, PostsAnswer, UserAnswer, member_of, posted_of
from bot.mattermost_client import ApiError, Connection
from bot.people import Member, PersonKey

SECONDS = (2.5, 12.0)
"""Time-outs for connecting and reading: the server fetches a card's image before it answers, for up to 5 s."""

PAGE = 200
"""The most users or posts a server gives at once; what is asked beyond is cut without a word."""

SINCE_CAP = 1000
"""The most posts that `GET /channels/{id}/posts?since=` gives; which ones it leaves out it does not say."""

NO_SUCH_USER = frozenset({400, 404})
"""400: an id that cannot be one."""

ROOT_FAULTS = frozenset({"api.post.create_post.root_id.app_error", "api.post.create_post.channel_root_id.app_error"})
"""A root that is not there or a reply itself, and one in another channel (both 400: app/post.go, CreatePostAsUser)."""

CHANNEL_FAULTS = {
    "app.team.get_by_name.missing.app_error": "no such team: see [mattermost] team",
    "app.channel.get_by_name.missing.app_error": (
        "no such channel, or a private one without the shared account: see [mattermost] notification_channel"
    ),
    "api.context.permissions.app_error": (
        "the shared account is not in it: add it to [mattermost] team and notification_channel"
    ),
}
"""What to mend where the members cannot be read, by Mattermost's error id."""

Answer = TypeVar("Answer")


class MattermostDriver:
    """`bot.mattermost.Mattermost` over a connection; threads may share it."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def me(self) -> Member:
        """Return the shared account itself, fresh from the server."""
        return member_of(self._call(lambda api: _user(api, "me")))

    def members(self, team: str, channel: str) -> Iterator[Member]:
        """Yield every member of a channel, page by page.

        Raises `Misconfigured` where the server knows no such team or channel, or the shared account is not in it.
        """
        try:
            yield from map(member_of, self._users(team, channel))
        except ApiError as error:
            fault = CHANNEL_FAULTS.get(error.id, "see [mattermost] team and notification_channel")
            raise Misconfigured(f"{error}: members of channel {channel!r} in team {team!r}: {fault}") from error

    def member(self, person: PersonKey) -> Member | None:
        """Return one user, fresh from the server, or None where it knows none."""
        try:
            return member_of(self._connection.ask(lambda api: _user(api, person)))
        except ApiError as error:
            if error.status in NO_SUCH_USER:
                return None
            raise Refused(str(error)) from error

    def direct_channel(self, person: PersonKey) -> ChannelId:
        """Open the direct channel between the shared account and a person; the same id every time."""

        def question(api: Any) -> ChannelAnswer:
            both = [api.client.userid, person]
            return msgspec.convert(api.channels.create_direct_message_channel(both), ChannelAnswer)

        return ChannelId(self._call(question).id)

    def post(
        self,
        channel: ChannelId,
        message: str,
        props: Mapping[str, Any],
        pending_post_id: str,
        root: PostId | None = None,
    ) -> Posted:
        """Write a post, as a reply to `root` if one is given.

        A repeated `pending_post_id` within 30 s gives the first post back. Raises `RootGone` where nothing can reply
        to `root`.
        """
        body = {"channel_id": channel, "message": message, "props": props, "pending_post_id": pending_post_id}
        if root:
            body["root_id"] = root
        try:
            return posted_of(self._connection.ask(lambda api: msgspec.convert(api.posts.create_post(body), PostAnswer)))
        except ApiError as error:
            raise (RootGone if root and error.id in ROOT_FAULTS else Refused)(str(error)) from error

    def edit(self, post: PostId, message: str, props: Mapping[str, Any]) -> None:
        """Change a post's text and all of its props (`PUT /posts/{id}/patch`)."""
        body = {"message": message, "props": props}
        self._call(lambda api: msgspec.convert(api.posts.patch_post(post, body), PostAnswer))

    def open_dialog(self, trigger: str, url: str, dialog: Mapping[str, Any]) -> None:
        """Show a dialog (`POST /actions/dialogs/open`); raises `Refused` for a trigger id that is none any more."""
        body = {"trigger_id": trigger, "url": url, "dialog": dialog}
        self._call(lambda api: api.integration_actions.open_dialog(body))

    def posts_since(self, channel: ChannelId, since: int) -> Iterator[Posted]:
        """Yield every post of a channel made at or after `since` (milliseconds since 1970); one may come twice.

        The API's own `since` means changed after, and its answer is cut at `SINCE_CAP`: then pages follow.
        """
        posts = self._posts(channel, {"since": since - 1})
        pages = self._newest_first(channel, since) if len(posts) >= SINCE_CAP else ()
        yield from (posted_of(post) for post in chain(posts, pages) if post.create_at >= since)

    def _call(self, question: Callable[[Any], Answer]) -> Answer:
        try:
            return self._connection.ask(question)
        except ApiError as error:
            raise Refused(str(error)) from error

    def _users(self, team: str, channel: str) -> Iterator[UserAnswer]:
        found = self._connection.ask(
            lambda api: msgspec.convert(api.channels.get_channel_by_name_and_team_name(team, channel), ChannelAnswer)
        )
        number, full = 0, True
        while full:
            params = {"in_channel": found.id, "page": number, "per_page": PAGE}
            page = self._connection.ask(partial(_users_page, params))
            yield from page
            number, full = number + 1, len(page) == PAGE

    def _newest_first(self, channel: ChannelId, since: int) -> Iterator[PostAnswer]:
        before: dict[str, str] = {}
        while page := self._posts(channel, {"per_page": PAGE, **before}):
            yield from page
            if page[-1].create_at < since:
                return
            before = {"before": page[-1].id}

    def _posts(self, channel: ChannelId, params: Mapping[str, Any]) -> list[PostAnswer]:
        def question(api: Any) -> list[PostAnswer]:
            answer = msgspec.convert(api.posts.get_posts_for_channel(channel, params), PostsAnswer)
            return [answer.posts[key] for key in answer.order]

        return self._call(question)


def connect(
    url: str,
    *,
    login_id: str = "",
    password: str = "",
    token: str = "",
    verify: bool | str = True,
    seconds: tuple[float, float] = SECONDS,
    observe: Observe = unobserved,
) -> Mattermost:
    """Return the adapter for a server; nothing is asked of it before the first call.

    `url` may have a sub-path; a `token` is used instead of `login_id` and `password`; `verify` may be a file of
    certificates; `seconds` are the time-outs for connecting and for reading; `observe` takes note of each call.
    """
    login = {"token": token} if token else {"login_id": login_id, "password": password}
    return MattermostDriver(Connection(url, login, seconds, verify=verify, observe=observe))


def _user(api: Any, key: str) -> UserAnswer:
    return msgspec.convert(api.users.get_user(key), UserAnswer)


def _users_page(params: Mapping[str, Any], api: Any) -> list[UserAnswer]:
    return msgspec.convert(api.users.get_users(params), list[UserAnswer])
