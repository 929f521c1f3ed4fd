"""The page that shows what a benchmark found: a table for each measure, every figure beside its budget."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from bench.chart import Bar, chart
from bench.figures import Figure, Verdict, number
from bench.machine import Machine
from bench.measure import Measure
from bench.measures.acceptance import ACCEPTED, ALONE, FLASK, JUDGED, NOTHING

IMAGE = "images/performance.svg"
CHARTED = ACCEPTED.format(clients=JUDGED)
MARKS = {Verdict.MET: "met", Verdict.MISSED: "**missed**", Verdict.NONE: ""}


@dataclass(frozen=True, slots=True)
class Report:
    """One run: when, on what, for how many minutes; the figures of each measure, and what could not be measured."""

    day: date
    machine: Machine
    versions: Mapping[str, str]
    minutes: float
    quick: bool
    figures: Mapping[str, Sequence[Figure]]
    left_out: Sequence[str] = ()


def page(report: Report, measures: Sequence[Measure]) -> str:
    """Return the page, in Markdown."""
    parts = [_head(report), _verdicts(report)]
    parts += [_section(measure, report) for measure in measures if measure.name in report.figures]
    return "\n\n".join(part for part in parts if part) + "\n"


def picture(report: Report) -> str:
    """Return the chart of how many webhooks each accepts, "" where that was not measured."""
    found = [
        figure for figure in report.figures.get("acceptance", ()) if figure.name == CHARTED and figure.where != ALONE
    ]
    bars = [Bar(figure.where, figure.value, ours=figure.where not in {NOTHING, FLASK}) for figure in found]
    return chart(f"Webhooks of 13 kB accepted a second, {JUDGED} clients", "", bars) if bars else ""


def _head(report: Report) -> str:
    machine = report.machine
    on = f"{machine.cores} × {machine.processor}, {number(machine.memory)} GB, {machine.system}"
    with_ = ", ".join(f"{name} {version}" for name, version in report.versions.items())
    return f"""\
# Performance

Written by `make bench` on {report.day:%Y-%m-%d}, in {number(report.minutes)} minutes; not edited by hand.

* machine: {on}; everything that takes part shares it
* versions: {with_}

![Webhooks accepted a second]({IMAGE})

{POINTS}"""


QUICK = """\
**This was a quick run (`--quick`), which only shows that everything works: the figures mean nothing.**"""

POINTS = """\
A budget stands behind a figure in brackets: what the figure has to be, and whether it is. p50 and p99 are the time that
half, and 99 of 100, do not exceed. *5 ms fsync* is a disk that takes 5 ms longer to make something durable, as common
cloud disks do: a few lines of C before the C library (`LD_PRELOAD`) let every `fsync` and `fdatasync` wait, in the bot
for SQLite, in the server for PostgreSQL. PostgreSQL runs on the same machine, as it comes. How far this goes is in
[scaling.md](scaling.md)."""


def _verdicts(report: Report) -> str:
    """Say in a line each what is missed, and what is not there."""
    if report.quick:
        return QUICK
    judged = [figure for figures in report.figures.values() for figure in figures if figure.budget]
    missed = [figure for figure in judged if figure.verdict is Verdict.MISSED]
    said = f"Of {len(judged)} budgets {len(judged) - len(missed)} are met."
    lines = [f"* missed: {one.name}, {one.where}: {_cell(one)}" for one in missed]
    lines += [f"* not measured: {why}" for why in report.left_out]
    return "\n".join([said, *([""] * bool(lines)), *lines])


def _section(measure: Measure, report: Report) -> str:
    return f"## {measure.title}\n\n{table(report.figures[measure.name])}\n\n{measure.how}"


def table(figures: Iterable[Figure]) -> str:
    """Return figures as a Markdown table: a row a name, a column a place, in the order in which they come."""
    cells = {(figure.name, figure.where): _cell(figure) for figure in figures}
    names, places = (tuple(dict.fromkeys(key[side] for key in cells)) for side in (0, 1))
    rows = [[name, *(cells.get((name, place), "") for place in places)] for name in names]
    head = [["", *places], ["---", *("---:" for _ in places)]]
    return "\n".join(f"| {' | '.join(row)} |" for row in [*head, *rows])


def _cell(figure: Figure) -> str:
    unit = figure.unit if figure.unit.startswith("/") or not figure.unit else f" {figure.unit}"
    budget = f" ({figure.budget}: {MARKS[figure.verdict]})" if figure.budget else ""
    return f"{number(figure.value)}{unit}{budget}"
