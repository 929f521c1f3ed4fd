"""Merge requests: who is told what by each event, in both languages, who is not, and why."""

from typing import Any

import pytest

from gitlab_hooks.gather import Memory
from gitlab_hooks.lookups import Involved, Subject
from gitlab_hooks.notices import Reason
from gitlab_hooks.rules import ROWS
from tests.gitlab_hooks.team import SHOP, Told, gitlab, house, key, not_told, outcome, payload, told, user

HOOK = "merge_request_hook__"
MR = "[!42 Show prices with tax](https://gitlab.example.com/web/shop/-/merge_requests/42)"

ASKED = Told(
    "review_requested", f"**Anna Berg** asked you to review {MR}", f"**Anna Berg** 님이 리뷰를 요청했어요: {MR}"
)
ASSIGNED = Told("assigned", f"**Anna Berg** assigned {MR} to you", f"**Anna Berg** 님이 나를 담당자로 지정했어요: {MR}")
MENTIONED = Told("mentioned", f"**Anna Berg** mentioned you in {MR}", f"**Anna Berg** 님이 나를 멘션했어요: {MR}")
READY = {
    "ben.okafor": Told("review_requested", f"{MR} is ready for your review", f"리뷰할 준비가 됐어요: {MR}"),
    "haneul": Told("review_requested", f"{MR} is ready for your review", f"리뷰할 준비가 됐어요: {MR}"),
    "jlee": Told(
        "assigned",
        f"{MR}, which is assigned to you, is ready for review",
        f"내가 담당하는 MR이 리뷰할 준비가 됐어요: {MR}",
    ),
    "carla.rossi": Told(
        "mentioned",
        f"{MR}, which mentions you, is ready for review",
        f"나를 멘션한 MR이 리뷰할 준비가 됐어요: {MR}",
    ),
}
BY_ROULETTE = Told(
    "review_requested", f"**Roulette** asked you to review {MR}", f"**Roulette** 님이 리뷰를 요청했어요: {MR}"
)
ASSIGNED_BY_ROULETTE = Told(
    "assigned", f"**Roulette** assigned {MR} to you", f"**Roulette** 님이 나를 담당자로 지정했어요: {MR}"
)
APPROVED = {
    "anna.berg": Told(
        "approved", f"**Ben Okafor** approved your merge request {MR}", f"**Ben Okafor** 님이 내 MR을 승인했어요: {MR}"
    ),
    "jlee": Told(
        "approved",
        f"**Ben Okafor** approved {MR}, which is assigned to you",
        f"**Ben Okafor** 님이 내가 담당하는 MR을 승인했어요: {MR}",
    ),
}
UNAPPROVED = {
    "anna.berg": Told(
        "unapproved",
        f"**Ben Okafor** withdrew their approval of your merge request {MR}",
        f"**Ben Okafor** 님이 내 MR 승인을 취소했어요: {MR}",
    ),
    "jlee": Told(
        "unapproved",
        f"**Ben Okafor** withdrew their approval of {MR}, which is assigned to you",
        f"**Ben Okafor** 님이 내가 담당하는 MR 승인을 취소했어요: {MR}",
    ),
}
CLOSED = {
    "anna.berg": Told(
        "closed", f"**Carla Rossi** closed your merge request {MR}", f"**Carla Rossi** 님이 내 MR을 닫았어요: {MR}"
    ),
    "jlee": Told(
        "closed",
        f"**Carla Rossi** closed {MR}, which is assigned to you",
        f"**Carla Rossi** 님이 내가 담당하는 MR을 닫았어요: {MR}",
    ),
}
AS_REVIEWER = Told("closed", f"**Carla Rossi** closed {MR}", f"**Carla Rossi** 님이 MR을 닫았어요: {MR}")

