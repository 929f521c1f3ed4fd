"""Comments: who is told what by each, in both languages, who is not, and why."""

from typing import Any

import pytest

from gitlab_hooks.gather import Memory
from gitlab_hooks.lookups import Involved, Project, Subject, User
from tests.gitlab_hooks.gitlab_fake import FakeGitLab
from tests.gitlab_hooks.team import LEVELS, SHOP, Told, gitlab, key, not_told, outcome, payload, told, user

WEB = "https://gitlab.example.com/web/shop/-"
COMMIT = "4c1d0f6a9be27a3358e0b7d2c6f5a81e93d40b72"
MR = f"[!42 Show prices with tax]({WEB}/merge_requests/42#note_9901)"
DRAFT = f"[!42 Draft: Show prices with tax]({WEB}/merge_requests/42#note_9901)"
REPLY = f"[!42 Show prices with tax]({WEB}/merge_requests/42#note_9902)"
ISSUE = f"[#31 Wrong total]({WEB}/issues/31#note_9903)"
ON_COMMIT = f"[4c1d0f6a Show prices with tax]({WEB}/commit/{COMMIT}#note_9904)"
SNIPPET = f"[$55 Rounding]({WEB}/snippets/55#note_9905)"
DESIGN = f"[design]({WEB}/issues/31/designs/cart.png#note_9906)"
INTERNAL = f"[#31 Wrong total]({WEB}/issues/31#note_9908)"
SECRET = f"[#31 Wrong total]({WEB}/issues/31#note_9909)"
THREAD = "7c831f954579a554aefcbfbd5a50dd77cfeb9521"


def mentioned(by: str, link: str) -> Told:
    return Told("mentioned", f"**{by}** mentioned you in {link}", f"**{by}** 님이 나를 멘션했어요: {link}")


def replied(by: str, link: str, *also: str) -> Told:
    return Told(
        "replied",
        f"**{by}** replied in your thread on {link}",
        f"**{by}** 님이 내가 참여한 스레드에 답글을 남겼어요: {link}",
        also,
    )


def on_mr(link: str, by: str = "Carla Rossi") -> dict[str, Told]:
    return {
        "anna.berg": Told(
            "commented",
            f"**{by}** commented on your merge request {link}",
            f"**{by}** 님이 내 MR에 댓글을 남겼어요: {link}",
        ),
        "jlee": Told(
            "commented",
            f"**{by}** commented on {link}, which is assigned to you",
            f"**{by}** 님이 내가 담당하는 MR에 댓글을 남겼어요: {link}",
        ),
    }


def on_issue(link: str) -> dict[str, Told]:
    return {
        "ben.okafor": mentioned("Anna Berg", link),
        "carla.rossi": Told(
            "commented",
            f"**Anna Berg** commented on your issue {link}",
            f"**Anna Berg** 님이 내 이슈에 댓글을 남겼어요: {link}",
        ),
        "haneul": Told(
            "commented",
            f"**Anna Berg** commented on {link}, which is assigned to you",
            f"**Anna Berg** 님이 내가 담당하는 이슈에 댓글을 남겼어요: {link}",
        ),
    }


TOLD: dict[str, dict[str, Told]] = {
    "note_hook__merge_request": {"haneul": mentioned("Carla Rossi", MR), **on_mr(MR)},
    "note_hook__merge_request_reply": {
        "haneul": replied("Ben Okafor", REPLY),
        "carla.rossi": replied("Ben Okafor", REPLY),
        "jlee": replied("Ben Okafor", REPLY, "commented"),
        "anna.berg": on_mr(REPLY, "Ben Okafor")["anna.berg"],
    },
    "note_hook__draft_merge_request": {"haneul": mentioned("Carla Rossi", DRAFT), **on_mr(DRAFT)},
    "note_hook__issue": on_issue(ISSUE),
    "note_hook__commit": {
        "haneul": mentioned("Ben Okafor", ON_COMMIT),
        "anna.berg": Told(
            "commented",
            f"**Ben Okafor** commented on your commit {ON_COMMIT}",
            f"**Ben Okafor** 님이 내 커밋에 댓글을 남겼어요: {ON_COMMIT}",
        ),
    },
    "note_hook__snippet": {
        "haneul": mentioned("Ben Okafor", SNIPPET),
        "anna.berg": Told(
            "commented",
            f"**Ben Okafor** commented on your snippet {SNIPPET}",
            f"**Ben Okafor** 님이 내 스니펫에 댓글을 남겼어요: {SNIPPET}",
        ),
    },
    "note_hook__design": {"haneul": mentioned("Ben Okafor", DESIGN)},
    "note_hook__edited": {"haneul": mentioned("Carla Rossi", MR), "ben.okafor": mentioned("Carla Rossi", MR)},
    "note_hook__system": {},
    "note_hook__by_bot": {},
    "note_hook__merge_request_before_16_11": {},
    "note_hook__merge_request_gitlab_12": {},
    "confidential_note_hook__internal": on_issue(INTERNAL),
    "confidential_note_hook__confidential_issue": on_issue(SECRET),
}

