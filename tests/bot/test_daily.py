"""The daily digest: what is typed for it, and when it is due."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import groupby
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.asking import Asker
from bot.commands import answer
from bot.daily import GRACE_MS, Digest, daily, due_day
from bot.markdown import Markdown
from bot.people import Member, PersonKey
from bot.preferences import Choices, Defaults
from bot.release import release
from bot.templates import Templates
from bot.when import DAY
from tests.bot.test_preferences import WAITING

WORDS = Templates(Path(__file__).parents[2] / "bot" / "words")
SEOUL = ZoneInfo("Asia/Seoul")
NOW = datetime(2026, 11, 24, 15, 0, tzinfo=SEOUL)
MS = round(NOW.timestamp() * 1000)
MINUTE = 60_000
WORKDAYS, EVERY_DAY = (0, 1, 2, 3, 4), tuple(range(7))
MINA = Asker("mina", now=NOW)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("09:00", (540, EVERY_DAY)),
        ("9", (540, EVERY_DAY)),
        ("9am mon-fri", (540, WORKDAYS)),
        ("mon-fri 9 am", (540, WORKDAYS)),
        ("08:30 mon wed", (510, (0, 2))),
        ("09:00 weekdays", (540, WORKDAYS)),
        ("09:00 mon-fri weekends", (540, EVERY_DAY)),
        ("midnight", (0, EVERY_DAY)),
        ("24:00 fri", (0, (4,))),
        ("9시 평일", (540, WORKDAYS)),
        ("평일 오전 9시", (540, WORKDAYS)),
        ("매일 오후 1시 30분", (810, EVERY_DAY)),
        ("", None),
        ("mon-fri", None),
        ("25:00", None),
        ("09:00 dance", None),
        ("09:00 10:00", None),
    ],
)
def test_daily(text: str, expected: tuple[int, tuple[int, ...]] | None) -> None:
    """An hour, and days before or behind it, in both languages; what is neither is none."""
    assert daily(text.split()) == expected


@pytest.mark.parametrize(
    ("text", "english", "korean"),
    [
        ("digest 09:00 mon-fri", "Digest: 09:00 Mon–Fri (KST). You are", "할 일 모아 받기: 평일 09:00 (KST). 그때"),
        ("Digest 9", "Digest: 09:00 every day (KST)", "할 일 모아 받기: 매일 09:00 (KST)"),
        ("모아받기 9시 토", "Digest: 09:00 Sat (KST)", "할 일 모아 받기: 토 09:00 (KST)"),
        ("digest off", "No digest any more.", "이제 모아서 보내지 않아요."),
        ("다이제스트 끄기", "No digest any more.", "이제 모아서 보내지 않아요."),
        ("digest", "`/nudge digest 09:00 mon-fri`", "`/nudge digest 9시 평일`"),
        ("digest later", "I do not understand “later” as an hour", "“later” 시간은 알아듣지 못했어요."),
    ],
)
def test_command(text: str, english: str, korean: str) -> None:
    """The answer says what now holds, in both languages."""
    _, reply = answer(text, MINA, Choices(), {}, Defaults())
    said = [
        WORDS.render(language, reply.words, reply.block, command=Markdown("/nudge"), **reply.values)
        for language in ("en", "ko")
    ]

    assert english in said[0]
    assert korean in said[1]


def test_what_changes() -> None:
    """A digest counts from when it was chosen, and ends; what is not understood, or only asked, changes nothing."""
    wish = Choices(digest=Digest(540, WORKDAYS, MS))
    for text, before, after in (
        ("digest 09:00 mon-fri", Choices(), wish),
        ("digest off", wish, Choices()),
        ("digest later", wish, wish),
        ("digest", wish, wish),
    ):
        chosen, reply = answer(text, MINA, before, {}, Defaults())
        assert chosen == after
        assert reply.values["digest"] == after.digest


def test_status() -> None:
    """`status` shows when the digest comes, and so does asking for it."""
    wish = Choices(digest=Digest(540, WORKDAYS))
    for text in ("status", "digest"):
        _, reply = answer(text, MINA, wish, {}, Defaults())
        for language, expected in (("en", "Digest: 09:00 Mon–Fri (KST)"), ("ko", "할 일 모아 받기: 평일 09:00 (KST)")):
            command = Markdown("/nudge")
            assert expected in WORDS.render(language, reply.words, reply.block, command=command, **reply.values)


def test_no_zone() -> None:
    """Whose Mattermost tells no time zone is told that the hour is one of UTC."""
    _, reply = answer("digest 9", Asker("mina", now=NOW.astimezone(UTC)), Choices(), {}, Defaults())
    for language in ("en", "ko"):
        assert "UTC" in WORDS.render(language, reply.words, reply.block, command=Markdown("/nudge"), **reply.values)


def at(text: str, zone: ZoneInfo = SEOUL) -> int:
    return round(datetime.fromisoformat(text).replace(tzinfo=zone).timestamp() * 1000)


NINE, LATE = Digest(540), Digest(23 * 60 + 30)
BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("digest", "now", "day"),
    [
        (NINE, at("2026-11-24 08:59:59"), None),
        (NINE, at("2026-11-24 09:00"), date(2026, 11, 24)),
        (NINE, at("2026-11-24 10:59:59"), date(2026, 11, 24)),
        (NINE, at("2026-11-24 11:00"), None),
        (LATE, at("2026-11-25 01:00"), date(2026, 11, 24)),
        (LATE, at("2026-11-25 01:30"), None),
        (Digest(0), at("2026-12-01 00:00"), date(2026, 12, 1)),
        (Digest(540, WORKDAYS), at("2026-11-28 09:00"), None),
        (Digest(LATE.at, (4,)), at("2026-11-28 01:00"), date(2026, 11, 27)),
        (Digest(540, since=at("2026-11-24 09:00:01")), at("2026-11-24 09:30"), None),
        (Digest(540, since=at("2026-11-24 08:00")), at("2026-11-24 09:30"), date(2026, 11, 24)),
    ],
)
def test_due_day(digest: Digest, now: int, day: date | None) -> None:
    """A digest is due for two hours from its hour on, on its days, and not for an hour that was past when chosen."""
    assert due_day(digest, now, SEOUL) == day


@pytest.mark.parametrize(
    ("now", "day"),
    [
        ("2026-03-29 01:59", None),
        ("2026-03-29 03:00", None),
        ("2026-03-29 03:30", date(2026, 3, 29)),
        ("2026-10-25 02:29", None),
        ("2026-10-25 02:30", date(2026, 10, 25)),
    ],
)
def test_the_clock_is_changed(now: str, day: date | None) -> None:
    """An hour that a clock leaves out is when it goes on; one that it shows twice is the first of both."""
    assert due_day(Digest(150), at(now, BERLIN), BERLIN) == day


ZONES = st.sampled_from(["Asia/Seoul", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "UTC"]).map(ZoneInfo)
DIGESTS = st.builds(Digest, st.integers(0, DAY - 1), st.lists(st.integers(0, 6), min_size=1, unique=True).map(tuple))
MOMENTS = st.integers(at("2026-01-01 00:00"), at("2027-12-31 00:00"))


@given(DIGESTS, MOMENTS, ZONES)
def test_once_a_day(digest: Digest, start: int, zone: ZoneInfo) -> None:
    """Whoever looks often enough finds every chosen day once, in order, whatever the clock does."""
    found = [due_day(digest, start + step * 15 * MINUTE, zone) for step in range(8 * 96)]
    days = [day for day, _ in groupby(found) if day]
    inner = datetime.fromtimestamp(start / 1000, zone).date() + timedelta(2)
    week = [inner + timedelta(step) for step in range(4)]

    assert days == sorted(set(days))
    assert {day for day in week if day.weekday() in digest.days} <= set(days)
    assert all(day.weekday() in digest.days for day in days)


@given(DIGESTS, MOMENTS, ZONES)
def test_never_late(digest: Digest, now: int, zone: ZoneInfo) -> None:
    """What is due is of an hour that began at most two hours ago."""
    if due_day(digest, now, zone):
        assert due_day(digest, now + GRACE_MS, zone) != due_day(digest, now, zone)


@pytest.mark.parametrize(("choices", "verdict"), [(Choices(), "switched_off"), (Choices(digest=NINE), None)])
def test_release(choices: Choices, verdict: str | None) -> None:
    """A digest that waits is dropped once nobody wants digests any more."""
    waiting = replace(WAITING, reason="digest", topic="digest", about=())
    decision = release(waiting, choices, Defaults(), Member(PersonKey("mina"), "mina"), MS)

    assert getattr(decision, "verdict", None) == verdict
