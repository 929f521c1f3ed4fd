"""Everything the server remembers, in memory, with the indexes that keep each request cheap."""

import secrets
import threading
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field

from playground.bell import Bell
from playground.mattermost import errors
from playground.mattermost.errors import ApiError
from playground.mattermost.faults import Faults
from playground.mattermost.ids import new_id
from playground.mattermost.pending import Pending
from playground.mattermost.records import Channel, Command, Json, Post, Session, Team, User


@dataclass(slots=True)
class Place:
    """Where a slash command was given: what its answers need, also those that come late."""

    user: User
    channel: Channel
    team: Team
    root_id: str


@dataclass(slots=True)
class Hook:
    """The address a command's server may answer to later: a few times, for half an hour."""

    command: Command
    place: Place
    until: int
    uses: int = 0


@dataclass(slots=True)
class Log:
    """One channel's posts: `order` by creation without the deleted, `touched` by their changes (time, post)."""

    order: list[Post] = field(default_factory=list)
    touched: list[tuple[int, Post]] = field(default_factory=list)


@dataclass(slots=True)
class State:
    """The server's memory; `lock` guards all of it, `clock` is seconds since 1970, `bell` rings at each change.

    `life` counts the crashes: a request that began in an earlier one is never answered.
    """

    clock: Callable[[], float] = time.time
    new_id: Callable[[], str] = new_id
    sleep: Callable[[float], None] = time.sleep
    bell: Bell = field(default_factory=Bell)
    lock: threading.RLock = field(default_factory=threading.RLock)
    faults: Faults = field(default_factory=Faults)
    life: int = 0
    key: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    site_url: str = "http://127.0.0.1:8065"
    internal_connections: str = ""
    show_email: bool = True
    show_full_name: bool = True
    users: dict[str, User] = field(default_factory=dict)
    usernames: dict[str, User] = field(default_factory=dict)
    emails: dict[str, User] = field(default_factory=dict)
    sessions: dict[str, Session] = field(default_factory=dict)
    teams: dict[str, Team] = field(default_factory=dict)
    team_names: dict[str, Team] = field(default_factory=dict)
    channels: dict[str, Channel] = field(default_factory=dict)
    channel_names: dict[tuple[str, str], Channel] = field(default_factory=dict)
    posts: dict[str, Post] = field(default_factory=dict)
    logs: defaultdict[str, Log] = field(default_factory=lambda: defaultdict(Log))
    pending: Pending = field(default_factory=Pending)
    commands: dict[str, Command] = field(default_factory=dict)
    triggers: dict[tuple[str, str], Command] = field(default_factory=dict)
    hooks: dict[str, Hook] = field(default_factory=dict)
    cookies: dict[str, tuple[Channel, Json]] = field(default_factory=dict)
    ephemerals: defaultdict[str, list[Post]] = field(default_factory=lambda: defaultdict(list))
    dialogs: defaultdict[str, list[Json]] = field(default_factory=lambda: defaultdict(list))

    def now(self) -> int:
        """Return the time in milliseconds since 1970."""
        return int(self.clock() * 1000)

    def user(self, name: str) -> User:
        """Return a user by name; raise `ApiError` where there is none."""
        if name not in self.usernames:
            raise ApiError(errors.USERNAME_MISSING)
        return self.usernames[name]
