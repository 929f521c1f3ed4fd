"""What `docs/` shows of watching the bot: every figure that the dashboard and the alert rules name exists."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import CollectorRegistry
from ruamel.yaml import YAML

from bot.metrics import Latency
from gitlab_hooks.lookout import SERVERS
from tests.gitlab_hooks.desk import desk
from tests.gitlab_hooks.test_figures import Board

DOCS = Path(__file__).parents[1] / "docs"
NAME = re.compile(r"\bnudge_\w+")
SELECTED = re.compile(r"\b(nudge_\w+)\{(\w+)(=|!=|=~|!~)\"([^\"]*)\"\}")
GROUPED = re.compile(r"by \(([\w, ]+)\) \(+(?:\w+\(+)?(nudge_\w+)")


def dashboard() -> dict[str, Any]:
    read: dict[str, Any] = json.loads((DOCS / "grafana.json").read_text())
    return read


def rules() -> list[dict[str, Any]]:
    (group,) = YAML(typ="safe").load((DOCS / "alerts.yml").read_text())["groups"]
    found: list[dict[str, Any]] = group["rules"]
    return found


EXPRESSIONS = [
    *(target["expr"] for panel in dashboard()["panels"] for target in panel["targets"]),
    *(rule["expr"] for rule in rules()),
]


@pytest.fixture(name="labels", scope="module")
def all_labels(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, list[dict[str, str]]]]:
    """Return the labels of every sample that a bot gives, by the sample's name."""
    registry = CollectorRegistry()
    Latency(registry, SERVERS)
    with desk(tmp_path_factory.mktemp("watching")) as at:
        board = Board(at)
        board.days = {"GITLAB_TOKEN": 1}
        found: dict[str, list[dict[str, str]]] = {}
        for family in (*registry.collect(), *board.registry.collect()):
            for sample in family.samples:
                found.setdefault(sample.name, []).append(dict(sample.labels))
        yield found


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_figures_exist(expression: str, labels: dict[str, list[dict[str, str]]]) -> None:
    """Every figure exists, with every label by which it is summed or chosen, and every value that is looked for."""
    assert set(NAME.findall(expression)) <= labels.keys()
    for by, name in GROUPED.findall(expression):
        assert set(by.split(", ")) <= labels[name][0].keys()
    for name, label, _, wanted in SELECTED.findall(expression):
        assert set(wanted.split("|")) <= {one[label] for one in labels[name]}


def test_nothing_is_left_out(labels: dict[str, list[dict[str, str]]]) -> None:
    """The dashboard shows every figure but the version and the parts of a histogram that nobody reads."""
    shown = {name for expression in EXPRESSIONS for name in NAME.findall(expression)}

    assert labels.keys() - shown <= {
        "nudge_build_info",
        "nudge_request_seconds_sum",
        "nudge_request_seconds_count",
        "nudge_request_seconds_created",
        "nudge_requests_created",
    }


def test_alerts_say_what_to_do() -> None:
    """Each alert has a name of its own, how bad it is, what is wrong, and what to do."""
    found = rules()

    assert len({rule["alert"] for rule in found}) == len(found)
    for rule in found:
        assert rule["labels"]["severity"] in {"critical", "warning"}
        assert set(rule["annotations"]) == {"summary", "action"}


def test_panels_do_not_overlap() -> None:
    """No panel of the dashboard lies on another one, and all have their own number."""
    panels = dashboard()["panels"]
    places = [
        (x, y)
        for panel in panels
        for place in [panel["gridPos"]]
        for x in range(place["x"], place["x"] + place["w"])
        for y in range(place["y"], place["y"] + place["h"])
    ]

    assert len(places) == len(set(places))
    assert len({panel["id"] for panel in panels}) == len(panels)
