"""`setup` between the two stand-ins: what it asks, writes and makes, and what it leaves alone."""

import tomllib
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from bot import env_file
from bot.__main__ import app
from bot.talk import StoppedError, Talk
from gitlab_hooks.setup import Setup
from gitlab_hooks.setup_draft import SHIPPED
from playground.cast import KEEPER
from playground.gitlab.objects import Project
from playground.world import COMMAND, TEAM, World

URL = "https://nudge.example.org"
SECRETS = ("MATTERMOST_PASSWORD", "GITLAB_TOKEN", "GITLAB_HOOKS_TOKEN")


@dataclass
class Answers:
    """Answers questions that contain a word, each as often as it has answers; all others with what Enter means."""

    by_word: dict[str, deque[str]]
    asked: list[str] = field(default_factory=list)

    def __call__(self, question: str, default: str, secret: bool) -> str:
        self.asked.append(f"{question}{' (hidden)' if secret else ''}")
        assert len(self.asked) < 100, "it asks for ever"
        answers = next((found for word, found in self.by_word.items() if word in question), None)
        return answers.popleft() if answers else default


@dataclass
class Place:
    """An empty folder, the two servers, and what runs `setup` there."""

    folder: Path
    world: World
    environ: dict[str, str]
    said: list[str] = field(default_factory=list)

    @property
    def path(self) -> Path:
        return self.folder / "bot.toml"

    @property
    def env_path(self) -> Path:
        return self.folder / ".env"

    def given(self, **other: Any) -> dict[tuple[str, str], Any]:
        """Return the right answers, with some in other words, or left out."""
        right: dict[str, Any] = {
            "mattermost.url": self.world.url,
            "mattermost.team": TEAM,
            "gitlab.url": self.world.gitlab.url,
            "gitlab.projects": ["web/shop"],
            "server.public_url": URL,
        }
        merged = right | {name.replace("__", "."): value for name, value in other.items()}
        return {(name.split(".")[0], name.split(".")[1]): value for name, value in merged.items() if value is not None}

    def run(self, prompt: Answers | None = None, me: str = "", **other: Any) -> int:
        """Run it; without a prompt nothing is asked."""
        self.said.clear()
        numbers = count()
        return Setup(
            self.path,
            self.env_path,
            self.given(**other),
            me,
            self.environ,
            lambda: f"random-{next(numbers)}",
        ).run(Talk(self.said.append, prompt))

    def text(self) -> str:
        """Return all that was said; none of the secrets may be in it."""
        said = "\n".join(self.said)
        assert not [value for value in self.environ.values() if value in said]
        return said

    def toml(self) -> dict[str, Any]:
        return tomllib.loads(self.path.read_text())

    def administer(self) -> None:
        """Let the shared account do what administrators may."""
        self.world.mattermost.state.user("gitlab-bot").roles = "system_user system_admin"

    def project(self, name: str, level: int) -> Project:
        """Add a project in which the token for webhooks has a level."""
        gitlab = self.world.gitlab
        return gitlab.add_project(gitlab.add_group(name, name, {gitlab.user(KEEPER): level}), "thing", {})


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    """Give a place where nothing has been set up, with the secrets that people have to bring."""
    world = World(background=False)
    environ = {name: world.environment()[name] for name in SECRETS}
    yield Place(tmp_path, world, environ)
    world.close()


# ---- without questions


def test_all_is_given(place: Place) -> None:
    """With every answer given nothing is asked: configuration, secret, webhook and first message are made."""
    assert place.run(me="@Haneul") == 0

    toml, shipped = place.toml(), tomllib.loads(SHIPPED.read_text())
    changed = {(section, key) for section, keys in toml.items() for key in keys if shipped[section][key] != keys[key]}
    (hook,) = place.world.gitlab.hooks.values()
    assert changed == set(place.given()) - {("mattermost", "team")}
    assert place.path.read_text().count("#") == SHIPPED.read_text().count("#")
    assert (hook.url, hook.token) == (f"{URL}/gitlab", "random-0")
    assert {name for name, on in hook.flags.items() if not on} == {"push_events", "tag_push_events", "releases_events"}
    assert env_file.read(place.env_path) == {"GITLAB_WEBHOOK_TOKEN": "random-0"}
    assert place.env_path.stat().st_mode & 0o777 == 0o600
    assert [post["author"] for post in place.world.mattermost.direct_posts("haneul")] == ["gitlab-bot"]
    assert "6 of 7 people are matched" in place.text()
    assert "random-0" not in place.text()


def test_twice(place: Place) -> None:
    """What is done already stays as it is, to the last byte."""
    place.administer()
    place.run()
    before = place.path.read_bytes(), place.env_path.read_bytes(), len(place.world.gitlab.hooks)
    assert place.run() == 0

    assert (place.path.read_bytes(), place.env_path.read_bytes(), len(place.world.gitlab.hooks)) == before
    assert "says so already" in place.text()
    assert "/nudge is there already" in place.text()
    assert "1 are there already" in place.text()


