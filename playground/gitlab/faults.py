"""How a GitLab can fail its callers, to be switched on for tests and for the demo."""

from dataclasses import dataclass, replace
from typing import Any

UNPROCESSABLE = "unprocessable"

ANSWERS: dict[str, tuple[str, Any]] = {
    "unauthorized": ("401 Unauthorized", {"message": "401 Unauthorized"}),
    "forbidden": ("403 Forbidden", {"message": "403 Forbidden"}),
    "rate_limited": (
        "429 Too Many Requests",
        {"message": {"error": "This endpoint has been requested too many times. Try again later."}},
    ),
    UNPROCESSABLE: ("422 Unprocessable Entity", {"error": "Invalid url given"}),
    "error": ("500 Internal Server Error", {"message": "500 Internal Server Error"}),
    "unavailable": ("503 Service Unavailable", {"message": "503 Service Unavailable"}),
}
"""Kind → status and body."""

KINDS = ("down", "slow", *ANSWERS)


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault of the API: its kind, for how many more requests (None: until mended), and its figures in seconds.

    "down" closes connections without an answer; "slow" answers after `delay`; "rate_limited" sends `retry_after`. With
    `every` it meets only each so many-th request, of which `seen` have come since the last.
    """

    kind: str
    times: int | None = None
    retry_after: int = 1
    delay: float = 0.0
    every: int = 1
    seen: int = 0

    def __post_init__(self) -> None:
        """Refuse a kind that does not exist."""
        if self.kind not in KINDS:
            raise ValueError(f"no such fault: {self.kind!r}; one of {', '.join(KINDS)}")

    @property
    def strikes(self) -> bool:
        """Say whether it meets the next request."""
        return self.seen + 1 >= self.every

    def next(self) -> "Fault | None":
        """Return what is left of it after one request."""
        if not self.strikes:
            return replace(self, seen=self.seen + 1)
        if self.times is None:
            return replace(self, seen=0)
        return replace(self, times=self.times - 1, seen=0) if self.times > 1 else None
