"""What the program says of itself while it runs: a line an event, with ids, never with a text or a secret.

On a terminal it is a line for people; anywhere else `serve` writes a JSON object a line, for what gathers logs.
"""

import json
import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import TextIO

FORMAT = "%(asctime)s %(levelname)-7s %(name)s: %(message)s"

Ids = dict[str, object]

_about: ContextVar[Ids | None] = ContextVar("about", default=None)


@contextmanager
def about(**ids: object) -> Iterator[None]:
    """Let every line that is written meanwhile, by whatever is called, carry these ids, by which lines are joined."""
    token = _about.set({**(_about.get() or {}), **ids})
    try:
        yield
    finally:
        _about.reset(token)


class JsonLines(logging.Formatter):
    """Formats an event as one line of JSON: time, level, logger, message, and the ids of what it is about.

    Of an exception the kind alone is told, since its sentence or its source may quote a text.
    """

    def format(self, record: logging.LogRecord) -> str:
        """Return the line, without its end."""
        line: Ids = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            **(_about.get() or {}),
        }
        if record.exc_info and record.exc_info[0]:
            line["exception"] = record.exc_info[0].__name__
        return json.dumps(line, ensure_ascii=False, default=str)


def set_up(level: int = logging.INFO, *, as_json: bool = False, stream: TextIO | None = None) -> None:
    """Send our own lines to standard error, or to `stream`, and of the libraries' only warnings."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(JsonLines() if as_json else logging.Formatter(FORMAT))
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    for name in ("bot", "gitlab_hooks"):
        logging.getLogger(name).setLevel(level)
