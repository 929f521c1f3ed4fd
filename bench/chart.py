"""A bar chart as SVG, readable on light and dark pages."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from bench.figures import number

WIDTH, LEFT, RIGHT, ROW, TOP = 760, 230, 70, 26, 44
STYLE = """\
text { font: 13px system-ui, sans-serif; fill: #24292f; }
.title { font-weight: 600; font-size: 15px; }
.bar { fill: #2f6fb0; }
.other { fill: #9aa4af; }
@media (prefers-color-scheme: dark) { text { fill: #d7dde3; } .bar { fill: #5b9bd9; } .other { fill: #6b7580; } }"""


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar; `ours` are drawn in the stronger colour."""

    label: str
    value: float
    ours: bool = True


def chart(title: str, unit: str, bars: Sequence[Bar]) -> str:
    """Return the SVG of some bars below each other, the longest as wide as there is room."""
    longest = max((bar.value for bar in bars), default=0.0) or 1.0
    height = TOP + ROW * len(bars) + 8
    rows = (_row(bar, TOP + ROW * place, bar.value / longest, unit) for place, bar in enumerate(bars))
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img">',
            f"<title>{escape(title)}</title>",
            f"<style>\n{STYLE}\n</style>",
            f'<text class="title" x="8" y="22">{escape(title)}</text>',
            *rows,
            "</svg>\n",
        ]
    )


def _row(bar: Bar, top: int, share: float, unit: str) -> str:
    width = round(share * (WIDTH - LEFT - RIGHT), 1)
    kind = "bar" if bar.ours else "other"
    return (
        f'<text x="{LEFT - 8}" y="{top + 15}" text-anchor="end">{escape(bar.label)}</text>'
        f'<rect class="{kind}" x="{LEFT}" y="{top}" width="{width}" height="{ROW - 6}" rx="2"/>'
        f'<text x="{LEFT + width + 6}" y="{top + 15}">{number(bar.value)}{escape(unit)}</text>'
    )
