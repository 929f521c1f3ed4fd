"""One message for one review: the headline, the titles, what is left out, and the last line, in both languages."""

import dataclasses
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.compose import compose
from bot.fit import PROPS_LIMIT, props_weight
from bot.messages import Card
from bot.outbox import Waiting
from bot.people import PersonKey
from bot.templates import Templates
from bot.together import QUOTED
from gitlab_hooks.notices import Reason
from gitlab_hooks.parts import WORDS
from gitlab_hooks.review import TALK, Part
from gitlab_hooks.together import Gathered, context_of

PAGE = "https://gitlab.example.com/web/shop/-/merge_requests/42"
LINK = f"[!42 Fix login]({PAGE})"
REVIEW = Gathered.of(Templates(*WORDS), "/nudge")


def message(number: int, reason: str, language: str = "en", **more: Any) -> Waiting:
    """One part of a review by Ann."""
    said = Reason(reason) in TALK
    part = Part(
        language=language,
        who=more.get("who", "7"),
        actor=more.get("actor", "Ann"),
        label="!42 Fix login",
        page=PAGE,
        url=f"{PAGE}#note_{number}" if said else PAGE,
        reason=Reason(reason),
        roles=more.get("roles", ("author",)),
        topic=more.get("topic", "comments" if said else "reviews"),
        group=more.get("group", ""),
    )
    return Waiting(
        id=number,
        delivery=None,
        fact=f"note:{number}",
        person=PersonKey("mina"),
        kind="new",
        group="7:mr:12",
        object="mr:12",
        reason=reason,
        topic=part.topic,
        headline=f"headline {number}",
        card=Card(f"text {number}" if said else "", "because", "#111111" if said else "#222222", footer="web/shop"),
        batched=True,
        announces="",
        created=0,
        due=0,
        context=context_of(part),
    )


def review(*reasons: str, language: str = "en") -> list[Waiting]:
    """Several parts of one review, in order."""
    return [message(number, reason, language) for number, reason in enumerate(reasons, 1)]


@pytest.mark.parametrize(
    ("reasons", "english", "korean"),
    [
        (
            ["commented"] * 5,
            f"**Ann** left 5 comments: {LINK}",
            f"**Ann** 님이 댓글 5개를 남겼어요: {LINK}",
        ),
        (
            ["commented", "mentioned"],
            f"**Ann** left 2 comments and mentioned you: {LINK}",
            f"**Ann** 님이 댓글 2개를 남기고 나를 멘션했어요: {LINK}",
        ),
        (
            ["replied", "commented"],
            f"**Ann** left 2 comments and replied in your thread: {LINK}",
            f"**Ann** 님이 댓글 2개를 남기고 내가 참여한 스레드에 답했어요: {LINK}",
        ),
        (
            ["commented", "approved"],
            f"**Ann** approved with 1 comment: {LINK}",
            f"**Ann** 님이 댓글 1개를 남기고 승인했어요: {LINK}",
        ),
        (
            ["approved", "commented", "commented", "mentioned", "commented"],
            f"**Ann** approved with 4 comments and mentioned you: {LINK}",
            f"**Ann** 님이 댓글 4개를 남기고 승인했어요 (나를 멘션했어요): {LINK}",
        ),
        (
            ["commented", "commented", "changes_requested"],
            f"**Ann** requested changes with 2 comments: {LINK}",
            f"**Ann** 님이 댓글 2개를 남기고 수정을 요청했어요: {LINK}",
        ),
        (
            ["approved", "unapproved"],
            f"**Ann** withdrew their approval: {LINK}",
            f"**Ann** 님이 승인을 취소했어요: {LINK}",
        ),
    ],
)
def test_a_review_has_one_headline(reasons: list[str], english: str, korean: str) -> None:
    """What was decided last is what is said, with how many comments, and whether the person was mentioned."""
    assert compose(review(*reasons), "key", REVIEW).message == english
    assert compose(review(*reasons, language="ko"), "key", REVIEW).message == korean


def test_a_review_has_a_card_for_each_comment_and_one_last_line() -> None:
    """Every comment has a link of its own, in the colour of the decision; the reason stands once, below the last."""
    attachments = compose(review("commented", "commented", "approved"), "key", REVIEW).props["attachments"]

    assert [attachment["text"] for attachment in attachments] == [
        f"[Comment]({PAGE}#note_1)\ntext 1",
        f"[Comment]({PAGE}#note_2)\ntext 2\n\nbecause you are the author · stop these: `/nudge off comments`",
    ]
    assert {attachment["color"] for attachment in attachments} == {"#222222"}
    assert [attachment.get("footer") for attachment in attachments] == [None, "web/shop"]


