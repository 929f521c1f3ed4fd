"""Emoji: who is told of one, in both languages, and what happens when it is taken back."""

from typing import Any

import pytest

from gitlab_hooks.event import Event
from tests.gitlab_hooks.team import Told, not_told, outcome, payload, told

HOOK = "emoji_hook__"
WEB = "https://gitlab.example.com/web/shop/-"
MR = f"[!42 Show prices with tax]({WEB}/merge_requests/42)"
NOTE = f"[!42 Show prices with tax]({WEB}/merge_requests/42#note_9901)"
DRAFT = f"[!42 Draft: Show prices with tax]({WEB}/merge_requests/42)"
ISSUE = f"[#31 Wrong total]({WEB}/issues/31)"
SNIPPET = f"[$55 Rounding]({WEB}/snippets/55)"


def reacted(en: str, ko: str) -> Told:
    return Told("reacted", en, ko)


TOLD: dict[str, dict[str, Told]] = {
    "awarded_note": {
        "carla.rossi": reacted(
            f"**Ben Okafor** reacted with 👍 to your comment on {NOTE}",
            f"**Ben Okafor** 님이 내 댓글에 👍 반응을 남겼어요: {NOTE}",
        )
    },
    "awarded_merge_request": {
        "anna.berg": reacted(
            f"**Ben Okafor** reacted with 🎉 to your merge request {MR}",
            f"**Ben Okafor** 님이 내 MR에 🎉 반응을 남겼어요: {MR}",
        )
    },
    "awarded_draft": {
        "anna.berg": reacted(
            f"**Ben Okafor** reacted with 🎉 to your merge request {DRAFT}",
            f"**Ben Okafor** 님이 내 MR에 🎉 반응을 남겼어요: {DRAFT}",
        )
    },
    "awarded_issue": {
        "carla.rossi": reacted(
            f"**Anna Berg** reacted with 👀 to your issue {ISSUE}",
            f"**Anna Berg** 님이 내 이슈에 👀 반응을 남겼어요: {ISSUE}",
        )
    },
    "awarded_snippet": {
        "anna.berg": reacted(
            f"**김하늘** reacted with :shop_parrot: to your snippet {SNIPPET}",
            f"**김하늘** 님이 내 스니펫에 :shop_parrot: 반응을 남겼어요: {SNIPPET}",
        )
    },
    "awarded_design_note": {
        "ben.okafor": reacted(
            "**Anna Berg** reacted with ❤️ to your comment on design",
            "**Anna Berg** 님이 내 댓글에 ❤️ 반응을 남겼어요: design",
        )
    },
    "awarded_own_note": {},
    "awarded_by_bot": {},
    "revoked_note": {},
    "revoked_merge_request": {},
    "revoked_issue": {},
}

NOT_TOLD = {"awarded_own_note": {"carla.rossi": "own_act"}, "awarded_by_bot": {"carla.rossi": "bot"}}


def parsed(body: Any) -> Event:
    event = outcome(body).event
    assert event
    return event


@pytest.mark.parametrize("case", TOLD)
def test_told(case: str) -> None:
    """An emoji is told to the author of what it stands on, in these words; one taken back to nobody."""
    assert told(payload(HOOK + case)) == TOLD[case]


@pytest.mark.parametrize("case", TOLD)
def test_not_told(case: str) -> None:
    """An author who is not told is accounted for, with the reason."""
    assert not_told(payload(HOOK + case)) == NOT_TOLD.get(case, {})


@pytest.mark.parametrize("case", ["note", "merge_request", "issue"])
def test_taken_back(case: str) -> None:
    """An emoji that is taken back withdraws exactly the fact that its award told."""
    given = outcome(payload(f"{HOOK}awarded_{case}")).results[0].notices[0].fact

    assert parsed(payload(f"{HOOK}revoked_{case}")).withdraws == given
    assert not parsed(payload(f"{HOOK}awarded_{case}")).withdraws


def test_rules() -> None:
    """A team may want to hear of no emoji at all."""
    assert told(payload(HOOK + "awarded_note"), rules={"emoji.awarded": []}) == {}


def test_action_beside_event_type() -> None:
    """Where `event_type` is missing, the documented `action` counts; without both it is a test."""
    body = payload(HOOK + "awarded_note", {"event_type": None, "object_attributes.action": "award"})

    assert list(told(body)) == ["carla.rossi"]
    assert outcome(payload(HOOK + "awarded_note", {"event_type": None})).verdict == "test"


def test_old_emoji() -> None:
    """An emoji given long before its delivery came is stale."""
    body = payload(HOOK + "awarded_note", {"object_attributes.created_at": "2026-11-20 09:00:00 UTC"})

    assert not_told(body) == {"carla.rossi": "stale"}


@pytest.mark.parametrize("key", ["internal", "confidential"])
def test_emoji_on_an_internal_note(key: str) -> None:
    """An emoji on an internal note, or on a confidential issue, is told to nobody who may not read that."""
    assert parsed(payload(HOOK + "awarded_note", {f"note.{key}": True})).thing.internal
    assert parsed(payload(HOOK + "awarded_issue", {"issue.confidential": True})).thing.confidential
    assert not parsed(payload(HOOK + "awarded_note")).thing.internal


def test_nobody_to_tell() -> None:
    """What has no author whom the payload names concerns nobody."""
    assert outcome(payload(HOOK + "awarded_note", {"note.author_id": None})).verdict == "no_rule"
