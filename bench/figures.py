"""What a benchmark finds: figures with their budgets, and whether they are met."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """What a figure is against its budget."""

    MET = "met"
    MISSED = "missed"
    NONE = ""


@dataclass(frozen=True, slots=True)
class Budget:
    """What a figure has to be: at most or at least a number, in the figure's unit."""

    at_most: float | None = None
    at_least: float | None = None

    def __str__(self) -> str:
        """Say it as a table does."""
        bounds = (("≤", self.at_most), ("≥", self.at_least))
        return ", ".join(f"{sign} {number(bound)}" for sign, bound in bounds if bound is not None)

    def verdict(self, value: float) -> Verdict:
        """Judge a figure."""
        small_enough = self.at_most is None or value <= self.at_most
        large_enough = self.at_least is None or value >= self.at_least
        return Verdict.MET if small_enough and large_enough else Verdict.MISSED


@dataclass(frozen=True, slots=True)
class Figure:
    """One number: what it is, where it was taken ("SQLite", …), its unit ("ms", "/s", "×", …) and its budget."""

    name: str
    where: str
    value: float
    unit: str
    budget: Budget | None = None

    @property
    def verdict(self) -> Verdict:
        """Say whether the budget is met."""
        return self.budget.verdict(self.value) if self.budget else Verdict.NONE


def number(value: float) -> str:
    """Write a number with about three digits that count: 1,301 and 12.3 and 0.25."""
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}".removesuffix(".0") if abs(value) >= 10 else f"{value:.2f}".rstrip("0").rstrip(".")


def percentile(values: Sequence[float], share: float) -> float:
    """Return the smallest of some values that so large a share of them does not exceed (nearest rank); no mean of two.

    Raises:
        ValueError: there are no values, or the share is not above 0 and at most 1.

    """
    if not values or not 0 < share <= 1:
        raise ValueError(f"no percentile {share} of {len(values)} values")
    return sorted(values)[math.ceil(share * len(values)) - 1]
