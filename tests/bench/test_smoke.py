"""Every measure runs, at a scale at which its figures mean nothing, so that none of them rots."""

import json
from pathlib import Path

import pytest

from bench.__main__ import MEASURES, main
from bench.sites import POSTGRES, SQLITE

BUDGETS = {
    "acceptance": 3,
    "latency": 2,
    "burst": 1,
    "delivery": 1,
    "claim": 3,
    "directory": 2,
    "memory": 1,
    "start": 2,
}
"""Of design and README, on one store."""


@pytest.mark.parametrize(
    ("name", "store"), [*((one.name, SQLITE) for one in MEASURES), ("claim", POSTGRES), ("start", POSTGRES)]
)
def test_measure(name: str, store: str, tmp_path: Path) -> None:
    """A measure gives figures, each budget among them, and the page shows them; where it depends, on both stores."""
    main(["--quick", "--no-slow", "--store", store, "--only", name, "--out", str(tmp_path)])
    figures = json.loads((tmp_path / "performance.json").read_bytes())["figures"][name]
    shown = (tmp_path / "performance.md").read_text()

    assert sum(figure["budget"] is not None for figure in figures) == BUDGETS[name]
    assert all(figure["name"] in shown for figure in figures)
    assert (tmp_path / "images" / "performance.svg").exists() == (name == "acceptance")
