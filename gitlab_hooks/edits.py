"""Who is mentioned in a title and a description, and who was not before an edit."""

from collections.abc import Mapping
from typing import Any

from gitlab_hooks.mentions import mentions
from gitlab_hooks.notices import Who
from gitlab_hooks.shapes import pair

EDITED = ("title", "description")


def mentioned(*texts: str | None) -> tuple[Who, ...]:
    """Name everybody mentioned in some texts, each once, in order."""
    names = {name.lower(): name for text in reversed(texts) for name in reversed(mentions(text or ""))}
    return tuple(Who(username=name) for name in reversed(names.values()))


def newly_mentioned(changes: Mapping[str, Any] | None, title: str, description: str | None) -> tuple[Who, ...]:
    """Name those whom title and description mention since an edit; what was not edited was there before it."""
    if not any(pair(changes, key) for key in EDITED):
        return ()
    before = {one.username.lower() for one in formerly_mentioned(changes, title, description)}
    return tuple(one for one in mentioned(title, description) if one.username.lower() not in before)


def formerly_mentioned(changes: Mapping[str, Any] | None, title: str, description: str | None) -> tuple[Who, ...]:
    """Name those whom title and description mentioned before an edit."""
    now = dict(zip(EDITED, (title, description), strict=True))
    return mentioned(*(_before(pair(changes, key), text) for key, text in now.items()))


def _before(edit: tuple[Any, Any] | None, now: str | None) -> str | None:
    return _text(edit[0]) if edit else now


def _text(side: object) -> str:
    return side if isinstance(side, str) else ""
