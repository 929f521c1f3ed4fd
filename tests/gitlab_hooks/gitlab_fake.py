"""A GitLab with memory: it answers what it was given, remembers what it was asked, and fails as it is told to."""

from dataclasses import dataclass, field

from bot.errors import OutsideError
from gitlab_hooks.gitlab_work import parties
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
from gitlab_hooks.remembered import Remembered


@dataclass
class FakeGitLab:
    """Implements `gitlab_hooks.lookups.GitLab`.

    `groups` stand by their paths in lower case; `group_rows` are the members that the token may see.
    While it is `down`, every question gets that; `down_for` does the same to questions that name something.
    """

    users: dict[UserId, User] = field(default_factory=dict)
    projects: dict[ProjectId, Project] = field(default_factory=dict)
    levels: dict[tuple[ProjectId, UserId], int] = field(default_factory=dict)
    named: dict[Subject, Involved] = field(default_factory=dict)
    threads: dict[tuple[Subject, str], tuple[User, ...]] = field(default_factory=dict)
    groups: dict[str, Group] = field(default_factory=dict)
    group_levels: dict[tuple[GroupId, UserId], int] = field(default_factory=dict)
    group_rows: dict[GroupId, tuple[User, ...]] = field(default_factory=dict)
    open: list[MergeRequest] = field(default_factory=list)
    far: dict[Subject, Progress] = field(default_factory=dict)
    has_token: bool = True
    down: OutsideError | None = None
    down_for: dict[object, OutsideError] = field(default_factory=dict)
    asked: list[tuple[object, ...]] = field(default_factory=list)
    remembered: list[User] = field(default_factory=list)
    seen: Remembered = field(default_factory=Remembered)
    statuses: dict[UserId, str] = field(default_factory=dict)

    def remember(self, user: User) -> None:
        self.remembered.append(user)
        self.seen.remember(user)

    def user(self, user_id: UserId) -> User | None:
        self._answer("user", user_id)
        user = self.users.get(user_id)
        if user:
            self.seen.remember(user)
        return user

    def user_named(self, username: str) -> User | None:
        self._answer("user_named", username)
        return next((user for user in self.users.values() if user.username.lower() == username.lower()), None)

    def users_with_email(self, email: str) -> tuple[User, ...]:
        self._answer("users_with_email", email)
        return tuple(user for user in self.users.values() if user.email.lower() == email.lower())

    def status(self, user_id: UserId) -> str:
        self._answer("status", user_id)
        return self.statuses.get(user_id, "")

    def involved(self, subject: Subject) -> Involved | None:
        self._answer("involved", subject)
        return self.named.get(subject)

    def thread(self, subject: Subject, discussion: str) -> tuple[User, ...]:
        self._answer("thread", subject, discussion)
        return self.threads.get((subject, discussion), ())

    def project(self, project: ProjectId) -> Project | None:
        self._answer("project", project)
        return self.projects.get(project)

    def access_level(self, project: ProjectId, user_id: UserId) -> int:
        self._answer("access_level", project, user_id)
        return self.levels.get((project, user_id), 0)

    def project_members(self, project: ProjectId, most: int) -> tuple[User, ...] | None:
        self._answer("project_members", project)
        if project not in self.projects:
            return None
        rows = (self.users[who] for (where, who), level in self.levels.items() if where == project and level >= 10)
        return tuple(user for user in rows if user.active and not user.bot)[:most]

    def merge_requests(self, party: Party, user_id: UserId) -> tuple[MergeRequest, ...]:
        self._answer("merge_requests", party, user_id)
        return tuple(one for one in self.open if user_id in {user.id for user in parties(one, party)})

    def progress(self, subject: Subject) -> Progress | None:
        self._answer("progress", subject)
        return self.far.get(subject, Progress())

    def group(self, path: str) -> Group | None:
        self._answer("group", path)
        return self.groups.get(path.lower())

    def group_level(self, group: GroupId, user_id: UserId) -> int:
        self._answer("group_level", group, user_id)
        return self.group_levels.get((group, user_id), 0)

    def group_members(self, group: GroupId, most: int) -> tuple[User, ...] | None:
        self._answer("group_members", group)
        members = self.group_rows.get(group)
        return None if members is None else members[:most]

    def _answer(self, *question: object) -> None:
        self.asked.append(question)
        wrong = self.down or next((self.down_for[part] for part in question if part in self.down_for), None)
        if wrong:
            raise wrong
