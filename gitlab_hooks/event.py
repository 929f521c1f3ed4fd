"""What a delivery says happened, as our own frozen types; the events under `gitlab_hooks.events` fill them."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from gitlab_hooks.lookups import GitLab, Involved, ProjectId, Subject, User
from gitlab_hooks.notices import Notice, Who
from gitlab_hooks.settlement import Settlement


class Unreadable(Exception):  # noqa: N818 - the verdict's name
    """An authentic body that is not of the shape its kind has; the text says what was missing or wrong, and where."""


@dataclass(frozen=True, slots=True)
class Place:
    """The project of a thing."""

    id: ProjectId
    path: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Thing:
    """What it happened to: a merge request, an issue, a commit, a snippet, a branch and the like.

    `key` is opaque, the same in every event about the thing, and the lane in which order is kept (`mr:12`); `kind` is
    "merge_request", "commit", "snippet", "branch", "tag", "deployment", "release", "wiki_page", "issue" or another
    type of work item; `ref` is how people write it (`!42`).
    `feature` is the part of a project whose access level counts. `assignees` and `reviewers` are None where the
    payload does not tell.
    """

    key: str
    kind: str
    ref: str
    title: str
    url: str
    place: Place | None
    subject: Subject | None
    feature: str
    author: Who | None = None
    assignees: tuple[Who, ...] | None = None
    reviewers: tuple[Who, ...] | None = None
    confidential: bool = False
    internal: bool = False
    draft: bool = False


@dataclass(frozen=True, slots=True)
class Run:
    """A pipeline that has ended: its id, when it ended, in milliseconds since 1970 (0: not told), and how."""

    id: int
    ended: int
    failed: bool

    def follows(self, other: "Run") -> bool:
        """Say whether it is newer than another: a later pipeline, or the same one after a retry."""
        return (self.id, self.ended) > (other.id, other.ended)


@dataclass(frozen=True, slots=True)
class Job:
    """A job that failed; `failure` is GitLab's word for why (`script_failure`), "" where it does not tell."""

    name: str
    stage: str
    url: str
    failure: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """What happened, to what, by whom.

    `at` is when the thing that is told was made, in milliseconds since 1970, for what can be too old to tell, else
    None; `moment` is when it happened by GitLab's clock, where the payload tells; `missed` is the same of what was
    caught up with, so that newer things may be known already, else None; `accounts` are the users the payload shows in
    full; `text` is the Markdown worth quoting; `named` are the people whom the payload itself names as author,
    assignee, reviewer or starter; `formerly` are those whom an edited text mentioned before; `withdraws` names a fact
    that is taken back; `emoji` is given to `target`, a key, which is of the kind `on`; `run` is the pipeline that
    ended, and `jobs` are those over which it failed.
    """

    kind: str
    action: str
    thing: Thing
    actor: User | None
    avatar: str = ""
    at: int | None = None
    moment: int | None = None
    missed: int | None = None
    accounts: tuple[User, ...] = ()
    text: str = ""
    named: tuple[Who, ...] = ()
    formerly: tuple[Who, ...] = ()
    withdraws: str = ""
    ready: bool = False
    emoji: str = ""
    on: str = ""
    target: str = ""
    run: Run | None = None
    jobs: tuple[Job, ...] = ()


@dataclass(frozen=True, slots=True)
class Facts:
    """What was looked up for an event before its audience is worked out."""

    involved: Involved | None = None
    thread: tuple[User, ...] = ()


NOTHING_ASKED = Facts()

E = TypeVar("E", bound=Event)


def nothing_settled(_event: Event) -> tuple[Settlement, ...]:
    """Return nothing: what people were told stands."""
    return ()


@dataclass(frozen=True, slots=True)
class Kind(Generic[E]):
    """One kind of event: how it is read, what has to be asked about it, and whom it concerns.

    `template` is the file of its words; `parse` raises `Unreadable`; `audience` is pure. So is `settled`, which says
    what an event makes of what people were told before.
    """

    template: str
    parse: Callable[[bytes], E]
    ask: Callable[[E, GitLab], Facts]
    audience: Callable[[E, Facts], Iterable[Notice]]
    settled: Callable[[E], tuple[Settlement, ...]] = nothing_settled


Kinds = dict[str, Kind[Any]]


def who(user: User) -> Who:
    """Name a user by id and user name."""
    return Who(user.id, user.username)


def identity(user: User | None) -> str:
    """Tell users apart: by id, by user name where no id is known (GitLab before 13), "" for nobody."""
    return str(user.id or user.username) if user else ""


def named(*groups: Who | Iterable[Who] | None) -> tuple[Who, ...]:
    """Gather whom a payload names in several places, each once."""
    each = ([group] if isinstance(group, Who) else group or () for group in groups)
    return tuple(dict.fromkeys(one for group in each for one in group))


def is_one_of(user: User, people: Iterable[Who]) -> bool:
    """Say whether a user is among people; by user name alone where an id is not known (GitLab before 13)."""
    return any(
        one.id == user.id if one.id and user.id else one.username.lower() == user.username.lower() != ""
        for one in people
    )
