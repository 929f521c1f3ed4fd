"""What an examination finds: checks in order, a line for each finding, and what to do about it."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar

from bot.errors import OutsideError, TryLater

Patient = TypeVar("Patient", contravariant=True)  # noqa: PLC0105 - the word that checks use for it

TRY = "see that the server runs, that this machine reaches it, and that its address in bot.toml is right"


class Level(StrEnum):
    """How bad a finding is."""

    OK = "ok"
    WARNING = "warning"
    FAULT = "fault"
    NOT_TRIED = "not tried"


@dataclass(frozen=True, slots=True)
class Finding:
    """One line: what is so, and what to do about it, "" where there is nothing to do."""

    level: Level
    says: str
    mend: str = ""


@dataclass(frozen=True, slots=True)
class Check(Generic[Patient]):
    """One thing that is looked at; where one of those that it `needs` has failed, it is not tried."""

    group: str
    name: str
    run: Callable[[Patient], Iterable[Finding]]
    needs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Result:
    """A finding and the check it comes from."""

    group: str
    name: str
    finding: Finding


def ok(says: str) -> Finding:
    """Return what is as it should be."""
    return Finding(Level.OK, says)


def warning(says: str, mend: str = "") -> Finding:
    """Return what the bot can live with."""
    return Finding(Level.WARNING, says, mend)


def fault(says: str, mend: str = "") -> Finding:
    """Return what keeps the bot from its work, or part of it."""
    return Finding(Level.FAULT, says, mend)


def examine(checks: Iterable[Check[Patient]], patient: Patient) -> Iterator[Result]:
    """Yield what the checks find, in their order, each as soon as it is found.

    What cannot be asked (`bot.errors.OutsideError`) is a fault like any other.
    """
    failed: set[str] = set()
    for check in checks:
        lacking = [name for name in check.needs if name in failed]
        for finding in [_not_tried(lacking)] if lacking else _tried(check, patient):
            if finding.level in {Level.FAULT, Level.NOT_TRIED}:
                failed.add(check.name)
            yield Result(check.group, check.name, finding)


def _not_tried(lacking: list[str]) -> Finding:
    return Finding(Level.NOT_TRIED, f"it needs what failed above: {', '.join(lacking)}")


def _tried(check: Check[Patient], patient: Patient) -> Iterator[Finding]:
    try:
        yield from check.run(patient)
    except OutsideError as wrong:
        yield fault(str(wrong), TRY if isinstance(wrong, TryLater) else "")


def worst(results: Iterable[Result]) -> Level:
    """Return the level of the worst finding; what was not tried is no worse than why it was not."""
    order = (Level.FAULT, Level.WARNING, Level.OK)
    levels = {result.finding.level for result in results}
    return next((level for level in order if level in levels), Level.OK)
