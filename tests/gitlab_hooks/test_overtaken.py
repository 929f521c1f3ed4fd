"""What is caught up with after something newer about the same thing was worked through: it is not told as if open."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.messages import EDIT
from bot.people import PersonKey
from bot.store import schema
from gitlab_hooks import inbox
from gitlab_hooks.delivery import content
from gitlab_hooks.inbox import Missed
from gitlab_hooks.lookups import UserId
from gitlab_hooks.notices import Reason, Who
from gitlab_hooks.settlement import OVER, Ended, Settlement, State, is_over, overtaken, settles
from tests.gitlab_hooks.desk import NAMES, Desk, desk
from tests.gitlab_hooks.team import NOW, payload
from tests.gitlab_hooks.test_settled import cards, sit

MR, ISSUE, EMOJI = "merge_request_hook__", "issue_hook__", "emoji_hook__"
EVERYBODY = {"ben.okafor", "haneul", "junho.lee", "carla.rossi"}
"""Two reviewers, an assignee, and somebody whom the description mentions by name."""


@pytest.fixture(name="at")
def a_desk(database: str) -> Iterator[Desk]:
    with desk(database, language="en") as one:
        yield sit(one)


def catch_up(at: Desk, name: str, changes: dict[str, Any] | None = None) -> set[str]:
    """Take in what failed a moment ago, work it through, and return who is told by it."""
    before = len(at.rows(schema.outbox, "id"))
    found, now = content(json.dumps(payload(name, changes)).encode()), at.time.now()
    at.store.write(lambda conn: inbox.accept(conn, found, None, {}, now, Missed(now - 1, late=False)))
    at.read()
    return {
        NAMES[PersonKey(person)] for person, kind in at.rows(schema.outbox, "person", "kind")[before:] if kind != EDIT
    }


def withdrawn(at: Desk) -> set[str]:
    lines = at.rows(schema.journal, "account", "verdict")
    return {account for account, verdict in lines if verdict == "withdrawn"}


@pytest.mark.parametrize(
    ("missed", "live", "told"),
    [
        (MR + "opened", [], EVERYBODY),
        (MR + "opened", [MR + "merged"], {"carla.rossi"}),
        (MR + "opened", [MR + "closed"], {"carla.rossi"}),
        (MR + "opened", [MR + "closed", MR + "reopened"], EVERYBODY),
        (MR + "opened", [MR + "approved"], EVERYBODY - {"ben.okafor"}),  # who approved was asked, and is done
        (MR + "opened", [MR + "approved", MR + "unapproved"], EVERYBODY),
        (MR + "opened", [MR + "changes_requested"], EVERYBODY - {"ben.okafor"}),
        (MR + "opened", [MR + "review_removed"], EVERYBODY - {"haneul"}),
        (MR + "opened", [MR + "unassigned"], EVERYBODY - {"junho.lee"}),
        (MR + "review_requested", [MR + "merged"], set()),
        (MR + "assigned", [MR + "merged"], set()),
        (MR + "closed", [MR + "reopened"], {"ben.okafor", "haneul", "anna.berg", "junho.lee"}),  # news, not a wish
        (ISSUE + "opened", [], {"ben.okafor", "haneul", "junho.lee"}),
        (ISSUE + "opened", [ISSUE + "closed"], {"ben.okafor"}),  # whom the description calls by name
        (ISSUE + "opened", [ISSUE + "closed", ISSUE + "reopened"], {"ben.okafor", "haneul", "junho.lee"}),
        (ISSUE + "assigned", [ISSUE + "closed"], set()),
        (ISSUE + "assigned", [ISSUE + "unassigned"], set()),
        (EMOJI + "awarded_note", [], {"carla.rossi"}),
        (EMOJI + "awarded_note", [EMOJI + "revoked_note"], set()),
        (EMOJI + "awarded_note", [EMOJI + "revoked_merge_request"], {"carla.rossi"}),
    ],
)
def test_what_comes_late(at: Desk, missed: str, live: list[str], told: set[str]) -> None:
    """Nobody is asked for what is settled, or told of what was taken back, but what was said by name is said."""
    for name in live:
        at.deliver(payload(name))

    assert catch_up(at, missed) == told


def test_it_is_journalled(at: Desk) -> None:
    """Each who is not told has a line that says why."""
    at.deliver(payload(MR + "merged"))
    catch_up(at, MR + "opened")

    assert withdrawn(at) == {"ben.okafor", "haneul", "jlee"}


def test_what_happened_later_is_told(at: Desk) -> None:
    """Who is asked after the end of something is asked: its own time counts, not when it comes."""
    at.deliver(payload(MR + "merged"))

    assert catch_up(at, MR + "opened", {"object_attributes.updated_at": "2026-11-24T09:19:00.000Z"}) == EVERYBODY


@pytest.mark.parametrize("when", [None, "soon"])
@pytest.mark.parametrize(("before", "told"), [(0, {"carla.rossi"}), (2, EVERYBODY)])
def test_without_a_time_of_its_own(at: Desk, when: str | None, before: int, told: set[str]) -> None:
    """Where a payload tells no time, that at which it came counts, or failed."""
    at.deliver(payload(MR + "merged", {"object_attributes.updated_at": when}))
    at.time.pass_ms(before)

    assert catch_up(at, MR + "opened", {"object_attributes.updated_at": when}) == told


def test_what_arrives_goes_by_its_arrival(at: Desk) -> None:
    """Of what was never missed, the order in which it came counts: clocks of several machines may differ."""
    at.deliver(payload(MR + "merged"))

    assert at.deliver(payload(MR + "opened")) == EVERYBODY


def test_cards_keep_the_newer_state(at: Desk) -> None:
    """What comes late changes no card that shows something newer of its kind, and every other as ever."""
    at.deliver(payload(MR + "opened"))
    at.deliver(payload(MR + "reopened"))
    before = cards(at)
    catch_up(at, MR + "closed")
    assert cards(at) == before
    catch_up(at, MR + "approved")

    assert cards(at)["ben.okafor"] != before["ben.okafor"]


# ------------------------------------------------------------------ the rules

WHOM = Who(UserId(2), "ben")
ENDS = st.builds(Ended, st.sampled_from(State), st.sampled_from(["", "2", "3"]), st.integers(NOW - 5, NOW + 5))


@given(st.sampled_from(Reason), st.lists(ENDS, max_size=6))
def test_is_over(reason: Reason, ends: list[Ended]) -> None:
    """It is over where the states that came after it, in the order of their times, leave nothing to do for one."""
    state = ""
    for one in sorted(ends, key=lambda end: end.at):
        if one.at > NOW and one.whom != "3" and settles(one.state, reason, state):
            state = one.state

    assert is_over(reason, WHOM, NOW, ends) == (state in OVER)
    assert not is_over(reason, WHOM, NOW + 5, ends)


@pytest.mark.parametrize(
    ("settlement", "end", "expected"),
    [
        (Settlement(State.CLOSED, "f"), Ended(State.REOPENED, "", NOW + 1), True),
        (Settlement(State.CLOSED, "f"), Ended(State.REOPENED, "", NOW), False),
        (Settlement(State.CLOSED, "f"), Ended(State.APPROVED, "2", NOW + 1), False),
        (Settlement(State.APPROVED, "f", (WHOM,)), Ended(State.UNAPPROVED, "2", NOW + 1), True),
        (Settlement(State.APPROVED, "f", (WHOM,)), Ended(State.UNAPPROVED, "3", NOW + 1), False),
        (Settlement(State.APPROVED, "f", (Who(None, "Ben"),)), Ended(State.UNAPPROVED, "ben", NOW + 1), True),
        (Settlement(State.APPROVED, "f", (WHOM,)), Ended(State.MERGED, "", NOW + 1), False),
        (Settlement(State.UNASSIGNED, "f", (WHOM,)), Ended(State.REVIEW_REMOVED, "2", NOW + 1), False),
    ],
)
def test_overtaken(settlement: Settlement, end: Ended, *, expected: bool) -> None:
    """A state is overtaken by a newer one of its kind that holds for the same people."""
    assert overtaken(settlement, NOW, [end]) is expected
