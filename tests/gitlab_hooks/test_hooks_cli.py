"""`hooks catch-up` on the command line: what it says, with which exit code, and what it leaves."""

import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest

from bot.__main__ import main
from bot.store import open_store, schema
from gitlab_hooks.presence import complete, is_complete
from playground.gitlab import issues
from playground.gitlab.faults import Fault
from playground.world import World

HOUR_MS = 3_600_000
URL = "https://nudge.example.com"


@dataclass
class Ran:
    """A command that ran to its end."""

    code: int
    out: str
    err: str


@dataclass
class Place:
    """A folder with a configuration and a database, a GitLab that sent webhooks to nobody, and what runs commands."""

    folder: Path
    world: World
    run: Callable[..., Ran]
    environ: dict[str, str] = field(default_factory=dict)

    def write(self, **replaced: str) -> None:
        """Write `bot.toml`, with some of its lines in other words."""
        text = self.world.bot_toml(listen="127.0.0.1:0", store="sqlite:///nudge.db")
        text = text.replace("http://127.0.0.1:0", URL)
        for old, new in replaced.items():
            text = re.sub(rf"^{old} = .*$", f"{old} = {new}", text, flags=re.MULTILINE)
        (self.folder / "bot.toml").write_text(text)

    def was_well(self, hours_ago: float) -> None:
        """Note when the bot was last well."""
        store = open_store("sqlite:///nudge.db", serving=False)
        store.write(lambda conn: is_complete(conn, "before", store.now() - round(hours_ago * HOUR_MS)))
        store.close()

    def look(self) -> tuple[int, float | None]:
        """Return how many deliveries there are, and how many hours ago all had arrived."""
        store = open_store("sqlite:///nudge.db", serving=False)
        until = store.read(partial(complete, now=store.now()))
        found = store.read(lambda conn: len(conn.execute(schema.inbox.select()).all()))
        ago = None if until is None else (store.now() - until) / HOUR_MS
        store.close()
        return found, ago

    def open_issue(self) -> None:
        """Let something happen of which nobody hears."""
        gitlab = self.world.gitlab
        issues.open_issue(gitlab, self.world.project, gitlab.user("ben"), "Wrong total")


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Iterator[Place]:
    """Give a place in which the bot has been well an hour ago, and one delivery has failed since."""
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if re.match("MATTERMOST_|GITLAB_|NUDGE_", name)]:
        monkeypatch.delenv(name)
    world = World(background=False)

    def run(*arguments: str) -> Ran:
        with monkeypatch.context() as patched:
            for name, value in made.environ.items():
                patched.setenv(name, value)
            with pytest.raises(SystemExit) as ended:
                main(["hooks", "catch-up", *arguments])
        said = capfd.readouterr()
        assert "Traceback" not in said.err
        return Ran(int(ended.value.code or 0), said.out, said.err)

    made = Place(tmp_path, world, run, world.environment())
    made.write()
    world.gitlab.add_hook(world.project, f"{URL}/gitlab").url = "http://127.0.0.1:1/gitlab"
    (hook,) = world.gitlab.hooks.values()
    made.was_well(hours_ago=1)
    made.open_issue()
    hook.url = f"{URL}/gitlab"
    yield made
    world.close()


def test_caught_up(place: Place) -> None:
    """What failed is taken in, once, and from then on everything has arrived."""
    first, second = place.run(), place.run()

    assert (first.code, first.err, second.code) == (0, "", 0)
    assert re.fullmatch(r"Since [\d-]+ [\d:]+, 1 deliveries of 1 hooks have failed\.\n  1 are taken in\.\n", first.out)
    assert second.out.endswith("  1 were here already.\n")
    found, ago = place.look()
    assert found == 1
    assert ago is not None
    assert ago < 0.5


def test_dry_run(place: Place) -> None:
    """A dry run says what would be taken in, and leaves all as it is."""
    ran = place.run("--dry-run")

    assert ran.out.endswith("  1 would be taken in.\n")
    found, ago = place.look()
    assert found == 0
    assert ago is not None
    assert ago >= 1


