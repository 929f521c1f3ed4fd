"""GitLab's timestamps in all the forms it has had."""

import re
from datetime import UTC, datetime

from bot.zones import in_milliseconds

_SPACED_OFFSET = re.compile(r"\s+(?=[+-]\d{2}:?\d{2}$)")


def milliseconds(text: str | None) -> int | None:
    """Return the milliseconds since 1970 that a timestamp of a payload means; None where it cannot be read.

    Seen since GitLab 8: `2025-08-05 21:48:27 UTC`, `2026-01-31 19:43:24 +0100`, ISO 8601 with `Z`, with an offset,
    with milliseconds (all of 19.0 and later), and a date alone. A time without a zone is UTC.
    """
    try:
        moment = datetime.fromisoformat(_SPACED_OFFSET.sub("", (text or "").strip().replace(" UTC", "Z")))
        return in_milliseconds(moment if moment.tzinfo else moment.replace(tzinfo=UTC))
    except (ValueError, OverflowError):
        return None
