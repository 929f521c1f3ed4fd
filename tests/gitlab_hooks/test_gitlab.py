"""The adapter to GitLab, against a real HTTP server whose answers are written down here."""

import logging
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from bot.errors import Misconfigured, OutsideError, TryLater
from gitlab_hooks.gitlab import connect
from gitlab_hooks.lookups import GitLab, Group, GroupId, Involved, Project, ProjectId, Subject, User, UserId
from tests.servers import Answer, Asked, Scripted, scripted

ROOT = "/git/api/v4"
USER = f"GET {ROOT}/users/3"
USERS = f"GET {ROOT}/users"
PROJECT = f"GET {ROOT}/projects/1"
MEMBER = f"GET {ROOT}/projects/1/members/all/3"
GROUP = f"GET {ROOT}/groups/40"
MERGE_REQUEST = f"GET {ROOT}/projects/1/merge_requests/7"

KIM = UserId(3)
SHOP = ProjectId(1)
WEB = GroupId(40)
SUBJECT = Subject(SHOP, "merge_request", "7")
TOKEN = "glpat-invented"
TODAY = date(2026, 11, 24)
KIM_JSON = {"id": 3, "username": "kim", "name": "Kim Minji", "state": "active"}
LEE_JSON = {"id": 4, "username": "lee", "name": "Lee Jun", "state": "active"}


class Clock:
    """Seconds that pass when a test says so."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def server() -> Iterator[Scripted]:
    """Run a GitLab below a sub-path that knows nothing yet."""
    with scripted(Answer({"message": "404 Not found"}, 404)) as running:
        yield running


@pytest.fixture
def clock() -> Clock:
    """Give a clock that stands still."""
    return Clock()


@pytest.fixture
def gitlab(server: Scripted, clock: Clock) -> GitLab:
    """Give the adapter, with a token."""
    return connect(f"{server.url}/git", TOKEN, clock=clock, today=lambda: TODAY)


# ---- users


@pytest.mark.parametrize(
    ("more", "user"),
    [
        ({}, {}),
        ({"public_email": "kim@example.com"}, {"email": "kim@example.com"}),
        ({"public_email": "kim@example.com", "email": "k@corp.example"}, {"email": "k@corp.example"}),
        ({"public_email": ""}, {}),
        ({"public_email": None, "email": None}, {}),
        ({"email": "[REDACTED]"}, {}),
        ({"email": "3-kim@users.noreply.gitlab.example.com"}, {}),
        ({"email": "No-Reply@example.com"}, {}),
        ({"state": "blocked"}, {"active": False}),
        ({"state": "deactivated"}, {"active": False}),
        ({"bot": True}, {"bot": True}),
        ({"username": "project_1_bot_3f"}, {"username": "project_1_bot_3f", "bot": True}),
        ({"external": True}, {"external": True}),
        ({"bot": None, "external": None}, {}),
    ],
)
def test_a_user(server: Scripted, gitlab: GitLab, more: dict[str, Any], user: dict[str, Any]) -> None:
    """A user is known with the address GitLab shows, a hidden one counting as none, and as bot by flag or by name."""
    server.on(USER, Answer(KIM_JSON | more))

    assert gitlab.user(KIM) == replace(User(KIM, "kim", "Kim Minji"), **user)


def test_the_token_is_shown(server: Scripted, gitlab: GitLab) -> None:
    """Every call bears the token."""
    gitlab.user(KIM)

    assert gitlab.has_token
    assert {asked.headers["PRIVATE-TOKEN"] for asked in server.asked} == {TOKEN}


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        (Answer({"emoji": "coffee", "message": "At lunch", "message_html": "At lunch"}), "At lunch"),
        (Answer({"emoji": None, "message": None, "message_html": None, "clear_status_at": None}), ""),
        (Answer({}), ""),
        (Answer({"message": "404 User Not Found"}, 404), ""),
    ],
)
def test_a_status(server: Scripted, gitlab: GitLab, answer: Answer, status: str) -> None:
    """A user's status is what GitLab answers at this moment, and is never kept."""
    server.on(f"{USER}/status", answer)

    assert [gitlab.status(KIM) for _ in range(2)] == [status] * 2
    assert server.times(f"{USER}/status") == 2


