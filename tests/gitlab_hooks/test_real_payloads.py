"""134 payloads of real GitLabs: who is told and who is not, as worked out by hand in `expected.tsv`.

The payloads belong to other projects and lie beside the checkout; the table names the people in them by the place
where a payload shows them (`user`, `assignees.0`), or by `id:<number>` where it shows no more than that.
"""

import hashlib
import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pytest

ROOT = Path(__file__).parents[2]
REAL = ROOT.parent / "shared" / "payloads"
AT_MOST = 120
"""Seconds, so that a hanging command fails."""


class Row(NamedTuple):
    """What a file must come to; `told` and `not_told` are "-" or like "user commented, id:8 assigned+mentioned"."""

    file: str
    sha256: str
    verdict: str
    told: str
    not_told: str
    because: str


TABLE = (Path(__file__).parent / "expected.tsv").read_text(encoding="utf-8").splitlines()
ROWS = [Row(*line.split("\t")) for line in TABLE[1:]]

pytestmark = pytest.mark.skipif(not REAL.is_dir(), reason="the real payloads are not beside the checkout")


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Any]:
    """Ask `preview --json` of every file, where no `bot.toml` is."""
    command = [sys.executable, "-m", "bot", "preview", "--json", *(str(REAL / row.file) for row in ROWS)]
    ended = subprocess.run(
        command,
        cwd=tmp_path_factory.mktemp("empty"),
        env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"},
        capture_output=True,
        text=True,
        check=True,
        timeout=AT_MOST,
    )
    shown = [json.loads(line) for line in ended.stdout.splitlines()]
    return {Path(one["file"]).relative_to(REAL).as_posix(): one for one in shown}


def people(cell: str, body: Any) -> list[tuple[str, str]]:
    """Read a cell into (person, why), in order."""
    pairs = [entry.split(" ") for entry in cell.split(", ") if entry != "-"]
    return [(person(place, body), why) for place, why in pairs]


def person(place: str, body: Any) -> str:
    """Return the user name that stands at a place of a payload; an id is the name of who has none."""
    if place.startswith("id:"):
        return place
    for step in place.split("."):
        body = body[int(step) if step.isdigit() else step]
    return str(body["username"] if isinstance(body, dict) else body)


def test_table() -> None:
    """Every file of the corpus has its row, and is the one that was judged: none is added, missing or changed."""
    found = {
        path.relative_to(REAL).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in REAL.rglob("*.json")
    }

    assert found == {row.file: row.sha256 for row in ROWS}
    assert all(row.because for row in ROWS)


@pytest.mark.parametrize("row", ROWS, ids=[row.file for row in ROWS])
def test_row(row: Row, answers: Mapping[str, Any]) -> None:
    """Exactly these people are told, for these reasons, strongest first, and these are not, with this verdict."""
    body, answer = json.loads((REAL / row.file).read_bytes()), answers[row.file]

    assert [(one["person"], "+".join((one["reason"], *one["also"]))) for one in answer["told"]] == people(
        row.told, body
    )
    assert [(one["person"], one["verdict"]) for one in answer["not_told"]] == people(row.not_told, body)
    assert answer["verdict"] == row.verdict
