"""`admin people`, `admin failed`, `admin retry`: what an administrator sees and mends."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Connection, select, update

from bot.directory import Directory
from bot.markdown import Markdown
from bot.messages import Message
from bot.outbox import Batching, put
from bot.people import Member, PersonKey
from bot.preferences import Choices
from bot.store import Store, open_store, schema
from gitlab_hooks import inbox
from gitlab_hooks.admin import MOST, Admin
from gitlab_hooks.delivery import content
from gitlab_hooks.lookups import UserId
from gitlab_hooks.whois import Whois
from tests.gitlab_hooks.team import MEMBERS, TEMPLATES, gitlab, key, user

ASKER = MEMBERS[0]


class Office:
    """A store with what failed in it, and an administrator who looks at it."""

    def __init__(self, store: Store, *more: Member) -> None:
        self.store, self.woken, self.gitlab = store, 0, gitlab()
        directory = Directory(lambda: (*MEMBERS, *more), {}, lambda: 0.0)
        directory.refresh()
        self.admin = Admin(store, Whois(self.gitlab, directory, {}), self.wake)

    def wake(self) -> None:
        self.woken += 1

    def say(self, what: str, *words: str, language: str = "en") -> str:
        reply = getattr(self.admin, what)(ASKER, Choices(), words)
        said = TEMPLATES.render(language, reply.words, reply.block, command=Markdown("/nudge"), **reply.values)
        return said.replace("\u2060", "")

    def refuse(self, count: int = 1) -> None:
        """Let Mattermost refuse messages to Ben."""
        made = [
            Message(key("ben.okafor"), f"note:{n}", "mr:1", "g", "mentioned", "mentions", "…") for n in range(count)
        ]
        self.store.write(lambda conn: put(conn, made, delivery=None, now=0, batching=Batching()))
        dead = update(schema.outbox).values(state="dead", error="POST /posts: 400 too long")
        self.store.write(lambda conn: conn.execute(dead).rowcount)

    def fail(self) -> None:
        """Let a delivery fail."""

        def op(conn: Connection) -> None:
            inbox.accept(conn, content(b"{}"), "d", {}, 0)
            conn.execute(update(schema.inbox).values(state="failed", error="KeyError in the program itself"))

        self.store.write(op)

    def states(self) -> list[str]:
        states = [select(table.c.state) for table in (schema.outbox, schema.inbox)]
        return self.store.read(lambda conn: [state for every in states for state in conn.scalars(every)])


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(f"sqlite:///{tmp_path / 'nudge.db'}", serving=False)
    yield opened
    opened.close()


def test_people(store: Store) -> None:
    """Who is matched is counted, who is not is named, who left counts for nothing."""
    strangers = (Member(PersonKey("s"), "stranger"), Member(PersonKey("g"), "gone", active=False))
    office = Office(store, *strangers)
    shown = office.say("people")

    assert shown.startswith("6 of 7 members are matched with GitLab.")
    assert "**Not matched, told nothing**\n\n- stranger" in shown
    assert "gone" not in shown
    assert "6명이 GitLab과 연결돼 있어요." in office.say("people", language="ko")


def test_conflicts(store: Store) -> None:
    """Who could be several is named among the conflicts."""
    office = Office(store, Member(PersonKey("o"), "olaf.lind", "olaf@shop.example"))
    office.gitlab.users[UserId(7)] = replace(user(7), email="other@shop.example")

    assert "**In conflict, told nothing**\n\n- olaf.lind" in office.say("people")


def test_long_lists_are_cut(store: Store) -> None:
    """A list shows so many, and says how many more there are."""
    office = Office(store, *(Member(PersonKey(f"s{n}"), f"stranger{n:02}") for n in range(MOST + 5)))
    office.refuse(MOST + 2)

    assert "- stranger19\n- … and 5 more" in office.say("people")
    assert "… and 2 more" in office.say("failed")


def test_nothing_failed(store: Store) -> None:
    """Where all is well, that is said."""
    assert Office(store).say("failed") == "Mattermost has refused nothing, and every webhook could be worked through."


def test_failed_and_tried_again(store: Store) -> None:
    """What failed is listed by letter and number, without a text, and is tried again by that."""
    office = Office(store)
    office.refuse()
    office.fail()
    shown = office.say("failed")

    assert "- `m1` 1970-01-01 00:00:00 UTC · ben.okafor: note:0 · POST /posts: 400 too long" in shown
    assert "- `d1` 1970-01-01 00:00:00 UTC · " in shown
    assert "`/nudge admin retry m1` tries one again." in shown

    assert office.say("retry", "m1") == "`m1` is tried again now."
    assert office.say("retry", "d1", language="ko") == "지금 다시 시도할게요: `d1`"
    assert office.states() == ["waiting", "waiting"]
    assert office.woken == 2


@pytest.mark.parametrize("words", [(), ("12",), ("x12",), ("m",), ("m1", "m2"), ("m" + "9" * 30,)])
def test_how_to_retry(store: Store, words: tuple[str, ...]) -> None:
    """What is no number of the list is answered with how one looks."""
    assert "Tell me which" in Office(store).say("retry", *words)


@pytest.mark.parametrize("number", ["m1", "d1", "m" + "9" * 18])
def test_nothing_to_retry(store: Store, number: str) -> None:
    """A number that has not failed is left as it is."""
    office = Office(store)

    assert office.say("retry", number).startswith(f"There is no `{number}` among what has failed")
    assert office.woken == 0
