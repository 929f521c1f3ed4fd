"""The stand-in as the page and other tests use it from Python."""

import json
import threading
from collections.abc import Iterator

import pytest
from mattermostdriver import Driver

from playground.bell import Bell
from playground.mattermost import ApiError, Mattermost, serve
from tests.playground.mattermost_world import Integration

JSON = {"Content-Type": "application/json"}


@pytest.fixture
def mattermost() -> Mattermost:
    made = Mattermost(bell=Bell())
    for name in ("bot", "jin", "mina"):
        made.add_user(name, password="secret", first_name=name.capitalize(), locale="ko", timezone="Asia/Seoul")
    made.add_team("dev")
    made.add_channel("dev", "notification", ["bot", "jin", "mina"])
    return made


@pytest.fixture
def integration() -> Iterator[Integration]:
    made = Integration()
    yield made
    made.close()


def channel_of(mattermost: Mattermost, name: str) -> str:
    return str(mattermost.direct_channel("bot", name)["id"])


def test_a_direct_message_lights_the_badge(mattermost: Mattermost) -> None:
    """Every post in a direct channel counts at the other person's badge until the channel is viewed."""
    channel = channel_of(mattermost, "jin")
    for text in ("one", "two"):
        mattermost.post("bot", channel, text)

    assert (mattermost.badge("jin"), mattermost.badge("mina"), mattermost.badge("bot")) == (2, 0, 0)
    mattermost.view("jin", channel)
    assert mattermost.badge("jin") == 0


def test_direct_posts_are_in_order_with_their_authors(mattermost: Mattermost) -> None:
    """A person's direct messages come from all channels, oldest first, each with its author."""
    mattermost.post("bot", channel_of(mattermost, "jin"), "first")
    mattermost.post("mina", mattermost.direct_channel("mina", "jin")["id"], "second")
    mattermost.post("jin", channel_of(mattermost, "jin"), "third")

    assert [(one["author"], one["message"]) for one in mattermost.direct_posts("jin")] == [
        ("bot", "first"),
        ("mina", "second"),
        ("jin", "third"),
    ]


@pytest.mark.parametrize(
    ("message", "props", "badged"),
    [
        ("hello", {}, set()),
        ("hello @jin.", {}, {"jin"}),
        ("hello @JIN and @bot", {}, {"jin"}),
        ("hello @channel", {}, {"jin", "mina"}),
        ("", {"attachments": [{"text": "see @mina"}]}, {"mina"}),
        ("", {"attachments": [{"pretext": "see @mina", "title": "@jin", "fallback": "@jin"}]}, {"mina"}),
        ("see @bot", {"from_webhook": "true"}, {"bot"}),
    ],
)
def test_in_a_channel_only_mentions_count(
    message: str, props: dict[str, object], badged: set[str], mattermost: Mattermost
) -> None:
    """In a channel only a mention in the message or in an attachment's text or pretext counts."""
    channel = next(iter(mattermost.state.channels.values()))
    mattermost.post("bot", channel.id, message, props)

    assert {one.user.username for one in channel.members.values() if one.mention_count} == badged


def test_nobody_gets_a_badge_from_themselves(mattermost: Mattermost) -> None:
    """A note to oneself counts nowhere."""
    mattermost.post("jin", mattermost.direct_channel("jin", "jin")["id"], "note")

    assert mattermost.badge("jin") == 0


def test_a_slash_command_reaches_its_server(mattermost: Mattermost, integration: Integration) -> None:
    """What a person types goes to the command's server over HTTP, and the answer is shown to that person only."""
    mattermost.add_command("dev", "nudge", f"{integration.url}/command", "token")
    integration.replies = [(200, JSON, json.dumps({"text": "You are *in*."}))]
    answer = mattermost.execute("jin", channel_of(mattermost, "jin"), "/nudge status now")

    assert answer["text"] == "You are *in*."
    assert [one["message"] for one in mattermost.ephemeral_posts("jin")] == ["You are *in*."]
    assert mattermost.direct_posts("jin") == mattermost.ephemeral_posts("mina") == []
    assert "text=status+now&token=token" in integration.asked[0].body


def test_buttons_work_in_posts_and_in_answers(mattermost: Mattermost, integration: Integration) -> None:
    """A button of a post changes the post; one of an ephemeral answer works by its cookie."""
    action = {"id": "mute", "name": "Mute", "integration": {"url": f"{integration.url}/action"}}
    channel = channel_of(mattermost, "jin")
    post = mattermost.post("bot", channel, "card", {"attachments": [{"text": "x", "actions": [action]}]})
    integration.replies = [(200, JSON, json.dumps({"update": {"message": "muted"}, "ephemeral_text": "ok"}))]
    mattermost.click("jin", post["id"], "mute")
    mattermost.add_command("dev", "nudge", f"{integration.url}/command")
    offered = {"text": "sure?", "attachments": [{"text": "y", "actions": [action]}]}
    integration.replies = [(200, JSON, json.dumps(offered)), (200, JSON, "{}")]
    mattermost.execute("jin", channel, "/nudge off")
    mattermost.click("jin", mattermost.ephemeral_posts("jin")[-1]["id"], "mute")

    assert [one["message"] for one in mattermost.direct_posts("jin")] == ["muted"]
    assert [one["message"] for one in mattermost.ephemeral_posts("jin")] == ["ok", "sure?"]
    assert [one.path for one in integration.asked] == ["/action", "/command", "/action"]


