"""The adapter to GitLab's REST API v4, over python-gitlab."""

import logging
import time
from collections.abc import Callable
from datetime import UTC, date, datetime
from urllib.parse import quote

from bot.http_session import Observe, unobserved
from gitlab_hooks import gitlab_members, gitlab_work
from gitlab_hooks.cached import Cached
from gitlab_hooks.gate import Gate
from gitlab_hooks.gitlab_answers import (
    DiscussionAnswer,
    GroupAnswer,
    MembershipAnswer,
    ObjectAnswer,
    ProjectAnswer,
    StatusAnswer,
    UserAnswer,
    group_of,
    in_force,
    project_of,
    user_of,
    visible,
)
from gitlab_hooks.gitlab_client import Client
from gitlab_hooks.gitlab_paths import path_of
from gitlab_hooks.lookups import (
    GitLab,
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
from gitlab_hooks.remembered import Remembered

log = logging.getLogger(__name__)

SECONDS = (3.0, 10.0)
"""Time-outs for connecting and reading."""

MINUTE = 60.0


class Lookups:
    """`gitlab_hooks.lookups.GitLab` over a client; threads may share it.

    Answers are kept for a while: users and groups ten minutes (two where there is none), merge requests and
    issues half a minute; projects, access and members five, but half a minute where there is none, so that a message to
    somebody who has just been let in is not lost.
    """

    has_token = True

    def __init__(self, client: Gate, clock: Callable[[], float], today: Callable[[], date]) -> None:
        self._client = client
        self._today = today
        self.seen = Remembered()
        self._users = Cached(self._ask_user, _minutes(10, nothing=2), 20_000, clock)
        self._ids = Cached(self._ask_id, _minutes(10, nothing=2), 20_000, clock)
        self._emails = Cached(self._ask_email, _minutes(10, nothing=2), 20_000, clock)
        self._projects = Cached(self._ask_project, _minutes(5, nothing=0.5), 5_000, clock)
        self._access = Cached(self._ask_access, _minutes(5, nothing=0.5), 50_000, clock)
        self._groups = Cached(self._ask_group, _minutes(10, nothing=2), 5_000, clock)
        self._members = Cached(self._ask_members, _minutes(5, nothing=0.5), 500, clock)
        self._involved = Cached(self._ask_involved, _minutes(0.5, nothing=0.5), 5_000, clock)
        self._progress = Cached(self._ask_progress, _minutes(0.5, nothing=0.5), 5_000, clock)

    def remember(self, user: User) -> None:
        """Take note of an id and its user name, seen in a payload; it saves the search by name."""
        self.seen.remember(user)

    def user(self, user_id: UserId) -> User | None:
        """Return a user by id."""
        return self._users(user_id)

    def user_named(self, username: str) -> User | None:
        """Return a user by user name, case aside."""
        seen = self.seen.user_named(username)
        user = self.user(seen.id) if seen else None
        if user and _same(user.username, username):
            return user
        user_id = self._ids(username)
        return None if user_id is None else self.user(user_id)

    def users_with_email(self, email: str) -> tuple[User, ...]:
        """Return the users whose visible e-mail address is this one, case aside."""
        return self._emails(visible(email))

    def status(self, user_id: UserId) -> str:
        """Return the status message that a user shows at this moment, "" for none; it is asked for each time."""
        answer = self._client.get(f"/users/{user_id}/status", StatusAnswer)
        return (answer.message if answer else None) or ""

    def involved(self, subject: Subject) -> Involved | None:
        """Return author, assignees and reviewers of a merge request, an issue, a commit, a snippet or a release.

        A commit's author is the one user whose visible e-mail address stands in it.
        """
        return self._involved(subject)

    def thread(self, subject: Subject, discussion: str) -> tuple[User, ...]:
        """Return who wrote in a discussion, in the order of their first notes, system notes aside."""
        return self._ask_thread((subject, discussion))

    def project(self, project: ProjectId) -> Project | None:
        """Return what decides who may read a project."""
        return self._projects(project)

    def access_level(self, project: ProjectId, user_id: UserId) -> int:
        """Return a member's access level, inherited ones too; 0: no member, or one blocked, waiting or expired."""
        return self._access((f"/projects/{project}", user_id))

    def project_members(self, project: ProjectId, most: int) -> tuple[User, ...] | None:
        """Return up to `most` people who are members of a project, inherited and invited ones too."""
        return self._members((f"/projects/{project}/members/all", most))

    def merge_requests(self, party: Party, user_id: UserId) -> tuple[MergeRequest, ...]:
        """Return the open merge requests to which a user is a party, oldest first, a hundred at most."""
        return gitlab_work.merge_requests(self._client, party, user_id)

    def progress(self, subject: Subject) -> Progress | None:
        """Return how far a merge request is."""
        return self._progress(subject)

    def group(self, path: str) -> Group | None:
        """Return a group by its whole path, case aside, where the token may see it."""
        return self._groups(path.casefold())

    def group_level(self, group: GroupId, user_id: UserId) -> int:
        """Return a member's access level in a group, inherited ones too; 0: no member."""
        return self._access((f"/groups/{group}", user_id))

    def group_members(self, group: GroupId, most: int) -> tuple[User, ...] | None:
        """Return up to `most` people who are members of a group itself: those whom its name reaches in GitLab."""
        return self._members((f"/groups/{group}/members", most))

    def _ask_user(self, user_id: UserId) -> User | None:
        answer = self._client.get(f"/users/{user_id}", UserAnswer)
        if answer is None:
            return None
        user = user_of(answer)
        self.seen.remember(user)
        return user

    def _ask_id(self, name: str) -> UserId | None:
        found = self._client.get("/users", list[UserAnswer], {"username": name}) or []
        return next((user.id for user in found if _same(user.username, name)), None)

    def _ask_email(self, email: str) -> tuple[User, ...]:
        if not email:
            return ()
        found = self._client.get("/users", list[UserAnswer], {"search": email}) or []
        users = (self.user(user.id) for user in found)  # a search shows an ordinary token no addresses
        return tuple(user for user in users if user and _same(user.email, email))

    def _ask_project(self, project: ProjectId) -> Project | None:
        answer = self._client.get(f"/projects/{project}", ProjectAnswer)
        if answer is None:
            log.warning(
                "GITLAB_TOKEN does not see project %d: make its owner a member, or nobody is told of it", project
            )
        return project_of(answer) if answer else None

    def _ask_access(self, key: tuple[str, UserId]) -> int:
        place, user_id = key
        member = self._client.get(f"{place}/members/all/{user_id}", MembershipAnswer)
        return member.access_level if member and in_force(member, self._today()) else 0

    def _ask_group(self, path: str) -> Group | None:
        answer = self._client.get(f"/groups/{quote(path, safe='')}", GroupAnswer)
        return group_of(answer) if answer else None

    def _ask_members(self, key: tuple[str, int]) -> tuple[User, ...] | None:
        path, most = key
        return gitlab_members.members(self._client, path, most, self._today())

    def _ask_involved(self, subject: Subject) -> Involved | None:
        answer = self._client.get(path_of(subject), ObjectAnswer)
        if answer is None:
            return None
        author = user_of(answer.author) if answer.author else self._only(answer.author_email)
        return Involved(author, tuple(map(user_of, answer.assignees)), tuple(map(user_of, answer.reviewers)))

    def _ask_progress(self, subject: Subject) -> Progress | None:
        return gitlab_work.progress(self._client, path_of(subject))

    def _only(self, email: str) -> User | None:
        users = self.users_with_email(email)
        return users[0] if len(users) == 1 else None

    def _ask_thread(self, key: tuple[Subject, str]) -> tuple[User, ...]:
        subject, discussion = key
        answer = self._client.get(f"{path_of(subject)}/discussions/{quote(discussion, safe='')}", DiscussionAnswer)
        notes = answer.notes if answer else ()
        return tuple(dict.fromkeys(user_of(note.author) for note in notes if note.author and not note.system))


def connect(
    url: str,
    token: str,
    *,
    clock: Callable[[], float] = time.monotonic,
    today: Callable[[], date] = lambda: datetime.now(UTC).date(),
    verify: bool | str = True,
    seconds: tuple[float, float] = SECONDS,
    observe: Observe = unobserved,
) -> GitLab:
    """Return the adapter for a server, or what remembers names only where the token is ""; nothing is asked yet.

    `clock` gives seconds for the age of kept answers, `today` the day that ends a membership; `verify` may be a file
    of certificates; `seconds` are the time-outs for connecting and for reading; `observe` takes note of each call.
    While the server as a whole fails, most questions fail at once (`gitlab_hooks.gate`).
    """
    if not token:
        return Remembered()
    return Lookups(Gate(Client(url, token, seconds, verify=verify, observe=observe), clock), clock, today)


def _same(one: str, other: str) -> bool:
    return one.casefold() == other.casefold()


def _minutes(minutes: float, nothing: float) -> Callable[[object], float]:
    """Keep something for `minutes`, and for `nothing` minutes that there is nothing."""
    return lambda found: MINUTE * (minutes if found else nothing)