TOLD: dict[str, dict[str, Told]] = {
    "opened": {"ben.okafor": ASKED, "haneul": ASKED, "jlee": ASSIGNED, "carla.rossi": MENTIONED},
    "opened_draft": {},
    "opened_by_bot": {
        "ben.okafor": BY_ROULETTE,
        "haneul": BY_ROULETTE,
        "anna.berg": ASSIGNED_BY_ROULETTE,
        "jlee": ASSIGNED_BY_ROULETTE,
    },
    "opened_gitlab_12": {"jlee": ASSIGNED, "carla.rossi": MENTIONED},
    "made_ready": READY,
    "made_ready_before_16_3": READY,
    "made_draft": {},
    "assigned": {"jlee": ASSIGNED},
    "assigned_gitlab_12": {"jlee": ASSIGNED},
    "assigned_while_draft": {},
    "unassigned": {
        "jlee": Told(
            "unassigned",
            f"**Anna Berg** unassigned you from {MR}",
            f"**Anna Berg** 님이 나를 담당자에서 제외했어요: {MR}",
        )
    },
    "review_requested": {"haneul": ASKED},
    "review_requested_as_pair": {"haneul": ASKED},
    "review_requested_by_bot": {"ben.okafor": BY_ROULETTE, "haneul": BY_ROULETTE},
    "re_requested": {"ben.okafor": ASKED},
    "review_removed": {
        "haneul": Told(
            "review_removed",
            f"**Anna Berg** removed you as a reviewer from {MR}",
            f"**Anna Berg** 님이 나를 리뷰어에서 제외했어요: {MR}",
        )
    },
    "reviewer_by_reviewing": {},
    "edited": {"carla.rossi": MENTIONED},
    "labelled": {},
    "approved": APPROVED,
    "approval": APPROVED,
    "approved_in_review": {},
    "unapproved": UNAPPROVED,
    "unapproval": UNAPPROVED,
    "approvals_reset": {},
    "changes_requested": {
        "anna.berg": Told(
            "changes_requested",
            f"**Ben Okafor** requested changes on your merge request {MR}",
            f"**Ben Okafor** 님이 내 MR에 수정을 요청했어요: {MR}",
        ),
        "jlee": Told(
            "changes_requested",
            f"**Ben Okafor** requested changes on {MR}, which is assigned to you",
            f"**Ben Okafor** 님이 내가 담당하는 MR에 수정을 요청했어요: {MR}",
        ),
    },
    "pushed": {},
    "merged": {
        "anna.berg": Told(
            "merged", f"**Ben Okafor** merged your merge request {MR}", f"**Ben Okafor** 님이 내 MR을 머지했어요: {MR}"
        ),
        "jlee": Told(
            "merged",
            f"**Ben Okafor** merged {MR}, which is assigned to you",
            f"**Ben Okafor** 님이 내가 담당하는 MR을 머지했어요: {MR}",
        ),
        "haneul": Told("merged", f"**Ben Okafor** merged {MR}", f"**Ben Okafor** 님이 MR을 머지했어요: {MR}"),
    },
    "merged_by_service_account": {},
    "closed": {**CLOSED, "ben.okafor": AS_REVIEWER, "haneul": AS_REVIEWER},
    "closed_gitlab_12": CLOSED,
    "closed_while_draft": {},
    "closed_by_ghost": {},
    "reopened": {
        "anna.berg": Told(
            "reopened",
            f"**Carla Rossi** reopened your merge request {MR}",
            f"**Carla Rossi** 님이 내 MR을 다시 열었어요: {MR}",
        ),
        "jlee": Told(
            "reopened",
            f"**Carla Rossi** reopened {MR}, which is assigned to you",
            f"**Carla Rossi** 님이 내가 담당하는 MR을 다시 열었어요: {MR}",
        ),
        "ben.okafor": Told(
            "reopened", f"**Carla Rossi** reopened {MR}", f"**Carla Rossi** 님이 MR을 다시 열었어요: {MR}"
        ),
        "haneul": Told("reopened", f"**Carla Rossi** reopened {MR}", f"**Carla Rossi** 님이 MR을 다시 열었어요: {MR}"),
    },
    "test": {},
}

EVERYBODY = ("anna.berg", "jlee", "ben.okafor", "haneul")

NOT_TOLD: dict[str, dict[str, str]] = {
    "opened": {"anna.berg": "own_act"},
    "opened_draft": {
        "ben.okafor": "draft",
        "haneul": "draft",
        "anna.berg": "own_act",
        "jlee": "draft",
        "carla.rossi": "draft",
    },
    "opened_by_bot": {"carla.rossi": "bot"},
    "made_ready": {"anna.berg": "own_act"},
    "made_ready_before_16_3": {"anna.berg": "own_act"},
    "assigned_while_draft": {"jlee": "draft"},
    "merged": {"ben.okafor": "own_act"},
    "merged_by_service_account": dict.fromkeys(EVERYBODY, "bot"),
    "closed_while_draft": dict.fromkeys(EVERYBODY, "draft"),
    "closed_by_ghost": dict.fromkeys(EVERYBODY, "bot"),
}