@pytest.mark.parametrize(
    ("language", "more"),
    [
        ("en", f"2 more: [6]({PAGE}#note_6) · [7]({PAGE}#note_7)"),
        ("ko", f"외 2개: [6]({PAGE}#note_6) · [7]({PAGE}#note_7)"),
    ],
)
def test_a_long_review_is_counted_with_links(language: str, more: str) -> None:
    """The first comments are quoted, the rest is counted and linked."""
    draft = compose(review(*["commented"] * (QUOTED + 2), language=language), "key", REVIEW)

    assert len(draft.props["attachments"]) == QUOTED + 1
    assert draft.props["attachments"][-1]["text"].startswith(more)
    assert draft.members == tuple(range(1, QUOTED + 3))


def test_a_decision_alone_has_one_card() -> None:
    """Decisions without a comment show nothing but why they are told."""
    (attachment,) = compose(review("approved", "unapproved"), "key", REVIEW).props["attachments"]

    assert attachment["text"] == "because you are the author · stop these: `/nudge off reviews`"


def test_the_strongest_reason_names_what_stops_it() -> None:
    """The last line has the strongest reason's topic and every role, the strongest reason's first."""
    messages = [message(1, "commented"), message(2, "mentioned", roles=("mentioned", "author"))]

    (*_, last) = compose(messages, "key", REVIEW).props["attachments"]

    assert last["text"].endswith("because you were mentioned and are the author · stop these: `/nudge off comments`")


@pytest.mark.parametrize(
    ("also", "english", "korean", "last"),
    [
        (
            {},
            "your group **web**",
            "내가 속한 **web** 그룹을",
            "are in **web** · stop these: `/nudge off group_mentions`",
        ),
        (
            {"roles": ("group", "author"), "group": "web/tools", "topic": "group_mentions"},
            "your group **web**",
            "내가 속한 **web** 그룹을",
            "are in **web** and are the author · stop these: `/nudge off group_mentions`",
        ),
        (
            {"roles": ("mentioned",), "topic": "mentions"},
            "you",
            "나를",
            "were mentioned and are in **web** · stop these: `/nudge off mentions`",
        ),
    ],
)
def test_a_review_that_mentions_a_group(also: dict[str, Any], english: str, korean: str, last: str) -> None:
    """A review says by which group somebody was mentioned, unless it mentions them by name too, which is stronger."""

    def mentions(language: str) -> list[Waiting]:
        first = message(1, "mentioned", language, roles=("group",), group="web", topic="group_mentions")
        return [first, message(2, "mentioned", language, **also or {"roles": ("group",), "group": "web"})]

    said = compose(mentions("en"), "key", REVIEW)
    assert said.message == f"**Ann** left 2 comments and mentioned {english}: {LINK}"
    assert said.props["attachments"][-1]["text"].endswith(f"because you {last}")
    assert f"댓글 2개를 남기고 {korean} 멘션했어요" in compose(mentions("ko"), "key", REVIEW).message


def test_what_is_no_review_stays_apart() -> None:
    """Messages of two people are not put into one sentence, and neither are those that say nothing of themselves."""
    silent = dataclasses.replace(message(2, "commented"), context="")

    assert REVIEW([message(1, "commented"), message(2, "commented", who="8", actor="Bea")]) is None
    assert REVIEW([message(1, "commented"), message(2, "commented", who="8")]) is None  # another Ann
    assert REVIEW([message(1, "commented"), silent]) is None
    assert compose([message(1, "commented"), silent], "key", REVIEW).message == "headline 1\nheadline 2"


@given(st.lists(st.sampled_from(["commented", "mentioned", "replied", "approved", "changes_requested"]), min_size=2))
def test_any_review_fits_into_posts(reasons: list[str]) -> None:
    """Whatever is in a review, each post of it is within the limits and takes at least one message."""
    messages = review(*reasons)
    while messages:
        draft = compose(messages, "key", REVIEW)
        assert props_weight(draft.props) <= PROPS_LIMIT
        assert draft.members == tuple(one.id for one in messages[: len(draft.members)])
        assert draft.members
        messages = messages[len(draft.members) :]
