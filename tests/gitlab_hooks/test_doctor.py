"""`doctor` on the command line: what it finds between two servers that answer over HTTP, and how it ends."""

import json
import logging
import os
import re
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from sqlalchemy import insert

from bot.__main__ import main
from bot.store import open_store
from bot.store.schema import inbox
from gitlab_hooks.doctor import CHECKS
from playground.gitlab import issues
from playground.gitlab.faults import Fault
from playground.world import TEAM, World

BOT = "http://127.0.0.1:1"
Finding = dict[str, str]


@dataclass
class Place:
    """A folder with a configuration, the two servers it names, and what runs `doctor` there."""

    folder: Path
    world: World
    run: Callable[..., tuple[int, str]]
    environ: dict[str, str] = field(default_factory=dict)
    toml: str = ""

    def replace(self, old: str, new: str) -> None:
        """Write other words into `bot.toml`."""
        assert old in self.toml
        self.toml = self.toml.replace(old, new)

    def findings(self) -> tuple[int, list[Finding]]:
        """Return how `doctor` ends, and what it finds."""
        code, out = self.run("--json")
        shown = json.loads(out)
        assert (shown["level"] == "fault") is (code == 1)
        return code, shown["findings"]

    def found(self, *names: str) -> list[tuple[str, str]]:
        """Return level and text of what some checks find."""
        return [(one["level"], one["says"]) for one in self.findings()[1] if one["name"] in names]


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Iterator[Place]:
    """Give a place in which everything is right, but that the bot has not been started yet."""
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if re.match("MATTERMOST_|GITLAB_|NUDGE_", name)]:
        monkeypatch.delenv(name)
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    world = World(background=False)

    def run(*arguments: str) -> tuple[int, str]:
        if made.toml:
            (tmp_path / "bot.toml").write_text(made.toml)
        with monkeypatch.context() as patched:
            for name, value in made.environ.items():
                patched.setenv(name, value)
            with pytest.raises(SystemExit) as ended:
                main(["doctor", *arguments])
        said = capfd.readouterr()
        assert not [value for value in made.environ.values() if value in said.out + said.err]
        assert "Traceback" not in said.err
        return int(ended.value.code or 0), said.out

    toml = world.bot_toml(listen="127.0.0.1:1", store="sqlite:///nudge.db")
    made = Place(tmp_path, world, run, world.environment(), toml)
    world.register_bot(BOT)
    yield made
    world.close()
    root.handlers[:] = handlers
    root.setLevel(level)


def test_all_is_well(place: Place) -> None:
    """Where everything is right but not yet started, there are warnings, no fault, and the exit code is 0."""
    code, findings = place.findings()
    levels = {(one["name"], one["level"]) for one in findings if one["level"] != "ok"}

    assert code == 0
    assert levels == {
        ("public_url", "warning"),
        ("database", "warning"),
        ("languages", "warning"),
        ("people", "warning"),
        ("way back", "warning"),
    }
    assert {one["group"] for one in findings} == {check.group for check in CHECKS}


def test_lines(place: Place) -> None:
    """For people there is a heading for each group, a line for each finding, and a last word."""
    code, out = place.run()

    assert code == 0
    assert "\nMattermost\n  ok         server: http://127.0.0.1:" in out
    assert "  warning    database: there is no database at sqlite:///nudge.db yet\n             → `serve` makes" in out
    assert out.endswith("\nIt works; what is said under the warnings makes it better.\n")


def test_no_configuration(place: Place) -> None:
    """Without `bot.toml` that is the fault, with what to do, and nothing else is tried."""
    place.toml = ""
    code, findings = place.findings()

    assert code == 1
    assert findings[0]["says"] == "bot.toml: cannot be read: No such file or directory"
    assert "run `setup`" in findings[0]["mend"]
    assert {one["level"] for one in findings[1:]} == {"not tried"}


def test_faults_of_the_configuration(place: Place) -> None:
    """A fault of a section keeps only what needs that section from being tried."""
    place.replace('team = "dev"', 'team = ""')
    place.replace("[store]", "[rules]\nnope = 1\n[store]")
    code, findings = place.findings()
    by_name = {one["name"]: one["level"] for one in findings}

    assert code == 1
    assert [one["says"] for one in findings if one["level"] == "fault"] == [
        "bot.toml: [mattermost] team: expected the team's name, as in the address of its channels",
        "bot.toml: [rules] nope: no such rule; expected one of "
        + next(one["says"] for one in findings if "[rules]" in one["says"]).partition("one of ")[2],
    ]
    assert (by_name["server"], by_name["people"], by_name["webhooks"]) == ("not tried", "not tried", "ok")