NOT_TOLD: dict[str, dict[str, str]] = {
    "note_hook__merge_request_reply": {"ben.okafor": "own_act"},
    "note_hook__by_bot": dict.fromkeys(("haneul", "anna.berg", "jlee"), "bot"),
    "note_hook__merge_request_before_16_11": dict.fromkeys(("haneul", "anna.berg", "jlee"), "stale"),
    "note_hook__merge_request_gitlab_12": dict.fromkeys(("haneul", "anna.berg", "jlee"), "stale"),
    "confidential_note_hook__internal": {"zoe.martin": "no_access"},
    "confidential_note_hook__confidential_issue": {"zoe.martin": "no_access"},
}


def server() -> FakeGitLab:
    """Return the team's GitLab, with a thread of three on the merge request and anna as the commit's author."""
    found = gitlab()
    found.threads[Subject(SHOP, "merge_request", "42"), THREAD] = (user(3), user(5), user(2), user(4))
    found.named[Subject(SHOP, "commit", COMMIT)] = Involved(user(1))
    return found


@pytest.mark.parametrize("case", TOLD)
def test_told(case: str) -> None:
    """Each comment tells exactly these people, for this reason, in these words."""
    assert told(payload(case), server()) == TOLD[case]


@pytest.mark.parametrize("case", TOLD)
def test_not_told(case: str) -> None:
    """Everybody else whom the comment concerns is accounted for, with the reason why they are not told."""
    assert not_told(payload(case), server()) == NOT_TOLD.get(case, {})


@pytest.mark.parametrize(
    ("case", "rule", "roles", "expected"),
    [
        ("note_hook__merge_request", "note.merge_request", [], []),
        ("note_hook__merge_request", "note.merge_request", ["reviewer"], ["ben.okafor", "haneul"]),
        ("note_hook__merge_request_reply", "note.merge_request", ["thread"], ["haneul", "carla.rossi", "jlee"]),
        ("note_hook__issue", "note.issue", ["author"], ["carla.rossi"]),
        ("note_hook__commit", "note.commit", ["author"], ["anna.berg"]),
        ("note_hook__snippet", "note.snippet", ["mentioned"], ["haneul"]),
        ("note_hook__edited", "note.edited", [], []),
    ],
)
def test_rules(case: str, rule: str, roles: list[str], expected: list[str]) -> None:
    """A team's own row decides who is told, and nobody of the default row stays."""
    assert list(told(payload(case), server(), rules={rule: roles})) == expected


def test_old_comments_are_told_when_age_does_not_count() -> None:
    """With `stale_after = "0"` a comment of GitLab 12, without action, ids and lists, still finds its people."""
    found = told(payload("note_hook__merge_request_gitlab_12"), stale_after=0)

    assert list(found) == ["haneul", "anna.berg", "jlee"]


def test_no_action_before_16_11() -> None:
    """A comment without an action is a new one."""
    body = payload("note_hook__merge_request_before_16_11")

    assert list(told(body, stale_after=0)) == ["haneul", "anna.berg", "jlee"]


