"""The playground's world: what runs, for whom, and with which configuration a bot finds it."""

import re
import signal
import subprocess
import sys
import threading
import tomllib
from collections.abc import Iterator
from pathlib import Path

import gitlab
import pytest
import requests

from playground.bell import Bell
from playground.cast import CAST
from playground.chat import ACCOUNT
from playground.server import Server
from playground.world import World, free_port
from tests.playground.gitlab_support import Receiver

ROOT = Path(__file__).parents[2]
SECONDS = 30


@pytest.fixture(name="world")
def a_world() -> Iterator[World]:
    """Close the world when the test is over."""
    made = World(background=False)
    yield made
    made.close()


def login(world: World) -> requests.Response:
    """Log in as the shared account, as the bot does."""
    body = {"login_id": ACCOUNT, "password": world.environment()["MATTERMOST_PASSWORD"]}
    return requests.post(f"{world.url}/api/v4/users/login", json=body, timeout=SECONDS)


def test_bot_toml_says_where_everything_is(world: World) -> None:
    """The bot.toml leads to both stand-ins, the team, the channel, the account and the project."""
    config = tomllib.loads(world.bot_toml(listen="127.0.0.1:9999"))

    assert config["server"] == {"listen": "127.0.0.1:9999", "public_url": "http://127.0.0.1:9999"}
    assert config["mattermost"] == {
        "url": world.url,
        "team": "dev",
        "notification_channel": "notification",
        "login_id": ACCOUNT,
    }
    assert config["gitlab"] == {"url": world.gitlab.url, "projects": ["web/shop"], "hooks_sync_every": "0"}
    assert config["store"]["url"].startswith("sqlite:///")


def test_shared_account_can_log_in(world: World) -> None:
    """The shared account logs in with the password of the environment and sees everybody in the channel."""
    answer = login(world)
    headers = {"Authorization": f"Bearer {answer.headers['Token']}"}
    team = requests.get(
        f"{world.url}/api/v4/teams/name/dev/channels/name/notification", headers=headers, timeout=SECONDS
    )
    query = {"in_channel": team.json()["id"]}
    members = requests.get(f"{world.url}/api/v4/users", params=query, headers=headers, timeout=SECONDS).json()

    assert {member["username"] for member in members} == {ACCOUNT, *(person.name for person in CAST)}
    assert {member["username"] for member in members if member["locale"] == "ko"} == {"haneul", "junho.lee"}


def test_gitlab_tokens_have_least_rights(world: World) -> None:
    """The reading token sees members and one public address, and only the other one may see the hooks."""
    secrets = world.environment()
    reader, keeper = (
        gitlab.Gitlab(world.gitlab.url, private_token=secrets[name]) for name in ("GITLAB_TOKEN", "GITLAB_HOOKS_TOKEN")
    )
    levels = {person.name: world.project.access_level(world.gitlab.user(person.username).id) for person in CAST}

    outside = {"zoe", "lena"}
    assert {levels[name] for name in outside} == {0}
    assert min(level for name, level in levels.items() if name not in outside) >= 30
    assert [user.username for user in reader.users.list(search="jlee@shop.example", iterator=True)] == ["jlee"]
    with pytest.raises(gitlab.GitlabListError):
        reader.projects.get("web/shop").hooks.list(get_all=True)
    assert keeper.projects.get("web/shop").hooks.list(get_all=True) == []


def test_bot_is_registered_on_both_sides(world: World) -> None:
    """A registered bot gets GitLab's webhooks and the slash command, with the secrets of the environment."""
    receiver = Receiver(lambda _: (200, '{"text": "hello"}'))
    world.register_bot(receiver.url)
    act = requests.post(f"{world.url}/playground/act/mention", json={}, timeout=SECONDS)
    said = requests.post(
        f"{world.url}/playground/say", json={"person": "ben", "text": "/nudge status"}, timeout=SECONDS
    )
    receiver.close()

    assert act.json()["said"].startswith("Ben Okafor mentioned")
    assert said.json() == {"complaint": "", "dialog": None}
    hook, command = receiver.received
    assert (hook.path, hook.headers["X-Gitlab-Token"]) == ("/gitlab", world.environment()["GITLAB_WEBHOOK_TOKEN"])
    assert command.path == "/mattermost/command"
    assert f"token={world.environment()['MATTERMOST_COMMAND_TOKEN']}".encode() in command.body