def test_a_status_that_may_not_be_read(server: Scripted, gitlab: GitLab) -> None:
    """A refusal is no empty status."""
    server.on(f"{USER}/status", Answer({"message": "403 Forbidden"}, 403))

    with pytest.raises(TryLater):
        gitlab.status(KIM)


@pytest.mark.parametrize(("answer", "minutes"), [(Answer(KIM_JSON), 10), (Answer({"message": "404"}, 404), 2)])
def test_users_are_kept(server: Scripted, gitlab: GitLab, clock: Clock, answer: Answer, minutes: int) -> None:
    """A user is asked for once in ten minutes, one who is not there once in two."""
    server.on(USER, answer)

    for clock.now in (1000, 1000 + minutes * 60 - 1, 1000 + minutes * 60):
        gitlab.user(KIM)

    assert server.times(USER) == 2


def test_a_user_by_name(server: Scripted, gitlab: GitLab) -> None:
    """A user is found by name, case aside, and known as fully as by id; a name that merely begins so is another's."""
    server.on(USERS, Answer([LEE_JSON | {"username": "kimberly"}, KIM_JSON | {"username": "Kim"}]))
    server.on(USER, Answer(KIM_JSON | {"public_email": "kim@example.com"}))

    assert gitlab.user_named("kIm") == gitlab.user(KIM)
    assert server.asked[0].query == {"username": "kIm"}


def test_what_was_answered_stays_known(server: Scripted, gitlab: GitLab) -> None:
    """Who was asked for once is known without asking, with what payloads hide."""
    server.on(USER, Answer(KIM_JSON | {"email": "k@corp.example"}))
    gitlab.user(KIM)
    gitlab.remember(User(KIM, "kim"))

    assert gitlab.seen.user(KIM) == User(KIM, "kim", email="k@corp.example")
    assert not gitlab.seen.has_token
    assert len(server.asked) == 1


@pytest.mark.parametrize("answer", [Answer([]), Answer([LEE_JSON]), Answer({"message": "404"}, 404)])
def test_nobody_of_that_name(server: Scripted, gitlab: GitLab, answer: Answer) -> None:
    """A name that nobody bears is nobody."""
    server.on(USERS, answer)

    assert gitlab.user_named("kim") is None


def test_a_remembered_name_saves_the_search(server: Scripted, gitlab: GitLab) -> None:
    """A user seen in a payload is asked for by id, and the server's answer counts."""
    server.on(USER, Answer(KIM_JSON))
    gitlab.remember(User(KIM, "KIM", name="somebody"))

    assert gitlab.user_named("kim") == User(KIM, "kim", "Kim Minji")
    assert server.times(USERS) == 0


def test_a_remembered_name_may_be_old(server: Scripted, gitlab: GitLab) -> None:
    """A user seen in a payload who has another name by now is not the one of that name."""
    server.on(USER, Answer(KIM_JSON | {"username": "minji"}))
    server.on(USERS, Answer([LEE_JSON | {"username": "kim"}]))
    server.on(f"GET {ROOT}/users/4", Answer(LEE_JSON | {"username": "kim"}))
    gitlab.remember(User(KIM, "kim"))

    found = gitlab.user_named("kim")

    assert found is not None
    assert found.id == 4


def test_users_by_email(server: Scripted, gitlab: GitLab) -> None:
    """Users are found by the address they show, case aside, and not by one that the search alone knows."""
    server.on(USERS, Answer([KIM_JSON, LEE_JSON]))
    server.on(USER, Answer(KIM_JSON | {"public_email": "Kim@Example.com"}))
    server.on(f"GET {ROOT}/users/4", Answer(LEE_JSON))

    assert [user.id for user in gitlab.users_with_email("kim@example.COM")] == [3]
    assert server.asked[0].query["search"] == "kim@example.COM"


@pytest.mark.parametrize("email", ["", "[REDACTED]", "3-kim@users.noreply.example.com", "kim"])
def test_nobody_has_an_address_that_is_none(server: Scripted, gitlab: GitLab, email: str) -> None:
    """For a hidden address, or what is none, nobody is asked for."""
    assert gitlab.users_with_email(email) == ()
    assert server.asked == []


