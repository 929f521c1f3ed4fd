"""What the recordings do not show of the REST API, but the documentation says (https://api.mattermost.com/)."""

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playground.mattermost import ApiError
from playground.mattermost.api.call import Call
from playground.mattermost.state import State
from tests.playground.mattermost_world import World

BOT = "gitlab-notify"
NOTIFICATION = "ffy81phjxjbszbyfih4hsktb7r"
PRIVATE = "a5jbk79bwirjbk5rhf46d7wony"
TEAM = "acgpg1rb6jb3mmozagu5n3uf1c"
POSTS = 23


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    made = World()
    yield made
    made.close()


@pytest.fixture(scope="module")
def channel(world: World) -> str:
    """Open a direct channel with 23 posts."""
    made = str(world.mattermost.direct_channel(BOT, "alice")["id"])
    for number in range(POSTS):
        world.clock.now += 1
        world.mattermost.post(BOT, made, str(number))
    return made


def read(world: World, channel: str, **query: object) -> dict[str, Any]:
    asked = "&".join(f"{key}={value}" for key, value in query.items())
    found: dict[str, Any] = world.api("alice", "GET", f"/channels/{channel}/posts?{asked}")
    return found


def texts(page: dict[str, Any]) -> list[int]:
    return [int(page["posts"][one]["message"]) for one in page["order"]]


