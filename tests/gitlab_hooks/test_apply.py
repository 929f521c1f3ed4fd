"""What became of a delivery, written down at once: messages, memory, journal, the end of the delivery."""

from collections.abc import Iterator
from typing import Any

import pytest

from bot.outbox import Batching
from bot.store import schema
from gitlab_hooks import inbox
from gitlab_hooks.apply import write_down
from gitlab_hooks.flow import flow
from gitlab_hooks.inbox import Lease
from gitlab_hooks.memory import named_accounts
from tests.gitlab_hooks.desk import NAMES, Desk, desk
from tests.gitlab_hooks.team import key, payload

OPENED = "merge_request_hook__opened"
LINK = "https://gitlab.example.com/web/shop/-/merge_requests/42"


@pytest.fixture(name="at")
def a_desk(database: str) -> Iterator[Desk]:
    with desk(database) as one:
        yield one


def claimed(at: Desk, body: Any, lease: int = 1_000) -> Lease:
    at.accept(body)
    now = at.time.now()
    (one,) = at.store.write(lambda conn: inbox.claim(conn, "me", now, lease, 1, 1))
    return one


def write(at: Desk, lease: Lease) -> bool:
    outcome, now = flow(lease.delivery, at.house), at.time.now()
    return at.store.write(lambda conn: write_down(conn, lease, outcome, Batching(), now))


def journal(at: Desk, *columns: str) -> list[tuple[Any, ...]]:
    return at.rows(schema.journal, *columns)


def table(at: Desk, name: str) -> set[tuple[Any, ...]]:
    columns = [column.name for column in schema.metadata.tables[name].c if column.name != "at"]
    chosen = (
        schema.metadata.tables[name]
        .select()
        .with_only_columns(*(schema.metadata.tables[name].c[column] for column in columns))
    )
    return at.store.read(lambda conn: {tuple(row) for row in conn.execute(chosen)})


def test_messages_and_memory(at: Desk) -> None:
    """Each person's message is in the outbox, the fact is told to them, and the opening announced."""
    assert write(at, claimed(at, payload(OPENED)))
    fact = "mr:4200:opened:2026-11-24T09:01:00.000Z"
    people = {key(name) for name in ("ben.okafor", "haneul", "junho.lee", "carla.rossi")}

    assert {person for (person,) in at.rows(schema.outbox, "person")} == people
    assert table(at, "told") == {(fact, person) for person in people}
    assert table(at, "announced") == {("mr:4200", person, fact) for person in people}
    assert at.rows(schema.inbox, "state", "error") == [("done", "")]


def test_journal(at: Desk) -> None:
    """Every candidate has a line, with what was decided, of what, by whom, and why."""
    write(at, claimed(at, payload(OPENED, {"object_attributes.description": "@ben.okafor @olaf.lind"})))
    lines = journal(at, "account", "person", "verdict", "rule", "reason", "also")

    assert lines == [
        ("ben.okafor", key("ben.okafor"), "told", "merge_request.opened", "review_requested", "mentioned"),
        ("haneul", key("haneul"), "told", "merge_request.opened", "review_requested", ""),
        ("anna.berg", key("anna.berg"), "own_act", "merge_request.opened", "assigned", ""),
        ("jlee", key("junho.lee"), "told", "merge_request.opened", "assigned", ""),
        ("olaf.lind", None, "not_matched", "merge_request.opened", "mentioned", ""),
    ]
    assert set(journal(at, "delivery", "object", "label", "link", "actor")) == {
        (1, "mr:4200", "!42 Show prices with tax", LINK, "anna.berg")
    }
    assert journal(at, "detail")[-1] == ("nobody in the channel has this name",)


@pytest.mark.parametrize(
    ("body", "verdict", "state", "detail"),
    [
        (payload("member_hook__added"), "no_rule", "done", "no rule reads user_add_to_group"),
        (payload("merge_request_hook__labelled"), "no_rule", "done", ""),
        (payload("issue_hook__test"), "test", "done", "no action: sent by the test button of GitLab's settings page"),
        ({"object_kind": "issue"}, "unreadable", "failed", "Object missing required field `object_attributes`"),
        ([1], "no_rule", "done", "no rule reads a body that names no kind"),
    ],
)
def test_nobody(at: Desk, body: Any, verdict: str, state: str, detail: str) -> None:
    """A delivery that concerns nobody has one line that says so; one that cannot be read has failed."""
    assert write(at, claimed(at, body))

    assert journal(at, "verdict", "detail", "person") == [(verdict, detail, None)]
    assert at.rows(schema.inbox, "state", "error") == [(state, detail)]


