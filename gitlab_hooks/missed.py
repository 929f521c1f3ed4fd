"""Which deliveries of GitLab's log were missed: whose hook, since when, and what counts as failed."""

from collections.abc import Iterable, Iterator
from itertools import takewhile
from typing import overload

from gitlab_hooks.hook_admin import Attempt

MARGIN_MS = 10 * 60_000
"""How much further back is looked than the bot was known to be well: two clocks are never the same, and a delivery that
nobody answers is over only after a while. What is found twice is there once."""

HOUR_MS = 3_600_000


def is_ours(url: str, public_url: str) -> bool:
    """Say whether a hook sends to the bot at `[server] public_url`."""
    return url.rstrip("/") == f"{public_url.rstrip('/')}/gitlab"


def has_failed(attempt: Attempt) -> bool:
    """Say whether a delivery has not arrived: everything but 2xx, no answer at all among it."""
    return not (attempt.status.isascii() and attempt.status.isdigit() and attempt.status.startswith("2"))


def missed(newest_first: Iterable[Attempt], since: int) -> Iterator[Attempt]:
    """Yield the deliveries that failed at `since` (milliseconds since 1970) or later; older pages are not asked for."""
    return filter(has_failed, takewhile(lambda one: one.at is None or one.at >= since, newest_first))


@overload
def look_since(complete: int, now: int, hours: int) -> int: ...


@overload
def look_since(complete: int | None, now: int, hours: int) -> int | None: ...


def look_since(complete: int | None, now: int, hours: int) -> int | None:
    """Return since when to look, in milliseconds since 1970; None where the bot was never well and missed nothing.

    `complete` is the moment before which everything has arrived, `hours` how far back is looked at most.
    """
    return None if complete is None else max(complete - MARGIN_MS, now - hours * HOUR_MS)


def known_until(complete: int, now: int) -> int:
    """Return until when all is known to have arrived, in milliseconds since 1970.

    A moment that lies ahead was noted by a clock that was wrong, and tells nothing of what was missed since: then that
    is 0, and it is looked as far back as it may be.
    """
    return complete if complete <= now + MARGIN_MS else 0


def is_late(at: int, now: int, summary_after: int) -> bool:
    """Say whether what failed at a time is too old for a message of its own; `summary_after` 0 is never."""
    return 0 < summary_after < now - at
