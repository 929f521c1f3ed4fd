"""The page: every figure at its place with its budget, what is missed above all, and a chart that is SVG."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from typing import Any
from xml.etree import ElementTree as ET

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench import machine
from bench.chart import Bar, chart
from bench.figures import Budget, Figure
from bench.machine import Machine
from bench.measure import Measure, Run
from bench.measures.acceptance import ALONE, NOTHING
from bench.page import CHARTED, Report, page, picture, table

FIGURES = (
    Figure("accepted", "SQLite", 1234.5, "/s"),
    Figure("p99", "SQLite", 41, "ms", Budget(at_most=60)),
    Figure("accepted", "PostgreSQL", 987, "/s"),
    Figure("share", "PostgreSQL", 0.25, "×", Budget(at_least=0.3)),
)
LABELS = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=20)


def nothing(_: Run) -> Iterator[Figure]:
    return iter(())


MEASURES = (Measure("one", "One thing", "How it is done.", nothing), Measure("other", "Another", "Otherwise.", nothing))


def report(figures: Sequence[Figure] = FIGURES, name: str = "one") -> Report:
    on = Machine(2, "A processor", 15.6, "Linux 6.1")
    return Report(date(2026, 11, 24), on, {"Python": "3.11.7"}, 9.4, quick=False, figures={name: figures})


def test_table() -> None:
    """A table has a row a name and a column a place, in their order, and leaves open what was not taken."""
    assert table(FIGURES).splitlines() == [
        "|  | SQLite | PostgreSQL |",
        "| --- | ---: | ---: |",
        "| accepted | 1,234/s | 987/s |",
        "| p99 | 41 ms (≤ 60: met) |  |",
        "| share |  | 0.25 × (≥ 0.3: **missed**) |",
    ]


def test_page() -> None:
    """The page says when and on what, what is missed, and shows the measures that were run, each with its how."""
    shown = page(report(), MEASURES)

    assert "2026-11-24, in 9.4 minutes" in shown
    assert "2 × A processor, 15.6 GB, Linux 6.1" in shown
    assert "Of 2 budgets 1 are met." in shown
    assert "* missed: share, PostgreSQL: 0.25 ×" in shown
    assert re.findall(r"^## (.*)$", shown, re.MULTILINE) == ["One thing"]
    assert "How it is done." in shown
    assert "quick" not in shown


@pytest.mark.parametrize(
    ("more", "said"),
    [({"quick": True}, "figures mean nothing"), ({"left_out": ["the disk"]}, "not measured: the disk")],
)
def test_page_says_what_it_is_not(more: dict[str, Any], said: str) -> None:
    """The page says so where its figures mean nothing, and names what could not be measured."""
    assert said in page(replace(report(), **more), MEASURES)


def test_report_as_json() -> None:
    """The report can be kept as JSON, from which the same page can be made again."""
    kept = msgspec.json.decode(msgspec.json.encode(report()), type=Report)

    assert page(kept, MEASURES) == page(report(), MEASURES)


@given(st.lists(st.builds(Bar, LABELS, st.floats(min_value=0, max_value=1e9), st.booleans()), max_size=8), LABELS)
def test_chart(bars: list[Bar], title: str) -> None:
    """A chart is well-formed whatever its labels are, has a bar each, in proportion, and none leaves the picture."""
    root = ET.fromstring(chart(title, "/s", bars))  # noqa: S314 - of our own making
    widths = [float(found.attrib["width"]) for found in root.iter("{http://www.w3.org/2000/svg}rect")]

    assert len(widths) == len(bars)
    assert max(widths, default=0) <= float(root.attrib["viewBox"].split()[2])
    assert [width for _, width in sorted(zip(bars, widths, strict=True), key=lambda one: one[0].value)] == sorted(
        widths
    )


def test_picture() -> None:
    """The picture compares what each accepts, but not the load alone; without these figures there is none."""
    figures = [Figure(CHARTED, where, 100, "/s") for where in (ALONE, NOTHING, "SQLite")]
    drawn = picture(report(figures, "acceptance"))

    assert (ALONE in drawn, NOTHING in drawn, "SQLite" in drawn) == (False, True, True)
    assert picture(report()) == ""


def test_this_machine() -> None:
    """What a reader needs to compare is there: cores, memory, versions of what takes part."""
    here = machine.this()

    assert here.cores > 0
    assert here.memory > 0
    assert {"Python", "SQLite", "falcon", "sqlalchemy"} <= machine.versions().keys()
