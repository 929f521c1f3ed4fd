"""One post out of waiting messages: what it looks like, and that it always fits."""

import json
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from bot.compose import EDIT_ROOM, changed, compose
from bot.fit import MESSAGE_LIMIT, PROPS_LIMIT, props_weight
from bot.messages import Card
from bot.outbox import Waiting
from bot.people import PersonKey
from bot.together import Whole

WHOLE = Whole("Bob approved", ("Comment", "Comment"), "", "because you are the author")
CARD = Card("> quoted", "because you are the author", "#1f75cb", "https://gitlab.example.com/a.png")


def waiting(number: int = 1, *, group: str = "bob:mr:1", lane: str = "mr:1", **more: Any) -> Waiting:
    names = ("fact", "kind", "reason", "topic", "announces")
    given: dict[str, Any] = dict.fromkeys(names, "")
    given |= {"headline": f"headline {number}", "card": Card(f"card {number}"), **more}
    return Waiting(
        id=number,
        delivery=None,
        person=PersonKey("mina"),
        group=group,
        object=lane,
        batched=True,
        created=0,
        due=0,
        **given,
    )


def cards(*messages: Waiting) -> list[dict[str, Any]]:
    attachments: list[dict[str, Any]] = compose(messages, "key").props.get("attachments", [])
    return attachments


def test_a_message_is_its_headline_and_its_card() -> None:
    """The headline is the text of the post; the card is an attachment, with the reason as its last paragraph."""
    draft = compose([waiting(headline="[Fix](https://g/1) is **merged**", card=CARD)], "key")

    assert draft.message == "[Fix](https://g/1) is **merged**"
    assert draft.members == (1,)
    assert draft.props == {
        "nudge": {"post": "key", "cards": [1]},
        "attachments": [
            {
                "fallback": "Fix is merged",
                "color": "#1f75cb",
                "text": "> quoted\n\nbecause you are the author",
                "author_icon": "https://gitlab.example.com/a.png",
            }
        ],
    }


@pytest.mark.parametrize(
    ("card", "expected"),
    [
        (Card(), []),
        (Card(avatar="https://g/a.png", color="#ffffff"), []),
        (Card(because="because"), [{"fallback": "headline 1", "text": "because"}]),
        (Card("text"), [{"fallback": "headline 1", "text": "text"}]),
        (Card("text", avatar="https://g/" + "a" * 2_000), [{"fallback": "headline 1", "text": "text"}]),
    ],
)
def test_what_a_card_lacks_is_not_sent(card: Card, expected: list[dict[str, Any]]) -> None:
    """An empty card is no attachment, and an attachment has no empty and no null fields."""
    assert cards(waiting(card=card)) == expected


def test_equal_headlines_are_said_once() -> None:
    """Two comments with the same headline show it once, with both cards."""
    draft = compose([waiting(1, headline="Bob commented"), waiting(2, headline="Bob commented")], "key")

    assert draft.message == "Bob commented"
    assert draft.members == (1, 2)


def test_a_post_shows_one_avatar() -> None:
    """The server fetches each picture before it answers, so only the first one is shown."""
    shown = ["author_icon" in card for card in cards(waiting(1), waiting(2, card=CARD), waiting(3, card=CARD))]

    assert shown == [False, True, False]


def test_messages_worded_as_one_show_the_cards_that_have_a_title() -> None:
    """An empty title shows a card without one, none at all no card, whose colour then stands for the whole."""
    decided = Card("decided", color="#ff0000")
    several = [waiting(1, card=CARD), waiting(2, card=CARD), waiting(3, card=decided)]
    titles = ("Comment", "", None)

    def whole(messages: Sequence[Waiting]) -> Whole:
        return Whole("Bob approved", titles[: len(messages)], "", "because")

    shown = compose(several, "key", whole).props["attachments"]

    assert [card["text"] for card in shown] == ["Comment\n> quoted", "> quoted\n\nbecause"]
    assert {card["color"] for card in shown} == {"#ff0000"}


@pytest.mark.parametrize(("other", "shown"), [(CARD.avatar, [True, False]), ("https://g/b.png", [False, False])])
def test_a_picture_stands_for_all_or_is_not_shown(other: str, shown: list[bool]) -> None:
    """What several people did, worded as one, shows the picture of none of them."""
    several = [waiting(1, card=CARD), waiting(2, card=replace(CARD, avatar=other))]

    attachments = compose(several, "key", lambda _: WHOLE).props["attachments"]

    assert ["author_icon" in card for card in attachments] == shown


