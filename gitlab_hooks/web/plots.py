"""Bars of a plot: numbers by the hour, as rectangles of an SVG picture."""

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 480, 100
"""The picture's own units; it is shown as wide as there is room."""

GAP = 3


@dataclass(frozen=True, slots=True)
class Bar:
    """One rectangle; `said` is what it stands for."""

    x: float
    y: float
    width: float
    height: float
    said: str


@dataclass(frozen=True, slots=True)
class Plot:
    """A picture with a name; `most` says what the highest bar stands for."""

    name: str
    bars: tuple[Bar, ...]
    most: str


def plot(name: str, values: Sequence[int], said: Sequence[str]) -> Plot:
    """Return the plot of some values, none below 0, each with how it is said; the highest reaches the top."""
    most = max(values, default=0)
    step = WIDTH / max(1, len(values))
    bars = tuple(
        _bar(number * step, step, value, most, words)
        for number, (value, words) in enumerate(zip(values, said, strict=True))
    )
    return Plot(name, bars, said[values.index(most)] if most else "")


def _bar(x: float, step: float, value: int, most: int, said: str) -> Bar:
    height = HEIGHT * value / most if most else 0.0
    return Bar(round(x + GAP / 2, 2), round(HEIGHT - height, 2), round(step - GAP, 2), round(height, 2), said)
