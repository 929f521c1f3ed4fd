"""The adapter to GitLab's administration of webhooks, against a real HTTP server with its answers written down here."""

from collections.abc import Callable, Iterator
from typing import Any

import msgspec
import pytest

from bot.errors import Misconfigured, OutsideError, Refused, TryLater
from gitlab_hooks.gitlab_admin import connect
from gitlab_hooks.hook_admin import Attempt, Home, Hook, HookAdmin
from gitlab_hooks.hook_answers import AttemptAnswer as Answered
from gitlab_hooks.hook_answers import attempt_of
from tests.servers import Answer, Asked, Scripted, scripted

ROOT = "/git/api/v4"
WEB, SHOP = Home("group", 3, "web"), Home("project", 7, "web/shop")
HOOK = Hook(SHOP, 11, "https://nudge.example.com/gitlab")
GROUP, PROJECT = f"GET {ROOT}/groups/web", f"GET {ROOT}/projects/web%2Fshop"
PROJECTS = f"GET {ROOT}/groups/3/projects"
HOOKS, GROUP_HOOKS = f"GET {ROOT}/projects/7/hooks", f"GET {ROOT}/groups/3/hooks"
EVENTS, VERSION = f"GET {ROOT}/projects/7/hooks/11/events", f"GET {ROOT}/version"
TOKEN = "glpat-invented"
EVENT = {
    "id": 5,
    "url": HOOK.url,
    "trigger": "note_hooks",
    "request_headers": {"Idempotency-Key": "key", "X-Gitlab-Token": "[REDACTED]"},
    "request_data": {"object_kind": "note"},
    "response_status": "503",
    "created_at": "2026-11-24T10:00:00.250Z",
}


@pytest.fixture
def server() -> Iterator[Scripted]:
    """Run a GitLab below a sub-path that knows nothing yet."""
    with scripted(Answer({"message": "404 Not found"}, 404)) as running:
        yield running


@pytest.fixture
def admin(server: Scripted) -> HookAdmin:
    """Give the adapter."""
    return connect(f"{server.url}/git", TOKEN)


def pages(*pages: list[Any]) -> Callable[[Asked], Answer]:
    """Answer a list page by page; the next address is the one that GitLab believes to have."""

    def answer(asked: Asked) -> Answer:
        number = int(asked.query.get("page", 1))
        following = f'<https://gitlab.internal/git{asked.path.removeprefix("/git")}?page={number + 1}>; rel="next"'
        return Answer(pages[number - 1], headers={"Link": following} if number < len(pages) else {})

    return answer


def test_homes(server: Scripted, admin: HookAdmin) -> None:
    """Groups and projects are found by their paths; a group's projects are those below it too, archived ones aside."""
    server.on(GROUP, Answer({"id": 3, "full_path": "web"}))
    server.on(PROJECT, Answer({"id": 7, "path_with_namespace": "web/shop"}))
    shop, deep = ({"id": number, "path_with_namespace": path} for number, path in ((7, "web/shop"), (8, "web/a/b")))
    server.on(PROJECTS, pages([shop], [deep]))

    assert (admin.group("web"), admin.project("/web/shop/")) == (WEB, SHOP)
    assert list(admin.projects_of(WEB)) == [SHOP, Home("project", 8, "web/a/b")]
    asked = next(asked for asked in server.asked if asked.path.endswith("/3/projects"))
    wish = {"include_subgroups": "true", "archived": "false", "with_shared": "false"}
    assert wish.items() <= asked.query.items()
    assert {asked.headers["PRIVATE-TOKEN"] for asked in server.asked} == {TOKEN}


def test_hooks(server: Scripted, admin: HookAdmin) -> None:
    """A home tells its hooks, page by page, and a group by the same way."""
    server.on(HOOKS, pages([{"id": 11, "url": HOOK.url}], [{"id": 12, "url": "https://else.example.com"}]))
    server.on(GROUP_HOOKS, pages([{"id": 2, "url": HOOK.url}]))

    assert list(admin.hooks(SHOP)) == [HOOK, Hook(SHOP, 12, "https://else.example.com")]
    assert list(admin.hooks(WEB)) == [Hook(WEB, 2, HOOK.url)]


@pytest.mark.parametrize(
    ("told", "off"),
    [
        ({}, False),
        ({"alert_status": None}, False),
        ({"alert_status": "executable"}, False),
        ({"alert_status": "temporarily_disabled", "disabled_until": "2026-11-24T10:00:00Z"}, True),
        ({"alert_status": "disabled"}, True),
    ],
)
def test_hooks_that_are_off(server: Scripted, admin: HookAdmin, told: dict[str, Any], off: bool) -> None:
    """GitLab says since 15.6 whether it has switched a hook off; an older one switches none off."""
    server.on(HOOKS, pages([{"id": 11, "url": HOOK.url, **told}]))

    assert [hook.off for hook in admin.hooks(SHOP)] == [off]


@pytest.mark.parametrize("status", [403, 404])
def test_groups_without_hooks(server: Scripted, admin: HookAdmin, status: int) -> None:
    """Where a group's hooks need a licence or a role that is not there, there are none."""
    server.on(GROUP_HOOKS, Answer({"message": "no"}, status))

    assert list(admin.hooks(WEB)) == []


