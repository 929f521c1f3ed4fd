"""What the bot asks of Mattermost; one adapter stands behind it (`bot.mattermost_driver`)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NewType, Protocol

from bot.people import Member, PersonKey

ChannelId = NewType("ChannelId", str)
PostId = NewType("PostId", str)


@dataclass(frozen=True, slots=True)
class Posted:
    """A post as the server answers it; `created` is milliseconds since 1970 by the server's clock."""

    id: PostId
    channel: ChannelId
    message: str
    props: Mapping[str, Any]
    created: int


class Mattermost(Protocol):
    """The boundary to Mattermost's REST API v4.

    Every method may raise `bot.errors.TryLater`, `Refused` or `Misconfigured`, and nothing else.
    """

    def me(self) -> Member:
        """Return the shared account itself."""

    def members(self, team: str, channel: str) -> Iterator[Member]:
        """Yield every member of a channel, deactivated ones and bots too, so that they can be told apart."""

    def member(self, person: PersonKey) -> Member | None:
        """Return one user, fresh from the server, or None where it knows none."""

    def direct_channel(self, person: PersonKey) -> ChannelId:
        """Open the direct channel between the shared account and a person; the same id every time."""

    def post(
        self,
        channel: ChannelId,
        message: str,
        props: Mapping[str, Any],
        pending_post_id: str,
        root: PostId | None = None,
    ) -> Posted:
        """Write a post, as a reply to `root` if one is given.

        A repeated `pending_post_id` within 30 s gives the first post back, whatever else is asked for. Raises
        `bot.errors.RootGone`, and nothing is written, where `root` was deleted, is no post of the channel, or is a
        reply itself.
        """

    def edit(self, post: PostId, message: str, props: Mapping[str, Any]) -> None:
        """Change a post's text and all of its props; no badge comes from it, and repeating it changes nothing."""

    def open_dialog(self, trigger: str, url: str, dialog: Mapping[str, Any]) -> None:
        """Show a dialog to whoever a trigger id is of, whose answer goes to `url`.

        A trigger id is what a command or a button comes with, and good for three seconds: `bot.errors.Refused` after.
        """

    def posts_since(self, channel: ChannelId, since: int) -> Iterator[Posted]:
        """Yield every post of a channel made at or after `since` (milliseconds since 1970)."""
