"""What becomes of deliveries, and of what is remembered of pipelines, when they are old."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import insert, select

from bot.retention import DAY_MS, ROWS
from bot.store import schema
from gitlab_hooks import inbox
from gitlab_hooks.event import Run
from gitlab_hooks.memory import keep_run, newest_run
from gitlab_hooks.retention import FAILING_DAYS, INBOX_DAYS, NO_MORE_EDITS, RULES
from gitlab_hooks.settlement import State, settles
from tests.bot.rows import count, trim
from tests.gitlab_hooks.desk import Desk, desk
from tests.gitlab_hooks.team import NOW, payload

MR, ISSUE, NOTE = "merge_request_hook__assigned", "issue_hook__assigned", "note_hook__merge_request"
WEEK = 7 * DAY_MS


@pytest.fixture(name="at")
def a_desk(tmp_path: Path) -> Iterator[Desk]:
    with desk(tmp_path) as one:
        yield one


def bodies(at: Desk) -> dict[str, list[bytes]]:
    rows = at.rows(schema.inbox, "state", "body")
    return {state: [body for its, body in rows if its == state] for state, _ in rows}


def test_a_delivery_that_is_done_gives_its_body_up(at: Desk) -> None:
    """What is worked through leaves nothing behind but its keys; what failed, or waits, keeps all it came with."""
    at.deliver(payload(MR))
    at.deliver(payload(ISSUE, {"object_attributes.iid": "forty-two"}))
    at.accept(payload(NOTE))

    kept = bodies(at)
    assert kept["done"] == [b""]
    assert all(kept["failed"] + kept["waiting"])
    assert at.rows(schema.inbox, "headers")[0] == ("{}",)


def test_a_delivery_is_known_while_it_can_come_again(at: Desk) -> None:
    """GitLab can send a delivery again for a week: so long it is known, done or not, by its id and by its content."""
    at.accept(payload(MR), delivery_id="one")
    at.read()
    for days in (7, 2, 1):
        trim(at.store, RULES, at.time.now())
        assert not at.accept(payload(MR), delivery_id="another")
        assert not at.accept(payload(NOTE), delivery_id="one")
        at.time.pass_ms(days * DAY_MS)
    trim(at.store, RULES, at.time.now())

    assert count(at.store, schema.inbox) == 0


def test_what_comes_again_after_that_is_not_told_again(at: Desk) -> None:
    """Even a delivery that comes back after weeks tells nobody twice: facts are known for longer than deliveries."""
    at.deliver(payload(MR))
    at.time.pass_ms(INBOX_DAYS * DAY_MS)
    trim(at.store, RULES, at.time.now())
    told = at.deliver(payload(MR))

    assert told == set()
    assert [verdict for (verdict,) in at.rows(schema.journal, "verdict")] == ["told", "told_before"]


def test_what_waits_or_failed_never_goes(at: Desk) -> None:
    """However old: a delivery that waits is still worked through, and one that failed can still be retried."""
    at.deliver(payload(ISSUE, {"object_attributes.iid": "forty-two"}))
    at.accept(payload(MR))
    at.time.pass_ms(1_000 * DAY_MS)
    trim(at.store, RULES, at.time.now())

    assert [one.id for one in at.store.read(inbox.failed)] == [1]
    assert at.store.write(lambda conn: inbox.retry(conn, 1, at.time.now()))
    at.read()
    assert [state for (state,) in at.rows(schema.inbox, "state")] == ["failed", "done"]


@pytest.mark.parametrize(
    ("ended", "known"),
    [(NOW - FAILING_DAYS * DAY_MS, False), (NOW - FAILING_DAYS * DAY_MS + 1, True), (0, True)],
)
def test_how_pipelines_ended(at: Desk, ended: int, known: bool) -> None:
    """How the newest pipeline of something ended is known for a year; where GitLab does not say when, for good."""
    at.store.write(lambda conn: keep_run(conn, "mr:1", Run(7, ended, failed=True)))
    trim(at.store, RULES, NOW)

    assert (at.store.read(lambda conn: newest_run(conn, "mr:1")) is not None) == known


def test_old_pipelines_are_found_among_young_ones(at: Desk) -> None:
    """Their table is in the order of no time: a walk goes to its end."""
    rows = [{"object": f"mr:{n:05}", "run": n, "ended": NOW if n < 2 * ROWS else 1, "failed": True} for n in range(300)]
    at.store.write(lambda conn: conn.execute(insert(schema.failing), rows))
    trim(at.store, RULES, NOW)

    left = at.store.read(lambda conn: conn.scalars(select(schema.failing.c.run).order_by("run")).all())
    assert left == list(range(2 * ROWS))


def test_what_may_change_is_not_over() -> None:
    """A message is needed as long as anything could change it, but for a merge request that is closed."""
    final = {before for before in State if not any(settles(state, "review_requested", before) for state in State)}

    assert final | {State.CLOSED} == NO_MORE_EDITS
