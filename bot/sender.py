"""Brings one frozen post to its channel, exactly once as people see it.

Mattermost answers a repeated `pending_post_id` with the first post, for 30 s, by a memory that does not survive its
restart (app/post.go: `PENDING_POST_IDS_CACHE_TTL`). So only who made the first try, and less than 20 s ago by a clock
that nobody sets, may simply repeat it. Everybody else looks into the channel first. A post that is there is found by
the key in its props, whatever has become of its text.
"""

from collections.abc import Callable

from bot.edits import Edit
from bot.errors import Refused, TryLater
from bot.mattermost import ChannelId, Mattermost, Posted
from bot.people import PersonKey
from bot.posts import Frozen, key_of

BLIND_SECONDS = 20.0
"""How long after the start of the first try a repeat needs no look."""

LOOK_BACK_MS = 120_000
"""How far the clocks of the two servers may be apart."""


class Sender:
    """Sends frozen posts; `monotonic` is in seconds, `now` in milliseconds since 1970 by the store's clock.

    With several Mattermost nodes (`cluster`) no repeat is blind, since each node remembers for itself.
    """

    def __init__(
        self, mattermost: Mattermost, *, now: Callable[[], int], monotonic: Callable[[], float], cluster: bool
    ) -> None:
        self._mattermost = mattermost
        self._now = now
        self._monotonic = monotonic
        self._cluster = cluster
        self._first_tries: dict[int, float] = {}
        self._channels: dict[PersonKey, ChannelId] = {}

    def send(self, post: Frozen, ready: Callable[[], None]) -> Posted:
        """Return the post as it stands in the channel.

        `ready` is called before whatever may take long, last before the try itself. Raises what Mattermost raises, and
        `TryLater` where the answer was not this post.
        """
        channel = self._channel(post.person)
        ready()
        if not post.fresh and not self._may_repeat(post):
            if found := self._look(post, channel):
                return found
            ready()
        return self._post(post, channel)

    def edit(self, edit: Edit, ready: Callable[[], None]) -> None:
        """Change a post; a second time changes nothing. Raises what Mattermost raises."""
        ready()
        self._mattermost.edit(edit.post_id, edit.message, edit.props)

    def forget(self, post: Frozen) -> None:
        """Let go of what was remembered for the tries of a post that needs no more."""
        self._first_tries.pop(post.id, None)

    def _channel(self, person: PersonKey) -> ChannelId:
        if person not in self._channels:
            self._channels[person] = self._mattermost.direct_channel(person)
        return self._channels[person]

    def _may_repeat(self, post: Frozen) -> bool:
        started = self._first_tries.get(post.id)
        return started is not None and not self._cluster and self._monotonic() - started < BLIND_SECONDS

    def _look(self, post: Frozen, channel: ChannelId) -> Posted | None:
        """Look for the post in its channel, from well before the first try, whichever way the clock was set since."""
        since = min(post.first_tried, self._now()) - LOOK_BACK_MS
        there = self._mattermost.posts_since(channel, since)
        return next((posted for posted in there if key_of(posted.props) == post.key), None)

    def _post(self, post: Frozen, channel: ChannelId) -> Posted:
        if post.fresh:
            self._first_tries[post.id] = self._monotonic()
        try:
            posted = self._mattermost.post(channel, post.message, post.props, post.pending_post_id, post.root)
        except Refused:
            self._channels.pop(post.person, None)  # it may be the channel that is refused
            raise
        if not post.is_answered_by(posted, channel):
            self.forget(post)  # so that the next try looks first
            raise TryLater(f"post {post.id}: the server answered with another post, {posted.id}")
        return posted
