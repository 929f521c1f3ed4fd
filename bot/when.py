"""How people say when: durations, times of the day, days, in English and Korean.

Only what is surely meant is understood: a date parser that guesses would hold messages until a day that nobody named.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from itertools import chain

DAY = 24 * 60
"""Minutes."""

LONGEST = 366 * DAY
"""Nobody is silenced for longer than a year by a slip of the finger."""

MORNING = 9 * 60
"""When a day begins of which no time is said."""

WEEK = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
KOREAN_WEEK = "월화수목금토일"
SHORTEST_NAME = 3
"""Letters of the name of a day or a month: with fewer, some are the same."""

MONTHS = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)

UNITS: Mapping[str, int] = {
    **dict.fromkeys(("m", "min", "mins", "minute", "minutes", "분"), 1),
    **dict.fromkeys(("h", "hr", "hrs", "hour", "hours", "시간"), 60),
    **dict.fromkeys(("d", "day", "days", "일"), DAY),
    **dict.fromkeys(("w", "week", "weeks", "주", "주일"), 7 * DAY),
}

NUMBERS: Mapping[str, float] = {"a": 1, "an": 1, "one": 1, "half": 0.5, "한": 1, "두": 2, "세": 3, "일": 1}

SPANS: Mapping[str, int] = {"하루": DAY, "이틀": 2 * DAY, "사흘": 3 * DAY, "나흘": 4 * DAY}

TIMES: Mapping[str, int] = {
    **dict.fromkeys(("morning", "아침"), MORNING),
    **dict.fromkeys(("noon", "midday", "정오"), 12 * 60),
    **dict.fromkeys(("evening", "tonight", "저녁"), 18 * 60),
    **dict.fromkeys(("midnight", "자정"), DAY),
}

AHEAD: Mapping[str, int] = {"today": 0, "오늘": 0, "tomorrow": 1, "내일": 1, "모레": 2}
"""Days from today."""

SETS: Mapping[str, frozenset[int]] = {
    **dict.fromkeys(("daily", "everyday", "매일"), frozenset(range(7))),
    **dict.fromkeys(("weekday", "weekdays", "workdays", "평일"), frozenset(range(5))),
    **dict.fromkeys(("weekend", "weekends", "주말"), frozenset({5, 6})),
}

LINKING = frozenset({"for", "until", "till", "til", "동안", "까지"})
"""Words around a time that say nothing more than the time itself."""

_ENDING = re.compile(r"(까지|동안)$")
_SPAN = re.compile(
    rf"(\d{{1,5}}(?:\.\d{{1,2}})?|{'|'.join(NUMBERS)})({'|'.join(sorted(UNITS, key=len, reverse=True))})"
)
_TIME = re.compile(r"(오전|오후)?(\d{1,2})(?:[:.](\d{2})|시(?:(\d{1,2})분)?|시(반)|h)?(am|pm)?")
_DATES = (
    re.compile(r"(?:(?P<year>\d{4})[-./])(?P<month>\d{1,2})[-./](?P<day>\d{1,2})"),
    re.compile(r"(?:(?P<year>\d{4})년)?(?P<month>\d{1,2})월(?P<day>\d{1,2})일"),
    re.compile(r"(?P<day>\d{1,2})\.?(?P<month>[a-z]{3,9})(?P<year>\d{4})?"),
    re.compile(r"(?P<month>[a-z]{3,9})(?P<day>\d{1,2})(?:,?(?P<year>\d{4}))?"),
)


def minutes(text: str) -> int | None:
    """Read a duration, such as `90m`, `1h30m`, `2 days`, `half an hour`, `이틀` or `1시간 30분`; None for none."""
    plain = re.sub(r"[\s,]|\band\b", "", text.lower()).replace("halfan", "half")
    if plain in SPANS:
        return SPANS[plain]
    parts = list(_SPAN.finditer(plain))
    if not parts or "".join(part[0] for part in parts) != plain:
        return None
    total = round(sum((NUMBERS.get(part[1]) or float(part[1])) * UNITS[part[2]] for part in parts))
    return total if 0 < total <= LONGEST else None


def clock(text: str) -> int | None:
    """Read a time of the day, such as `9`, `09:00`, `9pm`, `오후 9시` or `24:00`, as minutes; None for none."""
    plain = re.sub(r"\s|^at\b|에$", "", text.lower())
    if plain in TIMES:
        return TIMES[plain]
    found = _TIME.fullmatch(plain)
    if found is None:
        return None
    half, hour, minute = found[1] or found[6], int(found[2]), int(found[3] or found[4] or (30 if found[5] else 0))
    if half:
        if not 1 <= hour <= 12:  # noqa: PLR2004 - the hours of half a day
            return None
        hour = hour % 12 + (12 if half in {"pm", "오후"} else 0)
    total = hour * 60 + minute
    return total if minute < 60 and total <= DAY else None  # noqa: PLR2004 - the minutes of an hour


def weekday(word: str) -> int | None:
    """Read a day of the week, Monday as 0; None for none."""
    if re.fullmatch(rf"[{KOREAN_WEEK}](요일)?", word):
        return KOREAN_WEEK.index(word[0])
    known = word if len(word) >= SHORTEST_NAME else "-"
    return next((day for day, name in enumerate(WEEK) if name.startswith(known)), None)


def days(text: str) -> frozenset[int] | None:
    """Read days of the week, such as `mon-fri`, `mon,wed`, `weekdays`, `월-금` or `월수금`; None for none."""
    named = SETS.get(text)
    if named or not text:
        return named
    parts = list(text) if re.fullmatch(rf"[{KOREAN_WEEK}]{{2,7}}", text) else re.split(r"[,/]", text)
    read = [_range(part) for part in parts]
    return frozenset(chain.from_iterable(one for one in read if one)) if all(read) else None


def _range(text: str) -> frozenset[int] | None:
    """Read one day or a range of days, which may run over the end of the week."""
    first, dash, last = text.strip().replace("–", "-").replace("~", "-").partition("-")
    ends = [weekday(first), weekday(last) if dash else weekday(first)]
    if ends[0] is None or ends[1] is None:
        return None
    length = (ends[1] - ends[0]) % 7
    return frozenset((ends[0] + step) % 7 for step in range(length + 1))


def moment(words: Sequence[str], now: datetime) -> datetime | None:
    """Read a time to come, such as `9:00`, `tomorrow`, `fri 17:00`, `24 dec` or `내일 아침`; None for none.

    `now` is on the clock of whoever says it, and so is the answer; what is past is none. A day without a time begins at
    9:00, a time without a day is the next one.
    """
    for cut in range(len(words) + 1):
        for day, at in ((words[:cut], words[cut:]), (words[cut:], words[:cut])):
            if found := _moment(" ".join(day), " ".join(at), now):
                return found
    return None


def _moment(day: str, at: str, now: datetime) -> datetime | None:
    minute = clock(at) if at else MORNING
    when, again = _day(day, now.date()) if day else (now.date(), 1)
    if minute is None or when is None or not (day or at):
        return None
    found = on_clock(when, minute, now)
    return found if found > now else _later(when, minute, now, again)


def _later(when: date, minute: int, now: datetime, again: int) -> datetime | None:
    """Return the next of what comes again after so many days, 0 for never."""
    found = on_clock(when + timedelta(again), minute, now)
    return found if again and found > now else None


def on_clock(day: date, minute: int, now: datetime) -> datetime:
    """Return when a clock of the zone of `now` shows a minute of a day; minute 1440 is the end of the day."""
    whole, rest = divmod(minute, DAY)
    return datetime.combine(day + timedelta(whole), time(rest // 60, rest % 60), tzinfo=now.tzinfo)


def _day(text: str, today: date) -> tuple[date | None, int]:
    """Read a day, and after how many days it comes again by that name, 0 for never."""
    plain = re.sub(r"\s|^on\b", "", text.lower())
    if plain in AHEAD:
        return today + timedelta(AHEAD[plain]), 0
    if plain in {"nextweek", "다음주"}:
        return today + timedelta(7 - today.weekday()), 0
    if (named := weekday(plain)) is not None:
        return today + timedelta((named - today.weekday()) % 7), 7
    return next((_date(found, today) for one in _DATES if (found := one.fullmatch(plain))), None), 0


def _date(found: re.Match[str], today: date) -> date | None:
    """Read a date; without a year it is the next one."""
    month = found["month"] if found["month"].isdigit() else _month(found["month"])
    try:
        day = date(int(found["year"] or today.year), int(month), int(found["day"]))
        return day if found["year"] or day >= today else day.replace(year=today.year + 1)
    except ValueError:
        return None


def _month(word: str) -> int:
    return next((number for number, name in enumerate(MONTHS, 1) if name.startswith(word)), 0)


def until(words: Sequence[str], now: datetime) -> datetime | None:
    """Read how long something lasts: `2h`, `for 2 days`, `until fri 17:00`, `금요일까지`, `이틀 동안`; None for none.

    `now` is on the clock of whoever says it, and so is the answer.
    """
    plain = [_ENDING.sub("", word) for word in words if word not in LINKING]
    plain = [word for word in plain if word]
    if span := minutes("".join(plain)):
        return (now.astimezone(UTC) + timedelta(minutes=span)).astimezone(now.tzinfo)
    try:
        found = moment(plain, now) if plain else None
    except OverflowError:  # the last day of the calendar
        return None
    return found if found and found - now <= timedelta(minutes=LONGEST) else None