def test_addresses_that_are_none(place: Place) -> None:
    """What cannot be an address is a fault of the configuration, and nobody is asked."""
    place.replace(place.world.gitlab.url, "gitlab")
    place.replace(place.world.url, "")

    assert {level for level, _ in place.found("server", "GitLab", "to GitLab", "to Mattermost")} == {"not tried"}


def test_servers_that_are_away(place: Place) -> None:
    """A server that does not answer is a fault of its own, and the other is looked at all the same."""
    place.world.mattermost.faults.broken = 503
    code, findings = place.findings()

    assert code == 1
    assert [one["name"] for one in findings if one["level"] == "fault"] == ["server"]
    assert place.found("GitLab", "sight")[0][0] == "ok"


def test_another_kind_of_server(place: Place) -> None:
    """A server of another kind is told from the right one."""
    place.replace(place.world.url, place.world.gitlab.url)

    assert place.found("server") == [("fault", f"{place.world.gitlab.url} answers 404, but not as Mattermost does")]


def test_log_in(place: Place) -> None:
    """A wrong password is tried once and told, and an administrator's account is more than it takes."""
    place.environ["MATTERMOST_PASSWORD"] = "correct-horse"
    ((level, says),) = place.found("log-in")
    user = place.world.mattermost.state.user("gitlab-bot")

    assert level == "fault"
    assert "MATTERMOST_PASSWORD is wrong" in says
    assert user.failed_logins == 1
    place.environ["MATTERMOST_PASSWORD"] = place.world.secrets.password
    user.roles = "system_user system_admin"
    assert place.found("log-in")[0][0] == "warning"


def test_channel(place: Place) -> None:
    """A channel that is not there stands in the way of everything about people."""
    place.replace('"notification"', '"notifications"')

    assert [level for level, _ in place.found("channel", "direct channels", "languages", "people")] == [
        *("fault", "not tried", "not tried", "not tried")
    ]


def test_an_empty_channel(place: Place) -> None:
    """A channel without people is a warning, and nothing more is said of people in it."""
    place.world.mattermost.add_channel(TEAM, "empty", ["gitlab-bot"])
    place.replace('"notification"', '"empty"')

    assert place.found("channel", "direct channels", "e-mail addresses", "languages", "people") == [
        ("warning", "nobody is in empty of dev: nobody can be told"),
        ("ok", "0 of 0 people are matched"),
    ]


def test_hidden_addresses(place: Place) -> None:
    """A Mattermost that hides addresses matches by name alone."""
    place.world.mattermost.state.show_email = False

    assert place.found("e-mail addresses")[0][0] == "warning"


def test_way_back(place: Place) -> None:
    """An administrator's account sees whether Mattermost may ask the bot."""
    place.world.mattermost.state.user("gitlab-bot").roles = "system_user system_admin"
    assert place.found("way back")[0][0] == "fault"
    place.world.mattermost.state.internal_connections = "127.0.0.0/8"
    assert place.found("way back")[0][0] == "ok"


def test_slash_command(place: Place) -> None:
    """An administrator's account sees whether the command has the right address and token."""
    place.world.mattermost.state.user("gitlab-bot").roles = "system_user system_admin"
    assert place.found("slash command") == [("ok", f"/nudge asks {BOT}/mattermost/command")]
    place.environ["MATTERMOST_COMMAND_TOKEN"] = "another-invented-token"
    assert place.found("slash command")[0][0] == "fault"


def test_without_what_is_optional(place: Place) -> None:
    """What is not set is a warning that says what it costs; what needs it is not looked at."""
    for name in ("GITLAB_TOKEN", "GITLAB_HOOKS_TOKEN", "MATTERMOST_COMMAND_TOKEN"):
        del place.environ[name]
    place.replace('public_url = "http://127.0.0.1:1"', "")
    code, findings = place.findings()
    warned = {one["name"] for one in findings if one["level"] == "warning"}

    assert code == 0
    assert {"bot.toml", "GITLAB_HOOKS_TOKEN", "people"} <= warned
    assert not {"webhooks", "failures", "sight", "version", "way back", "to the bot"} & {
        one["name"] for one in findings
    }


