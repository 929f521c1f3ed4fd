"""Turns waiting messages into the text and the props of one post."""

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from msgspec.structs import replace

from bot import fit
from bot.controls import NONE, Controls, placed
from bot.markdown import plain
from bot.messages import Card
from bot.outbox import Waiting
from bot.together import QUOTED, Together, Whole, apart

FALLBACK_ROOM = 300
BECAUSE_ROOM = 700
COLOR_ROOM = 32
AVATAR_ROOM = 1000
FOOTER_ROOM = 300
"""The small parts of a card, in the weight of `bot.fit`; the text takes what they leave."""

EDIT_ROOM = 700
"""What the buttons of several cards leave free for the lines that edits may add later."""

Draw = Callable[[Waiting], Controls]
"""What can be pressed below a message's card."""


@dataclasses.dataclass(frozen=True, slots=True)
class Draft:
    """A post that is not yet frozen; `members` are the ids of its messages.

    `handles` are the places of the cards below which something can be pressed, each with the message that is meant.
    """

    message: str
    props: dict[str, Any]
    members: tuple[int, ...]
    handles: tuple[tuple[int, Waiting], ...] = ()


def nothing(_message: Waiting) -> Controls:
    """Let nothing be pressed."""
    return NONE


def compose(messages: Sequence[Waiting], key: str, together: Together = apart, draw: Draw = nothing) -> Draft:
    """Return the first post of messages that go now, in their order: of the first group as much as fits.

    `key` is what the post is found again by; `together` words several messages of a group as one; `draw` gives what can
    be pressed below a card: one set for each object, and only where there is room, for of what is said nothing gives
    way to it. One message always fits: its card is cut to the limit.
    """
    group = _first_group(messages)
    if len(group) > 1 and _fits(whole := _several(group, key, together)):
        return _controlled(whole, draw, fit.PROPS_LIMIT - EDIT_ROOM)
    best = _single(group[0], key, draw)
    low, high = 1, len(group) - 1
    while low < high:  # each try words the whole post anew, while others wait for the database
        middle = (low + high + 1) // 2
        draft = _several(group[:middle], key, together)
        low, high, best = (middle, high, draft) if _fits(draft) else (low, middle - 1, best)
    return best if len(best.members) == 1 else _controlled(best, draw, fit.PROPS_LIMIT - EDIT_ROOM)


def _controlled(draft: Draft, draw: Draw, limit: int | None = None) -> Draft:
    """Put below cards what can be pressed there, as long as the props stay within a weight."""
    props = draft.props
    for place, message in draft.handles:
        if controls := draw(message):
            more = placed(props, place, controls)
            more["nudge"] = {**props["nudge"], "pressed": [*props["nudge"].get("pressed", ()), [message.id, place]]}
            props = more if limit is None or fit.props_weight(more) <= limit else props
    return dataclasses.replace(draft, props=props)


def _first_group(messages: Sequence[Waiting]) -> list[Waiting]:
    """Return the first message's group, but nothing that would overtake another of the same object."""
    group: list[Waiting] = []
    passed: set[str] = set()
    for message in messages:
        if message.group == messages[0].group and message.object not in passed:
            group.append(message)
        else:
            passed.add(message.object)
    return group


def _fits(draft: Draft) -> bool:
    return len(draft.message) <= fit.MESSAGE_LIMIT and fit.props_weight(draft.props) <= fit.PROPS_LIMIT


def _several(messages: Sequence[Waiting], key: str, together: Together) -> Draft:
    whole = together(messages)
    if whole and whole.card:
        return _summed_up(messages, key, whole, whole.card)
    return _whole(messages, key, whole) if whole else _apart(messages, key)


def _summed_up(messages: Sequence[Waiting], key: str, whole: Whole, card: Card) -> Draft:
    """Return the post of messages that one card sums up, below those that speak for themselves all the same."""
    full = _apart([one for one in messages if one.id in whole.in_full], key)
    headlines = [whole.headline, *filter(None, [full.message])]
    shown = [*full.props.get("attachments", ()), _attachment(card, whole.headline)]
    return _draft(messages, key, headlines, shown, full.props["nudge"].get("cards", ()), full.handles)


def _whole(messages: Sequence[Waiting], key: str, whole: Whole) -> Draft:
    """Return the post of messages that say one thing: one headline, the first cards, one last line.

    A picture of one person is shown only where it is the same for all.
    """
    titled = [(one.card, title) for one, title in zip(messages, whole.titles, strict=True) if title is not None]
    decided = [one.card.color for one, title in zip(messages, whole.titles, strict=True) if title is None]
    by_one = len({message.card.avatar for message in messages}) == 1
    cards = [
        replace(
            card,
            text=f"{title}\n{card.text}".strip(),
            because="",
            footer="",
            color=(decided or [card.color])[-1],
            avatar=card.avatar if by_one else "",
        )
        for card, title in titled[:QUOTED]
    ]
    if whole.more or not cards:
        cards.append(replace(messages[-1].card, text=whole.more))
    cards[-1] = replace(cards[-1], because=whole.because, footer=messages[-1].card.footer)
    drawn = (_attachment(card, whole.headline) for card in cards)
    shown = [attachment for attachment in drawn if attachment]
    handles = [(len(shown) - 1, messages[-1])] if shown else []
    return _draft(messages, key, [whole.headline], shown, handles=handles)


