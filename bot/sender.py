"""Brings one frozen post to its channel, exactly once as people see it.

What a failed try proves decides on the next one.

| failure | proves | next try |
|---|---|---|
| no connection, 429, a refusal (4xx) | nothing was saved | repeats |
| no answer, connection broken, 5xx, another post as the answer | nothing | looks into the channel first |
| a try of another process, or of one that died | nothing | looks into the channel first |

Why a look can be believed, though the server may still be at an earlier try: Mattermost answers a repeated
`pending_post_id` with the first post, or with "pending" while it saves that, for 30 s from the start of the try that it
is at (app/post.go: `PENDING_POST_IDS_CACHE_TTL`). No try is unsaved for as long: 20 s are enough for the pictures of a
card, 5 s each, of which we show one. So what a look does not find is either not there, or the repeat finds it, whatever
the time is. The memory does not survive the server's restart, nor does any try that it was at: what such a try had
saved by then, the look sees. Of several nodes each remembers for itself: then a look that finds nothing is believed
only 20 s after the last try began. A post that is there is found by the key in its props, whatever has become of its
text.
"""

from collections.abc import Callable

from bot.edits import Edit
from bot.errors import OutsideError, Refused, TryLater
from bot.mattermost import ChannelId, Mattermost, Posted
from bot.people import PersonKey
from bot.posts import Frozen, key_of

LOOK_BACK_MS = 120_000
"""How far the clocks of the two servers may be apart."""


SETTLED_SECONDS = 20.0
"""How long after its start a try may still be unsaved."""


class Sender:
    """Sends frozen posts; `monotonic` is in seconds, `now` in milliseconds since 1970 by the store's clock.

    `cluster` says that there are several Mattermost nodes.
    """

    def __init__(
        self, mattermost: Mattermost, *, now: Callable[[], int], monotonic: Callable[[], float], cluster: bool
    ) -> None:
        self._mattermost = mattermost
        self._now = now
        self._monotonic = monotonic
        self._cluster = cluster
        self._unsaved: dict[int, int] = {}
        self._tried: dict[int, float] = {}
        self._channels: dict[PersonKey, ChannelId] = {}

    def send(self, post: Frozen, ready: Callable[[], None], turn: int) -> Posted:
        """Return the post as it stands in the channel.

        `ready` is called before whatever may take long, last before the try itself; `turn` counts the leases of the
        person's mailbox. Raises what Mattermost raises, and `TryLater` where the answer was not this post.
        """
        sure = self._is_unsaved(post, turn)
        channel = self._channel(post.person)
        ready()
        if not sure:
            if found := self._look(post, channel):
                return found
            self._let_settle(post)
            ready()
        return self._post(post, channel, turn, sure=sure)

    def edit(self, edit: Edit, ready: Callable[[], None]) -> None:
        """Change a post; a second time changes nothing. Raises what Mattermost raises."""
        ready()
        self._mattermost.edit(edit.post_id, edit.message, edit.props)

    def forget(self, post: Frozen) -> None:
        """Let go of what was known of the tries of a post that needs no more."""
        self._unsaved.pop(post.id, None)
        self._tried.pop(post.id, None)

    def _channel(self, person: PersonKey) -> ChannelId:
        if person not in self._channels:
            self._channels[person] = self._mattermost.direct_channel(person)
        return self._channels[person]

    def _is_unsaved(self, post: Frozen, turn: int) -> bool:
        """Say whether it is known that no try has saved a post: all were ours, turn by turn, and each proved it."""
        sure = post.fresh or turn - self._unsaved.get(post.id, turn - 2) <= 1
        if sure:
            self._unsaved[post.id] = turn
        return sure

    def _let_settle(self, post: Frozen) -> None:
        """Put a repeat off while a node of several may still be at a try; one not ours began before we heard of it."""
        age = self._monotonic() - self._tried.setdefault(post.id, self._monotonic())
        if self._cluster and age < SETTLED_SECONDS:
            raise TryLater(f"post {post.id}: a try may still be on its way", after=SETTLED_SECONDS - age)

    def _look(self, post: Frozen, channel: ChannelId) -> Posted | None:
        """Look for the post in its channel, from well before the first try, whichever way the clock was set since."""
        since = min(post.first_tried, self._now()) - LOOK_BACK_MS
        there = self._mattermost.posts_since(channel, since)
        return next((posted for posted in there if key_of(posted.props) == post.key), None)

    def _post(self, post: Frozen, channel: ChannelId, turn: int, *, sure: bool) -> Posted:
        self._unsaved.pop(post.id, None)
        self._tried[post.id] = self._monotonic()
        try:
            posted = self._mattermost.post(channel, post.message, post.props, post.pending_post_id, post.root)
        except OutsideError as error:
            if isinstance(error, Refused):
                self._channels.pop(post.person, None)  # it may be the channel that is refused
            if sure and (error.undone if isinstance(error, TryLater) else True):
                self._unsaved[post.id] = turn
            raise
        if not post.is_answered_by(posted, channel):
            raise TryLater(f"post {post.id}: the server answered with another post, {posted.id}")
        return posted
