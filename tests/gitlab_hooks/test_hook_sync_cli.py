"""`hooks sync` and `hooks status` on the command line: what they say, with which exit code, and what they leave."""

import base64
import json
import os
import re
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from bot.__main__ import main
from bot.store import open_store
from gitlab_hooks.authenticity import Secrets, authentic
from gitlab_hooks.configured import configured
from gitlab_hooks.hook_keeper import HookKeeper
from gitlab_hooks.hook_keeping import keeper_of
from playground.cast import KEEPER
from playground.gitlab import issues
from playground.gitlab.faults import Fault
from playground.gitlab.objects import Project
from playground.world import World

URL = "https://nudge.example.com"
NOBODY = "http://127.0.0.1:1/gitlab"


@dataclass
class Place:
    """A folder with a configuration, a GitLab with projects in a group, and what runs commands; no database yet."""

    world: World
    folder: Path
    run: Callable[..., tuple[int, str, str]]
    environ: dict[str, str] = field(default_factory=dict)

    def write(self, **replaced: str) -> None:
        """Write `bot.toml`, with some of its lines in other words."""
        text = self.world.bot_toml(listen="127.0.0.1:0", store="sqlite:///nudge.db")
        text = text.replace("http://127.0.0.1:0", URL).replace('projects = ["web/shop"]', 'groups = ["web"]')
        for old, new in replaced.items():
            text = re.sub(rf"^{old} = .*$", f"{old} = {new}", text, flags=re.MULTILINE)
        (self.folder / "bot.toml").write_text(text)

    def add_projects(self, count: int) -> list[Project]:
        group, gitlab = self.world.project.group, self.world.gitlab
        keeper = gitlab.user(KEEPER)
        return [gitlab.add_project(group, f"p{number:03}", {keeper: 40}) for number in range(count)]


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Iterator[Place]:
    """Give a place with one project, in which nobody has set up anything."""
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if re.match("MATTERMOST_|GITLAB_|NUDGE_", name)]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("COLUMNS", "200")
    world = World(background=False)

    def run(*arguments: str) -> tuple[int, str, str]:
        with monkeypatch.context() as patched:
            for name, value in made.environ.items():
                patched.setenv(name, value)
            with pytest.raises(SystemExit) as ended:
                main(["hooks", *arguments])
        said = capfd.readouterr()
        assert "Traceback" not in said.err
        assert made.world.secrets.webhook not in said.out + said.err
        return int(ended.value.code or 0), said.out, said.err

    made = Place(world, tmp_path, run, world.environment())
    made.write()
    yield made
    world.close()


def test_first_and_second_time(place: Place) -> None:
    """The first run makes what is missing, before `serve` has ever run; the second finds nothing to do."""
    first, second = place.run("sync"), place.run("sync")

    assert first == (
        0,
        "web/shop: created\n1 webhooks: 1 created, 0 repaired, 0 switched on again, 0 as it should be.\n",
        "",
    )
    assert second == (0, "1 webhooks: 0 created, 0 repaired, 0 switched on again, 1 as it should be.\n", "")
    (hook,) = place.world.gitlab.hooks.values()
    assert (hook.url, hook.token) == (f"{URL}/gitlab", place.environ["GITLAB_WEBHOOK_TOKEN"])
    assert {name for name, on in hook.flags.items() if not on} == {"push_events", "tag_push_events", "releases_events"}


def test_dry_run_and_json(place: Place) -> None:
    """A dry run says what would be done; for programs there is a line of JSON a webhook."""
    assert place.run("sync", "--dry-run")[1].startswith("web/shop: would be created\n1 webhooks: 1 would be created")
    assert place.world.gitlab.hooks == {}
    place.world.gitlab.add_hook(place.world.project, f"{URL}/gitlab")
    code, out, _ = place.run("sync", "--json")

    assert code == 0
    row = json.loads(out)
    assert (row["project"], row["step"], row["wrong"]) == ("web/shop", "repair", ["events", "secret"])


def test_many_projects(place: Place) -> None:
    """Of 500 projects, five of them broken and GitLab limiting all, the rest is set up; the next run does the five."""
    gitlab, projects = place.world.gitlab, place.add_projects(499)
    kinds = ["error", "forbidden", "unprocessable", "unavailable", "error"]
    gitlab.broken = {project.id: kind for project, kind in zip(projects[::100], kinds, strict=True)}
    gitlab.fault = Fault("rate_limited", times=3, retry_after=1, every=200)
    code, out, err = place.run("sync")

    assert code == 1
    assert out.endswith("500 webhooks: 495 created, 0 repaired, 0 switched on again, 0 as it should be, 5 failed.\n")
    assert err.count("\n") == 5
    assert "web/p200: GITLAB_HOOKS_TOKEN may not make a hook of web/p200 (422: Invalid url given)" in err
    assert "web/p100: GITLAB_HOOKS_TOKEN may not see the hooks of web/p100 (403): it needs the role Maintainer" in err
    gitlab.broken = {}
    assert "5 created, 0 repaired, 0 switched on again, 495 as it should be.\n" in place.run("sync")[1]
    assert "0 created, 0 repaired, 0 switched on again, 500 as it should be.\n" in place.run("sync")[1]
    assert sorted(hook.project_id for hook in gitlab.hooks.values()) == sorted(gitlab.projects)