def _apart(messages: Sequence[Waiting], key: str, *, cut_to: int | None = None) -> Draft:
    """Return the post of messages that each speak for themselves; equal headlines stand there once."""
    headlines = list(dict.fromkeys(fit.clean(message.headline) for message in messages))
    drawn = [(one.id, _attachment(one.card, one.headline, cut_to)) for one in messages]
    shown = {message: attachment for message, attachment in drawn if attachment}
    seen = [one for one in messages if one.id in shown]
    last = {one.object: (place, one) for place, one in enumerate(seen)}
    return _draft(messages, key, headlines, list(shown.values()), list(shown), list(last.values()))


def _draft(
    messages: Sequence[Waiting],
    key: str,
    headlines: Sequence[str],
    shown: Sequence[dict[str, Any]],
    cards: Sequence[int] = (),
    handles: Sequence[tuple[int, Waiting]] = (),
) -> Draft:
    """Put a post together; `cards` are the messages that have one of the attachments for themselves, in their order."""
    for later in _all_but_first_avatar(shown):
        del later["author_icon"]  # the server fetches each one, for up to 5 s, before it answers
    mark = {"post": key} | ({"cards": list(cards)} if cards else {})
    props: dict[str, Any] = {"nudge": mark} | ({"attachments": shown} if shown else {})
    return Draft("\n".join(headlines), props, tuple(message.id for message in messages), tuple(handles))


def _all_but_first_avatar(attachments: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    return [attachment for attachment in attachments if "author_icon" in attachment][1:]


def _single(message: Waiting, key: str, draw: Draw) -> Draft:
    """Return the post of one message, cut where it must be."""
    props = _cut_to_fit(lambda cut_to: _controlled(_apart([message], key, cut_to=cut_to), draw).props)
    return Draft(_shortened(fit.clean(message.headline)), props, (message.id,))


def _cut_to_fit(drawn: Callable[[int | None], dict[str, Any]]) -> dict[str, Any]:
    """Return props with a card's text whole if that fits, else cut to the room there is."""
    whole = drawn(None)
    return whole if fit.props_weight(whole) <= fit.PROPS_LIMIT else drawn(fit.PROPS_LIMIT - fit.props_weight(drawn(0)))


def changed(props: Mapping[str, Any], message: int, card: Card, controls: Controls = NONE) -> dict[str, Any] | None:
    """Return the props of a post with the text and the colour of one message's card changed, and what is pressed there.

    None where the post has no such card, or no room for its new last line beside the others. Everything else stays as
    it was sent, so that the server fetches no other picture.
    """
    mark = props.get("nudge", {})
    cards, pressed = mark.get("cards", []), dict(mark.get("pressed", []))
    if message not in (*cards, *pressed):
        return None

    def drawn(cut_to: int | None) -> dict[str, Any]:
        attachments = list(props["attachments"])
        if message in cards:
            new, place = _attachment(card, "", cut_to), cards.index(message)
            attachments[place] = attachments[place] | {name: new.get(name, "") for name in ("color", "text")}
        shown = {**props, "attachments": attachments}
        return placed(shown, pressed[message], controls) if message in pressed else shown

    new = _cut_to_fit(drawn)
    return new if fit.props_weight(new) <= fit.PROPS_LIMIT else None


def _shortened(message: str) -> str:
    return message if len(message) <= fit.MESSAGE_LIMIT else message[: fit.MESSAGE_LIMIT - 1] + fit.MORE


def _attachment(card: Card, headline: str, cut_to: int | None = None) -> dict[str, Any]:
    """Return a card as Mattermost's attachment, {} for an empty one; never a null, which makes the server panic."""
    text = fit.closed(fit.clean(card.text))
    if cut_to is not None:
        text = fit.cut(text, cut_to)
    text = "\n\n".join(filter(None, (text, fit.clip(fit.clean(card.because), BECAUSE_ROOM))))
    avatar = fit.clean(card.avatar)
    parts = {
        "fallback": fit.clip(plain(fit.clean(headline)), FALLBACK_ROOM),
        "color": fit.clip(fit.clean(card.color), COLOR_ROOM),
        "text": text,
        "author_icon": avatar if fit.weight(avatar) <= AVATAR_ROOM else "",
        "footer": fit.clip(fit.clean(card.footer), FOOTER_ROOM),
    }
    return {name: value for name, value in parts.items() if value} if text else {}
