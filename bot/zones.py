"""A person's own clock."""

from contextlib import suppress
from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo

from bot.people import Member


def zone_of(member: Member | None) -> tzinfo:
    """Return the time zone of a person's Mattermost, UTC where it is none or not known to this machine."""
    with suppress(LookupError, ValueError, OSError):
        return ZoneInfo(member.timezone if member else "")
    return UTC


def in_milliseconds(moment: datetime) -> int:
    """Return a time in milliseconds since 1970; one without a zone is on the machine's clock."""
    return round(moment.timestamp() * 1000)


def local(moment: int, member: Member | None) -> datetime:
    """Return a time, given in milliseconds since 1970, on a person's clock."""
    return datetime.fromtimestamp(moment / 1000, zone_of(member))
