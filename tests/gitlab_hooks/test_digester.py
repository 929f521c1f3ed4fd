"""Daily digests: to whom, once a day, of what asks them for something, and never the same twice."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from bot.choices import choose
from bot.daily import Digest
from bot.directory import Directory
from bot.errors import TryLater
from bot.preferences import Choices, Defaults
from bot.store import Store, open_store
from bot.store.schema import digests, outbox
from gitlab_hooks.digester import Digester, DigestWords
from gitlab_hooks.lookups import Progress
from gitlab_hooks.todo_words import Lists
from gitlab_hooks.whois import Whois
from tests.bot.fakes import Time
from tests.gitlab_hooks.team import MEMBERS, NOW, TEMPLATES, URL, gitlab, key
from tests.gitlab_hooks.test_todo import BEN, HANEUL, mr

HOUR = 3_600_000
TEN = Digest(600)
"""Ten o'clock, which it is just now: the members tell no time zone."""


class Morning:
    """The team's GitLab, some who want digests, and a store that outlives the process."""

    def __init__(self, database: str) -> None:
        self.time = Time(ms=NOW)
        self.gitlab = gitlab()
        self.members = list(MEMBERS)
        self.store: Store = open_store(database, serving=True, clock=self.time.now, wait=5)
        self.told = 0
        self.on_told: Callable[[], object] = lambda: None
        self.digester = self.another()

    def another(self, **options: Any) -> Digester:
        """Return another process on the same store."""
        directory = Directory(lambda: self.members, {}, lambda: 0.0)
        directory.refresh()
        whois = Whois(self.gitlab, directory, {})
        words = DigestWords(TEMPLATES, Defaults(), Lists(URL), "/nudge")
        return Digester(self.store, self.gitlab, whois, lambda: directory.roster.by_key, words, self._count, **options)

    def _count(self) -> None:
        self.told += 1
        self.on_told()

    def wish(self, name: str, digest: Digest | None = TEN, **more: Any) -> None:
        self.store.write(lambda conn: choose(conn, key(name), Choices(digest=digest, **more), self.time.ms))

    def tell(self, days: int = 0) -> list[str]:
        """Let days pass, look who is due, and return whom a digest waits for in all."""
        self.time.pass_ms(days * 24 * HOUR)
        self.digester.step()
        return self.rows("person")

    def rows(self, column: str, state: str = "waiting") -> list[Any]:
        chosen = outbox.select().where(outbox.c.state == state).order_by(outbox.c.id)
        return self.store.read(lambda conn: [row[column] for row in conn.execute(chosen).mappings()])


@pytest.fixture
def morning(database: str) -> Iterator[Morning]:
    made = Morning(database)
    yield made
    made.store.close()


BENS, HANEULS = key("ben.okafor"), key("haneul")


def test_one_message(morning: Morning) -> None:
    """At their hour somebody gets one message: how much waits, what, and how to end it."""
    morning.wish("ben.okafor")
    morning.gitlab.open = [mr(1, days=3, reviewers=(BEN,)), mr(2, author=BEN)]

    assert morning.tell() == [BENS]
    assert morning.rows("headline") == ["Waiting for you in GitLab: 1 to review and 1 of your own"]
    (card,) = morning.rows("card")
    assert "3 days" in card
    assert "nobody was asked to review it" in card
    assert "`/nudge digest off`" in card
    assert morning.rows("fact") == morning.rows("object") == ["digest:2026-11-24"]
    assert morning.told == 1


def test_korean(morning: Morning) -> None:
    """Everybody reads their own language."""
    morning.wish("haneul")
    morning.gitlab.open = [mr(1, reviewers=(HANEUL,))]

    assert morning.tell() == [HANEULS]
    assert morning.rows("headline") == ["GitLab에서 기다리는 일이 있어요: 리뷰할 MR 1개"]


def test_once_a_day(morning: Morning) -> None:
    """However often it is looked, by however many processes, there is one a person and day."""
    morning.wish("ben.okafor")
    morning.gitlab.open = [mr(1, reviewers=(BEN,))]
    for digester in (morning.digester, morning.another(), morning.digester):
        digester.step()
    morning.gitlab.open += [mr(2, reviewers=(BEN,))]

    assert morning.tell() == [BENS]