def test_lost_lease(at: Desk) -> None:
    """Who lost the lease writes nothing at all."""
    mine = claimed(at, payload(OPENED))
    at.time.pass_ms(2_000)
    now = at.time.now()
    at.store.write(lambda conn: inbox.claim(conn, "them", now, 1_000, 1, 1))

    assert not write(at, mine)
    assert at.rows(schema.outbox, "id") == at.rows(schema.journal, "id") == []
    assert table(at, "told") == table(at, "announced") == set()


def test_same_fact_by_two_deliveries(at: Desk) -> None:
    """The same fact told by another delivery, with another body, is told once."""
    body = payload("note_hook__merge_request")

    assert at.deliver(body) == {"anna.berg", "haneul", "junho.lee"}
    assert at.deliver({**body, "other": "hook"}) == set()
    assert journal(at, "verdict").count(("told_before",)) == 3


def test_two_facts_within_a_second(at: Desk) -> None:
    """Two comments, two emoji and two approvals within one second are two messages each."""
    for name, path in (("note_hook__merge_request", "id"), ("emoji_hook__awarded_merge_request", "id")):
        body = payload(name)
        other = payload(name, {f"object_attributes.{path}": 1})
        assert at.deliver(body) == at.deliver(other) != set()
    approved = payload("merge_request_hook__approved")
    by_another = {**approved, "user": payload("merge_request_hook__closed")["user"]}

    assert "anna.berg" in at.deliver(approved) & at.deliver(by_another)


def test_emoji_taken_back(at: Desk) -> None:
    """An emoji taken back before its message left withdraws it, and the journal says whose."""
    assert at.deliver(payload("emoji_hook__awarded_note")) == {"carla.rossi"}
    assert at.deliver(payload("emoji_hook__revoked_note")) == set()

    assert at.rows(schema.outbox, "state") == [("withdrawn",)]
    assert journal(at, "verdict", "fact", "person")[1:] == [("withdrawn", "award:501", key("carla.rossi"))]


def test_emoji_taken_back_too_late(at: Desk) -> None:
    """An emoji taken back that nobody waits to hear of changes nothing."""
    at.deliver(payload("emoji_hook__revoked_note"))

    assert journal(at, "verdict", "fact") == [("no_rule", "")]


def test_announcement_taken_back(at: Desk) -> None:
    """Whose announcement never left is told when the flag goes the next time, and nobody else."""
    at.deliver(payload(OPENED))
    at.drop(key("haneul"))
    at.deliver(payload("merge_request_hook__made_draft"))

    assert at.deliver(payload("merge_request_hook__made_ready")) == {"haneul"}


def test_edited_comment(at: Desk) -> None:
    """An edit tells those alone who had not been told of the comment."""
    at.deliver(payload("note_hook__merge_request"))

    assert at.deliver(payload("note_hook__edited")) == {"ben.okafor"}


def test_accounts_are_kept(at: Desk) -> None:
    """The names that a payload shows are kept, so that an id alone is understood after a restart."""
    at.deliver(payload(OPENED))

    assert {one.username for one in at.store.read(named_accounts)} == {"anna.berg", "jlee", "ben.okafor", "haneul"}


def test_nameless_candidate(at: Desk) -> None:
    """Somebody of whom nothing but an id is known stands in the journal by that."""
    at.gitlab.users.clear()
    at.deliver(
        payload("note_hook__merge_request", {"object_attributes.note": "hello", "merge_request.reviewer_ids": []})
    )

    assert journal(at, "account", "verdict", "detail") == [
        ("id:1", "not_matched", "GitLab does not tell the name of user 1"),
        ("id:4", "not_matched", "GitLab does not tell the name of user 4"),
    ]


def test_payload_without_actor(at: Desk) -> None:
    """An event that names no actor is journalled all the same."""
    body = payload("merge_request_hook__assigned")
    del body["user"]

    assert at.deliver(body) == {"junho.lee"}
    assert journal(at, "actor") == [("",)]
    assert NAMES[key("junho.lee")] == "junho.lee"


def test_member_with_two_accounts(database: str) -> None:
    """A person with two accounts in GitLab is told of one fact once."""
    with desk(database, links={"haneul": "ben.okafor", "ben.okafor": "ben.okafor"}) as at:
        at.deliver(payload(OPENED))

        assert [person for (person,) in at.rows(schema.outbox, "person")].count(key("ben.okafor")) == 1
