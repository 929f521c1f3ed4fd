"""The invented people of the playground, and the project they work on."""

from collections.abc import Mapping
from dataclasses import dataclass

from playground.gitlab import ci, comments, issues, merge_requests
from playground.gitlab.objects import Project, Snippet, User
from playground.gitlab.state import GitLab

DEVELOPER = 30
MAINTAINER = 40
DOMAIN = "shop.example"


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with an account on both sides: `name` in Mattermost, `gitlab` in GitLab, "" where it is the same.

    `public` says whether GitLab shows their e-mail address; `level` is their access level in the group, 0 for none.
    """

    name: str
    first: str
    last: str
    locale: str = "en"
    gitlab: str = ""
    public: bool = False
    level: int = DEVELOPER
    about: str = ""

    @property
    def username(self) -> str:
        """Return the user name in GitLab."""
        return self.gitlab or self.name

    @property
    def full_name(self) -> str:
        """Return the whole name, the family name first in Korean."""
        return f"{self.last}{self.first}" if self.locale == "ko" else f"{self.first} {self.last}"

    @property
    def email(self) -> str:
        """Return the address of both accounts."""
        return f"{self.username}@{DOMAIN}"


CAST = (
    Person("anna.berg", "Anna", "Berg", level=MAINTAINER, about="maintains the shop"),
    Person("ben", "Ben", "Okafor", about="reviews a lot"),
    Person("haneul", "하늘", "김", locale="ko", about="reads Korean"),
    Person(
        "junho.lee", "준호", "이", locale="ko", gitlab="jlee", public=True, about="jlee in GitLab, matched by e-mail"
    ),
    Person("carla", "Carla", "Rossi", about="finds the bugs"),
    Person("zoe", "Zoe", "Martin", level=0, about="in no project: is told nothing"),
    Person("lena", "Lena", "Vogt", gitlab="lvogt", level=0, about="try: link lvogt"),
)
READER = "nudge-reader"
KEEPER = "nudge-keeper"
"""GitLab's service accounts for the bot's two tokens."""


def populate(gitlab: GitLab) -> Project:
    """Put the people and the private project "web/shop" into a GitLab, with something to talk about."""
    users = {person.name: _user(gitlab, person) for person in CAST}
    levels = {users[person.name]: person.level for person in CAST if person.level}
    reader = gitlab.add_user(READER, "Nudge (reads)", bot=True)
    keeper = gitlab.add_user(KEEPER, "Nudge (keeps the hooks)", bot=True)
    group = gitlab.add_group("web", "Web", levels | {reader: 20, keeper: MAINTAINER})
    project = gitlab.add_project(group, "shop", {}, description="The shop that sells everything but patience")
    _furnish(gitlab, project, users)
    return project


def _user(gitlab: GitLab, person: Person) -> User:
    public = person.email if person.public else ""
    return gitlab.add_user(person.username, person.full_name, email=person.email, public_email=public)


def _furnish(gitlab: GitLab, project: Project, users: Mapping[str, User]) -> None:
    """Add a commit, a snippet, an issue, and a merge request with a thread."""
    anna, ben, carla, junho = (users[name] for name in ("anna.berg", "ben", "carla", "junho.lee"))
    merge_requests.add_commit(gitlab, project, anna, "Let the basket hold more than seven things")
    now = gitlab.clock()
    snippet = Snippet(
        id=gitlab.next_id("snippet"),
        project=project,
        title="How to empty the cache",
        author=junho,
        file_name="cache.sh",
        content="rm -r var/cache\n",
        created_at=now,
        updated_at=now,
    )
    project.snippets[snippet.id] = snippet
    issue = issues.open_issue(
        gitlab, project, carla, "Prices are rounded twice", description="3 × 0.35 € makes 1.06 €.", assignees=[junho]
    )
    comments.comment(gitlab, issue, junho, "I can see it too, in `totals.py`.")
    mr = merge_requests.open_merge_request(
        gitlab,
        project,
        anna,
        "Keep the basket when the session ends",
        description="Closes nothing yet, but makes people happier.",
        assignees=[anna],
        reviewers=[ben],
    )
    comments.comment(gitlab, mr, ben, "How long do we keep it?")
    ci.pipeline(gitlab, mr.last_commit, anna, "success", mr=mr)