def test_two_at_once(morning: Morning) -> None:
    """Of two processes that look at the same moment one makes the digest."""
    morning.wish("ben.okafor")
    morning.gitlab.open = [mr(1, reviewers=(BEN,))]
    threads = [threading.Thread(target=morning.another().step) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert morning.rows("person") == [BENS]
    assert morning.told == 1


def test_nothing_waits(morning: Morning) -> None:
    """Where nothing asks them for anything, nothing comes: what waits for others is no news."""
    morning.wish("ben.okafor")
    morning.gitlab.open = [mr(1, author=BEN, draft=True), mr(2, author=BEN, reviewers=(HANEUL,))]

    assert morning.tell() == []
    assert morning.store.read(lambda conn: [tuple(row) for row in conn.execute(digests.select())]) == [
        (BENS, "2026-11-24", "")
    ]


def test_not_twice_unchanged(morning: Morning) -> None:
    """The same list does not come twice, a changed one does, and so does one that comes back after a day without."""
    morning.wish("ben.okafor")
    one, two = mr(1, reviewers=(BEN,)), mr(2, author=BEN, reviewers=(HANEUL,))
    facts = []
    for requests, progress in (
        ([one], Progress()),
        ([one], Progress()),
        ([one, two], Progress(pipeline="failed")),
        ([one, two], Progress(approved=True)),
        ([], Progress()),
        ([one], Progress()),
    ):
        morning.gitlab.open, morning.gitlab.far = requests, {two.subject: progress}
        morning.tell()
        facts.append(morning.rows("fact"))
        morning.time.pass_ms(24 * HOUR)

    assert facts == [
        ["digest:2026-11-24"],
        ["digest:2026-11-24"],
        ["digest:2026-11-26"],
        ["digest:2026-11-27"],
        ["digest:2026-11-27"],
        ["digest:2026-11-29"],
    ]


def test_the_newest_says_it_all(morning: Morning) -> None:
    """What still waits of an older digest is taken back when there is a newer one; other messages are not."""
    morning.wish("ben.okafor")
    morning.gitlab.open = [mr(1, reviewers=(BEN,))]
    morning.tell()
    morning.gitlab.open += [mr(2, reviewers=(BEN,))]
    morning.tell(days=1)

    assert morning.rows("fact", "withdrawn") == ["digest:2026-11-24"]
    assert morning.rows("fact") == ["digest:2026-11-25"]


@pytest.mark.parametrize(
    ("hours", "told"),
    [(-0.1, False), (0, True), (1.9, True), (2, False)],
)
def test_missed(morning: Morning, hours: float, told: bool) -> None:
    """Who was not told at their hour is told within two hours, and then not before the next day."""
    morning.wish("ben.okafor")
    morning.gitlab.open = [mr(1, reviewers=(BEN,))]
    morning.time.pass_ms(round(hours * HOUR))

    assert bool(morning.tell()) is told


def test_gitlab_does_not_answer(morning: Morning, caplog: pytest.LogCaptureFixture) -> None:
    """While GitLab does not answer it is tried again, and others who can be looked up are not held up."""
    morning.wish("ben.okafor")
    morning.wish("haneul")
    morning.gitlab.open = [mr(1, reviewers=(BEN, HANEUL))]
    morning.gitlab.down_for[BEN.id] = TryLater("GET /merge_requests: 503")
    assert morning.tell() == [HANEULS]
    assert "a digest waits: GET /merge_requests: 503" in caplog.text

    morning.gitlab.down_for.clear()
    morning.time.pass_ms(HOUR)
    assert morning.tell() == [HANEULS, BENS]


def test_run(morning: Morning) -> None:
    """It looks again and again until it is to stop."""
    stopping = threading.Event()
    morning.wish("ben.okafor")
    morning.gitlab.open = [mr(1, reviewers=(BEN,))]
    morning.on_told = stopping.set
    morning.another(pause=0.001).run(stopping)

    assert morning.rows("person") == [BENS]


@pytest.mark.parametrize("change", ["no digest", "opted out", "no member", "deactivated", "no token", "no account"])
def test_to_nobody(morning: Morning, change: str) -> None:
    """Nobody gets a digest who wants none, is off, is not here, or whose account is not known."""
    morning.wish("ben.okafor", None if change == "no digest" else TEN, opted_in=change != "opted out")
    morning.gitlab.open = [mr(1, reviewers=(BEN,))]
    if change == "no member":
        morning.members = [member for member in MEMBERS if member.key != BENS]
    if change == "deactivated":
        morning.members = [replace(member, active=member.key != BENS) for member in MEMBERS]
    if change == "no token":
        morning.gitlab.has_token = False
    if change == "no account":
        morning.gitlab.users = {}
    morning.digester = morning.another()

    assert morning.tell() == []