VERDICTS = {"test": "test", "labelled": "no_rule", "approvals_reset": "no_rule", "closed_while_draft": "draft"}


@pytest.mark.parametrize("case", TOLD)
def test_told(case: str) -> None:
    """Each event tells exactly these people, for this reason, in these words."""
    assert told(payload(HOOK + case)) == TOLD[case]


@pytest.mark.parametrize("case", TOLD)
def test_not_told(case: str) -> None:
    """Everybody else whom the rules concern is accounted for, with the reason why they are not told."""
    assert not_told(payload(HOOK + case)) == NOT_TOLD.get(case, {})


@pytest.mark.parametrize("case", TOLD)
def test_verdict_on_the_whole(case: str) -> None:
    """A delivery by which anybody is told is `told`; others have the verdict that says most."""
    verdict = outcome(payload(HOOK + case)).verdict

    assert (verdict == "told") == bool(TOLD[case])
    assert verdict == VERDICTS.get(case, verdict)


def test_strongest_reason_first() -> None:
    """A reviewer who is assignee and mentioned too is told once, for the review, the other reasons named."""
    body = payload(
        HOOK + "opened",
        {"assignees": [{"id": 2, "username": "ben.okafor"}], "object_attributes.description": "@ben.okafor, please"},
    )

    assert told(body)["ben.okafor"] == ASKED._replace(also=("assigned", "mentioned"))


@pytest.mark.parametrize(
    ("case", "rule", "roles", "expected"),
    [
        ("opened", "opened", [], []),
        ("opened", "opened", ["mentioned"], ["carla.rossi"]),
        ("opened", "opened", ["reviewer"], ["ben.okafor", "haneul"]),
        ("made_ready", "opened", ["assignee"], ["jlee"]),
        ("assigned", "assigned", [], []),
        ("unassigned", "unassigned", [], []),
        ("review_requested", "review_requested", [], []),
        ("review_removed", "review_removed", [], []),
        ("edited", "edited", [], []),
        ("approved", "approved", ["reviewer"], ["haneul"]),
        ("approval", "approved", ["author"], ["anna.berg"]),
        ("unapproved", "unapproved", ["assignee"], ["jlee"]),
        ("changes_requested", "changes_requested", ["author"], ["anna.berg"]),
        ("merged", "merged", ["reviewer"], ["haneul"]),
        ("closed", "closed", ["author"], ["anna.berg"]),
        ("reopened", "reopened", ["assignee"], ["jlee"]),
        ("pushed", "pushed", ["author", "assignee", "reviewer"], ["jlee", "ben.okafor", "haneul"]),
    ],
)
def test_rules(case: str, rule: str, roles: list[str], expected: list[str]) -> None:
    """A team's own row decides who is told, and nobody of the default row stays."""
    assert list(told(payload(HOOK + case), rules={f"merge_request.{rule}": roles})) == expected


def test_pushed_words() -> None:
    """A team that wants to hear of pushes is told in words that name the relation."""
    found = told(payload(HOOK + "pushed"), rules={"merge_request.pushed": ["assignee", "reviewer"]})

    assert found["jlee"].en == f"**Anna Berg** pushed new commits to {MR}, which is assigned to you"
    assert found["ben.okafor"].ko == f"**Anna Berg** 님이 MR에 새 커밋을 푸시했어요: {MR}"


def test_announced_once() -> None:
    """Who was told of a merge request once hears no more of its opening, however often the flag goes."""
    body = payload(HOOK + "made_ready")

    assert set(not_told(body, memory=Memory(announced=frozenset({key("haneul")})))) == {"anna.berg", "haneul"}
    assert not_told(body, memory=Memory(announced=frozenset({key("haneul")})))["haneul"] == "told_before"


def test_closed_while_draft() -> None:
    """A draft that is closed is told to those who had been told of it before."""
    memory = Memory(announced=frozenset({key("haneul"), key("junho.lee")}))

    assert set(told(payload(HOOK + "closed_while_draft"), memory=memory)) == {"haneul", "jlee"}


