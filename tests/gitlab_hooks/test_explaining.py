"""What "Why?" says of a message: the journal's own line of it, in the person's language."""

from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import delete, select, update

from bot import pressed, reminders
from bot.markdown import JOINER, Markdown
from bot.store import schema
from gitlab_hooks.explaining import explain
from tests.gitlab_hooks.desk import Desk, desk
from tests.gitlab_hooks.team import NOW, TEMPLATES, payload


@pytest.fixture
def at(tmp_path: Path) -> Iterator[Desk]:
    with desk(tmp_path) as opened:
        yield opened


def send(at: Desk) -> int:
    """Let every message be sent in one post, and return the number of the last."""
    post = {"id": 1, "person": "x", "message": "…", "props": "{}", "pending_post_id": "p", "first_tried": NOW}
    there = schema.posts.select()
    made = schema.posts.insert().values(**post, state="sent", post_id="p")
    if not at.store.read(lambda conn: conn.execute(there).first()):
        at.store.write(lambda conn: conn.execute(made).rowcount)
    at.store.write(lambda conn: conn.execute(update(schema.outbox).values(state="sent", post=1)).rowcount)
    last = select(schema.outbox.c.id).order_by(schema.outbox.c.id.desc()).limit(1)
    return at.store.read(lambda conn: conn.scalar(last)) or 0


def shown(at: Desk, number: int, language: str = "en") -> str:
    """Return what is shown of one message."""

    def clock(milliseconds: int) -> datetime:
        return datetime.fromtimestamp(milliseconds / 1000, UTC)

    found = at.store.read(partial(pressed.read, message=number))
    assert found is not None
    reply = at.store.read(partial(explain, pressed=found, clock=clock))
    command = Markdown("/nudge")
    return TEMPLATES.render(language, reply.words, reply.block, command=command, **reply.values).replace(JOINER, "")


def test_why_says_reason_rule_time_and_the_commands(at: Desk) -> None:
    """Reasons, the strongest first, what it is about, by whom and when, the rule, and the commands that change it."""
    at.deliver(payload("merge_request_hook__review_requested"))
    said = shown(at, send(at)).splitlines()

    assert said[0] == "Why you were told: **review request**."
    assert said[2].startswith("- [!")
    assert said[2].endswith("Tue 24 Nov, 10:00, anna.berg")
    assert said[3:] == [
        "- House rule: `merge_request.review_requested`",
        "- Stop these: `/nudge off review_requested`",
        "- Stop the whole topic: `/nudge off reviews`",
        "- Mute this one: `/nudge mute web/shop!42`",
    ]


def test_korean(at: Desk) -> None:
    """The same in Korean."""
    at.deliver(payload("merge_request_hook__review_requested"))
    said = shown(at, send(at), "ko").splitlines()

    assert said[0] == "이 알림이 온 이유: **리뷰 요청**"
    assert said[3:] == [
        "- 적용된 규칙: `merge_request.review_requested`",
        "- 이런 알림 그만 받기: `/nudge off review_requested`",
        "- 이 주제 모두 끄기: `/nudge off reviews`",
        "- 이것만 음소거: `/nudge mute web/shop!42`",
    ]


def test_a_reminder_is_explained_by_what_it_reminds_of(at: Desk) -> None:
    """A reminder came for the reason for which the message came that it reminds of."""
    at.deliver(payload("merge_request_hook__review_requested"))
    first = send(at)
    found = at.store.read(partial(pressed.read, message=first))
    assert found is not None
    at.store.write(
        lambda conn: reminders.remind(conn, found, lambda of: (of, "because"), at=NOW + 1, now=NOW, token="t")
    )

    assert shown(at, send(at)) == shown(at, first)


def test_what_the_journal_no_longer_says(at: Desk) -> None:
    """Where the line is gone, what the message itself knows is said."""
    at.deliver(payload("merge_request_hook__review_requested"))
    number = send(at)
    at.store.write(lambda conn: conn.execute(delete(schema.journal)).rowcount)

    assert shown(at, number).splitlines() == [
        "Why you were told: **review request**.",
        "",
        "- Tue 24 Nov, 10:00",
        "- Stop these: `/nudge off review_requested`",
        "- Stop the whole topic: `/nudge off reviews`",
        "- Mute this one: `/nudge mute web/shop!42`",
    ]
