"""A Mattermost with memory, which does what the real server was seen to do, and fails as it is told to."""

import itertools
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from bot.errors import Misconfigured, OutsideError, Refused, RootGone, TryLater
from bot.mattermost import ChannelId, Posted, PostId
from bot.people import Member, PersonKey

REMEMBERED_MS = 30_000
"""For how long a `pending_post_id` gives the first post back."""


@dataclass
class Time:
    """A clock that moves when it is told to: milliseconds since 1970, and seconds that nobody sets back."""

    ms: int = 1_800_000_000_000
    seconds: float = 50.0

    def pass_ms(self, ms: int) -> None:
        self.ms += ms
        self.seconds += ms / 1000

    def now(self) -> int:
        return self.ms

    def monotonic(self) -> float:
        return self.seconds


class Crash(BaseException):
    """The process ends here: nothing that follows is done."""


@dataclass
class Fault:
    """What goes wrong with the next request: before the server does anything, or after it has saved."""

    error: BaseException
    after_saving: bool = False


@dataclass
class FakeMattermost:
    """Channels with their posts; `faults` are used up one a request to post or edit, `before` runs at each's start.

    Nobody sees what was `deleted`, but it is still found by who looks for it. `triggers` are those that open a dialog.
    `people` are the members of channels, by team and channel; with those of them who are `closed`
    no direct channel can be opened.
    """

    time: Time
    channels: dict[ChannelId, list[Posted]] = field(default_factory=dict)
    roots: dict[PostId, PostId] = field(default_factory=dict)
    deleted: list[Posted] = field(default_factory=list)
    faults: deque[Fault] = field(default_factory=deque)
    before: Callable[[str], None] = lambda _message: None
    looks: int = 0
    tries: int = 0
    edits: int = 0
    down: OutsideError | None = None
    triggers: set[str] = field(default_factory=set)
    dialogs: list[tuple[str, str, dict[str, Any]]] = field(default_factory=list)
    people: dict[tuple[str, str], list[Member]] = field(default_factory=dict)
    closed: set[PersonKey] = field(default_factory=set)
    _numbers: Iterator[int] = field(default_factory=itertools.count)
    _keys: dict[str, tuple[int, Posted]] = field(default_factory=dict)

    def me(self) -> Member:
        return Member(PersonKey("bot"), "bot")

    def members(self, team: str, channel: str) -> Iterator[Member]:
        self._answer()
        if (team, channel) not in self.people:
            raise Misconfigured(f"members of channel {channel!r} in team {team!r}: no such channel")
        return iter(self.people[team, channel])

    def member(self, person: PersonKey) -> Member | None:
        return Member(person, f"name-of-{person}")

    def direct_channel(self, person: PersonKey) -> ChannelId:
        self._answer()
        if person in self.closed:
            raise Refused("POST /channels/direct: 403 team_restricted_error")
        channel = ChannelId(f"dm-{person}")
        self.channels.setdefault(channel, [])
        return channel

    def post(
        self,
        channel: ChannelId,
        message: str,
        props: Mapping[str, Any],
        pending_post_id: str,
        root: PostId | None = None,
    ) -> Posted:
        self.tries += 1
        with self._request(message):
            return self._save(channel, message, props, pending_post_id, root)

    def edit(self, post: PostId, message: str, props: Mapping[str, Any]) -> None:
        self.edits += 1
        with self._request(message):
            channel, place = self._find(post)
            channel[place] = replace(channel[place], message=message, props=dict(props))

    def open_dialog(self, trigger: str, url: str, dialog: Mapping[str, Any]) -> None:
        self._answer()
        if trigger not in self.triggers:
            raise Refused("POST /actions/dialogs/open: 400 interactive_message.decode_trigger_id.expired")
        self.dialogs.append((trigger, url, dict(dialog)))

    def posts_since(self, channel: ChannelId, since: int) -> Iterator[Posted]:
        self.looks += 1
        self._answer()
        gone = [posted for posted in self.deleted if posted.channel == channel]
        return iter([posted for posted in (*self.channels[channel], *gone) if posted.created >= since])

    def delete(self, post: PostId) -> None:
        """Delete a post, and with it the replies to it."""
        channel, _ = self._find(post)
        thread = [posted for posted in channel if post in {posted.id, self.roots.get(posted.id)}]
        self.deleted += thread
        channel[:] = [posted for posted in channel if posted not in thread]

    def cards_of(self, person: str) -> list[dict[str, Any]]:
        """Return the cards that a person sees, oldest first."""
        posts = self.channels.get(ChannelId(f"dm-{person}"), [])
        return [card for posted in posts for card in posted.props.get("attachments", [])]

    def threads_of(self, person: str) -> list[tuple[str, str]]:
        """Return each post that a person sees, oldest first, and the one that it replies to, "" for none."""
        posts = self.channels.get(ChannelId(f"dm-{person}"), [])
        texts = {posted.id: posted.message for posted in posts}
        return [(posted.message, texts[self.roots[posted.id]] if posted.id in self.roots else "") for posted in posts]

    def seen_by(self, person: str) -> list[str]:
        return [posted.message for posted in self.channels.get(ChannelId(f"dm-{person}"), [])]

    def restart(self) -> None:
        """Forget the keys, which the server holds in memory."""
        self._keys.clear()

    @contextmanager
    def _request(self, message: str) -> Iterator[None]:
        """Fail as the next fault says, before or after what is asked for is done."""
        self.before(message)
        self._answer()
        fault = self.faults.popleft() if self.faults else None
        if fault and not fault.after_saving:
            raise fault.error
        yield
        if fault:
            raise fault.error

    def _find(self, post: PostId) -> tuple[list[Posted], int]:
        for channel in self.channels.values():
            for place, posted in enumerate(channel):
                if posted.id == post:
                    return channel, place
        raise Refused(f"PUT /posts/{post}/patch: 404")

    def _answer(self) -> None:
        if self.down:
            raise self.down

    def _save(
        self, channel: ChannelId, message: str, props: Mapping[str, Any], key: str, root: PostId | None
    ) -> Posted:
        first = self._keys.get(key)
        if first and self.time.ms - first[0] < REMEMBERED_MS:
            if first[1].id in {posted.id for posted in self.deleted}:
                raise TryLater("POST /posts: 500 deduplicate_create_post.failed_to_get")
            return first[1]
        if root and root not in {posted.id for posted in self.channels[channel] if posted.id not in self.roots}:
            raise RootGone("POST /posts: 400 root_id")
        number = next(self._numbers)
        posted = Posted(PostId(f"post{number}"), channel, message, dict(props), self.time.ms)
        if root:
            self.roots[posted.id] = root
        self.channels[channel].append(posted)
        self._keys[key] = (self.time.ms, posted)
        return posted


def lost_answer() -> Fault:
    """Return the fault in which the server saves the post and its answer never comes."""
    return Fault(TryLater("POST /posts: no answer within 12 s"), after_saving=True)


def older_post(fake: FakeMattermost, key: str, channel: ChannelId) -> None:
    """Let a key be one that the server remembers for another post."""
    old = Posted(PostId("old"), channel, "another message", {}, fake.time.ms)
    fake._keys[key] = (fake.time.ms, replace(old))