@pytest.mark.parametrize("status", [400, 404])
def test_a_search_that_is_refused(server: Scripted, gitlab: GitLab, status: int) -> None:
    """A search that GitLab refuses finds nobody."""
    server.on(USERS, Answer({"message": "no"}, status))

    assert gitlab.users_with_email("kim@example.com") == ()


# ---- projects and members


@pytest.mark.parametrize(
    ("more", "project"),
    [
        ({"visibility": "private"}, Project(SHOP, "private")),
        ({"visibility": "internal"}, Project(SHOP, "internal")),
        ({}, Project(SHOP, "private")),
        (
            {
                "visibility": "public",
                "issues_access_level": "private",
                "merge_requests_access_level": "enabled",
                "repository_access_level": "disabled",
                "snippets_access_level": "public",
            },
            Project(SHOP, "public", frozenset({"issues", "repository"})),
        ),
        (
            {
                "visibility": "public",
                "builds_access_level": "private",
                "releases_access_level": "disabled",
                "wiki_access_level": "private",
            },
            Project(SHOP, "public", frozenset({"builds", "releases", "wiki"})),
        ),
    ],
)
def test_a_project(server: Scripted, gitlab: GitLab, more: dict[str, Any], project: Project) -> None:
    """Who may read a project is told by its visibility, the strictest if untold, and the features for members only."""
    server.on(PROJECT, Answer({"id": 1, "name": "shop"} | more))

    assert gitlab.project(SHOP) == project


def test_a_project_that_is_not_there(gitlab: GitLab) -> None:
    """A project that the token does not see is none."""
    assert gitlab.project(SHOP) is None


@pytest.mark.parametrize(
    ("more", "level"),
    [
        ({}, 30),
        ({"access_level": 15}, 15),
        ({"state": "blocked"}, 0),
        ({"state": "awaiting"}, 0),
        ({"membership_state": "awaiting"}, 0),
        ({"membership_state": "active"}, 30),
        ({"expires_at": None}, 30),
        ({"expires_at": "2026-11-25"}, 30),
        ({"expires_at": "2026-11-24"}, 0),
        ({"expires_at": "2025-01-01"}, 0),
    ],
)
def test_an_access_level(server: Scripted, gitlab: GitLab, more: dict[str, Any], level: int) -> None:
    """A member's level counts while the membership does: not when blocked, waiting for approval or expired."""
    server.on(MEMBER, Answer(KIM_JSON | {"access_level": 30} | more))

    assert gitlab.access_level(SHOP, KIM) == level


def test_no_member(gitlab: GitLab) -> None:
    """Who is no member has no access."""
    assert gitlab.access_level(SHOP, KIM) == 0


NOTHING = Answer({"message": "404 Not found"}, 404)


@pytest.mark.parametrize(
    ("call", "answer", "ask", "seconds"),
    [
        (PROJECT, Answer({"id": 1}), lambda gitlab: gitlab.project(SHOP), 300),
        (PROJECT, NOTHING, lambda gitlab: gitlab.project(SHOP), 30),
        (MEMBER, Answer({"access_level": 30}), lambda gitlab: gitlab.access_level(SHOP, KIM), 300),
        (MEMBER, NOTHING, lambda gitlab: gitlab.access_level(SHOP, KIM), 30),
        (
            f"{PROJECT}/members/all",
            Answer([KIM_JSON | {"access_level": 30}]),
            lambda one: one.project_members(SHOP, 9),
            300,
        ),
        (f"{GROUP}/members", Answer([KIM_JSON | {"access_level": 30}]), lambda one: one.group_members(WEB, 9), 300),
        (f"{GROUP}/members", NOTHING, lambda gitlab: gitlab.group_members(WEB, 9), 30),
        (GROUP, Answer({"id": 40, "full_path": "40"}), lambda gitlab: gitlab.group("40"), 600),
        (GROUP, NOTHING, lambda gitlab: gitlab.group("40"), 120),
        (MERGE_REQUEST, Answer({"author": KIM_JSON}), lambda gitlab: gitlab.involved(SUBJECT), 30),
        (USERS, Answer([KIM_JSON]), lambda gitlab: gitlab.user_named("kim"), 600),
        (USERS, Answer([]), lambda gitlab: gitlab.user_named("kim"), 120),
        (USERS, Answer([]), lambda gitlab: gitlab.users_with_email("kim@example.com"), 120),
    ],
)
def test_answers_are_kept_for_a_while(
    server: Scripted,
    gitlab: GitLab,
    clock: Clock,
    call: str,
    answer: Answer,
    ask: Callable[[GitLab], object],
    seconds: int,
) -> None:
    """Each kind of answer is kept for its time and then asked for again: access five minutes at most, none for less."""
    server.on(call, answer)

    for clock.now in (1000, 1000 + seconds - 1, 1000 + seconds):
        ask(gitlab)

    assert server.times(call) == 2


