"""How people say when, in both languages."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.when import DAY, LONGEST, clock, days, minutes, moment, weekday

SEOUL = ZoneInfo("Asia/Seoul")
TUESDAY = datetime(2026, 11, 24, 15, 0, tzinfo=SEOUL)
WORDS = st.lists(
    st.sampled_from(
        [
            "9",
            "24:00",
            "9am",
            "noon",
            "fri",
            "월",
            "tomorrow",
            "내일",
            "아침",
            "24",
            "dec",
            "12월",
            "1일",
            "30",
            "feb",
            "x",
        ]
    ),
    max_size=4,
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2h", 120),
        ("90m", 90),
        ("90 Minutes", 90),
        ("1h30m", 90),
        ("1h, 30 min", 90),
        ("1.5h", 90),
        ("2 days", 2 * DAY),
        ("a week", 7 * DAY),
        ("an hour", 60),
        ("half an hour", 30),
        ("1 hour and 30 min", 90),
        ("한시간", 60),
        ("1시간 30분", 90),
        ("하루", DAY),
        ("이틀", 2 * DAY),
        ("일주일", 7 * DAY),
        ("2주", 14 * DAY),
        *((text, None) for text in ("", "2", "x", "0m", "2 x", "h2", "99999w", "-1h", "1h x", "tomorrow", "2hm")),
    ],
)
def test_minutes(text: str, expected: int | None) -> None:
    """A duration is numbers with their units, or a word for one; nothing, what is no duration, and over a year."""
    assert minutes(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("9", 9 * 60),
        ("09:00", 9 * 60),
        ("9.30", 9 * 60 + 30),
        ("17h", 17 * 60),
        ("9am", 9 * 60),
        ("9:30 PM", 21 * 60 + 30),
        ("12am", 0),
        ("12pm", 12 * 60),
        ("00:00", 0),
        ("24:00", DAY),
        ("noon", 12 * 60),
        ("midnight", DAY),
        ("at 9", 9 * 60),
        ("9시", 9 * 60),
        ("9시 30분", 9 * 60 + 30),
        ("9시반", 9 * 60 + 30),
        ("오전 9시", 9 * 60),
        ("오후 9시 30분", 21 * 60 + 30),
        ("오전 12시", 0),
        ("정오", 12 * 60),
        ("9시에", 9 * 60),
        *((text, None) for text in ("", "25", "24:01", "9:60", "13pm", "0am", "오후 13시", "x", "-1", "9:5")),
    ],
)
def test_clock(text: str, expected: int | None) -> None:
    """A time of the day is an hour with or without minutes, on a clock of 24 hours or of twice 12."""
    assert clock(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("mon", {0}),
        ("Monday".lower(), {0}),
        ("mon-fri", {0, 1, 2, 3, 4}),
        ("mon–fri", {0, 1, 2, 3, 4}),
        ("mon,wed", {0, 2}),
        ("fri-mon", {4, 5, 6, 0}),
        ("mon-wed,sat", {0, 1, 2, 5}),
        ("weekdays", {0, 1, 2, 3, 4}),
        ("weekend", {5, 6}),
        ("daily", set(range(7))),
        ("월-금", {0, 1, 2, 3, 4}),
        ("월~금", {0, 1, 2, 3, 4}),
        ("월요일", {0}),
        ("월수금", {0, 2, 4}),
        ("평일", {0, 1, 2, 3, 4}),
        ("주말", {5, 6}),
        *((text, None) for text in ("", "tu", "x", "mon-x", "mon,x", "-", "mon-", "-fri", "9")),
    ],
)
def test_days(text: str, expected: set[int] | None) -> None:
    """Days are names, lists and ranges of them, which may run over the end of the week."""
    assert days(text) == expected


@pytest.mark.parametrize(("word", "expected"), [("thu", 3), ("thursday", 3), ("목", 3), ("목요일", 3), ("th", None)])
def test_weekday(word: str, expected: int | None) -> None:
    """A day is named whole or by at least three letters; in Korean one is enough."""
    assert weekday(word) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("17", "2026-11-24 17:00"),
        ("9", "2026-11-25 09:00"),
        ("3pm", "2026-11-25 15:00"),
        ("tomorrow", "2026-11-25 09:00"),
        ("tomorrow 14:30", "2026-11-25 14:30"),
        ("9am tomorrow", "2026-11-25 09:00"),
        ("tomorrow morning", "2026-11-25 09:00"),
        ("today 16:00", "2026-11-24 16:00"),
        ("tonight", "2026-11-24 18:00"),
        ("midnight", "2026-11-25 00:00"),
        ("tue", "2026-12-01 09:00"),
        ("tue 16:00", "2026-11-24 16:00"),
        ("on friday at 17", "2026-11-27 17:00"),
        ("next week", "2026-11-30 09:00"),
        ("24 dec", "2026-12-24 09:00"),
        ("dec 24 10:00", "2026-12-24 10:00"),
        ("24 December 2027", "2027-12-24 09:00"),
        ("may 1", "2027-05-01 09:00"),
        ("2026-12-01", "2026-12-01 09:00"),
        ("2026-12-01 8:00", "2026-12-01 08:00"),
        ("내일", "2026-11-25 09:00"),
        ("내일 아침", "2026-11-25 09:00"),
        ("모레 9시 30분", "2026-11-26 09:30"),
        ("월요일 9시", "2026-11-30 09:00"),
        ("다음 주", "2026-11-30 09:00"),
        ("12월 1일", "2026-12-01 09:00"),
        ("2027년 1월 2일 오후 3시", "2027-01-02 15:00"),
        ("오후 4시", "2026-11-24 16:00"),
        *((text, None) for text in ("", "x", "today 9", "2026-11-24", "2025-01-01", "30 feb", "24 xyz", "13월 1일")),
        *((text, None) for text in ("fri x", "x 9", "tomorrow tomorrow", "2026-02-30")),
    ],
)
def test_moment(text: str, expected: str | None) -> None:
    """A time to come is a day, a time, or both in either order; what is past or no day of the calendar is none."""
    found = moment(text.split(), TUESDAY)

    assert (found and f"{found:%Y-%m-%d %H:%M}") == expected


def test_leap_day() -> None:
    """A day that the next year does not have is not guessed."""
    assert moment(["29", "feb"], TUESDAY) is None


@given(WORDS, st.integers(0, 400 * DAY))
def test_to_come(words: list[str], ahead: int) -> None:
    """Whatever is said and whenever, the answer is none or a time to come within a year or so, on the same clock."""
    now = TUESDAY + timedelta(minutes=ahead)
    found = moment(words, now)

    assert found is None or (now < found <= now + timedelta(367) and found.tzinfo is now.tzinfo)


@given(st.integers(1, LONGEST // 60), st.sampled_from(["h", " hours", "시간"]))
def test_minutes_scale(number: int, unit: str) -> None:
    """A duration is as long as its number says."""
    assert minutes(f"{number}{unit}") == 60 * number
