"""When a merge request is a draft, and when it ceases to be one."""

import re
from collections.abc import Mapping
from typing import Any

from gitlab_hooks.shapes import pair

_PREFIX = re.compile(r"^\s*(\[(draft|wip)\]|\((draft|wip)\)|(draft|wip):)", re.IGNORECASE)


def is_draft(*, draft: bool | None, work_in_progress: bool | None, title: str) -> bool:
    """Say whether a merge request is a draft: `draft` since GitLab 16.3, `work_in_progress` before, else the title."""
    flags = [flag for flag in (draft, work_in_progress) if flag is not None]
    return flags[0] if flags else bool(_PREFIX.match(title))


def made_ready(changes: Mapping[str, Any] | None) -> bool:
    """Say whether the flag went: by `changes.draft` since GitLab 16.3, before that by the title's prefix alone."""
    if (flag := pair(changes, "draft")) is not None:
        return bool(flag[0]) and not flag[1]
    before, after = (_PREFIX.match(str(title or "")) for title in pair(changes, "title") or ("", ""))
    return bool(before and not after)


def made_draft(changes: Mapping[str, Any] | None) -> bool:
    """Say whether the flag came: the reverse of `made_ready`, told by the same changes."""
    return made_ready({key: both[::-1] for key in ("draft", "title") if (both := pair(changes, key))})
