"""How times are said, in each language."""

from collections.abc import Callable, Mapping
from datetime import datetime

from bot.daily import Digest
from bot.markdown import Markdown
from bot.quiet import EVERY_DAY, WEEKEND, Quiet
from bot.when import DAY

WEEK = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
KOREAN_WEEK = "월화수목금토일"
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
WORKDAYS = (0, 1, 2, 3, 4)


def english(when: datetime) -> Markdown:
    """Say a time: `Fri 27 Nov, 17:00`."""
    return Markdown(f"{WEEK[when.weekday()]} {when.day} {MONTHS[when.month - 1]}, {when:%H:%M}")


def korean(when: datetime) -> Markdown:
    """Say a time: `11월 27일(금) 17:00`."""
    return Markdown(f"{when.month}월 {when.day}일({KOREAN_WEEK[when.weekday()]}) {when:%H:%M}")


def clock(minute: int) -> Markdown:
    """Say a time of the day, given in minutes: `08:00`."""
    return Markdown(f"{minute // 60:02}:{minute % 60:02}")


def english_hours(quiet: Quiet) -> Markdown:
    """Say quiet hours: `19:00–08:00 Mon–Fri and whole weekends`."""
    if _only_weekends(quiet):
        return Markdown("whole weekends")
    named = _english_days(quiet.days)
    weekends = " and whole weekends" if quiet.weekends else ""
    return Markdown(f"{clock(quiet.start)}–{clock(quiet.end)} {named}{weekends}")


def korean_hours(quiet: Quiet) -> Markdown:
    """Say quiet hours: `평일 19:00–08:00, 주말 하루 종일`."""
    if _only_weekends(quiet):
        return Markdown("주말 하루 종일")
    named = _korean_days(quiet.days)
    weekends = ", 주말 하루 종일" if quiet.weekends else ""
    return Markdown(f"{named} {clock(quiet.start)}–{clock(quiet.end)}{weekends}")


def english_daily(digest: Digest) -> Markdown:
    """Say when a digest comes: `09:00 Mon–Fri`."""
    return Markdown(f"{clock(digest.at)} {_english_days(digest.days)}")


def korean_daily(digest: Digest) -> Markdown:
    """Say when a digest comes: `평일 09:00`."""
    return Markdown(f"{_korean_days(digest.days)} {clock(digest.at)}")


def _english_days(days: tuple[int, ...]) -> str:
    known = {EVERY_DAY: "every day", WORKDAYS: "Mon–Fri"}
    return known.get(days) or ", ".join(WEEK[day] for day in days)


def _korean_days(days: tuple[int, ...]) -> str:
    known = {EVERY_DAY: "매일", WORKDAYS: "평일"}
    return known.get(days) or "·".join(KOREAN_WEEK[day] for day in days)


def _only_weekends(quiet: Quiet) -> bool:
    return (quiet.start, quiet.end, quiet.days) == (0, DAY, WEEKEND)


SAID: Mapping[str, Callable[..., Markdown]] = {
    one.__name__: one for one in (english, korean, clock, english_hours, korean_hours, english_daily, korean_daily)
}
"""What templates call them."""
