"""Figures: percentiles, how numbers are written, and whether a budget is met."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.figures import Budget, Figure, Verdict, number, percentile

MANY = st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1)
SHARES = st.floats(min_value=0, max_value=1, exclude_min=True)


@pytest.mark.parametrize(
    ("values", "share", "expected"),
    [
        ([7], 0.5, 7),
        ([7], 0.99, 7),
        ([4, 1, 3, 2], 0.5, 2),
        ([4, 1, 3, 2], 0.51, 3),
        ([4, 1, 3, 2], 1, 4),
        (range(1, 101), 0.99, 99),
        (range(1, 102), 0.99, 100),
    ],
)
def test_percentile(values: list[float], share: float, expected: float) -> None:
    """A percentile is the smallest value that so large a share does not exceed."""
    assert percentile(values, share) == expected


@given(MANY, SHARES)
def test_percentile_is_one_of_the_values(values: list[float], share: float) -> None:
    """A percentile is one of the values; so large a share is at or below it, and no smaller value does as much."""
    found = percentile(values, share)

    assert found in values
    assert sum(value <= found for value in values) >= share * len(values)
    assert sum(value < found for value in values) < share * len(values)


@pytest.mark.parametrize(("values", "share"), [([], 0.5), ([1], 0), ([1], 1.1), ([1], math.nan)])
def test_no_percentile(values: list[float], share: float) -> None:
    """Of nothing there is no percentile, nor for what is no share."""
    with pytest.raises(ValueError, match="no percentile"):
        percentile(values, share)


@pytest.mark.parametrize(
    ("value", "written"),
    [(0, "0"), (0.251, "0.25"), (0.5, "0.5"), (3, "3"), (9.996, "10"), (12.34, "12.3"), (60, "60"), (1301.4, "1,301")],
)
def test_numbers(value: float, written: str) -> None:
    """A number is written with about three digits that count."""
    assert number(value) == written


@pytest.mark.parametrize(
    ("budget", "value", "verdict", "written"),
    [
        (Budget(at_most=60), 60, Verdict.MET, "≤ 60"),
        (Budget(at_most=60), 60.1, Verdict.MISSED, "≤ 60"),
        (Budget(at_least=1.8), 1.8, Verdict.MET, "≥ 1.8"),
        (Budget(at_least=1.8), 1.7, Verdict.MISSED, "≥ 1.8"),
        (Budget(at_most=2, at_least=1), 1.5, Verdict.MET, "≤ 2, ≥ 1"),
        (Budget(at_least=1.8), math.nan, Verdict.MISSED, "≥ 1.8"),
    ],
)
def test_budgets(budget: Budget, value: float, verdict: Verdict, written: str) -> None:
    """A budget is met up to its very number, and what is no number meets none."""
    assert budget.verdict(value) is verdict
    assert Figure("a", "b", value, "", budget).verdict is verdict
    assert str(budget) == written


def test_no_budget() -> None:
    """A figure without a budget is neither met nor missed."""
    assert Figure("a", "b", 1, "ms").verdict is Verdict.NONE
