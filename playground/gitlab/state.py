"""The state of a GitLab, behind one lock: who and what there is, who may call, and which hooks listen."""

import itertools
import json
import threading
import time
import uuid
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from playground.bell import Bell
from playground.gitlab.faults import Fault
from playground.gitlab.hooks import VERSION, Delivery, Event, Hook, event_of, headers
from playground.gitlab.objects import Group, Project, User
from playground.gitlab.sender import Sender

FIRST_IDS = {"user": 2, "group": 40, "project": 71, "note": 9001, "delivery": 1}
"""Where counting starts, so that ids of different kinds are told apart at a glance; anything else starts at 301."""
LOG_LENGTH = 200


@dataclass(frozen=True, slots=True)
class Token:
    """An access token: whose it is, and what it may do ("read_api", "api")."""

    user: User
    scopes: tuple[str, ...]


class GitLab:
    """A GitLab in memory.

    `clock` gives times with a zone, `new_uuid` fresh UUIDs, `sleep` waits (for the fault "slow"). Deliveries leave in
    a background thread, or before an action returns where `background` is False. `url` is the instance's own address;
    serving sets it. `version` may be an older one, whose API lacks what came later. `broken` has the
    kind of fault with which the hooks of a project are answered, by its id.
    """

    def __init__(
        self,
        *,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        new_uuid: Callable[[], str] = lambda: str(uuid.uuid4()),
        sleep: Callable[[float], None] = time.sleep,
        background: bool = True,
        bell: Bell | None = None,
    ) -> None:
        self.url = "http://127.0.0.1"
        self.version = VERSION
        self.clock = clock
        self.new_uuid = new_uuid
        self.sleep = sleep
        self.lock = threading.RLock()
        self.bell = bell or Bell()
        self.sender = Sender(background=background, sent=self.bell.ring)
        self.users: dict[int, User] = {}
        self.groups: dict[int, Group] = {}
        self.projects: dict[int, Project] = {}
        self.tokens: dict[str, Token] = {}
        self.hooks: dict[int, Hook] = {}
        self.deliveries: deque[Delivery] = deque(maxlen=LOG_LENGTH)
        self.fault: Fault | None = None
        self.broken: dict[int, str] = {}
        self._counters: dict[str, Iterator[int]] = {}

    def is_older_than(self, major: int, minor: int) -> bool:
        """Say whether this GitLab lacks what came with a version."""
        mine = self.version.split(".")
        return (int(mine[0]), int(mine[1])) < (major, minor)

    def next_id(self, kind: str) -> int:
        """Return a new id of a kind; kinds count apart from each other."""
        with self.lock:
            counter = self._counters.setdefault(kind, itertools.count(FIRST_IDS.get(kind, 301)))
            return next(counter)

    def next_iid(self, project: Project, kind: str) -> int:
        """Return the next number of a kind within a project: counted from 1."""
        with self.lock:
            return next(self._counters.setdefault(f"{kind} of {project.id}", itertools.count(1)))

    def add_user(self, username: str, name: str, **attributes: Any) -> User:
        """Add a user; `attributes` are those of `User`."""
        with self.lock:
            user = User(self.next_id("user"), username, name, **attributes)
            self.users[user.id] = user
            return user

    def add_group(self, path: str, name: str, members: dict[User, int], **settings: Any) -> Group:
        """Add a group with its direct members' access levels; `settings` are those of `Group`, `parent` among them."""
        with self.lock:
            levels = {user.id: level for user, level in members.items()}
            group = Group(self.next_id("group"), path, name, levels, **settings)
            self.groups[group.id] = group
            return group

    def add_project(
        self, group: Group, path: str, members: dict[User, int], *, visibility: str = "private", description: str = ""
    ) -> Project:
        """Add a project to a group, with its direct members' access levels."""
        with self.lock:
            project = Project(self.next_id("project"), path, description, visibility, group, self.clock())
            project.members.update({user.id: level for user, level in members.items()})
            self.projects[project.id] = project
            return project

    def add_token(self, value: str, user: User, *scopes: str) -> None:
        """Let a secret act for a user."""
        with self.lock:
            self.tokens[value] = Token(user, scopes)

    def add_hook(self, project: Project, url: str, **settings: Any) -> Hook:
        """Add a webhook; `settings` are `token`, `signing_token` and `flags`, all events being on without flags."""
        with self.lock:
            hook = Hook(self.next_id("hook"), project.id, url, **settings)
            self.hooks[hook.id] = hook
            return hook

    def user(self, username: str) -> User:
        """Return a user by name; KeyError where there is none."""
        with self.lock:
            return {user.username: user for user in self.users.values()}[username]

    def fire(self, project: Project, payload: dict[str, Any]) -> None:
        """Send an event to every hook of the project that wants it."""
        event = event_of(payload)
        action = self.new_uuid()
        body = json.dumps(payload, ensure_ascii=False).encode()
        with self.lock:
            hooks = [hook for hook in self.hooks.values() if hook.project_id == project.id and hook.flags[event.flag]]
        for hook in hooks:
            self.deliver(hook, event, body, action)

    def deliver(self, hook: Hook, event: Event, body: bytes, action: str) -> Delivery:
        """Send a body to one hook and keep it in the logs; `action` is the UUID of what the user did."""
        uuids = (self.new_uuid(), self.new_uuid(), action)
        now = self.clock()
        sent = headers(hook, event, body, uuids=uuids, now=int(now.timestamp()), url=self.url)
        delivery = Delivery(self.next_id("delivery"), hook, event, sent, body, now)
        self._send(delivery)
        return delivery

    def resend(self, delivery: Delivery) -> None:
        """Send a delivery again, as it was."""
        number, now = self.next_id("delivery"), self.clock()
        self._send(Delivery(number, delivery.hook, delivery.event, delivery.headers, delivery.body, now))

    def _send(self, delivery: Delivery) -> None:
        with self.lock:
            delivery.hook.deliveries.append(delivery)
            self.deliveries.append(delivery)
        self.bell.ring()
        self.sender.send(delivery)

    def close(self) -> None:
        """Send what is left, and let everybody go who waits."""
        self.sender.close()
        self.bell.close()