def test_no_answers(place: Place) -> None:
    """A run without answers takes those that are written already."""
    place.run()

    nothing: dict[str, Any] = dict.fromkeys(
        ["mattermost__url", "gitlab__url", "gitlab__projects", "server__public_url"]
    )
    assert place.run(**nothing) == 0


@pytest.mark.parametrize(
    ("other", "lacking", "code", "says"),
    [
        ({"mattermost__url": None}, "", 2, "--mattermost-url: it cannot be done without"),
        ({"mattermost__url": "chat"}, "", 1, "--mattermost-url: see above"),
        ({"mattermost__url": "http://127.0.0.1:1"}, "", 1, "--mattermost-url: see above"),
        ({}, "MATTERMOST_PASSWORD", 2, "MATTERMOST_PASSWORD: it cannot be done without"),
        ({"mattermost__login_id": "nobody"}, "", 1, "MATTERMOST_PASSWORD: see above"),
        ({"mattermost__team": "ops"}, "", 1, "--team: see above"),
        ({"mattermost__notification_channel": "nope"}, "", 1, "--channel: see above"),
        ({"gitlab__url": None}, "", 2, "--gitlab-url: it cannot be done without"),
        ({"gitlab__projects": ["web/nope"]}, "", 1, "--project: see above"),
        ({"server__listen": "everywhere"}, "", 1, "--listen: see above"),
        ({"server__public_url": None}, "", 2, "--public-url: it cannot be done without"),
        ({"server__public_url": "here"}, "", 1, "--public-url: see above"),
    ],
)
def test_wrong_answers(place: Place, other: dict[str, Any], lacking: str, code: int, says: str) -> None:
    """Where nobody can be asked, the first answer that is wrong or lacks ends it, and nothing is written or made."""
    place.environ.pop(lacking, None)
    with pytest.raises(StoppedError) as stopped:
        place.run(**other)

    assert (stopped.value.code, stopped.value.texts[0]) == (code, says)
    assert list(place.folder.iterdir()) == []
    assert place.world.gitlab.hooks == {}
    assert place.text().count("fault") <= 1


def test_secrets_that_are_wrong(place: Place) -> None:
    """A token that GitLab refuses is named."""
    place.environ["GITLAB_TOKEN"] = "glpat-wrong"
    with pytest.raises(StoppedError, match="GITLAB_TOKEN: see above"):
        place.run()

    assert "GITLAB_TOKEN is refused" in place.text()


def test_a_token_for_the_account(place: Place) -> None:
    """With a token of the shared account neither its name nor its password is needed."""
    del place.environ["MATTERMOST_PASSWORD"]
    place.environ["MATTERMOST_TOKEN"] = place.world.mattermost.personal_token("gitlab-bot")

    assert place.run(mattermost__login_id="nobody") == 0


# ---- with questions


def test_questions(place: Place) -> None:
    """A wrong answer is asked again at once, Enter means what is there, and secrets that are typed are kept."""
    password, token = place.environ["MATTERMOST_PASSWORD"], place.environ.pop("GITLAB_TOKEN")
    del place.environ["MATTERMOST_PASSWORD"]
    answers = Answers(
        {
            "your Mattermost (": deque(["", "http://127.0.0.1:1", place.world.url]),
            "account's password": deque(["wrong", password]),
            "read_api": deque([token]),
            "which groups": deque(["web, "]),
        }
    )
    lacking: dict[str, Any] = dict.fromkeys(["mattermost__url", "gitlab__projects"])

    assert place.run(answers, **lacking) == 0
    assert place.toml()["gitlab"]["groups"] == ["web"]
    kept = env_file.read(place.env_path)
    assert (kept["MATTERMOST_PASSWORD"], kept["GITLAB_TOKEN"]) == (password, token)
    assert not [value for value in kept.values() if value in place.text()]
    assert sum("account's password" in question for question in answers.asked) == 2
    assert sum("Where is your GitLab" in question for question in answers.asked) == 0


def test_a_file_that_is_there(place: Place) -> None:
    """A file that is there is changed with leave only, and only where an answer is another one."""
    place.path.write_text('# ours\n[rules]\n"note.issue" = []   # quiet\n')
    no = Answers({"no other?": deque(["n"])})
    with pytest.raises(StoppedError, match="Nothing is written"):
        place.run(no)
    assert "[mattermost] team = dev" in next(question for question in no.asked if "no other?" in question)
    assert (place.path.read_text()[:6], place.env_path.exists()) == ("# ours", False)

    assert place.run(Answers({}), mattermost__login_id="gitlab-bot") == 0
    assert place.path.read_text().startswith('# ours\n[rules]\n"note.issue" = []   # quiet\n')


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (b'mattermost = {url = "x"}\n', "is written in another way|already|Cannot|cannot|another way"),
        (b"[mattermost\n", "write .mattermost. url yourself"),
        (b"\xff", "cannot be read"),
    ],
)
def test_a_file_that_is_not_understood(place: Place, text: bytes, says: str) -> None:
    """A file that is no TOML, or TOML of another kind, is left alone."""
    place.path.write_bytes(text)
    with pytest.raises(StoppedError, match=says) as stopped:
        place.run()

    assert (stopped.value.code, place.path.read_bytes()) == (2, text)