def test_rotation_loses_nothing(place: Place) -> None:
    """While old and new are both accepted, every delivery before and after the rotation proves itself."""
    gitlab = place.world.gitlab
    place.environ["GITLAB_WEBHOOK_TOKEN"] = "old"
    place.run("sync")
    (hook,) = gitlab.hooks.values()
    sent, signing = [], "whsec_" + base64.b64encode(bytes(32)).decode()
    for more in ({"GITLAB_WEBHOOK_TOKEN": "new old"}, {"GITLAB_SIGNING_TOKEN": signing}):
        place.environ |= more
        for command in (["sync"], ["sync", "--rotate"]):
            assert place.run(*command)[0] == 0
            hook.url = NOBODY
            issues.open_issue(gitlab, place.world.project, gitlab.user("ben"), "Wrong total")
            hook.url = f"{URL}/gitlab"
            sent.append(hook.deliveries[-1].headers)

    assert [one["X-Gitlab-Token"] for one in sent] == ["old", "new", "new", "new"]
    assert ["webhook-signature" in one for one in sent] == [False, False, False, True]
    secrets = Secrets(("new", "old"), (signing,))
    for delivery in hook.deliveries:
        headers = {name.lower(): value for name, value in delivery.headers.items()}
        assert authentic(headers, delivery.body, secrets)


def test_nobody_there(place: Place) -> None:
    """What fails alike for many projects is said once."""
    gitlab = place.world.gitlab
    gitlab.broken = {project.id: "error" for project in place.add_projects(30)}
    code, out, err = place.run("sync")

    assert code == 1
    assert re.search(r", 3[01] failed\.\n$", out)
    assert re.search(r"\d+ projects, web/p\d+ first: GitLab does not answer\n", err)


def test_status(place: Place) -> None:
    """Status shows what is wrong with a webhook and what was answered, and says what to do."""
    gitlab = place.world.gitlab
    assert place.run("status")[0] == 1
    assert "missing" in place.run("status")[1]
    place.run("sync")
    code, out, _ = place.run("status")
    assert (code, re.search(r"web/shop +\d+ +ok +- +-", out) is not None) == (0, True)
    (hook,) = gitlab.hooks.values()
    hook.url = NOBODY
    issues.open_issue(gitlab, place.world.project, gitlab.user("ben"), "Wrong total")
    hook.url = f"{URL}/gitlab"
    code, out, _ = place.run("status")
    assert (code, re.search(r"failing +internal error +[\d-]+ [\d:]+: internal error", out) is not None) == (1, True)
    assert "failing: answers of 401: hooks sync --again" in out
    hook.deliveries[-1].status = "204"
    hook.alert_status, hook.settings["custom_webhook_template"] = "temporarily_disabled", "{}"
    hook.disabled_until = "2026-11-24T10:00:00.250Z"
    assert "paused until 2026-11-24 10:00:00 (template)" in place.run("status")[1]
    row = json.loads(place.run("status", "--json")[1])
    assert (row["state"], row["wrong"], row["answers"], row["last_failure"]) == ("paused", ["template"], ["204"], None)
    hook.alert_status, hook.disabled_until = "executable", None
    assert json.loads(place.run("status", "--json")[1])["state"] == "wrong"
    gitlab.version = "17.2.0"
    assert json.loads(place.run("status", "--json")[1])["answers"] == []


def test_status_of_what_is_hidden(place: Place) -> None:
    """A project that cannot be looked at is shown as unknown, with why."""
    place.world.gitlab.broken = {place.world.project.id: "forbidden"}
    code, out, err = place.run("status")

    assert (code, "unknown" in out) == (1, True)
    assert "web/shop: GITLAB_HOOKS_TOKEN may not see the hooks of web/shop (403)" in err


@pytest.mark.parametrize(
    ("replaced", "lacking", "says"),
    [
        ({}, "GITLAB_HOOKS_TOKEN", "GITLAB_HOOKS_TOKEN is not set"),
        ({"public_url": '""'}, "", "[server] public_url is not set"),
        ({"groups": "[]"}, "", "[gitlab] names no groups and no projects"),
    ],
)
@pytest.mark.parametrize("command", ["sync", "status"])
def test_what_it_needs(place: Place, command: str, replaced: dict[str, str], lacking: str, says: str) -> None:
    """Without the token, the address or a project it cannot work, and says which it is."""
    place.write(**replaced)
    place.environ.pop(lacking, None)
    code, out, err = place.run(command)

    assert (code, out) == (2, "")
    assert says in err


def test_a_token_that_is_refused(place: Place) -> None:
    """A token that is refused is named in a sentence."""
    place.world.gitlab.fault = Fault("unauthorized")

    assert place.run("sync")[0::2] == (
        1,
        f"GET {place.world.gitlab.url}/api/v4/version: 401: GITLAB_HOOKS_TOKEN is refused\n",
    )


def test_looking_while_serving(place: Place) -> None:
    """`serve` looks for projects without a webhook by itself, where it has the token and is not told otherwise."""
    store = open_store("sqlite:///nudge.db", serving=False)

    def keeper() -> HookKeeper | None:
        return keeper_of(*configured(Path("bot.toml"), place.environ), store, threading.Event())

    assert keeper() is None
    place.write(hooks_sync_every='"1h"')
    made = keeper()
    assert made is not None
    made.step()
    assert [hook.url for hook in place.world.gitlab.hooks.values()] == [f"{URL}/gitlab"]
    del place.environ["GITLAB_HOOKS_TOKEN"]
    assert keeper() is None
    store.close()
