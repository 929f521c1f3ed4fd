"""What the adapter asks about open merge requests, in the shapes of GitLab from 13 on."""

from collections.abc import Iterator
from typing import Any

import pytest

from bot.errors import OutsideError, TryLater
from gitlab_hooks.gitlab import connect
from gitlab_hooks.lookups import GitLab, MergeRequest, Party, Progress, ProjectId, Subject, User, UserId
from tests.servers import Answer, Scripted, scripted

LIST = "GET /api/v4/merge_requests"
ONE = "GET /api/v4/projects/7/merge_requests/42"
KIM, LEE = UserId(3), UserId(4)
SUBJECT = Subject(ProjectId(7), "merge_request", "42")
KIM_JSON = {"id": 3, "username": "kim", "name": "Kim Minji"}
LEE_JSON = {"id": 4, "username": "lee", "name": "Lee Jun"}
ROW = {
    "iid": 42,
    "project_id": 7,
    "title": "Fix login",
    "web_url": "https://gitlab.example.com/web/shop/-/merge_requests/42",
    "created_at": "2026-11-24T09:00:00.000Z",
    "draft": False,
    "author": KIM_JSON,
    "assignees": [],
    "reviewers": [LEE_JSON],
    "references": {"full": "web/shop!42"},
}
READ = MergeRequest(
    ProjectId(7),
    "web/shop",
    "!42",
    "Fix login",
    "https://gitlab.example.com/web/shop/-/merge_requests/42",
    1_795_510_800_000,
    author=User(KIM, "kim", "Kim Minji"),
    reviewers=(User(LEE, "lee", "Lee Jun"),),
)


@pytest.fixture
def server() -> Iterator[Scripted]:
    with scripted(Answer({"message": "404 Not found"}, 404)) as running:
        yield running


@pytest.fixture
def gitlab(server: Scripted) -> GitLab:
    return connect(server.url, "glpat-invented")


def test_a_list(server: Scripted, gitlab: GitLab) -> None:
    """A list is one page of open merge requests, the oldest first, of all projects that the token sees."""
    server.on(LIST, Answer([ROW]))

    assert gitlab.merge_requests(Party.REVIEWER, LEE) == (READ,)
    assert server.asked[0].query == {
        "scope": "all",
        "state": "opened",
        "order_by": "created_at",
        "sort": "asc",
        "per_page": "100",
        "reviewer_id": "4",
    }
    assert READ.subject == SUBJECT


@pytest.mark.parametrize(
    ("row", "draft", "opened"),
    [
        ({"iid": 1, "project_id": 7, "author": KIM_JSON}, False, 0),
        ({"iid": 1, "project_id": 7, "author": KIM_JSON, "title": "WIP: Fix", "created_at": None}, True, 0),
        ({"iid": 1, "project_id": 7, "author": KIM_JSON, "work_in_progress": True}, True, 0),
        (
            {"iid": 1, "project_id": 7, "author": KIM_JSON, "created_at": "2026-11-24T09:00:00Z"},
            False,
            1_795_510_800_000,
        ),
    ],
)
def test_an_old_list(server: Scripted, gitlab: GitLab, row: dict[str, Any], draft: bool, opened: int) -> None:
    """What older versions do not tell counts as nothing; a draft is known by its title, too."""
    server.on(LIST, Answer([row]))
    (found,) = gitlab.merge_requests(Party.AUTHOR, KIM)

    assert (found.draft, found.opened, found.path, found.reviewers) == (draft, opened, "", ())


@pytest.mark.parametrize("party", Party)
def test_a_filter_that_is_not_known(server: Scripted, gitlab: GitLab, party: Party) -> None:
    """A GitLab that does not know a filter lists what concerns others: that is left out."""
    server.on(LIST, Answer([ROW | {"author": None}, ROW | {"author": LEE_JSON, "reviewers": []}]))

    assert gitlab.merge_requests(party, KIM) == ()


@pytest.mark.parametrize("answer", [Answer([]), Answer({"message": "403 Forbidden"}, 403)])
def test_nothing_listed(server: Scripted, gitlab: GitLab, answer: Answer) -> None:
    """A list that is empty, or not for the token, has nothing in it."""
    server.on(LIST, answer)

    assert gitlab.merge_requests(Party.AUTHOR, KIM) == ()


APPROVED = {"approved": True, "approved_by": [{"user": LEE_JSON}]}


@pytest.mark.parametrize(
    ("state", "approvals", "reviewers", "progress"),
    [
        ({}, None, None, Progress()),
        ({"head_pipeline": None, "has_conflicts": False}, {"approved": True, "approved_by": []}, [], Progress()),
        ({"head_pipeline": {"id": 1, "status": "failed"}}, None, None, Progress(pipeline="failed")),
        ({"has_conflicts": True}, None, None, Progress(conflicts=True)),
        ({}, APPROVED, None, Progress(frozenset({LEE}), approved=True)),
        ({}, APPROVED | {"approved": None}, None, Progress(frozenset({LEE}), approved=True)),
        ({}, APPROVED | {"approved": False}, None, Progress(frozenset({LEE}))),
        (
            {},
            None,
            [{"user": LEE_JSON, "state": "requested_changes"}, {"user": KIM_JSON}],
            Progress(reviews={LEE: "requested_changes", KIM: ""}),
        ),
    ],
)
def test_progress(
    server: Scripted,
    gitlab: GitLab,
    state: dict[str, Any],
    approvals: dict[str, Any] | None,
    reviewers: list[dict[str, Any]] | None,
    progress: Progress,
) -> None:
    """How far a merge request is comes from three answers; one that a GitLab does not have counts as nothing."""
    server.on(ONE, Answer({"iid": 42} | state))
    for name, answer in (("approvals", approvals), ("reviewers", reviewers)):
        if answer is not None:
            server.on(f"{ONE}/{name}", Answer(answer))

    assert gitlab.progress(SUBJECT) == progress


def test_progress_of_nothing(gitlab: GitLab) -> None:
    """A merge request that is not there, or not to be seen, has none."""
    assert gitlab.progress(SUBJECT) is None


def test_progress_is_kept(server: Scripted, gitlab: GitLab) -> None:
    """Two people who are told of the same merge request cost one look."""
    server.on(ONE, Answer({"iid": 42}))

    assert gitlab.progress(SUBJECT) == gitlab.progress(SUBJECT)
    assert server.times(ONE) == 1


@pytest.mark.parametrize("path", [LIST, ONE])
def test_no_answer(server: Scripted, gitlab: GitLab, path: str) -> None:
    """Where GitLab gives no answer that is told, and never taken for nothing."""
    server.on(path, Answer("<html>", 502))
    error: type[OutsideError] = TryLater
    with pytest.raises(error):
        gitlab.merge_requests(Party.AUTHOR, KIM) if path == LIST else gitlab.progress(SUBJECT)