# ---- who is involved


@pytest.mark.parametrize(
    ("kind", "ref", "path"),
    [
        ("merge_request", "7", "merge_requests/7"),
        ("issue", "8", "issues/8"),
        ("commit", "da15", "repository/commits/da15"),
        ("snippet", "9", "snippets/9"),
        ("release", "v1.2/rc", "releases/v1.2%2Frc"),
        ("commit", "../../../users", "repository/commits/..%2F..%2F..%2Fusers"),
    ],
)
def test_where_subjects_lie(server: Scripted, gitlab: GitLab, kind: str, ref: str, path: str) -> None:
    """Each kind of subject has its place in the API, and so have its discussions; a name cannot leave it."""
    note = {"author": KIM_JSON, "system": False}
    server.on(f"GET {ROOT}/projects/1/{path}", Answer({"author": KIM_JSON}))
    server.on(f"GET {ROOT}/projects/1/{path}/discussions/..%2Fd", Answer({"notes": [note]}))
    subject = Subject(SHOP, kind, ref)
    kim = User(KIM, "kim", "Kim Minji")

    assert gitlab.involved(subject) == Involved(author=kim)
    assert gitlab.thread(subject, "../d") == (kim,)
    assert len(server.asked) == 2


def test_involved_people(server: Scripted, gitlab: GitLab) -> None:
    """Author, assignees and reviewers come from one call."""
    server.on(MERGE_REQUEST, Answer({"author": KIM_JSON, "assignees": [LEE_JSON], "reviewers": [LEE_JSON, KIM_JSON]}))
    kim, lee = User(KIM, "kim", "Kim Minji"), User(UserId(4), "lee", "Lee Jun")

    assert gitlab.involved(SUBJECT) == Involved(kim, (lee,), (lee, kim))
    assert len(server.asked) == 1


def test_nobody_is_involved_in_what_is_not_there(gitlab: GitLab) -> None:
    """A merge request that is not there involves nobody, and a discussion that is not there has no writers."""
    assert gitlab.involved(SUBJECT) is None
    assert gitlab.thread(SUBJECT, "d1") == ()


@pytest.mark.parametrize(
    ("author_email", "shown", "author"),
    [
        ("kim@example.com", ["kim@example.com", ""], 3),
        ("kim@example.com", ["kim@example.com", "kim@example.com"], None),
        ("kim@example.com", ["", ""], None),
        ("[REDACTED]", ["[REDACTED]", ""], None),
        ("3-kim@users.noreply.example.com", ["", ""], None),
    ],
)
def test_a_commits_author(
    server: Scripted, gitlab: GitLab, author_email: str, shown: list[str], author: int | None
) -> None:
    """A commit is its author's whose visible address stands in it; two of them, or a hidden address, are nobody."""
    commit = Subject(SHOP, "commit", "da15")
    server.on(f"GET {ROOT}/projects/1/repository/commits/da15", Answer({"id": "da15", "author_email": author_email}))
    server.on(USERS, Answer([KIM_JSON, LEE_JSON]))
    for user, email in zip((KIM_JSON, LEE_JSON), shown, strict=True):
        server.on(f"GET {ROOT}/users/{user['id']}", Answer(user | {"public_email": email}))

    involved = gitlab.involved(commit)

    assert involved is not None
    assert (involved.author.id if involved.author else None) == author


