"""Who may read what: visibility, features, levels, confidentiality; nobody without an answer."""

from dataclasses import replace
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import Misconfigured, OutsideError, TryLater
from gitlab_hooks.access import Standing, may_read, open_to
from gitlab_hooks.event import Event, Place, Thing
from gitlab_hooks.gather import access
from gitlab_hooks.lookups import Project, ProjectId, User, UserId
from gitlab_hooks.notices import Verdict, Who
from tests.gitlab_hooks.gitlab_fake import FakeGitLab

HERE = ProjectId(1)
PERSON = User(UserId(2), "ben")
FEATURES = ("issues", "merge_requests", "repository", "snippets", "builds", "releases", "wiki")
LEVELS = (0, 5, 10, 15, 20, 30, 40, 50)


def thing(feature: str = "issues", *, confidential: bool = False, author: Who | None = None) -> Thing:
    return Thing(
        key="x:1",
        kind=feature,
        ref="1",
        title="T",
        url="",
        place=Place(HERE, "a/b", ""),
        subject=None,
        feature=feature,
        author=author,
        confidential=confidential,
    )


@pytest.mark.parametrize(
    ("visibility", "members_only", "external", "expected"),
    [
        ("public", False, False, True),
        ("public", False, True, True),
        ("public", True, False, False),
        ("internal", False, False, True),
        ("internal", False, True, False),
        ("internal", True, False, False),
        ("private", False, False, False),
        ("secret", False, False, False),
    ],
)
def test_open_to(visibility: str, *, members_only: bool, external: bool, expected: bool) -> None:
    """A public project is open to all, an internal one to all but external users, a members' feature to nobody."""
    project = Project(HERE, visibility, frozenset({"issues"} if members_only else ()))

    assert open_to(thing(), project, replace(PERSON, external=external)) is expected
    assert not open_to(thing(), None, PERSON)


@pytest.mark.parametrize("feature", FEATURES)
@pytest.mark.parametrize("level", LEVELS)
def test_private(feature: str, level: int) -> None:
    """In a private project guests read issues, releases and the wiki; everything else begins with the planner."""
    least = 10 if feature in {"issues", "releases", "wiki"} else 15

    assert may_read(thing(feature), Project(HERE, "private"), PERSON, Standing(level, party=False)) == (level >= least)


@pytest.mark.parametrize("visibility", ["public", "internal", "private"])
@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("party", [True, False])
def test_confidential(visibility: str, level: int, *, party: bool) -> None:
    """Something confidential is for the planner and above, and for author and assignee where they are let in."""
    let_in = visibility != "private" or level >= 10
    found = may_read(thing(confidential=True), Project(HERE, visibility), PERSON, Standing(level, party=party))

    assert found == (level >= 15 or (party and let_in))


@given(
    feature=st.sampled_from(FEATURES),
    confidential=st.booleans(),
    external=st.booleans(),
    party=st.booleans(),
    members_only=st.sets(st.sampled_from(FEATURES)),
)
def test_fails_closed(*, feature: str, confidential: bool, external: bool, party: bool, members_only: set[str]) -> None:
    """Who is no member reads nothing of a private or unknown project, and nothing that is for members alone."""
    user = replace(PERSON, external=external)
    something = thing(feature, confidential=confidential)
    outsider = Standing(0, party=party)

    for project in (None, Project(HERE, "private"), Project(HERE, "public", frozenset(FEATURES))):
        assert not may_read(something, project, user, outsider)
    if feature in members_only:
        assert not may_read(something, Project(HERE, "public", frozenset(members_only)), user, outsider)


@given(
    feature=st.sampled_from(FEATURES),
    confidential=st.booleans(),
    party=st.booleans(),
    visibility=st.sampled_from(["public", "internal", "private"]),
    levels=st.tuples(st.sampled_from(LEVELS), st.sampled_from(LEVELS)),
)
def test_more_rights_read_more(
    *, feature: str, confidential: bool, party: bool, visibility: str, levels: tuple[int, int]
) -> None:
    """What a level may read, every higher level may read."""
    something, project = thing(feature, confidential=confidential), Project(HERE, visibility)
    lower, higher = (may_read(something, project, PERSON, Standing(level, party=party)) for level in sorted(levels))

    assert higher or not lower


def event(of: Thing, named: tuple[Who, ...] = ()) -> Event:
    return Event(kind="issue", action="open", thing=of, actor=None, named=named)


@pytest.mark.parametrize(
    ("visibility", "confidential"), list(product(["public", "internal", "private"], [False, True]))
)
def test_members_are_asked_for_only_where_it_matters(visibility: str, *, confidential: bool) -> None:
    """GitLab is asked for somebody's level only where the project alone does not let them in."""
    gitlab = FakeGitLab(projects={HERE: Project(HERE, visibility)}, levels={(HERE, PERSON.id): 30})

    assert access(event(thing(confidential=confidential)), PERSON, gitlab) is Verdict.TOLD
    asked = [question[0] for question in gitlab.asked]
    assert ("access_level" in asked) == (confidential or visibility == "private")


def test_no_access() -> None:
    """Who may not read it is not told, also as its author."""
    gitlab = FakeGitLab(projects={HERE: Project(HERE, "private")})

    assert access(event(thing(author=Who(PERSON.id))), PERSON, gitlab) is Verdict.NO_ACCESS


def test_unknown_project() -> None:
    """A project the token cannot see is private: membership alone lets anybody in, and nothing says there is none."""
    assert access(event(thing()), PERSON, FakeGitLab()) is Verdict.ACCESS_NOT_CHECKED
    assert access(event(thing()), PERSON, FakeGitLab(levels={(HERE, PERSON.id): 20})) is Verdict.TOLD


@pytest.mark.parametrize(
    ("named", "expected"),
    [
        ((Who(PERSON.id),), Verdict.TOLD),
        ((Who(username="BEN"),), Verdict.TOLD),
        ((Who(UserId(3), "ben"),), Verdict.ACCESS_NOT_CHECKED),
        ((), Verdict.ACCESS_NOT_CHECKED),
    ],
)
def test_without_a_token(named: tuple[Who, ...], expected: Verdict) -> None:
    """Without a token only those are told whom the payload itself names; nothing is asked."""
    gitlab = FakeGitLab(has_token=False)

    assert access(event(thing(), named), PERSON, gitlab) is expected
    assert not gitlab.asked


def test_without_a_project() -> None:
    """What belongs to no project (an epic) is told to those alone whom the payload names."""
    epic = replace(thing(), place=None)

    assert access(event(epic, (Who(PERSON.id),)), PERSON, FakeGitLab()) is Verdict.TOLD
    assert access(event(epic), PERSON, FakeGitLab()) is Verdict.ACCESS_NOT_CHECKED


@pytest.mark.parametrize("error", [TryLater("no answer", 3.0), Misconfigured("401")])
def test_no_answer(error: OutsideError) -> None:
    """With a token, no answer means wait, never send."""
    with pytest.raises(type(error)):
        access(event(thing()), PERSON, FakeGitLab(down=error))