@pytest.mark.parametrize(
    ("groups", "members"),
    [
        (["a:1"], (0,)),
        (["a:1", "a:1", "a:1"], (0, 1, 2)),
        (["a:1", "b:1", "a:1"], (0,)),  # the third would overtake the second
        (["a:1", "b:2", "a:1"], (0, 2)),  # another object is no matter
        (["a:1", "b:2", "a:2", "a:1"], (0, 3)),  # a group over two objects, as held messages are
    ],
)
def test_the_first_group_leaves_without_overtaking(groups: list[str], members: tuple[int, ...]) -> None:
    """A post takes the whole first group, but nothing that would pass another message of its object."""
    messages = [
        waiting(number, group=group.split(":")[0], lane=group.split(":")[1]) for number, group in enumerate(groups)
    ]

    assert compose(messages, "key").members == members


def test_a_group_is_cut_by_size_alone() -> None:
    """As many messages as fit are one post; the rest is for the next one."""
    large = Card("x" * 2_000)

    assert compose([waiting(number, card=large) for number in range(9)], "key").members == (0, 1, 2)


def test_a_card_that_is_too_large_is_cut_and_keeps_its_reason() -> None:
    """One card never makes a post impossible: its text is cut on a whole line, its last line stays."""
    text = "\n".join(["a line of a long comment"] * 800)
    (card,) = cards(waiting(card=Card(text, "because you are the author")))

    assert card["text"].endswith("a line of a long comment\n…\n\nbecause you are the author")
    assert len(card["text"]) > 6_000


def test_the_reason_never_falls_into_an_open_code_block() -> None:
    """A comment that forgot to close its code block does not swallow the last line of the card."""
    (card,) = cards(waiting(card=Card("```\ncode", "because you are the author")))

    assert card["text"] == "```\ncode\n```\n\nbecause you are the author"


def test_a_headline_that_is_too_long_is_cut() -> None:
    """The text of a post keeps to the server's limit."""
    message = compose([waiting(headline="x" * 20_000)], "key").message

    assert (len(message), message[-2:]) == (MESSAGE_LIMIT, "x…")


HOSTILE = st.text(st.sampled_from('<>&"\\\n`~ab한🎉\u2028\0\ud800'), max_size=60) | st.builds(
    lambda part, times: part * times, st.sampled_from(["<", "```\n", "word ", "&\n", "\0", "🎉"]), st.integers(0, 9_000)
)
CARDS = st.builds(Card, HOSTILE, HOSTILE, HOSTILE, HOSTILE)


@given(st.lists(st.tuples(HOSTILE, CARDS), min_size=1, max_size=5))
def test_every_post_fits(parts: list[tuple[str, Card]]) -> None:
    """Whatever messages hold, their posts fit the server, carry each message once in order, and have no nulls."""
    messages = [waiting(number, headline=headline, card=card) for number, (headline, card) in enumerate(parts)]
    sent: list[int] = []
    while messages:
        draft = compose(messages, "key")
        sent += draft.members
        messages = messages[len(draft.members) :]

        assert len(draft.message) <= MESSAGE_LIMIT
        assert props_weight(draft.props) <= PROPS_LIMIT
        written = json.dumps(draft.props, ensure_ascii=False)
        assert "null" not in written
        assert "\0" not in draft.message + written
        assert (draft.message + written).encode()
    assert sent == list(range(len(parts)))


# ------------------------------------------------------------------ a card that changes


def test_a_changed_card_keeps_all_but_its_text_and_colour() -> None:
    """Avatar, footer, fallback and the other cards stay, and so does the key by which the post is found."""
    props = compose(
        [waiting(1, card=replace(CARD, footer="web/shop")), waiting(2), waiting(3, card=Card())], "key"
    ).props

    new = changed(props, 1, replace(CARD, because="✓ merged", color="#7759c2", avatar="https://g/other.png"))

    assert new is not None
    first, second = new["attachments"]
    assert first == props["attachments"][0] | {"color": "#7759c2", "text": "> quoted\n\n✓ merged"}
    assert (second, new["nudge"]) == (props["attachments"][1], {"post": "key", "cards": [1, 2]})


@pytest.mark.parametrize("message", [2, 7])
def test_a_message_without_a_card_cannot_change_one(message: int) -> None:
    """What is no card of the post is None: an empty one, another post's, one of a review that is worded as a whole."""
    assert changed(compose([waiting(1), waiting(2, card=Card())], "key").props, message, CARD) is None
    assert changed(compose([waiting(1), waiting(2)], "key", lambda _: WHOLE).props, 1, CARD) is None
    assert changed({}, 1, CARD) is None