def test_a_thread(server: Scripted, gitlab: GitLab) -> None:
    """Who wrote in a discussion comes in order, each once; system notes and notes without an author are left out."""
    notes = [
        {"author": KIM_JSON, "system": True},
        {"author": LEE_JSON, "system": False},
        {"author": None, "system": False},
        {"author": KIM_JSON},
        {"author": LEE_JSON, "system": False},
    ]
    server.on(f"{MERGE_REQUEST}/discussions/d1", Answer({"id": "d1", "notes": notes}))

    assert [user.username for user in gitlab.thread(SUBJECT, "d1")] == ["lee", "kim"]


def test_a_thread_is_asked_for_each_time(server: Scripted, gitlab: GitLab) -> None:
    """Who just joined a discussion is in it for the next reply, however soon that comes."""
    server.on(
        f"{MERGE_REQUEST}/discussions/d1",
        Answer({"id": "d1", "notes": [{"author": KIM_JSON}]}),
        Answer({"id": "d1", "notes": [{"author": KIM_JSON}, {"author": LEE_JSON}]}),
    )

    assert [len(gitlab.thread(SUBJECT, "d1")) for _ in range(2)] == [1, 2]


# ---- groups and their members


@pytest.mark.parametrize(
    ("more", "group"),
    [
        ({"visibility": "public"}, Group(WEB, "web/Tools", "public")),
        ({}, Group(WEB, "web/Tools", "private")),
        ({"visibility": "internal", "mentions_disabled": None}, Group(WEB, "web/Tools", "internal")),
        ({"mentions_disabled": False}, Group(WEB, "web/Tools", "private")),
        ({"mentions_disabled": True}, Group(WEB, "web/Tools", "private", mentionable=False)),
    ],
)
def test_a_group(server: Scripted, gitlab: GitLab, more: dict[str, Any], group: Group) -> None:
    """A group is found by its whole path, case aside, with its visibility and whether it may be mentioned."""
    server.on(f"GET {ROOT}/groups/web%2Ftools", Answer({"id": 40, "path": "Tools", "full_path": "web/Tools"} | more))

    assert gitlab.group("Web/tools") == gitlab.group("web/Tools") == group
    assert len(server.asked) == 1


@pytest.mark.parametrize("status", [403, 404])
def test_a_group_that_is_not_to_be_seen(server: Scripted, gitlab: GitLab, status: int) -> None:
    """A group that is not there, or not for the token, is none, and so are its members."""
    for call in (GROUP, f"{GROUP}/members", f"{GROUP}/members/all/3"):
        server.on(call, Answer({"message": "no"}, status))

    assert gitlab.group("40") is None
    assert gitlab.group_members(WEB, 10) is None
    assert gitlab.group_level(WEB, KIM) == 0


def test_a_level_in_a_group(server: Scripted, gitlab: GitLab) -> None:
    """A member's level in a group counts inherited ones, and is another than that in a project of the same number."""
    server.on(f"{GROUP}/members/all/3", Answer(KIM_JSON | {"access_level": 10}))

    assert (gitlab.group_level(WEB, KIM), gitlab.access_level(ProjectId(40), KIM)) == (10, 0)


@pytest.mark.parametrize(
    ("more", "counts"),
    [
        ({}, True),
        ({"access_level": 10}, True),
        ({"access_level": 5}, False),
        ({"state": "blocked"}, False),
        ({"membership_state": "awaiting"}, False),
        ({"expires_at": "2026-11-24"}, False),
        ({"expires_at": "2026-11-25"}, True),
        ({"username": "group_40_bot_3f"}, False),
    ],
)
def test_who_counts_as_a_member(server: Scripted, gitlab: GitLab, more: dict[str, Any], *, counts: bool) -> None:
    """Members are people from guest on whose membership is in force: nobody blocked, waiting or expired, and no bot."""
    row = KIM_JSON | {"access_level": 30} | more
    server.on(f"{GROUP}/members", Answer([row]))
    server.on(f"{PROJECT}/members/all", Answer([row]))
    expected = (User(KIM, "kim", "Kim Minji"),) if counts else ()

    assert gitlab.group_members(WEB, 10) == gitlab.project_members(SHOP, 10) == expected


