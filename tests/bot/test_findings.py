"""The examination: in which order checks run, what is not tried, and how findings are shown."""

import json
import re
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import Misconfigured, OutsideError, Refused, TryLater
from bot.findings import TRY, Check, Finding, Level, Result, examine, fault, ok, warning, worst
from bot.showing import as_json, lines

GOOD, BAD, DOUBTFUL = ok("there"), fault("gone", "bring it back"), warning("old", "renew it")


def plain(line: str) -> str:
    """Return a line without its colours."""
    return re.sub(r"\x1b\[\d+m", "", line)


def check(name: str, *findings: Finding | OutsideError, needs: tuple[str, ...] = ()) -> Check[list[str]]:
    """Return a check that notes its name in the patient and finds this."""

    def run(asked: list[str]) -> Iterator[Finding]:
        asked.append(name)
        for one in findings:
            if isinstance(one, OutsideError):
                raise one
            yield one

    return Check("Group", name, run, needs)


def found(*checks: Check[list[str]]) -> tuple[list[tuple[str, Finding]], list[str]]:
    """Return what is found, and which checks ran."""
    asked: list[str] = []
    return [(result.name, result.finding) for result in examine(checks, asked)], asked


def test_in_order() -> None:
    """Checks run in the order of the table, and each may find nothing, one thing or several."""
    assert found(check("a", GOOD, DOUBTFUL), check("b"), check("c", BAD)) == (
        [("a", GOOD), ("a", DOUBTFUL), ("c", BAD)],
        ["a", "b", "c"],
    )


def test_not_tried() -> None:
    """What needs something that failed is not tried, nor what needs that; a warning stands in nobody's way."""
    results, asked = found(
        check("a", BAD),
        check("b", DOUBTFUL),
        check("c", GOOD, needs=("a", "b")),
        check("d", GOOD, needs=("c",)),
        check("e", GOOD, needs=("b",)),
    )

    assert asked == ["a", "b", "e"]
    assert results[2] == ("c", Finding(Level.NOT_TRIED, "it needs what failed above: a"))
    assert results[3] == ("d", Finding(Level.NOT_TRIED, "it needs what failed above: c"))


@pytest.mark.parametrize(
    ("error", "mend"), [(TryLater("no answer"), TRY), (Refused("no"), ""), (Misconfigured("mend the address"), "")]
)
def test_what_cannot_be_asked(error: OutsideError, mend: str) -> None:
    """What a server refuses, or does not answer, is a fault in its own words, and what was found before it stays."""
    assert found(check("a", GOOD, error))[0] == [("a", GOOD), ("a", fault(str(error), mend))]


@pytest.mark.parametrize(
    ("findings", "level"),
    [
        ([], Level.OK),
        ([GOOD], Level.OK),
        ([GOOD, DOUBTFUL], Level.WARNING),
        ([DOUBTFUL, BAD, GOOD], Level.FAULT),
        ([Finding(Level.NOT_TRIED, "")], Level.OK),
    ],
)
def test_the_worst(findings: list[Finding], level: Level) -> None:
    """The worst finding counts."""
    assert worst(Result("", "", one) for one in findings) is level


def test_lines() -> None:
    """Each finding is a line under the heading of its group, with what to do about it in the line below."""
    results = [Result("Store", "database", GOOD), Result("Clock", "clock", DOUBTFUL), Result("Clock", "other", GOOD)]

    assert [plain(line) for line in lines(results)] == [
        "Store",
        "  ok         database: there",
        "Clock",
        "  warning    clock: old",
        "             → renew it",
        "  ok         other: there",
    ]


def test_lines_come_as_they_are_found() -> None:
    """A line is shown before the next thing is looked at."""
    asked: list[str] = []
    shown = lines(examine([check("a", GOOD), check("b", BAD)], asked))

    assert [next(shown), plain(next(shown))] == ["Group", "  ok         a: there"]
    assert asked == ["a"]


@given(st.lists(st.tuples(st.sampled_from(Level), st.text(), st.text())))
def test_json(findings: list[tuple[Level, str, str]]) -> None:
    """JSON holds every finding with all of its parts, whatever is in them, and the worst level."""
    results = [Result("Group", "name", Finding(*one)) for one in findings]
    shown = json.loads(as_json(results))

    assert [(one["level"], one["says"], one["mend"]) for one in shown["findings"]] == [tuple(one) for one in findings]
    assert shown["level"] == worst(results)