@given(st.lists(CARDS, min_size=1, max_size=4), CARDS, st.data())
def test_a_changed_card_always_fits(before: list[Card], after: Card, data: st.DataObject) -> None:
    """Whatever a card says from now on, the post stays within the limit and has as many cards, or does not change."""
    props = compose([waiting(number, card=card) for number, card in enumerate(before)], "key").props
    message = data.draw(st.sampled_from(props["nudge"].get("cards", [0])))

    new = changed(props, message, after)

    assert new is not None or len(before) > 1 or "cards" not in props["nudge"]
    if new is not None:
        assert props_weight(new) <= PROPS_LIMIT
        assert len(new["attachments"]) == len(props["attachments"])
        assert "null" not in json.dumps(new)


# ------------------------------------------------------------------ what can be pressed


def controls(size: int, *, noted: int = 0) -> dict[str, Any]:
    """Return controls of some size, and what they say was done."""
    actions = [{"id": "mute1", "name": "Mute", "integration": {"url": "x" * size, "context": {"message": 1}}}]
    return {"actions": actions} | ({"fields": [{"title": "", "value": "y" * noted, "short": False}]} if noted else {})


@given(st.lists(st.tuples(HOSTILE, CARDS, st.integers(1, 2)), min_size=1, max_size=5), st.integers(0, 2_000))
def test_what_is_said_gives_way_to_nothing(parts: list[tuple[str, Card, int]], size: int) -> None:
    """With buttons a post fits as without, holds the same messages, and has one set a thing at most."""
    messages = [
        waiting(number, headline=headline, card=card, lane=f"mr:{lane}")
        for number, (headline, card, lane) in enumerate(parts)
    ]
    bare, draft = compose(messages, "key"), compose(messages, "key", draw=lambda _: controls(size))
    shown = [card for card in draft.props.get("attachments", []) if "actions" in card]

    assert (draft.members, draft.message) == (bare.members, bare.message)
    assert props_weight(draft.props) <= PROPS_LIMIT
    assert len(draft.props["nudge"].get("pressed", [])) == len(shown) <= len({message.object for message in messages})
    if len(draft.members) > 1:
        texts = [card["text"] for card in draft.props.get("attachments", [])]
        assert texts == [card["text"] for card in bare.props.get("attachments", [])]


def test_one_message_always_has_its_buttons() -> None:
    """A comment is quoted a little shorter rather than that its buttons were missing."""
    draft = compose([waiting(card=Card("word " * 5_000))], "key", draw=lambda _: controls(500))
    (card,) = draft.props["attachments"]

    assert (card["actions"], draft.props["nudge"]["pressed"]) == (controls(500)["actions"], [[1, 0]])
    assert props_weight(draft.props) <= PROPS_LIMIT


def test_no_more_buttons_than_there_is_room_for() -> None:
    """Where a post is full already, cards stand without buttons; those that have some leave room for later lines."""
    many = [waiting(number, lane=f"mr:{number}", card=Card("x" * 800)) for number in range(5)]
    draft = compose(many, "key", draw=lambda _: controls(400))

    assert [place for _, place in draft.props["nudge"]["pressed"]] == [0, 1, 2]
    assert props_weight(draft.props) <= PROPS_LIMIT - EDIT_ROOM


@given(st.lists(CARDS, min_size=1, max_size=4), CARDS, st.integers(0, 600), st.data())
def test_changed_buttons_always_fit(before: list[Card], after: Card, noted: int, data: st.DataObject) -> None:
    """Whatever is pressed, the post stays within the limit, or does not change."""
    messages = [waiting(number, card=card) for number, card in enumerate(before)]
    props = compose(messages, "key", draw=lambda _: controls(100)).props
    message = data.draw(st.sampled_from(props["nudge"].get("cards", [0])))

    new = changed(props, message, after, controls(100, noted=noted))

    assert new is not None or len(before) > 1 or "cards" not in props["nudge"]
    if new is not None:
        assert props_weight(new) <= PROPS_LIMIT
        assert new["nudge"] == props["nudge"]
        assert "null" not in json.dumps(new)


def test_buttons_change_without_the_card() -> None:
    """Below a review that is worded as a whole only the buttons change, and what they say was done."""
    props = compose([waiting(1), waiting(2)], "key", lambda _: WHOLE, lambda _: controls(9)).props
    new = changed(props, 2, CARD, controls(9, noted=5))

    assert new is not None
    first, last = props["attachments"]
    assert new["attachments"] == [first, last | controls(9, noted=5)]
    assert changed(new, 2, CARD, controls(9)) == props
