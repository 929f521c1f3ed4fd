"""Who is mentioned in a title and a description, and who was not before an edit."""

from collections.abc import Mapping
from typing import Any

from gitlab_hooks.mentions import mentions
from gitlab_hooks.notices import Who
from gitlab_hooks.shapes import pair


def mentioned(*texts: str | None) -> tuple[Who, ...]:
    """Name everybody mentioned in some texts, each once, in order."""
    names = {name.lower(): name for text in reversed(texts) for name in reversed(mentions(text or ""))}
    return tuple(Who(username=name) for name in reversed(names.values()))


def newly_mentioned(changes: Mapping[str, Any] | None) -> tuple[Who, ...]:
    """Name those whom an edit of title or description mentions and its former text did not."""
    edits = [edit for key in ("title", "description") if (edit := pair(changes, key))]
    before = {one.username.lower() for old, _ in edits for one in mentioned(_text(old))}
    now = mentioned(*(_text(new) for _, new in edits))
    return tuple(one for one in now if one.username.lower() not in before)


def _text(side: object) -> str:
    return side if isinstance(side, str) else ""