@given(per_page=st.integers(1, POSTS + 5))
def test_pages_of_posts_cover_everything_once(per_page: int, world: World, channel: str) -> None:
    """Page after page, newest first, gives every post once; the ids beside a page are those of its neighbours."""
    pages = [read(world, channel, page=number, per_page=per_page) for number in range(POSTS // per_page + 2)]
    filled = [page for page in pages if page["order"]]

    assert [text for page in pages for text in texts(page)] == list(range(POSTS))[::-1]
    assert [page["prev_post_id"] for page in filled] == [*(page["order"][0] for page in filled[1:]), ""]
    assert [page["next_post_id"] for page in filled] == ["", *(page["order"][-1] for page in filled[:-1])]


@given(per_page=st.integers(1, POSTS + 5), place=st.integers(0, POSTS - 1))
def test_before_and_after_leave_out_the_post_itself(per_page: int, place: int, world: World, channel: str) -> None:
    """What comes before and after a post are its neighbours on either side, newest first."""
    newest_first = read(world, channel, per_page=200)["order"]
    middle = newest_first[POSTS - 1 - place]
    before = read(world, channel, before=middle, per_page=per_page)
    after = read(world, channel, after=middle, per_page=per_page)

    assert texts(before) == list(range(max(place - per_page, 0), place))[::-1]
    assert texts(after) == list(range(place + 1, min(place + 1 + per_page, POSTS)))[::-1]


@given(place=st.integers(0, POSTS - 1))
def test_since_gives_what_changed_later(place: int, world: World, channel: str) -> None:
    """`since` leaves out what changed at that very moment and gives everything later, newest first."""
    newest_first = read(world, channel, per_page=200)
    at = newest_first["posts"][newest_first["order"][POSTS - 1 - place]]["update_at"]

    assert texts(read(world, channel, since=at)) == list(range(place + 1, POSTS))[::-1]


def test_since_shows_edited_and_deleted_posts(world: World) -> None:
    """A bot that looks what has become of its posts finds edits and deletions too."""
    channel = world.mattermost.direct_channel(BOT, "dave")["id"]
    edited, deleted = (world.mattermost.post(BOT, channel, text)["id"] for text in ("edited", "deleted"))
    world.clock.now += 1
    at = world.mattermost.state.now() - 1
    world.api(BOT, "PUT", f"/posts/{edited}", {"id": edited, "message": "anew"})
    world.api(BOT, "DELETE", f"/posts/{deleted}")

    assert read_as(world, "dave", channel, at) == {("anew", False), ("deleted", True)}


def test_a_thread_goes_with_its_root(world: World) -> None:
    """A reply changes its root, as `since` shows, and whoever deletes the root deletes the replies with it."""
    mattermost = world.mattermost
    channel = mattermost.direct_channel(BOT, "erin")["id"]
    root, other = (mattermost.post(BOT, channel, text)["id"] for text in ("root", "other"))
    world.clock.now += 1
    at = mattermost.state.now() - 1
    reply = mattermost.post(BOT, channel, "reply", root_id=root)
    assert read_as(world, "erin", channel, at) == {("root", False), ("reply", False)}

    world.clock.now += 1
    mattermost.delete(root)
    assert read_as(world, "erin", channel, at) == {("root", True), ("reply", True)}
    assert [post["id"] for post in mattermost.direct_posts("erin")] == [other]
    assert (reply["root_id"], reply["reply_count"]) == (root, 1)


def read_as(world: World, person: str, channel: str, at: int) -> set[tuple[str, bool]]:
    """Return what changed in a channel since, and whether it is deleted."""
    found = world.api(person, "GET", f"/channels/{channel}/posts?since={at}")
    return {(one["message"], one["delete_at"] > 0) for one in found["posts"].values()}


@pytest.mark.parametrize("query", [{"since": "yesterday"}, {"before": "a" * 26}, {"after": "a" * 26}])
def test_nonsense_queries_of_posts_are_refused(query: dict[str, str], world: World, channel: str) -> None:
    """A time that is none and a post that is not there are refused."""
    assert read(world, channel, **query)["status_code"] in {400, 404}


def test_a_command_is_registered_changed_and_forgotten(world: World) -> None:
    """An administrator registers a slash command, changes it, gives it a new token and takes it back."""
    body = {"team_id": TEAM, "trigger": "Nudge", "url": "http://127.0.0.1:1/x", "auto_complete": True}
    made = world.api("sysadmin", "POST", "/commands", body)
    path = f"/commands/{made['id']}"
    moved = world.api("sysadmin", "PUT", path, {"trigger": "poke", "url": "http://127.0.0.1:1/y"})
    token = world.api("sysadmin", "PUT", f"{path}/regen_token")["token"]
    listed = world.api("sysadmin", "GET", f"/commands?team_id={TEAM}")

    assert (made["trigger"], moved["trigger"], moved["url"]) == ("nudge", "poke", "http://127.0.0.1:1/y")
    assert {one["trigger"]: one["token"] for one in listed}["poke"] == token != made["token"]
    assert world.api("sysadmin", "PUT", path, {"trigger": "gitlab"})["id"] == "api.command.duplicate_trigger.app_error"
    assert world.api("alice", "DELETE", path)["status_code"] == 403
    assert world.api("sysadmin", "DELETE", path) == {"status": "OK"}
    assert world.api("sysadmin", "DELETE", path)["status_code"] == 404


def test_members_are_added_and_removed(world: World) -> None:
    """A member adds somebody to a channel and takes them out again."""
    carol = world.id_of("carol")
    added = world.api("alice", "POST", f"/channels/{PRIVATE}/members", {"user_id": carol})
    removed = world.api("alice", "DELETE", f"/channels/{PRIVATE}/members/{carol}")

    assert added["user_id"] == carol
    assert removed == {"status": "OK"}
    assert PRIVATE not in world.mattermost.state.user("carol").memberships
    assert world.api("alice", "POST", f"/channels/{PRIVATE}/members", {"user_id": "x"})["status_code"] == 400


def test_everybody_sees_their_own_teams_and_channels(world: World, channel: str) -> None:
    """A user's teams, channels and memberships are theirs; direct channels are among those of every team."""
    teams = world.api("alice", "GET", "/users/me/teams")
    mine = world.api("alice", "GET", f"/users/me/teams/{TEAM}/channels")
    members = world.api("alice", "GET", f"/users/me/teams/{TEAM}/channels/members")

    assert [one["name"] for one in teams] == ["dev"]
    assert {NOTIFICATION, PRIVATE, channel} <= {one["id"] for one in mine}
    assert {one["channel_id"] for one in members} == {one["id"] for one in mine}
    assert world.api("outsider", "GET", f"/users/me/teams/{TEAM}/channels")["status_code"] == 403


def test_users_of_a_team_and_of_the_server(world: World) -> None:
    """Users are listed by name, of a team or of the whole server, deactivated ones too unless left out."""
    team = [one["username"] for one in world.api("alice", "GET", f"/users?in_team={TEAM}")]
    everybody = [one["username"] for one in world.api("alice", "GET", "/users?per_page=200")]

    assert team == sorted(team)
    assert set(everybody) - set(team) == {"outsider"}
    assert world.api("outsider", "GET", f"/users?in_team={TEAM}")["status_code"] == 403
    assert [one["username"] for one in world.api("alice", "GET", "/users?inactive=true")] == ["grace"]


def test_an_administrator_manages_accounts(world: World) -> None:
    """A new password unlocks an account, deactivating ends it; nobody else may do either."""
    frank = world.id_of("frank")
    wrong = {"login_id": "frank", "password": "wrong"}
    for _ in range(11):
        world.ask("POST", "/api/v4/users/login", wrong)
    denied = world.api("alice", "PUT", f"/users/{frank}/password", {"new_password": "new"})
    world.api("sysadmin", "PUT", f"/users/{frank}/password", {"new_password": "new"})
    unlocked = world.ask("POST", "/api/v4/users/login", {"login_id": "frank", "password": "new"})
    world.api("sysadmin", "PUT", f"/users/{frank}/active", {"active": False})

    assert denied["status_code"] == 403
    assert unlocked.status_code == 200
    assert world.ask("GET", "/api/v4/users/me", token=unlocked.headers["Token"]).status_code == 401


def test_a_personal_token_belongs_to_its_user(world: World) -> None:
    """One may switch off one's own token, an administrator everybody's, and a token nobody has is refused."""
    alice = world.mattermost.state.sessions[world.mattermost.personal_token("alice")]
    body = {"token_id": alice.id}

    assert world.api("bob", "POST", "/users/tokens/disable", body)["status_code"] == 403
    assert world.api("alice", "POST", "/users/tokens/disable", body) == {"status": "OK"}
    assert world.api("alice", "POST", "/users/tokens/disable", {"token_id": "x"})["status_code"] == 400


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("POST", "/bots", {"username": "mine"}, 403),
        ("POST", "/users", {"username": "mine"}, 403),
        ("POST", "/users/search", [], 400),
        ("POST", "/users/ids", {}, 400),
        ("POST", "/posts/ephemeral", {}, 403),
        ("PUT", f"/posts/{'a' * 26}", {"id": "b" * 26}, 400),
        ("GET", f"/channels/{NOTIFICATION}/members/{'a' * 26}", None, 404),
        ("GET", f"/users/me/channels/{'a' * 26}/unread", None, 403),
        ("POST", "/channels/members/me/view", {"channel_id": "a" * 26}, 403),
        ("GET", f"/teams/{'a' * 26}/channels/name/notification", None, 403),
        ("GET", "/commands?team_id=x", None, 403),
        ("GET", f"/posts/{'a' * 26}", None, 404),
    ],
)
def test_refusals(method: str, path: str, body: object, status: int, world: World) -> None:
    """What an ordinary user may not do, or what is not there, is refused with the server's status."""
    assert world.api("alice", method, path, body)["status_code"] == status