def test_mattermost_can_go_down_beside_the_page(world: World) -> None:
    """While Mattermost is down its connections are dropped, and the page goes on."""
    requests.post(f"{world.url}/playground/act/mattermost-down", json={}, timeout=SECONDS)
    with pytest.raises(requests.ConnectionError):
        login(world)
    requests.post(f"{world.url}/playground/act/mattermost-up", json={}, timeout=SECONDS)

    assert login(world).status_code == 200


def test_page_asks_for_what_exists(world: World) -> None:
    """Unknown people and acts are 404, and what is no command is explained."""
    for path, body in (
        ("act/fly", {}),
        ("status", {"who": "nobody", "message": "hello"}),
        ("view", {"person": "nobody"}),
        ("say", {"person": "nobody", "text": "/x"}),
        ("submit", {"person": "ben", "number": 0, "submission": {}}),
    ):
        assert requests.post(f"{world.url}/playground/{path}", json=body, timeout=SECONDS).status_code == 404
    complaints = [
        requests.post(f"{world.url}/playground/say", json={"person": "ben", "text": text}, timeout=SECONDS).json()
        for text in ("hello", "/unknown")
    ]
    assert "/nudge help" in complaints[0]["complaint"]
    assert "unknown" in complaints[1]["complaint"]


def test_page_has_a_strict_policy(world: World) -> None:
    """The page runs no inline script or style, and may be framed by nobody."""
    answer = requests.get(world.url, timeout=SECONDS)

    assert answer.headers["Content-Type"].startswith("text/html")
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert "unsafe" not in answer.headers["Content-Security-Policy"]
    assert not re.search(r"<style|style=|<script>|onclick", answer.text)


def test_news_are_waited_for(world: World) -> None:
    """Whoever asks for news gets the version at once if there are any, else when something happens."""
    version = requests.get(f"{world.url}/playground/events", timeout=SECONDS).json()["version"]
    heard: list[int] = []

    def listen() -> None:
        answer = requests.get(f"{world.url}/playground/events", params={"since": version}, timeout=SECONDS)
        heard.append(answer.json()["version"])

    listener = threading.Thread(target=listen)
    listener.start()
    channel = world.mattermost.direct_channel("ben", ACCOUNT)["id"]
    world.mattermost.post(ACCOUNT, channel, "hello")
    listener.join(SECONDS)

    assert heard
    assert heard[0] > version


def test_closed_bells_let_everybody_go() -> None:
    """Whoever waits for news is let go when everything is closed."""
    bell = Bell()
    waiting = threading.Thread(target=bell.wait, args=(bell.version, SECONDS))
    waiting.start()
    bell.close()
    waiting.join(SECONDS)

    assert not waiting.is_alive()


def test_next_free_port_is_taken() -> None:
    """Where somebody listens already the next free port is taken; 0 leaves it to the system."""
    server = Server(lambda _environ, start: start("204 No Content", []) or [])
    taken = int(server.url.rpartition(":")[2])

    assert taken < free_port(taken) <= taken + 20
    assert free_port(0) == 0
    server.close()
    assert free_port(taken) == taken


def test_playground_runs_alone() -> None:
    """`python -m playground` says what to open and how to start a bot, and stops cleanly when asked."""
    command = [sys.executable, "-m", "playground", "--port", "0", "--bot", "127.0.0.1:1"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        lines = iter(process.stdout.readline, "")
        text = next(lines)
        for line in lines:
            text += line
            if line.startswith("Ctrl-C"):
                break
        url = text.split()[1]
        answer = requests.get(url, timeout=SECONDS)
        process.send_signal(signal.SIGINT)
        code = process.wait(SECONDS)

    assert answer.status_code == 200
    assert "export GITLAB_WEBHOOK_TOKEN=" in text
    assert "[mattermost]" in text
    assert code == 0