def pages(rows: int) -> Callable[[Asked], Answer]:
    """Answer pages of so many members, as GitLab does."""

    def answer(asked: Asked) -> Answer:
        size, page = int(asked.query["per_page"]), int(asked.query["page"])
        members = [{"id": number, "username": f"u{number}", "access_level": 30} for number in range(1, rows + 1)]
        return Answer(members[(page - 1) * size : page * size])

    return answer


@pytest.mark.parametrize(
    ("rows", "most", "found", "asked"),
    [(0, 10, 0, 1), (99, 200, 99, 1), (100, 200, 100, 2), (101, 200, 101, 2), (250, 1000, 250, 3), (5000, 101, 101, 2)],
)
def test_pages_of_members(server: Scripted, gitlab: GitLab, rows: int, most: int, found: int, asked: int) -> None:
    """All pages are read until there are enough, the largest ones that GitLab gives, and no more."""
    server.on(f"{GROUP}/members", pages(rows))

    members = gitlab.group_members(WEB, most)

    assert [user.id for user in members or ()] == list(range(1, found + 1))
    assert len(server.asked) == asked
    assert {one.query["per_page"] for one in server.asked} == {"100"}


def test_members_are_no_answer_without_a_last_page(server: Scripted, gitlab: GitLab) -> None:
    """A page that fails leaves the whole question for later, and nothing is kept of the others."""
    server.on(f"{GROUP}/members", pages(150), Answer({"message": "500"}, 500), pages(150))

    with pytest.raises(TryLater):
        gitlab.group_members(WEB, 200)
    assert len(gitlab.group_members(WEB, 200) or ()) == 150


# ---- errors


@pytest.mark.parametrize(
    ("answer", "kind", "after"),
    [
        (Answer({"message": "401 Unauthorized"}, 401), Misconfigured, None),
        (Answer({"error": "insufficient_scope", "scope": "api read_api"}, 403), Misconfigured, None),
        (Answer({"message": {"error": "too many"}}, 429, {"Retry-After": "60"}), TryLater, 60),
        (Answer("Retry later\n", 429, {"Retry-After": "60"}), TryLater, 60),
        (
            Answer("", 429, {"Retry-After": "Tue, 24 Nov 2026 10:00:05 GMT", "Date": "Tue, 24 Nov 2026 10:00:00 GMT"}),
            TryLater,
            5,
        ),
        (Answer({"message": "429"}, 429), TryLater, None),
        (Answer({"message": "500 Internal Server Error"}, 500), TryLater, None),
        (Answer("<html>deploy in progress", 502), TryLater, None),
        (Answer("<html>", 503, {"Retry-After": "7"}), TryLater, 7),
        (Answer("<html>sign in", 200), TryLater, None),
        (Answer("no json", 200, {"Content-Type": "application/json"}), TryLater, None),
        (Answer([1], 200), TryLater, None),
        (Answer({"id": 3}, 200), TryLater, None),
        (Answer("<html>nothing here", 404), TryLater, None),
        (Answer("<html>who are you", 403), TryLater, None),
        (Answer({"message": "409"}, 409), TryLater, None),
        (Answer("", 301, {"Location": "https://elsewhere.example.com/"}), Misconfigured, None),
        (Answer("", 302, {"Location": "https://elsewhere.example.com/"}), TryLater, None),
        (Answer(dropped=True), TryLater, None),
    ],
)
def test_errors(
    server: Scripted, gitlab: GitLab, answer: Answer, kind: type[OutsideError], after: float | None
) -> None:
    """A failure is one for later or one of the configuration, says which call, and is asked about once and not kept."""
    server.on(USER, answer, Answer(KIM_JSON))

    with pytest.raises(OutsideError) as caught:
        gitlab.user(KIM)

    assert type(caught.value) is kind
    assert getattr(caught.value, "after", None) == after
    assert server.url in str(caught.value)
    assert TOKEN not in str(caught.value)
    assert len(server.asked) == 1
    assert gitlab.user(KIM) is not None


