"""What is known of GitLab's users without asking: what payloads brought, and what it answered before."""

import threading
from collections import OrderedDict
from dataclasses import replace
from typing import TypeVar

from gitlab_hooks.lookups import (
    Group,
    GroupId,
    Involved,
    MergeRequest,
    Party,
    Progress,
    Project,
    ProjectId,
    Subject,
    User,
    UserId,
)

KEPT = 50_000

Key = TypeVar("Key", UserId, str)


class Remembered:
    """`gitlab_hooks.lookups.GitLab` without a token: it asks nothing and knows the last `kept` users it was told of."""

    has_token = False

    def __init__(self, kept: int = KEPT) -> None:
        self._kept = kept
        self._by_id: OrderedDict[UserId, User] = OrderedDict()
        self._by_name: OrderedDict[str, User] = OrderedDict()
        self._lock = threading.Lock()

    @property
    def seen(self) -> "Remembered":
        """Return this: it asks nothing."""
        return self

    def remember(self, user: User) -> None:
        """Take note of a user; the latest name counts, and what payloads hide stays as GitLab once told it."""
        with self._lock:
            before = self._by_id.get(user.id)
            if before and before.username == user.username:
                user = replace(user, email=user.email or before.email, bot=user.bot or before.bot)
            self._keep(self._by_id, user.id, user)
            self._keep(self._by_name, user.username.casefold(), user)

    def user(self, user_id: UserId) -> User | None:
        """Return a remembered user."""
        return self._by_id.get(user_id)

    def user_named(self, username: str) -> User | None:
        """Return the remembered user who last bore a name, case aside, unless they bear another one now."""
        bearer = self._by_name.get(username.casefold())
        return bearer if bearer and self._by_id.get(bearer.id) == bearer else None

    def users_with_email(self, _email: str) -> tuple[User, ...]:
        """Return nobody: payloads hide addresses."""
        return ()

    def status(self, _user_id: UserId) -> str:
        """Return nothing: payloads show no status."""
        return ""

    def involved(self, _subject: Subject) -> Involved | None:
        """Return nothing: only the payload itself says who is involved."""
        return None

    def thread(self, _subject: Subject, _discussion: str) -> tuple[User, ...]:
        """Return nobody."""
        return ()

    def project(self, _project: ProjectId) -> Project | None:
        """Return nothing: who may read a project is not known."""
        return None

    def access_level(self, _project: ProjectId, _user_id: UserId) -> int:
        """Return 0: nobody is known to be a member."""
        return 0

    def project_members(self, _project: ProjectId, _most: int) -> tuple[User, ...] | None:
        """Return nothing: who is a member is not known."""
        return None

    def merge_requests(self, _party: Party, _user_id: UserId) -> tuple[MergeRequest, ...]:
        """Return nothing: payloads show no lists."""
        return ()

    def progress(self, _subject: Subject) -> Progress | None:
        """Return nothing: how far anything is is not known."""
        return None

    def group(self, _path: str) -> Group | None:
        """Return nothing: payloads show no groups."""
        return None

    def group_level(self, _group: GroupId, _user_id: UserId) -> int:
        """Return 0: nobody is known to be a member."""
        return 0

    def group_members(self, _group: GroupId, _most: int) -> tuple[User, ...] | None:
        """Return nothing: who is a member is not known."""
        return None

    def _keep(self, users: OrderedDict[Key, User], key: Key, user: User) -> None:
        users[key] = user
        users.move_to_end(key)
        if len(users) > self._kept:
            users.popitem(last=False)