def test_an_administrator_may_send_no_ephemeral_post_either(world: World) -> None:
    """Ephemeral posts come from commands and buttons alone."""
    assert world.api("sysadmin", "POST", "/posts/ephemeral", {})["status_code"] == 400


def test_the_settings_a_bot_may_ask_for(world: World) -> None:
    """The client configuration names the version and the address of the server."""
    found = world.api("alice", "GET", "/config/client?format=old")

    assert found["SiteURL"] == world.server.url
    assert found["Version"].startswith("5.37")


def test_a_post_can_be_read_back(world: World, channel: str) -> None:
    """A single post is read by its id, by those who are in its channel."""
    post_id = read(world, channel, per_page=1)["order"][0]

    assert world.api("alice", "GET", f"/posts/{post_id}")["id"] == post_id
    assert world.api("bob", "GET", f"/posts/{post_id}")["status_code"] == 403


def test_an_invented_cookie_is_no_button(world: World) -> None:
    """A cookie the server has not made cannot be pressed."""
    answer = world.api("alice", "POST", f"/posts/{'a' * 26}/actions/mute", {"cookie": "invented"})

    assert answer["id"] == "api.post.do_action.action_integration.app_error"


def test_a_disabled_bot_is_described(world: World) -> None:
    """A bot account shows its description and whether it is switched off."""
    made = world.api("sysadmin", "POST", "/bots", {"username": "helper", "description": "helps"})
    disabled = world.api("sysadmin", "POST", f"/bots/{made['user_id']}/disable")

    assert (made["description"], made["delete_at"]) == ("helps", 0)
    assert disabled["delete_at"] > 0


def test_logging_out_without_a_login_is_no_fault(world: World) -> None:
    """Whoever is not logged in may log out."""
    assert world.ask("POST", "/api/v4/users/logout").json() == {"status": "OK"}


def test_whoever_is_logged_in_is_asked_for(world: World) -> None:
    """A call that needs a session says so, whatever its path and body."""
    assert world.ask("POST", "/api/v4/posts", "{").status_code == 401


def test_a_call_without_a_session_has_no_caller() -> None:
    """A handler that asks who calls, where nobody is logged in, refuses the call."""
    call = Call(State(), None, path={}, query={}, body=None, raw=b"", content_type="", site_url="")

    with pytest.raises(ApiError, match="session_expired"):
        _ = call.caller
