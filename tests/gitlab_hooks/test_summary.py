"""What is told late or was held, summed up: a line a thing, in both languages, cut by size, once all has come."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.compose import compose
from bot.fit import PROPS_LIMIT, props_weight
from bot.messages import REMINDER, Card, catch_up_group
from bot.outbox import Decision, Drop, Hold, Send, Wait, Waiting
from bot.people import PersonKey
from bot.store import schema
from bot.templates import Templates
from gitlab_hooks import inbox
from gitlab_hooks.away import GATHERING_MS, LONGEST_MS, gathers, patiently
from gitlab_hooks.delivery import content
from gitlab_hooks.flow import flow
from gitlab_hooks.inbox import Missed
from gitlab_hooks.notices import Reason
from gitlab_hooks.parts import WORDS
from gitlab_hooks.reactions import Reaction
from gitlab_hooks.review import Part
from gitlab_hooks.summary import Summary
from gitlab_hooks.together import context_of
from gitlab_hooks.watching import together_of
from tests.gitlab_hooks.desk import Desk, desk
from tests.gitlab_hooks.team import NOW, delivery, house, key, payload

PAGE = "https://gitlab.example.com/web/shop/-/merge_requests"
SUMMARY = Summary(Templates(*WORDS), "/nudge")
MINA = PersonKey("mina")


def late(
    number: int,
    iid: int = 42,
    reason: str = "commented",
    actor: str = "Ann",
    language: str = "en",
    title: str = "Fix",
    who: str = "",
) -> Waiting:
    """Return a message that comes late."""
    url = f"{PAGE}/{iid}"
    part = Part(
        language,
        who or actor,
        actor,
        f"!{iid} {title}",
        url,
        f"{url}#note_{number}",
        Reason(reason),
        ("author",),
        "comments",
    )
    return Waiting(
        id=number,
        delivery=number,
        fact=f"note:{number}",
        person=MINA,
        kind="new",
        group=catch_up_group(MINA),
        object=f"mr:{iid}",
        reason=reason,
        topic="comments",
        headline=f"headline {number}",
        card=Card(f"text {number}", "because"),
        batched=True,
        announces="",
        created=NOW,
        due=NOW,
        context=msgspec.json.encode(part).decode(),
    )


WEEKEND = [
    late(1, reason="review_requested"),
    late(2, actor="Ben"),
    late(3, 7, "pipeline_failed"),
    late(4, actor="Ben"),
    late(5, reason="merged"),
    late(6, 7, "pipeline_failed"),
]


def test_in_english() -> None:
    """A line a thing, in the order in which they come: who did what, how often, and a link to where that begins."""
    whole = SUMMARY(WEEKEND)

    assert whole.headline == "While I was away, 6 things happened that concern you"
    assert whole.card == Card(
        f"* [!42 Fix]({PAGE}/42#note_1): **Ann** asked you to review it · **Ben** commented (×2) · **Ann** merged it\n"
        f"* [!7 Fix]({PAGE}/7#note_3): the pipeline failed (×2)",
        "late, because the bot was down · what you hear: `/nudge status`",
        "#737278",
    )


def test_in_korean() -> None:
    """The same in the language of the person, which is the one of the newest message."""
    parts = [replace(one, context=one.context.replace('"en"', '"ko"')) for one in WEEKEND]
    whole = SUMMARY([*WEEKEND[:1], *parts[1:]])

    assert whole.headline == "알림이 멈춘 동안 나와 관련된 소식 6개가 쌓였어요"
    assert whole.card == Card(
        f"* [!42 Fix]({PAGE}/42#note_1): "
        "**Ann** 님이 리뷰를 요청했어요 · **Ben** 님이 댓글을 남겼어요 (2번) · **Ann** 님이 머지했어요\n"
        f"* [!7 Fix]({PAGE}/7#note_3): 파이프라인이 실패했어요 (2번)",
        "봇이 꺼져 있어서 늦게 보내 드려요 · 받는 소식 보기: `/nudge status`",
        "#737278",
    )


@pytest.mark.parametrize(
    ("language", "group", "said"),
    [
        ("en", "web/tools", "**Ann** mentioned your group **web/tools**"),
        ("en", "all", "**Ann** mentioned everybody"),
        ("en", "", "**Ann** mentioned you"),
        ("ko", "web/tools", "**Ann** 님이 내가 속한 **web/tools** 그룹을 멘션했어요"),
        ("ko", "all", "**Ann** 님이 모두를 멘션했어요"),
        ("ko", "", "**Ann** 님이 나를 멘션했어요"),
    ],
)
def test_whom(language: str, group: str, said: str) -> None:
    """Who was mentioned is said as in a message of its own, and a person by name is told apart from their group."""
    by_name = late(1, reason="mentioned", language=language)
    part = msgspec.json.decode(by_name.context, type=Part)
    by_group = msgspec.structs.replace(part, roles=("group",) if group else ("mentioned",), group=group)
    card = SUMMARY([replace(by_name, context=msgspec.json.encode(by_group).decode())]).card

    assert card
    assert card.text.partition("): ")[2] == said
    both = SUMMARY([by_name, replace(by_name, context=msgspec.json.encode(by_group).decode())]).card
    assert both
    assert said in both.text
    assert both.text.count("·") == bool(group)


REVIEW = {"en": "**Ann** asked you to review it", "ko": "**Ann** 님이 리뷰를 요청했어요"}


@pytest.mark.parametrize(
    ("language", "headline", "rest"),
    [
        (
            "en",
            "While I was away, 1000 things happened that concern you",
            "and {} more: review request (×{}), comment (×{})",
        ),
        ("ko", "알림이 멈춘 동안 나와 관련된 소식 1000개가 쌓였어요", "그 밖에 {}개: 리뷰 요청 ({}번), 댓글 ({}번)"),
    ],
)
def test_one_summary_of_very_much(language: str, headline: str, rest: str) -> None:
    """However much there is, it is one post: what matters most has a line, the rest is counted by its reasons."""
    talk = [late(number, number, language=language) for number in range(1, 901)]
    asked = [late(number, number, reason="review_requested", language=language) for number in range(901, 1001)]
    draft = compose([*talk, *asked], "key", SUMMARY)

    (card,) = draft.props["attachments"]
    *lines, last = card["text"].partition("\n\n")[0].split("\n")
    shown = range(901, 901 + len(lines))
    assert (draft.message, draft.members) == (headline, tuple(range(1, 1001)))
    assert 20 < len(lines) < 100
    assert lines == [f"* [!{number} Fix]({PAGE}/{number}#note_{number}): {REVIEW[language]}" for number in shown]
    assert last == "* " + rest.format(1000 - len(lines), 100 - len(lines), 900)


def test_of_one_name() -> None:
    """What two people of one name did is not counted as what one did."""
    card = SUMMARY([late(1), late(2, who="another Ann")]).card

    assert card
    assert card.text.endswith("**Ann** commented · **Ann** commented")


@pytest.mark.parametrize("language", ["en", "ko"])
@pytest.mark.parametrize("reason", Reason)
def test_every_reason_has_its_words(reason: Reason, language: str) -> None:
    """Whatever a person can be told of can be told late."""
    whole = SUMMARY([late(1, reason=reason.value, language=language)])

    assert whole.card
    assert whole.card.text.partition("): ")[2]


def test_one_post() -> None:
    """A summary is one post with one card and no picture; a single message is told as ever."""
    together = together_of(Templates(*WORDS))
    draft = compose(WEEKEND, "key", together)

    assert draft.members == (1, 2, 3, 4, 5, 6)
    assert draft.message == "While I was away, 6 things happened that concern you"
    assert draft.props["nudge"] == {"post": "key"}
    assert [set(card) for card in draft.props["attachments"]] == [{"fallback", "color", "text"}]
    assert compose(WEEKEND[:1], "key", together).message == "headline 1"


@given(st.lists(st.tuples(st.integers(1, 40), st.sampled_from(Reason), st.text(max_size=255)), min_size=1, max_size=60))
def test_it_always_fits(acts: list[tuple[int, Reason, str]]) -> None:
    """However much there is, each post fits, and all of it goes in order."""
    rest = [late(number, iid, reason, title, title=title) for number, (iid, reason, title) in enumerate(acts, 1)]
    while rest:
        draft = compose(rest, "key", SUMMARY)
        assert props_weight(draft.props) <= PROPS_LIMIT
        assert draft.members == tuple(one.id for one in rest[: len(draft.members)])
        rest = rest[len(draft.members) :]


# ------------------------------------------------------------------ what was held


TOGETHER = together_of(Templates(*WORDS))


def held(message: Waiting, **more: Any) -> Waiting:
    return replace(message, group=f"held:{MINA}", batched=False, **more)


def emoji(number: int, iid: int) -> Waiting:
    """Return a message about an emoji."""
    link = f"{PAGE}/{iid}"
    given = Reaction("en", "note:1", "note", f"!{iid} Fix", link, "ben", "Ben", "tada", ("author",), "reactions")
    return held(late(number, iid, "reacted"), context=context_of(given))


NIGHT = [held(one) for one in WEEKEND[:5]]
MENTION = held(late(8, 9, "mentioned"), by_name=True)
DIGEST = held(late(9), context="")
REMINDED = held(late(10), kind=REMINDER)


def test_a_few_that_were_held_speak_for_themselves() -> None:
    """Up to five messages are shown as they would have been."""
    draft = compose(NIGHT, "key", TOGETHER)

    assert draft.members == (1, 2, 3, 4, 5)
    assert draft.message == "\n".join(f"headline {number}" for number in range(1, 6))
    assert len(draft.props["attachments"]) == 5
    by_one = [held(late(number, reason=reason)) for number, reason in enumerate(("assigned", "merged"))]
    assert compose(by_one, "key", TOGETHER).message == "headline 0\nheadline 1"


def test_many_that_were_held_are_summed_up() -> None:
    """Of more than five each thing is told once, with what happened to it, and so are emoji."""
    draft = compose([*NIGHT, emoji(6, 7)], "key", TOGETHER)
    (card,) = draft.props["attachments"]

    assert draft.members == (1, 2, 3, 4, 5, 6)
    assert draft.message == "While you were away, 6 things happened that concern you"
    assert card["text"] == (
        f"* [!42 Fix]({PAGE}/42#note_1): **Ann** asked you to review it · **Ben** commented (×2) · **Ann** merged it\n"
        f"* [!7 Fix]({PAGE}/7#note_3): the pipeline failed · **Ben** reacted\n\n"
        "held for you until now · what you hear: `/nudge status`"
    )
    assert draft.handles == ()


def test_they_are_summed_up_in_korean() -> None:
    """The same in the language of the person."""
    draft = compose([held(late(number, language="ko")) for number in range(6)], "key", TOGETHER)

    assert draft.message == "자리를 비운 동안 나와 관련된 소식 6개가 쌓였어요"
    assert draft.props["attachments"][0]["text"] == (
        f"* [!42 Fix]({PAGE}/42#note_0): **Ann** 님이 댓글을 남겼어요 (6번)\n\n"
        "미뤄 둔 소식을 모아서 보내 드려요 · 받는 소식 보기: `/nudge status`"
    )


def test_what_is_said_by_name_is_told_in_full() -> None:
    """Mentions by name, digests and reminders stand above the summary with their cards, and are not in it."""
    draft = compose([*NIGHT, MENTION, DIGEST, REMINDED], "key", TOGETHER)
    *full, summary = draft.props["attachments"]

    assert draft.message.splitlines() == [
        "While you were away, 8 things happened that concern you",
        *("headline 8", "headline 9", "headline 10"),
    ]
    assert [card["text"] for card in full] == ["text 8\n\nbecause", "text 9\n\nbecause", "text 10\n\nbecause"]
    assert "!9" not in summary["text"]
    assert draft.props["nudge"]["cards"] == [8, 9, 10]
    assert [place for place, _ in draft.handles] == [0, 2]


def test_where_there_is_nothing_to_sum_up() -> None:
    """Six mentions by name are six messages in one post."""
    draft = compose([replace(MENTION, id=number, headline=f"{number}") for number in range(6)], "key", TOGETHER)

    assert draft.message.splitlines() == ["0", "1", "2", "3", "4", "5"]
    assert len(draft.props["attachments"]) == 6


@given(
    st.lists(
        st.tuples(st.integers(1, 9), st.sampled_from(Reason), st.booleans(), st.text(max_size=255)),
        min_size=1,
        max_size=60,
    )
)
def test_nothing_that_was_held_is_lost(acts: list[tuple[int, Reason, bool, str]]) -> None:
    """However much was held, each post fits, all of it goes in order, and each thing stands in a post once."""
    rest = [
        held(late(number, iid, reason, title=title), by_name=by_name)
        for number, (iid, reason, by_name, title) in enumerate(acts, 1)
    ]
    while rest:
        draft = compose(rest, "key", TOGETHER)
        gone = rest[: len(draft.members)]
        assert props_weight(draft.props) <= PROPS_LIMIT
        assert draft.members == tuple(one.id for one in gone)
        if draft.message.startswith("While you were away"):
            lines = draft.props["attachments"][-1]["text"].partition("\n\n")[0].splitlines()
            assert len(lines) == len({one.object for one in gone if not one.by_name})
            assert len(draft.props["attachments"]) == 1 + sum(one.by_name for one in gone)
        rest = rest[len(gone) :]


# ------------------------------------------------------------------ from the delivery to the post


@pytest.mark.parametrize("name", ["note_hook__merge_request", "merge_request_hook__review_requested"])
def test_a_late_delivery(name: str) -> None:
    """What a late delivery means is told as it would have been, but waits for its like."""
    soon, then = (flow(replace(delivery(payload(name)), late=late), house()).results for late in (False, True))

    assert [one.verdict for one in soon] == [one.verdict for one in then]
    for one, other in zip(soon, then, strict=True):
        if one.message and other.message:
            assert (one.message.headline, one.message.card) == (other.message.headline, other.message.card)
            assert (other.message.group, other.message.batched) == (catch_up_group(other.message.person), True)
            assert msgspec.json.decode(other.message.context, type=Part).reason == other.message.reason
    assert any(one.message for one in then)


@pytest.fixture(name="at")
def a_desk(tmp_path: Path) -> Iterator[Desk]:
    with desk(tmp_path) as one:
        yield one


def test_it_waits_for_its_like(at: Desk) -> None:
    """Everything that is told late to somebody is due together, a moment after the last of it, or after a while."""
    dues = []
    for number in range(3):
        at.time.pass_ms(1_000)
        accept_late(at, {"object_attributes.id": 9900 + number})
        at.read()
        dues.append({due - at.time.now() for (due,) in at.rows(schema.outbox, "due")})

    assert dues == [{2_000}] * 3
    at.time.pass_ms(LONGEST_MS)
    accept_late(at, {"object_attributes.id": 9999})
    at.read()
    assert {due - at.time.now() for (due,) in at.rows(schema.outbox, "due")} == {0}


def accept_late(at: Desk, changes: dict[str, int]) -> None:
    body = msgspec.json.encode(payload("note_hook__merge_request", changes))
    now = at.time.now()
    at.store.write(lambda conn: inbox.accept(conn, content(body), None, {}, now, Missed(NOW - 1, late=True)))


def test_patiently(at: Desk) -> None:
    """A summary is held while deliveries are being caught up with or wait to be worked through, but not for ever."""

    def becomes(waiting: Waiting, wish: Decision = Send()) -> object:  # noqa: B008 - it is frozen
        return at.store.read(lambda conn: patiently(conn, waiting, wish, at.time.now()))

    mine = replace(late(1), created=at.time.now())
    other = replace(mine, group="7:mr:42")
    assert becomes(mine) == Send()
    at.store.write(lambda conn: gathers(conn, at.time.now()))
    assert becomes(mine) == Wait(at.time.now() + GATHERING_MS)
    assert becomes(other) == Send()
    for wish in (Drop("opted_out"), Hold(NOW)):
        assert becomes(mine, wish) == wish
    at.time.pass_ms(GATHERING_MS)
    assert becomes(mine) == Send()

    accept_late(at, {})
    assert becomes(mine) == Wait(at.time.now() + GATHERING_MS)
    at.time.pass_ms(LONGEST_MS)
    assert becomes(mine) == Send()
    at.time.pass_ms(-LONGEST_MS)
    at.read()
    assert becomes(mine) == Send()
    assert key("haneul") in {person for (person,) in at.rows(schema.outbox, "person")}
