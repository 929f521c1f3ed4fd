"""How the findings of an examination are shown: lines under the heading of their group, or JSON."""

from collections.abc import Iterable, Iterator
from itertools import groupby

import msgspec
import typer

from bot.findings import Level, Result, worst

COLOURS = {Level.OK: "green", Level.WARNING: "yellow", Level.FAULT: "red", Level.NOT_TRIED: "bright_black"}

ENDS = {
    Level.OK: "Everything is as it should be.",
    Level.WARNING: "It works; what is said under the warnings makes it better.",
    Level.FAULT: "Something is at fault: mend what is said under it, and ask again.",
}


def lines(results: Iterable[Result]) -> Iterator[str]:
    """Yield each finding as it comes, and what to do about it in a line below."""
    for group, found in groupby(results, key=lambda result: result.group):
        yield group
        for result in found:
            yield from findings(result)


def findings(result: Result) -> Iterator[str]:
    """Yield a finding, and what to do about it."""
    level, finding = result.finding.level, result.finding
    yield f"  {typer.style(f'{level:<9}', fg=COLOURS[level])}  {result.name}: {finding.says}"
    if finding.mend:
        yield f"             → {finding.mend}"


def as_json(results: Iterable[Result]) -> str:
    """Return everything as one object: the worst level, and a list of findings."""
    found = list(results)
    shown = [
        {
            "group": result.group,
            "name": result.name,
            "level": result.finding.level,
            "says": result.finding.says,
            "mend": result.finding.mend,
        }
        for result in found
    ]
    return msgspec.json.encode({"level": worst(found), "findings": shown}).decode()