def test_tokens(place: Place) -> None:
    """A token that GitLab refuses is named, and one with another's scope is told."""
    place.environ["GITLAB_TOKEN"], place.environ["GITLAB_HOOKS_TOKEN"] = "glpat-wrong", place.world.secrets.reading
    found = place.found("GITLAB_TOKEN", "GITLAB_HOOKS_TOKEN", "webhooks")

    assert "401: GITLAB_TOKEN is refused" in found[0][1]
    assert found[1] == ("fault", "it has not the scope api, only read_api")
    assert found[-1][0] == "not tried"


def test_what_is_not_seen(place: Place) -> None:
    """A project that the token does not see is named, and so are its hooks."""
    place.replace('"web/shop"]', '"web/shop", "web/nope"]')

    assert place.found("sight", "webhooks") == [
        ("fault", "GITLAB_TOKEN does not see web/nope: nobody is told of it"),
        ("warning", "GITLAB_HOOKS_TOKEN does not find the project web/nope (404): check [gitlab] projects"),
        ("ok", f"1 webhooks send to {BOT}/gitlab"),
    ]


def test_nothing_is_named(place: Place) -> None:
    """Without groups and projects there is nothing to see and no hook to look for."""
    place.replace('["web/shop"]', "[]")

    assert place.found("sight", "webhooks", "failures") == []


def test_webhooks(place: Place) -> None:
    """A hook that lacks an event is a fault, and so is a project without one."""
    (hook,) = place.world.gitlab.hooks.values()
    hook.flags["emoji_events"] = False
    assert place.found("webhooks")[0] == ("fault", "emoji_events are off in the webhook of web/shop")
    place.world.gitlab.hooks.clear()
    assert place.found("webhooks") == [("fault", f"no webhook sends to {BOT}/gitlab from web/shop")]


def test_failures(place: Place) -> None:
    """What was not delivered in the last day is counted; a GitLab without a log says that it has none."""
    gitlab = place.world.gitlab
    issues.open_issue(gitlab, place.world.project, gitlab.user("ben"), "Wrong total")
    ((level, says),) = place.found("failures")

    assert level == "warning"
    assert "web/shop (1, the last with internal error)" in says
    gitlab.version = "17.2.0"
    assert "that came with 17.3" in place.found("failures")[0][1]


def test_people(place: Place) -> None:
    """Who is not matched is told with those who could be meant, and so is who is not there at all."""
    state = place.world.mattermost.state
    place.world.mattermost.add_user("okafor.ben", email="b@elsewhere.example")
    place.world.mattermost.join("okafor.ben", state.channel_names[next(iter(state.teams)), "notification"].id)
    place.toml += '[people]\n"boss" = "nobody.here"\n"jlee" = "junho.lee"\n'
    found = place.found("people")

    assert found == [
        ("ok", "6 of 8 people are matched"),
        ("warning", "@lena is nobody in GitLab by address or name"),
        ("warning", "@okafor.ben is nobody in GitLab by address or name; nearest in GitLab: ben"),
        ("warning", "[people] says that boss is @nobody.here, who is not in the channel"),
    ]


def test_gitlab_fails_midway(place: Place) -> None:
    """A GitLab that fails after it has answered is a fault in its own words."""
    place.world.gitlab.fault = Fault("error")
    code, findings = place.findings()

    assert code == 1
    assert [one["name"] for one in findings if one["level"] == "fault"] == ["GitLab"]


def test_left_behind(place: Place) -> None:
    """A database that is there is opened, and what waits in it for somebody to look at it is counted."""
    row = {"received": 1, "headers": "{}", "body": b"{}", "object": "mr:1", "state": "failed", "attempts": 1, "due": 1}
    with closing(open_store("sqlite:///nudge.db", serving=False)) as store:
        store.write(lambda conn: conn.execute(insert(inbox).values(digest="d", **row)).rowcount)
    found = place.found("database", "deliveries")

    assert found == [
        ("ok", "sqlite:///nudge.db can be read and written"),
        ("warning", "1 deliveries could not be worked through"),
    ]


def test_no_database(place: Place) -> None:
    """A file that is no database is a fault, and so is one that nobody may open."""
    (place.folder / "nudge.db").write_text("no database")

    assert [level for level, _ in place.found("database", "deliveries")] == ["fault", "not tried"]