def test_edited_tells_only_those_who_were_not_told() -> None:
    """An edit of a comment tells nobody who was told of that comment, whatever the reason then."""
    memory = Memory(told=frozenset({("note:9901", key("haneul"))}))
    body = payload("note_hook__edited")

    assert list(told(body, memory=memory)) == ["ben.okafor"]
    assert not_told(body, memory=memory) == {"haneul": "told_before"}


def test_told_before() -> None:
    """A comment that came twice, in two deliveries, is told once."""
    memory = Memory(told=frozenset(("note:9901", key(name)) for name in ("haneul", "anna.berg")))

    assert list(told(payload("note_hook__merge_request"), memory=memory)) == ["jlee"]


@pytest.mark.parametrize(("draft_comments", "expected"), [(True, ["haneul", "anna.berg", "jlee"]), (False, [])])
def test_draft_comments(*, draft_comments: bool, expected: list[str]) -> None:
    """Comments on a draft are told, unless the team says otherwise."""
    assert list(told(payload("note_hook__draft_merge_request"), draft_comments=draft_comments)) == expected


def test_names_of_nobody() -> None:
    """A name that neither a user nor a group bears reaches nobody; GitLab knows `@all` in small letters alone."""
    body = payload("note_hook__merge_request", {"object_attributes.note": "@All @web/shop @nobody.here"})

    assert not_told(body) == dict.fromkeys(("All", "web/shop", "nobody.here"), "not_matched")


def test_spelling_of_a_mention() -> None:
    """A mention finds its person whatever the case, and says why only once."""
    body = payload("note_hook__merge_request", {"object_attributes.note": "@HaNeul, @haneul; @JLEE."})
    found = told(body)

    assert found["haneul"] == mentioned("Carla Rossi", MR)
    assert found["jlee"].also == ("commented",)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, {"zoe.martin": "no_access"}),
        ({"object_attributes.internal": True, "event_type": "note"}, {"zoe.martin": "no_access"}),
        ({"object_attributes.confidential": True, "event_type": "note"}, {"zoe.martin": "no_access"}),
        ({"event_type": "note"}, {}),
    ],
)
def test_internal_notes(changes: dict[str, Any], expected: dict[str, str]) -> None:
    """In a public project an internal note is for members and the parties, however GitLab says that it is one."""
    public = server()
    public.projects[SHOP] = Project(SHOP, "public")

    assert not_told(payload("confidential_note_hook__internal", changes), public) == expected


def test_guests_read_no_internal_notes() -> None:
    """An internal note is for planners and above alone: a guest is not told, not even as author or assignee."""
    guests = server()
    guests.levels |= {(SHOP, user(number).id): 10 for number in LEVELS}

    assert told(payload("confidential_note_hook__internal"), guests) == {}
    assert list(told(payload("confidential_note_hook__confidential_issue"), guests)) == ["carla.rossi", "haneul"]


def test_internal_notes_without_a_token() -> None:
    """Without a token nobody is told of an internal note: who may read it is not known."""
    blind = server()
    blind.has_token = False

    assert told(payload("confidential_note_hook__internal"), blind) == {}


def test_nothing_is_asked_for_system_notes_and_edits() -> None:
    """Neither a system note nor an edit costs a question about thread or people involved."""
    asked = server()
    told(payload("note_hook__system"), asked)
    told(payload("note_hook__edited"), asked)

    assert not {"thread", "involved"} & {question[0] for question in asked.asked}


def test_unknown_user_in_thread() -> None:
    """Somebody in the thread whom nobody knows here is accounted for, and takes nothing from the others."""
    found = server()
    stranger = User(user(7).id, "olaf.lind")
    found.threads[Subject(SHOP, "merge_request", "42"), THREAD] = (stranger, user(3))
    body = payload("note_hook__merge_request_reply")

    assert not_told(body, found) == {"olaf.lind": "not_matched"}
    assert "haneul" in told(body, found)


def test_unreadable() -> None:
    """A comment without its id cannot be told apart from others: it is unreadable, and says so."""
    body = payload("note_hook__merge_request")
    del body["object_attributes"]["id"]
    found = outcome(body)

    assert found.verdict == "unreadable"
    assert "id" in found.why
