"""`preview`: who would be told what by a file, without any server."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest

from bot.preferences import Defaults
from bot.settings import Messages
from gitlab_hooks.preview import Preview, Previewer, lines
from gitlab_hooks.settings import GitLabSection
from tests.gitlab_hooks.team import NAMES, PAYLOADS, payload, policy

ROOT = Path(__file__).parents[2]
MR = "[!42 Show prices with tax](https://gitlab.example.com/web/shop/-/merge_requests/42)"


def previewer(language: str = "en", *, templates: Path | None = None, own: str = "", **options: Any) -> Previewer:
    defaults = Defaults(language=language)  # type: ignore[arg-type]  # a test names one of them
    return Previewer.of(GitLabSection(), policy(**options), defaults, Messages(templates=own), templates)


def shown(name: str, language: str = "en", **options: Any) -> dict[str, Any]:
    found = previewer(language, **options).preview(PAYLOADS / f"{name}.json")
    decoded: dict[str, Any] = json.loads(msgspec.json.encode(found))
    return decoded


def test_form() -> None:
    """A preview is an object with exactly these keys, in this order."""
    found = shown("merge_request_hook__assigned")

    assert list(found) == ["file", "kind", "action", "actor", "verdict", "told", "not_told", "access"]
    assert found | {"file": ""} == {
        "file": "",
        "kind": "merge_request",
        "action": "update",
        "actor": "anna.berg",
        "verdict": "told",
        "told": [
            {
                "person": "jlee",
                "reason": "assigned",
                "also": [],
                "headline": f"**Anna Berg** assigned {MR} to you",
                "card": "Prices are shown with tax.\n\nbecause you are assigned · stop these: `/nudge off assignments`",
            }
        ],
        "not_told": [],
        "access": "assumed",
    }


def test_not_told() -> None:
    """Who would not be told is named with the verdict; those whom the payload gives by id alone are called by that."""
    found = shown("merge_request_hook__opened")

    assert [one["person"] for one in found["told"]] == ["ben.okafor", "haneul", "jlee", "carla.rossi"]
    assert found["not_told"] == [{"person": "anna.berg", "verdict": "own_act"}]
    assert [one["person"] for one in shown("note_hook__merge_request")["told"]] == ["haneul", "id:1", "id:4"]


def test_age_and_access_are_assumed() -> None:
    """Old payloads are shown as if they came today, and whoever is mentioned as if they might read it."""
    assert shown("note_hook__merge_request_before_16_11")["verdict"] == "told"
    assert "zoe.martin" in [one["person"] for one in shown("confidential_note_hook__internal")["told"]]


def test_also() -> None:
    """Reasons beside the strongest are named."""
    found = shown("issue_hook__closed", rules={"issue.closed": ["author"]})

    assert [(one["reason"], one["also"]) for one in found["told"]] == [("closed", [])]
    assert found["not_told"] in ([], [{"person": "haneul", "verdict": "no_rule"}])


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("language", ["en", "ko"])
def test_every_payload(name: str, language: str) -> None:
    """Each payload of ours is shown, in both languages, and none is unreadable."""
    found = shown(name, language)

    assert found["verdict"] not in {"unreadable", "stale", "no_access", "not_matched"}
    assert (found["verdict"] == "told") == bool(found["told"])


@pytest.mark.parametrize(
    ("body", "kind", "action", "actor"),
    [
        (b'{"object_kind":"milestone","action":"close"}', "milestone", "close", ""),
        (b'{"object_kind":"build","build_status":"failed","user":{"name":"Ben"}}', "build", "failed", ""),
        (b'{"event_name":"project_create","user_username":"ben"}', "project_create", "project_create", "ben"),
        (b'{"object_kind":"x","object_attributes":{"action":"y"},"user":{"username":"z"}}', "x", "y", "z"),
        (b'{"object_kind":"x","object_attributes":{},"action":"y","user":null}', "x", "y", ""),
        (b'{"object_kind":"x","user":"z","action":"y"}', "x", "", ""),
        (b"[1]", "", "", ""),
    ],
)
def test_no_rule(tmp_path: Path, body: bytes, kind: str, action: str, actor: str) -> None:
    """What no rule reads is shown with what it says of itself: its kind, what happened, and who did it."""
    path = tmp_path / "x.json"
    path.write_bytes(body)
    found = previewer().preview(path)

    assert (found.kind, found.action, found.actor, found.verdict) == (kind, action, actor, "no_rule")


@pytest.mark.parametrize(
    ("content", "why"),
    [(b"{", "not JSON: "), (None, "No such file or directory"), (b'{"object_kind": "issue"}', "object_attributes")],
)
def test_unreadable(tmp_path: Path, content: bytes | None, why: str) -> None:
    """A file that is not there, is no JSON, or not of the shape its kind has is unreadable, and says why."""
    path = tmp_path / "x.json"
    if content is not None:
        path.write_bytes(content)
    found = previewer().preview(path)

    assert found.verdict == "unreadable"
    assert why in found.why
    assert json.loads(msgspec.json.encode(found))["why"] == found.why


def test_all_and_groups(tmp_path: Path) -> None:
    """`@all` and a group's path are nobody's user name, so nobody is invented for them, and it says so."""
    people = previewer()._house().gitlab

    assert people.user_named("all") is None
    assert people.user_named("web/shop") is None
    assert people.user_named("anybody")

    path = tmp_path / "x.json"
    path.write_text(json.dumps(payload("note_hook__merge_request", {"object_attributes.note": "@all @web/tools @web"})))
    found = previewer().preview(path)
    why = "who is in a group, or in the project, only GitLab tells"

    assert [one.person for one in found.told] == ["web", "id:1", "id:4"]
    assert [(one.person, one.verdict, one.why) for one in found.not_told] == [
        ("all", "not_matched", why),
        ("web/tools", "not_matched", why),
    ]
    assert list(lines(found))[-1] == f"  not told  web/tools (not_matched): {why}"


@pytest.mark.parametrize("by_option", [True, False])
def test_own_templates(tmp_path: Path, *, by_option: bool) -> None:
    """A folder of a team's own words is used, by option or by configuration."""
    (tmp_path / "en").mkdir()
    (tmp_path / "en" / "merge_request.md").write_text("{% block assigned %}Yours: {{ link }}{% endblock %}")
    options: dict[str, Any] = {"templates": tmp_path} if by_option else {"own": str(tmp_path)}
    found = previewer(**options).preview(PAYLOADS / "merge_request_hook__assigned.json")

    assert found.told[0].headline == f"Yours: {MR}"