def test_failed(server: Scripted, admin: HookAdmin) -> None:
    """The log is asked for what failed, twenty a page, and each page only when somebody wants it."""
    server.on(EVENTS, pages([EVENT, EVENT | {"id": 4}], [EVENT | {"id": 3}]))
    found = admin.failed(HOOK)

    first = next(found)
    assert first == Attempt(
        5, 1795514400250, "503", {"idempotency-key": "key", "x-gitlab-token": "[REDACTED]"}, b'{"object_kind": "note"}'
    )
    assert server.times(EVENTS) == 1
    assert [one.id for one in found] == [4, 3]
    assert server.asked[0].query["per_page"] == "20"
    assert {"client_failure", "server_failure"} <= set(server.asked[0].query["status"].split(","))


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({"request_data": {"oversize": True}}, {"body": None}),
        ({"request_data": {}}, {"body": None}),
        ({"request_data": None}, {"body": None}),
        ({"request_data": ["a", "\\ud800"]}, {"body": b'["a", "\\\\ud800"]'}),
        ({"response_status": 503}, {"status": "503"}),
        ({"response_status": None}, {"status": ""}),
        ({"request_headers": None}, {"headers": {}}),
        ({"created_at": None}, {"at": None}),
    ],
)
def test_attempts(more: dict[str, Any], expected: dict[str, Any]) -> None:
    """A body that GitLab has not kept is none; what it does not tell is empty."""
    found = attempt_of(msgspec.convert(EVENT | more, Answered))

    assert {name: getattr(found, name) for name in expected} == expected


def first_of(found: Iterator[object]) -> object:
    return next(found)


@pytest.mark.parametrize(
    ("call", "ask", "answer", "error", "says"),
    [
        (GROUP, lambda its: its.group("web"), Answer({"message": "404"}, 404), Refused, "find the group web (404)"),
        (PROJECT, lambda its: its.project("web/shop"), Answer({"message": "no"}, 404), Refused, r"[gitlab] projects"),
        (
            PROJECTS,
            lambda its: first_of(its.projects_of(WEB)),
            Answer({}, 403),
            Refused,
            "of the group web (403)",
        ),
        (HOOKS, lambda its: first_of(its.hooks(SHOP)), Answer({"message": "403"}, 403), Refused, "role Maintainer"),
        (
            EVENTS,
            lambda its: first_of(its.failed(HOOK)),
            Answer({}, 400),
            Refused,
            "hook 11 of web/shop (400)",
        ),
        (HOOKS, lambda its: first_of(its.hooks(SHOP)), Answer({"message": "401"}, 401), Misconfigured, "is refused"),
        (
            HOOKS,
            lambda its: first_of(its.hooks(SHOP)),
            Answer({"error": "insufficient_scope"}, 403),
            Misconfigured,
            "GITLAB_HOOKS_TOKEN needs the scope api",
        ),
        (HOOKS, lambda its: first_of(its.hooks(SHOP)), Answer({"error": "x"}, 500), TryLater, "500"),
        (HOOKS, lambda its: first_of(its.hooks(SHOP)), Answer("<html>", 404), TryLater, "404"),
        (HOOKS, lambda its: first_of(its.hooks(SHOP)), Answer({"a": 1}), TryLater, "another shape"),
        (HOOKS, lambda its: first_of(its.hooks(SHOP)), Answer([{"id": "x"}]), TryLater, "another shape"),
        (HOOKS, lambda its: first_of(its.hooks(SHOP)), Answer(dropped=True), TryLater, "/projects/7/hooks"),
        (HOOKS, lambda its: first_of(its.hooks(SHOP)), Answer("moved", 301), Misconfigured, "has moved"),
    ],
)
def test_failures(
    server: Scripted,
    admin: HookAdmin,
    call: str,
    ask: Callable[[HookAdmin], object],
    answer: Answer,
    error: type[OutsideError],
    says: str,
) -> None:
    """Whatever GitLab answers is one of three kinds of failure, with a sentence that names what was asked for."""
    server.on(call, answer)

    with pytest.raises(error) as caught:
        ask(admin)
    assert says in str(caught.value)
    assert TOKEN not in str(caught.value)


def test_a_limit_is_obeyed(server: Scripted, admin: HookAdmin) -> None:
    """What GitLab asks to wait for is told."""
    server.on(HOOKS, Answer({"message": "slow down"}, 429, headers={"Retry-After": "7"}))

    with pytest.raises(TryLater) as caught:
        list(admin.hooks(SHOP))
    assert caught.value.after == 7


def test_a_page_in_the_middle_fails(server: Scripted, admin: HookAdmin) -> None:
    """A failure between two pages comes where the second would."""
    server.on(EVENTS, pages([EVENT], []), Answer({"error": "x"}, 502))
    found = admin.failed(HOOK)

    assert first_of(found)
    with pytest.raises(TryLater):
        next(found)


@pytest.mark.parametrize(
    ("version", "error", "says"),
    [
        ("16.11.2-ee", Misconfigured, "GitLab 16.11.2-ee does not hand out"),
        ("17.2.9", Misconfigured, "came with 17.3"),
        ("17.3.0", Refused, "hook 11 of web/shop (404): it has just gone"),
        ("19.1.0-pre", Refused, "has just gone"),
        ("unknown", Refused, "has just gone"),
    ],
)
def test_old_versions(server: Scripted, admin: HookAdmin, version: str, error: type[OutsideError], says: str) -> None:
    """A GitLab without the log is told to be too old; in a newer one the hook has gone meanwhile."""
    server.on(VERSION, Answer({"version": version}))

    with pytest.raises(error) as caught:
        list(admin.failed(HOOK))
    assert says in str(caught.value)