def test_files_that_cannot_be_written(place: Place) -> None:
    """A file that cannot be written is named, with why."""
    place.env_path.mkdir()
    with pytest.raises(StoppedError, match=r"\.env cannot be (read|written)"):
        place.run()


def test_nobody_of_that_name(place: Place) -> None:
    """Who is not in the channel gets no first message, and the run says so at its end."""
    assert place.run(me="stranger") == 1
    assert "@stranger is not among the people in notification" in place.text()


# ---- the slash command


def test_slash_command(place: Place) -> None:
    """An account that may makes the slash command, and its token is kept."""
    place.administer()
    place.world.mattermost.state.internal_connections = "nudge.example.org"
    assert place.run() == 0
    (made,) = place.world.mattermost.state.commands.values()

    assert (made.trigger, made.url) == (COMMAND, f"{URL}/mattermost/command")
    assert env_file.read(place.env_path)["MATTERMOST_COMMAND_TOKEN"] == made.token
    assert made.token not in place.text()


def test_slash_command_by_hand(place: Place) -> None:
    """An account that may not says which fields to fill in."""
    place.run()

    assert f"Command Trigger Word nudge, Request URL {URL}/mattermost/command, Request Method POST" in place.text()


@pytest.mark.parametrize(
    ("url", "token", "admin", "says"),
    [
        ("https://old.example.org", "", True, "/nudge asks https://old.example.org"),
        (f"{URL}/mattermost/command", "", False, "its token is not shown to us"),
        (f"{URL}/mattermost/command", "a-token", False, "/nudge is there already"),
        (f"{URL}/mattermost/command", "a-token", True, "/nudge is there already"),
    ],
)
def test_a_slash_command_that_is_there(place: Place, url: str, token: str, admin: bool, says: str) -> None:
    """A command that is there is left as it is."""
    place.world.mattermost.add_command(TEAM, COMMAND, url, "a-token")
    if admin:
        place.administer()
    place.environ |= {"MATTERMOST_COMMAND_TOKEN": token} if token else {}
    place.run()

    assert says in "\n".join(place.said)
    assert len(place.world.mattermost.state.commands) == 1
    assert "MATTERMOST_COMMAND_TOKEN" not in env_file.read(place.env_path)


# ---- webhooks


def test_webhooks_by_hand(place: Place) -> None:
    """Without a token, or without projects, it is said how to make them."""
    assert place.run(gitlab__projects=None) == 0
    assert "no group and no project is named" in place.text()
    del place.environ["GITLAB_HOOKS_TOKEN"]
    assert place.run() == 0
    assert f"URL {URL}/gitlab; its Secret token is GITLAB_WEBHOOK_TOKEN" in place.text()
    assert place.world.gitlab.hooks == {}


def test_webhooks_of_some(place: Place) -> None:
    """A project whose webhooks are not ours to make is told, and the others get theirs."""
    place.project("closed", 20)
    place.project("open", 40)
    del place.environ["GITLAB_TOKEN"]

    assert place.run(gitlab__projects=["closed/thing", "open/thing", "web/shop"]) == 1
    assert "closed/thing" in place.text()
    made = {place.world.gitlab.projects[hook.project_id].full_path for hook in place.world.gitlab.hooks.values()}
    assert made == {"open/thing", "web/shop"}


def test_signing(place: Place) -> None:
    """A signing token that is set is given to the webhooks, and no other secret is made."""
    place.environ["GITLAB_SIGNING_TOKEN"] = "whsec_" + "A" * 43 + "="
    assert place.run() == 0
    (hook,) = place.world.gitlab.hooks.values()

    assert (hook.token, hook.signing_token) == ("", place.environ["GITLAB_SIGNING_TOKEN"])
    assert not place.env_path.exists()


# ---- the command line


def test_command_line(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """The command asks on a terminal, and ends with how it went."""
    monkeypatch.chdir(place.folder)
    environ = dict.fromkeys(("MATTERMOST_TOKEN", "GITLAB_WEBHOOK_TOKEN"), "") | place.environ
    right = [f"--mattermost-url={place.world.url}", f"--gitlab-url={place.world.gitlab.url}", "--project=web/shop"]
    typed = f"\n\n\n\n\n{URL}\n\n"
    asked = CliRunner().invoke(app, ["setup", *right], input=typed, env=environ)
    silent = CliRunner().invoke(app, ["setup", "--yes", "--team=nope"], env=environ)

    assert asked.exit_code == 0, asked.output
    assert place.toml()["server"]["public_url"] == URL
    assert (silent.exit_code, "--team: see above" in silent.output) == (1, True)