def test_lines() -> None:
    """For a person it is shown line by line."""
    found = list(lines(previewer().preview(PAYLOADS / "merge_request_hook__opened.json")))

    assert found[0].endswith("merge_request_hook__opened.json: merge_request open by anna.berg → told")
    assert found[1] == "  told      ben.okafor (review_requested)"
    assert found[-1] == "  not told  anna.berg (own_act)"
    assert all(line == line.rstrip() for line in found)


def test_lines_of_a_refusal() -> None:
    """What cannot be read is one line with the reason."""
    found = Preview("x.json", "", "", "", "unreadable", [], [], why="not JSON: x")

    assert list(lines(found)) == ["x.json: ? → unreadable (not JSON: x)"]


def run(folder: Path, *args: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "bot", "preview", *args]
    environ = {"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"}
    return subprocess.run(command, cwd=folder, env=environ, capture_output=True, text=True, check=False, timeout=60)


def test_program(tmp_path: Path) -> None:
    """The command prints a line of JSON for each file, needs no `bot.toml`, and ends with 0."""
    files = [str(PAYLOADS / f"{name}.json") for name in NAMES]
    ended = run(tmp_path, *files, "--json")

    assert ended.returncode == 0, ended.stderr
    assert [json.loads(line)["file"] for line in ended.stdout.splitlines()] == files


def test_program_with_an_unreadable_file(tmp_path: Path) -> None:
    """A file that cannot be read is shown beside the others, and the command ends with 1."""
    ended = run(tmp_path, "missing.json", str(PAYLOADS / "issue_hook__opened.json"))

    assert ended.returncode == 1
    assert "missing.json: ? → unreadable (No such file or directory)" in ended.stdout
    assert "issue open by carla.rossi → told" in ended.stdout


def test_program_with_a_broken_configuration(tmp_path: Path) -> None:
    """A fault in the configuration ends it with 2, named with its key."""
    (tmp_path / "bot.toml").write_text("[rules]\n'emoji.awarded' = 'nobody'\n")
    ended = run(tmp_path, str(PAYLOADS / "issue_hook__opened.json"))

    assert ended.returncode == 2
    assert "[rules] emoji.awarded" in ended.stderr
