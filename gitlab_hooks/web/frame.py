"""Pages as they leave: a template put into HTML, and what a browser is told about all of them."""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import falcon
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from bot.console import when
from gitlab_hooks.web.verdicts import in_words

FOLDER = Path(__file__).parent / "templates"

STYLE = Path(__file__).parent / "style.css"

POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; frame-ancestors 'none';"
    " base-uri 'none'"
)
"""https://developer.mozilla.org/docs/Web/HTTP/Guides/CSP: nothing runs, nothing is loaded from elsewhere."""

HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": POLICY,
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
}

REFRESH = 30
"""Seconds after which a live page shows how things stand then. It is a header and no `<meta>`, and a link stops it:
who reads slowly must be able to (https://www.w3.org/WAI/WCAG22/Understanding/timing-adjustable.html)."""


class Frame:
    """Puts templates into HTML; whatever they print is escaped."""

    def __init__(self) -> None:
        self._environment = Environment(
            loader=FileSystemLoader(FOLDER),
            undefined=StrictUndefined,
            autoescape=True,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.filters.update(when=when, iso=_iso, took=took, verdict=in_words)

    def show(self, resp: falcon.Response, template: str, **values: object) -> None:
        """Answer with a page, whatever the status is."""
        dress(resp)
        resp.content_type = falcon.MEDIA_HTML
        resp.text = self._environment.get_template(f"{template}.html").render(values)


def dress(resp: falcon.Response) -> None:
    """Set the headers that every answer has."""
    resp.set_headers(dict(HEADERS))


def _iso(milliseconds: int) -> str:
    return datetime.fromtimestamp(milliseconds / 1000, UTC).isoformat(timespec="seconds")


def took(milliseconds: int) -> str:
    """Return a length of time as somebody says it: `340 ms`, `2.5 s`, `4 min`, `3 h`, `2 days`."""
    for most, unit, name in ((1_000, 1, "ms"), (60_000, 1_000, "s"), (3_600_000, 60_000, "min")):
        if milliseconds < most:
            return f"{milliseconds / unit:.{int(name == 's' and milliseconds < 10 * unit)}f} {name}"
    hours = milliseconds // 3_600_000
    return f"{hours} h" if hours < 2 * 24 else f"{hours // 24} days"
