"""The commands that switch: everything, one topic, one reason, or one's own acts, on or off."""

from collections.abc import Callable, Sequence
from functools import partial

import msgspec

from bot.asking import Answer, Ask, Reply, Topics, state, unknown
from bot.looks import ON_OR_OFF, choose
from bot.preferences import switched

EVERYTHING = frozenset({"all", "everything", "topics", "모두", "전부", "전체"})
"""What all topics may be called."""

KOREAN_TOPICS = {
    "멘션": "mentions",
    "그룹멘션": "group_mentions",
    "그룹_멘션": "group_mentions",
    "댓글": "comments",
    "리뷰": "reviews",
    "담당": "assignments",
    "담당자": "assignments",
    "mr": "merge_requests",
    "mrs": "merge_requests",
    "이슈": "issues",
    "반응": "reactions",
    "이모지": "reactions",
    "파이프라인": "pipelines",
}
"""What a topic, or a switch below one, may be called besides its name."""


def on(ask: Ask) -> Answer:
    """Switch on what is named, or everything."""
    return _switch(ask, on=True)


def off(ask: Ask) -> Answer:
    """Switch off what is named, or everything."""
    return _switch(ask, on=False)


own: Callable[[Ask], Answer] = partial(choose, field="own", values=ON_OR_OFF)
"""Choose whether to hear of what one did oneself."""


def _switch(ask: Ask, *, on: bool) -> Answer:
    if not ask.words:
        choices = msgspec.structs.replace(ask.choices, opted_in=on)
        return choices, Reply("changed_on" if on else "changed_off", state(ask, choices))
    words = list(ask.topics) if EVERYTHING & set(ask.words) else _together(ask.words, ask.topics)
    meant = {word: named(word, ask.topics) for word in words}
    if strange := [word for word, name in meant.items() if name is None]:
        return unknown(ask, strange[0])
    names = {name: ask.topics.get(name, frozenset()) for name in meant.values() if name}
    choices = switched(ask.choices, names, on=on)
    return choices, Reply("topics_changed", state(ask, choices) | {"names": tuple(names), "switched_on": on})


def _together(words: Sequence[str], topics: Topics) -> list[str]:
    """Return words, two neighbours as one where only that is the name of a switch: `group mentions`."""
    found: list[str] = []
    for word in words:
        if found and not named(found[-1], topics) and named(f"{found[-1]}_{word}", topics):
            found[-1] = f"{found[-1]}_{word}"
        else:
            found.append(word)
    return found


def named(word: str, topics: Topics) -> str | None:
    """Return the topic or reason that is meant; `review` and `reviews` are one."""
    known = dict.fromkeys([*topics, *(reason for below in topics.values() for reason in below)])
    word = KOREAN_TOPICS.get(word, word.replace("-", "_"))
    return next((name for name in (word, f"{word}s", word.removesuffix("s")) if name in known), None)