def test_made_ready_with_a_new_reviewer() -> None:
    """Who is made reviewer by the act that removes the flag is told once, and both facts count as told."""
    changes = {**payload(HOOK + "review_requested")["changes"], **payload(HOOK + "made_ready")["changes"]}
    results = outcome(payload(HOOK + "made_ready", {"changes": changes})).results
    (haneul,) = [one for one in results if one.candidate.user.username == "haneul"]

    assert [notice.rule for notice in haneul.notices] == ["merge_request.opened", "merge_request.review_requested"]
    assert haneul.message
    assert haneul.message.announces == "mr:4200"


def test_two_approve_within_a_second() -> None:
    """Approvals by two people are two facts, though GitLab's clock shows the same second."""
    by_ben = payload(HOOK + "approved")
    by_carla = {**by_ben, "user": payload(HOOK + "closed")["user"]}
    facts = {one.notices[0].fact for body in (by_ben, by_carla) for one in outcome(body).results if one.message}

    assert len(facts) == 2


def test_approval_is_the_same_fact_as_approved() -> None:
    """`approval` and `approved` name the same act alike, so that one told by both is told once."""
    facts = [outcome(payload(HOOK + case)).results[0].notices[0].fact for case in ("approval", "approved")]

    assert facts[0] == facts[1]


@pytest.mark.parametrize("case", ["closed_gitlab_12", "opened_gitlab_12"])
def test_reviewers_of_an_old_gitlab_are_asked_for(case: str) -> None:
    """Before GitLab 15.3 payloads name no reviewers: the merge request itself is asked."""
    server = gitlab()
    server.named[Subject(SHOP, "merge_request", "42")] = Involved(user(1), (user(4),), (user(2),))

    assert "ben.okafor" in told(payload(HOOK + case), server)


def test_lists_without_people_are_not_asked_for() -> None:
    """Today's payloads tell everything: no question about the merge request is asked."""
    server = gitlab()
    told(payload(HOOK + "opened"), server)
    told(payload(HOOK + "unassigned"), server)

    assert not [question for question in server.asked if question[0] == "involved"]


def test_unknown_action() -> None:
    """An action that GitLab has not invented yet concerns nobody, and is no failure."""
    assert outcome(payload(HOOK + "opened", {"object_attributes.action": "hatched"})).verdict == "no_rule"


@pytest.mark.parametrize(
    ("case", "changes", "expected"),
    [
        ("assigned", {"changes.assignees": {"previous": None, "current": None}}, []),
        ("assigned", {"changes.assignees": {"current": [{"id": 4, "username": "jlee"}]}}, ["jlee"]),
        ("assigned", {"changes.assignees": {"previous": [{"id": 4}], "current": [{"id": 4}]}}, []),
        ("assigned", {"changes.assignees": "nobody knows"}, []),
        ("review_requested", {"changes": None}, []),
        ("edited", {"changes.description": {"previous": None, "current": "@haneul"}}, ["ben.okafor", "carla.rossi"]),
        (
            "edited",
            {
                "changes.description": {"previous": "@haneul", "current": "@HANEUL @haneul"},
                "object_attributes.description": "@HANEUL @haneul",
            },
            [],
        ),
        ("edited", {"changes.title": {"previous": "@haneul", "current": ""}}, ["carla.rossi"]),
        ("made_ready", {"changes.draft": [True, False]}, ["ben.okafor", "haneul", "jlee", "carla.rossi"]),
        ("made_ready", {"changes.draft": {"previous": False, "current": False}}, []),
    ],
)
def test_shapes_of_changes(case: str, changes: dict[str, Any], expected: list[str]) -> None:
    """What changed is read from `changes` in all its shapes, and never from the state."""
    assert list(told(payload(HOOK + case, changes))) == expected


def test_no_token() -> None:
    """Without a token the payload's assignees and reviewers are told, and nobody for a mention."""
    server = gitlab()
    server.has_token = False

    assert list(told(payload(HOOK + "opened"), server)) == ["ben.okafor", "haneul", "jlee"]
    assert not_told(payload(HOOK + "opened"), server)["carla.rossi"] == "access_not_checked"


def test_every_reason_has_words() -> None:
    """Each reason that a merge request's rules can give has a block in both languages."""
    reasons = {rule.partition(".")[2] for rule in ROWS if rule.startswith("merge_request.")} & set(Reason)
    templates = house().words.templates  # type: ignore[attr-defined]

    for language in ("en", "ko"):
        assert {*reasons, "review_requested", "assigned", "mentioned"} <= templates.blocks(language, "merge_request")
