"""When to try again: a pure function of how often it failed and what the server asked for."""

import math
from dataclasses import dataclass

FIRST_MS = 1_000
CAP_MS = 120_000
LONGEST_WISH_MS = 3_600_000
"""A server that asks for more than an hour is asked again after one."""


@dataclass(frozen=True, slots=True)
class Pauses:
    """How long a pause is at first, and how long it becomes at most, in milliseconds."""

    first: int = FIRST_MS
    cap: int = CAP_MS


USUAL = Pauses()


def next_try(attempts: int, after: float | None, now: int, jitter: float, pauses: Pauses = USUAL) -> int:
    """Return when to try again, in milliseconds since 1970.

    The pause doubles with each of the `attempts` that failed before, up to its cap, and is shortened by up to half
    by `jitter` (0 to 1), so that not everybody comes back at once. `after` is the server's own wish in seconds
    (`Retry-After`, https://www.rfc-editor.org/rfc/rfc9110#section-10.2.3): never sooner than that.
    """
    backoff = min(pauses.cap, pauses.first << min(attempts, 16))
    pause = round(backoff * (1 - jitter / 2))
    return now + max(pause, _wish_ms(after))


def _wish_ms(after: float | None) -> int:
    wish = after or 0.0
    return 0 if math.isnan(wish) else math.ceil(min(max(wish * 1000, 0), LONGEST_WISH_MS))
