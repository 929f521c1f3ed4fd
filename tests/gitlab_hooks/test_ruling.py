"""`rules`: the table in force, as `bot.toml` would have it."""

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from gitlab_hooks.configured import wording_rules
from gitlab_hooks.judge import Policy
from gitlab_hooks.rules import DEFAULTS, ROWS
from gitlab_hooks.ruling import duration, table

ROOT = Path(__file__).parents[2]


def policy(folder: Path, text: str) -> Policy:
    (folder / "bot.toml").write_text(f"[rules]\n{text}")
    _, found, *_ = wording_rules(folder / "bot.toml")
    return found


def sources(of: Policy) -> dict[str, str]:
    lines = [line.partition("#") for line in table(of)][1:]
    return {line.partition(" =")[0].strip('"'): source.strip() for line, _, source in lines}


def test_defaults() -> None:
    """Without a file every row is there, with its default and saying so."""
    _, found, *_ = wording_rules(None)
    rows = tomllib.loads("\n".join(table(found)))["rules"]

    assert {key: frozenset(row) for key, row in rows.items() if key in ROWS} == DEFAULTS
    assert (rows["stale_after"], rows["draft_comments"]) == ("24h", True)
    assert (rows["group_mentions"], rows["all_mentions"]) == (100, True)
    assert set(sources(found).values()) == {"default"}


@pytest.mark.parametrize(
    "text",
    [
        '"note.issue" = ["author"]',
        'note.issue = ["author", "mentioned"]',
        '"emoji.awarded" = []',
        '"emoji.awarded" = ["author"]',
        'stale_after = "90m"',
        'stale_after = "0"',
        "draft_comments = false",
        "group_mentions = 0",
        "all_mentions = false",
        "",
    ],
)
def test_own_rows(tmp_path: Path, text: str) -> None:
    """A row of the team's own says where it comes from, though it be the same as the default; the rest are defaults."""
    found = policy(tmp_path, text)
    own = text.partition(" =")[0].strip('"')

    assert {key for key, source in sources(found).items() if source == "bot.toml"} == ({own} if own else set())


def test_pasted(tmp_path: Path) -> None:
    """What is printed may stand in `bot.toml`, and means the same there."""
    found = policy(tmp_path, 'stale_after = "90m"\n"note.issue" = ["mentioned", "author"]\n"emoji.awarded" = []')
    again = policy(tmp_path, "\n".join(table(found)).removeprefix("[rules]\n"))

    assert (again.rules, again.stale_after, again.draft_comments) == (found.rules, 90 * 60_000, True)


@pytest.mark.parametrize(
    ("milliseconds", "text"), [(0, "0"), (1_000, "1s"), (90_000, "90s"), (5_400_000, "90m"), (86_400_000, "24h")]
)
def test_duration(milliseconds: int, text: str) -> None:
    """A duration is written in the largest unit that fits."""
    assert duration(milliseconds) == text


def test_program(tmp_path: Path) -> None:
    """The command prints the table; a fault of the file is named with its key, and ends it with 2."""

    def run() -> subprocess.CompletedProcess[str]:
        environ = {"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"}
        command = [sys.executable, "-m", "bot", "rules"]
        return subprocess.run(command, cwd=tmp_path, env=environ, capture_output=True, text=True, check=False)

    policy(tmp_path, '"emoji.awarded" = []')
    assert '"emoji.awarded" = [] ' in run().stdout
    (tmp_path / "bot.toml").write_text("[rules]\n'emoji.awarded' = ['reviewer']\n")
    ended = run()
    assert ended.returncode == 2
    assert "[rules] emoji.awarded: expected a list of some of author" in ended.stderr
