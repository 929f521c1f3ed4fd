"""The stand-in as Python sees it: who is there, what they see, and what they do."""

import heapq
import time
from collections.abc import Callable
from typing import Unpack

from playground.bell import Bell
from playground.mattermost import accounts, actions, badges, commands, dialogs, posts, rooms, slash
from playground.mattermost.accounts import About
from playground.mattermost.drafts import Draft
from playground.mattermost.faults import Faults
from playground.mattermost.ids import new_id
from playground.mattermost.pending import Pending
from playground.mattermost.records import DIRECT, Channel, Json, Post, User
from playground.mattermost.state import State


class Mattermost:
    """A Mattermost server in memory; people and teams are given by name, channels and posts by id.

    `clock` is seconds since 1970; `bell` rings at every change. All methods may be called from any thread. What the
    real server would refuse raises `playground.mattermost.errors.ApiError`.
    """

    def __init__(
        self,
        clock: Callable[[], float] = time.time,
        id_factory: Callable[[], str] = new_id,
        sleep: Callable[[float], None] = time.sleep,
        bell: Bell | None = None,
    ) -> None:
        """Begin with nobody and nothing."""
        self.state = State(clock, id_factory, sleep, bell or Bell())

    def add_user(self, username: str, **about: Unpack[About]) -> Json:
        """Make an account and return it as the API shows it; `is_bot=True` makes a bot account."""
        with self.state.lock:
            return accounts.add(self.state, username, **about).shown()

    def add_team(self, name: str, team_id: str = "") -> Json:
        """Make a team."""
        with self.state.lock:
            return rooms.add_team(self.state, name, team_id).shown()

    def add_channel(
        self, team: str, name: str, members: list[str], *, private: bool = False, channel_id: str = ""
    ) -> Json:
        """Make a channel of a team with these members, the first of whom made it."""
        with self.state.lock:
            users = [self.state.user(one) for one in members]
            made = rooms.make_channel(
                self.state, rooms.team(self.state, team), name, users, channel_id, private=private
            )
            return made.shown()

    def join(self, username: str, channel_id: str) -> None:
        """Make a user a member of a channel and of its team."""
        with self.state.lock:
            rooms.join(self.state, self.state.channels[channel_id], self.state.user(username))

    def leave(self, username: str, channel_id: str) -> None:
        """Take a user out of a channel."""
        with self.state.lock:
            rooms.leave(self.state.channels[channel_id], self.state.user(username))

    def archive(self, channel_id: str) -> None:
        """Archive a channel: nobody can post there any more."""
        with self.state.lock:
            self.state.channels[channel_id].delete_at = self.state.now()

    def deactivate(self, username: str) -> None:
        """Deactivate an account, which ends its sessions."""
        with self.state.lock:
            accounts.switch(self.state, self.state.user(username), active=False)

    def activate(self, username: str) -> None:
        """Activate an account again."""
        with self.state.lock:
            accounts.switch(self.state, self.state.user(username), active=True)

    def rename(self, username: str, new: str) -> None:
        """Give an account another name."""
        with self.state.lock:
            accounts.rename(self.state, self.state.user(username), new)

    def add_command(self, team: str, trigger: str, url: str, token: str = "") -> Json:
        """Register a slash command and return it with its token."""
        with self.state.lock:
            body = {"trigger": trigger, "url": url, "auto_complete": True}
            return commands.add(self.state, rooms.team(self.state, team), "", body, token).shown()

    def login_token(self, username: str) -> str:
        """Open a session for a user and return its token."""
        with self.state.lock:
            return accounts.open_session(self.state, self.state.user(username)).token

    def personal_token(self, username: str, token: str = "") -> str:
        """Make a personal access token for a user, which never expires, and return it."""
        with self.state.lock:
            return accounts.add_token(self.state, self.state.user(username), token=token).token

    def end_sessions(self, username: str) -> None:
        """End every session of a user, as an administrator may."""
        with self.state.lock:
            user = self.state.user(username)
            for token in [token for token, one in self.state.sessions.items() if one.user is user]:
                del self.state.sessions[token]

    def direct_channel(self, username: str, other: str) -> Json:
        """Return the direct channel of two users, made if there is none yet."""
        with self.state.lock:
            return rooms.direct_of(self.state, self.state.user(username), self.state.user(other)).shown()

    def post(self, username: str, channel_id: str, message: str, props: Json | None = None, root_id: str = "") -> Json:
        """Write a post as a user, in reply to another if one is given."""
        with self.state.lock:
            user = self.state.user(username)
        post, _ = posts.create(self.state, user, Draft(channel_id, message, props or {}, root_id=root_id))
        return _shown(post)

    def delete(self, post_id: str) -> None:
        """Delete a post, and with it the replies to it."""
        with self.state.lock:
            posts.delete(self.state, self.state.posts[post_id])

    def direct_posts(self, username: str) -> list[Json]:
        """Return the posts of all direct channels of a user, oldest first, each with its `author`'s name."""
        with self.state.lock:
            logs = [self.state.logs[one.id].order for one in self._direct(self.state.user(username))]
            return [_shown(post) for post in heapq.merge(*logs, key=lambda post: post.number)]

    def ephemeral_posts(self, username: str) -> list[Json]:
        """Return what only this user was shown, oldest first; `root_id` is the post whose button was pressed."""
        with self.state.lock:
            return [_shown(post) for post in self.state.ephemerals[self.state.user(username).id]]

    def badge(self, username: str) -> int:
        """Return the number at this user's task bar: unread direct messages."""
        with self.state.lock:
            return badges.direct(self.state.user(username))

    def view(self, username: str, channel_id: str) -> None:
        """Mark a channel as read by a user."""
        with self.state.lock:
            self.state.user(username).memberships[channel_id].view(self.state.now())
        self.state.bell.ring()

    def execute(self, username: str, channel_id: str, command_line: str) -> Json:
        """Type a slash command in a channel and return its answer, which `ephemeral_posts` then shows too."""
        with self.state.lock:
            user = self.state.user(username)
            team_id = self._team_of(user)
        body = {"channel_id": channel_id, "team_id": team_id, "command": command_line}
        return slash.execute(self.state, user, body, self.state.site_url)

    def click(self, username: str, post_id: str, action_id: str, selected_option: str = "") -> Json:
        """Press a button of a post, also of an ephemeral one, or choose from a menu."""
        with self.state.lock:
            user = self.state.user(username)
            body = {
                "selected_option": selected_option,
                "cookie": actions.cookie_of(self.state, user, post_id, action_id),
            }
        return actions.click(self.state, user, post_id, action_id, body)

    def dialogs(self, username: str) -> list[Json]:
        """Return the dialogs opened for a user, oldest first, each with `url` and `dialog`."""
        with self.state.lock:
            return list(self.state.dialogs[self.state.user(username).id])

    def submit(
        self, username: str, channel_id: str, opened: Json, submission: Json, *, cancelled: bool = False
    ) -> Json:
        """Fill in a dialog of `dialogs` and return the integration's complaints, {} for none."""
        with self.state.lock:
            user = self.state.user(username)
            team_id = self._team_of(user)
        passed = {key: opened["dialog"].get(key, "") for key in ("callback_id", "state")}
        where = {"url": opened["url"], "channel_id": channel_id, "team_id": team_id}
        return dialogs.submit(self.state, user, passed | where | {"submission": submission, "cancelled": cancelled})

    def changes(self, since: int, seconds: float = 25) -> int:
        """Wait until something has changed since version `since`, at most so long; return the version."""
        return self.state.bell.wait(since, seconds)

    def crash(self) -> None:
        """Lose power: nobody is answered until `faults.down` is switched off, and every `pending_post_id` is forgotten.

        Of the posts in hand, those already saved stay, without a badge, and the others are never saved.
        """
        with self.state.lock:
            self.faults.down = True
            self.state.life += 1
            self.state.pending = Pending()

    @property
    def faults(self) -> Faults:
        """Return the faults that are on; set its attributes to switch them."""
        return self.state.faults

    def _direct(self, user: User) -> list[Channel]:
        return [one.channel for one in user.memberships.values() if one.channel.type == DIRECT]

    def _team_of(self, user: User) -> str:
        return next((one.id for one in self.state.teams.values() if user.id in one.members), "")


def _shown(post: Post) -> Json:
    return post.shown() | {"author": post.user.username}
