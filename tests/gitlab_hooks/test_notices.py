"""The closed lists, and notices as rules return them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitlab_hooks.lookups import UserId
from gitlab_hooks.notices import TOPIC_ORDER, Notice, Reason, Role, Verdict, Who, by_strength, notices, topic_of, topics

STRENGTH = [
    "review_requested",
    "assigned",
    "changes_requested",
    "mentioned",
    "replied",
    "commented",
    "approved",
    "unapproved",
    "merged",
    "closed",
    "reopened",
    "pipeline_failed",
    "pipeline_fixed",
    "deployment_failed",
    "reacted",
    "pushed",
    "unassigned",
    "review_removed",
    "release_published",
    "tag_pushed",
    "push_mentioned",
    "wiki_changed",
]
VERDICTS = [
    "told",
    "held",
    "own_act",
    "draft",
    "opted_out",
    "switched_off",
    "muted",
    "not_matched",
    "conflict",
    "deactivated",
    "bot",
    "no_access",
    "access_not_checked",
    "told_before",
    "duplicate",
    "stale",
    "test",
    "no_rule",
    "withdrawn",
    "unreadable",
]


def notice(reason: Reason, fact: str = "f") -> Notice:
    return Notice(Who(UserId(1)), Role.AUTHOR, reason, "r", fact)


def test_closed_lists() -> None:
    """These are the reasons, strongest first, and the verdicts."""
    assert list(Reason) == STRENGTH
    assert list(Verdict) == VERDICTS


@given(st.lists(st.tuples(st.sampled_from(Reason), st.text())))
def test_by_strength(found: list[tuple[Reason, str]]) -> None:
    """The strongest reason comes first, equal ones keep their order, and none is lost."""
    ordered = by_strength([notice(*one) for one in found])

    assert [STRENGTH.index(one.reason) for one in ordered] == sorted(STRENGTH.index(reason) for reason, _ in found)
    for reason in Reason:
        facts = [fact for other, fact in found if other is reason]
        assert [one.fact for one in ordered if one.reason is reason] == facts


def test_by_name_before_by_group() -> None:
    """Who is mentioned by name and by a group is mentioned by name first of all, but a group is more than a thread."""
    roles = (Role.THREAD, Role.GROUP, Role.MENTIONED)
    reasons = (Reason.REPLIED, Reason.MENTIONED, Reason.MENTIONED)
    found = [Notice(Who(UserId(1)), *each, "r", "f") for each in zip(roles, reasons, strict=True)]

    assert [one.role for one in by_strength(found)] == [Role.MENTIONED, Role.GROUP, Role.THREAD]


@pytest.mark.parametrize(
    ("reason", "rule", "topic"),
    [
        (Reason.CLOSED, "issue.closed", "issues"),
        (Reason.REOPENED, "issue.reopened", "issues"),
        (Reason.CLOSED, "merge_request.closed", "merge_requests"),
        (Reason.MERGED, "merge_request.merged", "merge_requests"),
        (Reason.PUSHED, "merge_request.pushed", "merge_requests"),
        (Reason.MENTIONED, "issue.opened", "mentions"),
        (Reason.APPROVED, "merge_request.approved", "reviews"),
        (Reason.CHANGES_REQUESTED, "merge_request.changes_requested", "reviews"),
        (Reason.UNASSIGNED, "issue.unassigned", "assignments"),
        (Reason.REACTED, "emoji.awarded", "reactions"),
        (Reason.REPLIED, "note.issue", "comments"),
        (Reason.PIPELINE_FIXED, "pipeline.fixed", "pipelines"),
        (Reason.DEPLOYMENT_FAILED, "deployment.failed", "pipelines"),
        (Reason.WIKI_CHANGED, "wiki.changed", "merge_requests"),
    ],
)
def test_topic_of(reason: Reason, rule: str, topic: str) -> None:
    """Each reason belongs to a topic that a person can switch; what closes depends on what was closed."""
    assert topic_of(reason, rule) == topic


@pytest.mark.parametrize("reason", Reason)
@pytest.mark.parametrize("role", Role)
def test_switch(reason: Reason, role: Role) -> None:
    """A reason is its own switch, but for what reaches a person by a group alone."""
    by_group = Notice(Who(UserId(1)), role, reason, "r", "f").switch == "group_mentions"

    assert by_group == (role is Role.GROUP)


def test_topics() -> None:
    """Every reason is below exactly one topic, mentions by a group beside those by name; the topics have an order."""
    assert tuple(topics()) == TOPIC_ORDER
    assert sorted(name for below in topics().values() for name in below) == sorted([*Reason, "group_mentions"])
    assert topics()["mentions"] == {"mentioned", "group_mentions"}


def test_notices() -> None:
    """Several people are named alike but for themselves."""
    found = list(notices([Who(UserId(1)), Who(username="ben")], Role.AUTHOR, Reason.MERGED, "rule", "fact"))

    assert found == [
        Notice(Who(UserId(1)), Role.AUTHOR, Reason.MERGED, "rule", "fact"),
        Notice(Who(username="ben"), Role.AUTHOR, Reason.MERGED, "rule", "fact"),
    ]