def test_a_button_that_is_not_there_is_refused(mattermost: Mattermost) -> None:
    """A button of an unknown post is forbidden."""
    with pytest.raises(ApiError, match="permissions"):
        mattermost.click("jin", "a" * 26, "mute")


def test_a_dialog_is_filled_in(mattermost: Mattermost, integration: Integration) -> None:
    """A dialog opened by an integration is there for the person, and what they fill in reaches the integration."""
    opened = {"url": f"{integration.url}/dialog", "dialog": {"callback_id": "mute", "state": "signed"}}
    mattermost.state.dialogs[mattermost.state.user("jin").id].append(opened)
    integration.replies = [(200, JSON, json.dumps({"errors": {"until": "too long"}})), (None, {}, "")]
    channel = channel_of(mattermost, "jin")

    assert mattermost.submit("jin", channel, mattermost.dialogs("jin")[0], {"until": "9"}) == {
        "errors": {"until": "too long"}
    }
    assert json.loads(integration.asked[0].body)["state"] == "signed"
    with pytest.raises(ApiError, match="action_integration"):
        mattermost.submit("jin", channel, mattermost.dialogs("jin")[0], {})


def test_people_come_and_go(mattermost: Mattermost) -> None:
    """Members join and leave, accounts are renamed, deactivated and activated, and the lists follow at once."""
    channel = next(iter(mattermost.state.channels.values()))
    mattermost.add_user("aram")
    mattermost.join("aram", channel.id)
    assert [one.username for one in channel.sorted_members()] == ["aram", "bot", "jin", "mina"]
    mattermost.leave("jin", channel.id)
    mattermost.rename("aram", "zoe")
    assert [one.username for one in channel.sorted_members()] == ["bot", "mina", "zoe"]
    mattermost.deactivate("zoe")
    assert mattermost.state.user("zoe").delete_at
    mattermost.activate("zoe")
    assert not mattermost.state.user("zoe").delete_at
    with pytest.raises(ApiError, match="exists"):
        mattermost.rename("zoe", "jin")


def test_sessions_end(mattermost: Mattermost) -> None:
    """Deactivating an account ends its logins, an administrator may end all of them."""
    first, kept = mattermost.login_token("jin"), mattermost.personal_token("jin", "given")
    mattermost.deactivate("jin")
    assert kept == "given"
    assert first not in mattermost.state.sessions
    assert kept in mattermost.state.sessions
    mattermost.end_sessions("jin")
    assert not mattermost.state.sessions


def test_an_archived_channel_takes_no_posts(mattermost: Mattermost) -> None:
    """Nobody can post to an archived channel."""
    channel = next(iter(mattermost.state.channels))
    mattermost.archive(channel)

    with pytest.raises(ApiError, match="can_not_post_to_deleted"):
        mattermost.post("jin", channel, "hello")


def test_whoever_waits_is_told_of_a_change(mattermost: Mattermost) -> None:
    """`changes` returns as soon as something is posted, changed or viewed."""
    version, told = mattermost.changes(-1, 0), threading.Event()

    def wait() -> None:
        if mattermost.changes(version, 20) > version:
            told.set()

    waiting = threading.Thread(target=wait)
    waiting.start()
    mattermost.post("bot", channel_of(mattermost, "jin"), "news")
    waiting.join(20)

    assert told.is_set()


@pytest.mark.parametrize("prefix", ["", "/chat"])
def test_the_driver_finds_its_way(prefix: str, mattermost: Mattermost) -> None:
    """Mattermostdriver logs in, opens a direct channel and posts, at the root and at a sub-path."""
    server = serve(mattermost, prefix=prefix)
    port = int(server.url.removesuffix(prefix).rpartition(":")[2])
    where = {"url": "127.0.0.1", "port": port, "scheme": "http", "basepath": f"{prefix}/api/v4"}
    driver = Driver({**where, "login_id": "bot", "password": "secret"})
    driver.login()
    jin = driver.users.get_user_by_username("jin")
    channel = driver.channels.create_direct_message_channel([driver.users.get_user("me")["id"], jin["id"]])
    driver.posts.create_post({"channel_id": channel["id"], "message": "hello"})
    driver.logout()
    server.close()

    assert (jin["locale"], jin["timezone"]["manualTimezone"]) == ("ko", "Asia/Seoul")
    assert mattermost.badge("jin") == 1
