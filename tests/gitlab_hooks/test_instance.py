"""What is asked of a GitLab instance, against a real HTTP server with its answers written down here."""

from collections.abc import Iterator

import pytest

from bot.errors import Misconfigured, TryLater
from gitlab_hooks.gitlab_client import Client, NotForUs
from gitlab_hooks.hook_admin import Home
from gitlab_hooks.instance import HookState, Instance, Token
from gitlab_hooks.lookups import User, UserId
from tests.servers import Answer, Scripted, scripted

ROOT = "/git/api/v4"
SELF = f"GET {ROOT}/personal_access_tokens/self"
HOOKS, GROUP_HOOKS = f"GET {ROOT}/projects/7/hooks", f"GET {ROOT}/groups/3/hooks"
WEB, SHOP = Home("group", 3, "web"), Home("project", 7, "web/shop")
URL = "https://nudge.example.com/gitlab"
NOT_FOR_US = Answer({"message": "403 Forbidden"}, 403)


@pytest.fixture
def server() -> Iterator[Scripted]:
    """Run a GitLab below a sub-path that knows nothing yet."""
    with scripted(Answer({"message": "404 Not found"}, 404)) as running:
        yield running


@pytest.fixture
def instance(server: Scripted) -> Instance:
    """Give what asks it."""
    return Instance(Client(f"{server.url}/git", "glpat-invented", (3.0, 10.0), verify=True))


def test_version(server: Scripted, instance: Instance) -> None:
    """The version is GitLab's own word for it."""
    server.on(f"GET {ROOT}/version", Answer({"version": "19.3.0-ee", "revision": "abc"}))

    assert instance.version() == "19.3.0-ee"


@pytest.mark.parametrize(
    ("answer", "token"),
    [
        (
            {"scopes": ["read_api"], "expires_at": "2027-01-01", "active": True},
            Token(frozenset({"read_api"}), 1_798_761_600_000),
        ),
        ({"scopes": ["api", "sudo"], "expires_at": None}, Token(frozenset({"api", "sudo"}))),
        ({}, Token(frozenset())),
    ],
)
def test_token(server: Scripted, instance: Instance, answer: object, token: Token) -> None:
    """A token tells its scopes, and ends at the start of its last day by UTC."""
    server.on(SELF, Answer(answer))

    assert instance.token() == token


def test_a_gitlab_that_does_not_tell(instance: Instance) -> None:
    """Before 15.5 nobody can ask what a token may do."""
    assert instance.token() is None


@pytest.mark.parametrize(
    ("answer", "error", "says"),
    [
        (Answer({"message": "401 Unauthorized"}, 401), Misconfigured, "GITLAB_TOKEN is refused"),
        (Answer({"error": "insufficient_scope"}, 403), Misconfigured, "GITLAB_TOKEN needs the scope read_api"),
        (Answer({}, 502), TryLater, "502"),
        (Answer({"scopes": "read_api"}), TryLater, "another shape"),
    ],
)
def test_what_goes_wrong(
    server: Scripted, instance: Instance, answer: Answer, error: type[Exception], says: str
) -> None:
    """A token that is refused or too weak is named, and everything else is for later."""
    server.on(SELF, answer)

    with pytest.raises(error, match=says):
        instance.token()


def test_sees(server: Scripted, instance: Instance) -> None:
    """A place is seen or not, by its whole path."""
    server.on(f"GET {ROOT}/groups/web%2Ftools", Answer({"id": 3}))

    assert instance.sees("group", "/web/tools/")
    assert not instance.sees("project", "web/shop")


def test_members(server: Scripted, instance: Instance) -> None:
    """The members of a place come page by page, and none where the token may not see them."""
    mina = {"id": 4, "username": "mina", "name": "Mina", "access_level": 30}
    server.on(f"GET {ROOT}/groups/web/members/all", Answer([mina]))
    server.on(f"GET {ROOT}/projects/web%2Fshop/members/all", NOT_FOR_US)

    assert list(instance.members("group", "web")) == [User(UserId(4), "mina", "Mina")]
    assert list(instance.members("project", "web/shop")) == []


@pytest.mark.parametrize(
    ("answer", "state"),
    [
        ({}, HookState(SHOP, 11, URL)),
        (
            {"push_events": False, "note_events": True, "enable_ssl_verification": True},
            HookState(SHOP, 11, URL, off=frozenset({"push_events"})),
        ),
        (
            {"alert_status": "disabled", "disabled_until": "2026-11-24T12:00:00Z", "enable_ssl_verification": False},
            HookState(SHOP, 11, URL, alert="disabled", until="2026-11-24T12:00:00Z", verifies=False),
        ),
        ({"alert_status": None, "disabled_until": None, "emoji_events": None}, HookState(SHOP, 11, URL)),
    ],
)
def test_hooks(server: Scripted, instance: Instance, answer: dict[str, object], state: HookState) -> None:
    """A hook tells which of its switches are off, whether GitLab sends by it, and whether it checks certificates."""
    server.on(HOOKS, Answer([{"id": 11, "url": URL, **answer}]))

    assert instance.hooks(SHOP) == [state]


def test_hooks_that_are_not_for_us(server: Scripted, instance: Instance) -> None:
    """A group without Premium has no hooks; a project's that are hidden are an error, since it could have ours."""
    server.on(HOOKS, NOT_FOR_US)
    server.on(GROUP_HOOKS, NOT_FOR_US)

    assert instance.hooks(WEB) == []
    with pytest.raises(NotForUs):
        instance.hooks(SHOP)