@pytest.mark.parametrize(("since", "closed"), [("3h", True), ("30m", False)])
def test_since(place: Place, since: str, closed: bool) -> None:
    """One may look farther back, or less far; then what lies before is still missing."""
    assert place.run("--since", since).code == 0

    found, ago = place.look()
    assert found == 1
    assert ago is not None
    assert (ago < 0.5) is closed


@pytest.mark.parametrize("since", ["soon", "0", "-3h"])
def test_since_when(place: Place, since: str) -> None:
    """A duration that is none is a fault of usage."""
    ran = place.run("--since", since)

    assert ran.code == 2
    assert "expected a duration such as 6h" in " ".join(ran.err.split())


def test_old_ones(place: Place) -> None:
    """How many are late is said."""
    place.write(projects='["web/shop"]\ncatch_up_summary_after = "30m"')
    for delivery in place.world.gitlab.deliveries:
        delivery.at -= timedelta(hours=1)
    ran = place.run("--since", "2h")

    assert ran.out.endswith("  1 are taken in, 1 of them late, as one summary a person.\n")


def test_never_well(place: Place) -> None:
    """A bot that was never well has missed nothing, but may look back all the same."""
    (place.folder / "nudge.db").unlink()
    open_store("sqlite:///nudge.db", serving=False).close()

    ran = place.run()
    assert (ran.code, ran.out.partition(",")[0]) == (0, "The bot was never well on this database")
    assert place.run("--since", "6h").out.endswith("  1 are taken in.\n")
    assert place.look() == (1, None)


def test_no_hook_of_ours(place: Place) -> None:
    """Where no hook is ours, the address is questioned."""
    place.write(public_url='"https://other.example.com"')

    said = place.run().out
    assert "No hook sends to [server] public_url and /gitlab" in said
    assert "  No webhook of web/shop sends to https://other.example.com/gitlab: what happens there" in said


def test_lost(place: Place) -> None:
    """What GitLab has not kept is said to be lost."""
    for delivery in place.world.gitlab.deliveries:
        delivery.body = b'{"oversize": true}'

    assert place.run().out.endswith("  1 are lost: they were too large for GitLab's log.\n")


def test_empty(place: Place) -> None:
    """What has no body is not said to have been too large."""
    for delivery in place.world.gitlab.deliveries:
        delivery.body = b"{}"

    assert place.run().out.endswith("  1 have no body to take in: GitLab could not fill the hook's own template.\n")


@pytest.mark.parametrize(
    ("replaced", "lacking", "says"),
    [
        ({}, "GITLAB_HOOKS_TOKEN", "GITLAB_HOOKS_TOKEN is not set"),
        ({"public_url": '""'}, "", "[server] public_url is not set"),
        ({"projects": "[]"}, "", "[gitlab] names no groups and no projects"),
    ],
)
def test_what_it_needs(place: Place, replaced: dict[str, str], lacking: str, says: str) -> None:
    """Without the token, the address or a project it cannot work, and says which it is."""
    place.write(**replaced)
    place.environ.pop(lacking, None)
    ran = place.run()

    assert (ran.code, ran.out) == (2, "")
    assert says in ran.err


def test_one_project_fails(place: Place) -> None:
    """What the token may not see is said, the rest is taken in, and the exit code is that of faults."""
    place.write(projects='["web/nope", "web/shop"]')
    ran = place.run()

    assert (ran.code, ran.err.count("\n")) == (1, 1)
    assert "GITLAB_HOOKS_TOKEN does not find the project web/nope (404): check [gitlab] projects" in ran.err
    assert ran.out.endswith("  1 are taken in.\n")


@pytest.mark.parametrize(
    ("kind", "says"), [("unauthorized", "401: GITLAB_HOOKS_TOKEN is refused"), ("forbidden", "may not see")]
)
def test_nothing_may_be_asked(place: Place, kind: str, says: str) -> None:
    """A token that is refused, or of too low a role, is named in a sentence."""
    place.world.gitlab.fault = Fault(kind)
    ran = place.run()

    assert ran.code == 1
    assert says in ran.err


def test_a_fault_that_passes(place: Place) -> None:
    """A GitLab that fails once is asked again."""
    place.world.gitlab.fault = Fault("error", times=1)

    assert (place.run().code, place.look()[0]) == (0, 1)


def test_progress(place: Place) -> None:
    """Without a terminal no progress is drawn."""
    assert place.run().err == ""
