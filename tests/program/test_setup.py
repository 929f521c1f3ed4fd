"""From nothing to the first direct message, as somebody does it who has Python and the two servers."""

import socket
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from bot import env_file
from playground.gitlab import comments
from playground.world import CHANNEL, TEAM, World
from tests.program.running import Program, cli, eventually


@pytest.fixture
def world() -> Iterator[World]:
    """Run the two servers, on which nothing of the bot is there but its accounts."""
    with closing(World(background=False)) as made:
        made.mattermost.state.user("gitlab-bot").roles = "system_user system_admin"  # who may make slash commands
        made.mattermost.state.internal_connections = "127.0.0.1"
        yield made


def free_address() -> str:
    """Return an address on which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return f"127.0.0.1:{probe.getsockname()[1]}"


def test_from_nothing_to_a_direct_message(world: World, tmp_path: Path) -> None:
    """`setup --yes`, then `serve`, then a webhook: it is told, the command answers, and `doctor` finds no fault."""
    address = free_address()
    given = world.environment()
    for made_by_setup in ("GITLAB_WEBHOOK_TOKEN", "MATTERMOST_COMMAND_TOKEN"):
        del given[made_by_setup]
    where = {
        "mattermost-url": world.url,
        "team": TEAM,
        "channel": CHANNEL,
        "gitlab-url": world.gitlab.url,
        "group": "web",
        "listen": address,
        "public-url": f"http://{address}",
        "me": "anna.berg",
    }
    options = [f"--{name}={value}" for name, value in where.items()]

    ran = cli(tmp_path, "setup", "--yes", *options, **given)
    assert (ran.returncode, ran.stderr) == (0, ""), ran.stdout
    assert not [value for value in given.values() if value in ran.stdout]

    toml, environ = (tmp_path / "bot.toml").read_text(), given | env_file.read(tmp_path / ".env")
    program = Program(tmp_path, toml, environ)
    try:
        program.start()
        (mr,) = world.project.merge_requests.values()
        comments.comment(world.gitlab, mr, world.gitlab.user("ben"), "@carla, what about zero?")
        eventually(lambda: world.mattermost.badge("carla"))
        channel = world.mattermost.direct_channel("carla", "gitlab-bot")["id"]

        assert "what about zero?" in str(world.mattermost.direct_posts("carla"))
        assert world.mattermost.execute("carla", channel, "/nudge off")["text"].startswith("You are **off**")
        assert "This is a sample." in world.mattermost.direct_posts("anna.berg")[0]["message"]
        assert cli(tmp_path, "doctor", **environ).returncode == 0
    finally:
        program.end()


def test_again(world: World, tmp_path: Path) -> None:
    """What has no answer yet ends the run before anything is written, and the next run goes on from there."""
    ran = cli(tmp_path, "setup", "--yes", f"--mattermost-url={world.url}", **world.environment())

    assert (ran.returncode, list(tmp_path.iterdir())) == (2, [])
    assert (
        ran.stderr == "--gitlab-url: it cannot be done without\nNothing is written; put it right and run this again.\n"
    )