@pytest.mark.parametrize(
    ("call", "ask"),
    [
        (USER, lambda gitlab: gitlab.user(KIM)),
        (USERS, lambda gitlab: gitlab.user_named("kim")),
        (USERS, lambda gitlab: gitlab.users_with_email("kim@example.com")),
        (PROJECT, lambda gitlab: gitlab.project(SHOP)),
        (MEMBER, lambda gitlab: gitlab.access_level(SHOP, KIM)),
    ],
)
def test_forbidden_is_no_answer_to_who_is_who(
    server: Scripted, gitlab: GitLab, call: str, ask: Callable[[GitLab], object]
) -> None:
    """While the token's owner is blocked, say, nothing is concluded about who somebody is or what they may read."""
    server.on(call, Answer({"message": "403 Forbidden"}, 403))

    with pytest.raises(TryLater):
        ask(gitlab)


def test_what_the_token_may_not_read_is_not_there(
    server: Scripted, gitlab: GitLab, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    """One thing that the token may not read counts as not found, and is said once for a project."""
    forbidden = Answer({"message": "403 Forbidden"}, 403)
    server.on(MERGE_REQUEST, forbidden)
    server.on(f"{MERGE_REQUEST}/discussions/d1", forbidden)

    for clock.now in (1000, 2000):
        assert gitlab.involved(SUBJECT) is None
        assert gitlab.thread(SUBJECT, "d1") == ()

    warnings = [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING]
    assert len(warnings) == 1
    assert "/projects/1" in warnings[0]


def test_time_out(server: Scripted) -> None:
    """A server that does not answer is left after the time-out."""
    server.on(USER, Answer(stuck=True))

    with pytest.raises(TryLater, match="timed out"):
        connect(f"{server.url}/git", TOKEN, seconds=(3, 0.2)).user(KIM)


def test_a_server_that_is_down() -> None:
    """A server that is down is asked later, and the error says so."""
    with scripted(Answer()) as gone:
        url = gone.url

    with pytest.raises(TryLater, match="refused"):
        connect(url, TOKEN).user(KIM)


# ---- the connection


def test_calls_share_a_connection(server: Scripted, gitlab: GitLab) -> None:
    """Twenty calls of one thread use one connection."""
    for number in range(20):
        gitlab.user(UserId(number))

    assert len(server.asked) == 20
    assert server.connections == 1


def test_threads_share_answers(server: Scripted, gitlab: GitLab) -> None:
    """What one thread has learnt the others know."""
    server.on(USER, Answer(KIM_JSON))
    gitlab.user(KIM)

    with ThreadPoolExecutor(4) as pool:
        users = set(pool.map(lambda _: gitlab.user(KIM), range(20)))
        strangers = set(pool.map(lambda number: gitlab.user(UserId(number)), range(100, 120)))

    assert (len(users), strangers) == (1, {None})
    assert server.times(USER) == 1


def test_keeps_no_cookie(server: Scripted, gitlab: GitLab) -> None:
    """A cookie that the server sets is never sent back."""
    server.on(USER, Answer(KIM_JSON, headers={"Set-Cookie": "_gitlab_session=crumb; Path=/"}))

    gitlab.user(KIM)
    gitlab.project(SHOP)

    assert [asked.headers.get("Cookie") for asked in server.asked] == [None, None]


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_follows_no_redirect(server: Scripted, gitlab: GitLab, status: int) -> None:
    """A redirect leads nowhere: the token goes to no other host."""
    with scripted(Answer(KIM_JSON)) as other:
        server.on(USER, Answer("", status, {"Location": f"{other.url}{ROOT}/users/3"}))
        with pytest.raises(OutsideError):
            gitlab.user(KIM)

        assert other.asked == []


def test_logs_hold_no_token(server: Scripted, gitlab: GitLab, caplog: pytest.LogCaptureFixture) -> None:
    """The token reaches no log, at any level."""
    caplog.set_level(logging.DEBUG)
    server.on(USER, Answer(KIM_JSON), Answer({"message": "401"}, 401))
    gitlab.user(KIM)
    gitlab.user(UserId(99))

    assert TOKEN not in caplog.text + repr(gitlab)
