"""The commands that say how messages look."""

from collections.abc import Callable, Mapping
from functools import partial

import msgspec

from bot.asking import Answer, Ask, Reply, state, unknown
from bot.preferences import LANGUAGES, QUOTES

Values = Mapping[str, str | bool]
"""What may be typed, and what is chosen by it."""

LANGUAGE_NAMES: Values = {
    **{name: name for name in (*LANGUAGES, "auto")},
    "english": "en",
    "영어": "en",
    "korean": "ko",
    "한국어": "ko",
    "자동": "auto",
}

QUOTE_NAMES: Values = {
    **{name: name for name in QUOTES},
    "none": "off",
    "끄기": "off",
    "꺼": "off",
    "없음": "off",
    "짧게": "short",
    "all": "full",
    "전체": "full",
    "전부": "full",
    "모두": "full",
}

ON_OR_OFF: Values = {
    **dict.fromkeys(("on", "켜기", "켜"), True),
    **dict.fromkeys(("off", "끄기", "꺼"), False),
}


def choose(ask: Ask, field: str, values: Values) -> Answer:
    """Choose what the first word says for one field of the choices."""
    word = ask.words[0]
    if word not in values:
        return unknown(ask, word)
    choices = msgspec.structs.replace(ask.choices, **{field: values[word]})
    return choices, Reply(f"{field}_set", state(ask, choices))


language: Callable[[Ask], Answer] = partial(choose, field="language", values=LANGUAGE_NAMES)
"""Choose the language of messages and answers."""

quote: Callable[[Ask], Answer] = partial(choose, field="quote", values=QUOTE_NAMES)
"""Choose how much of a comment is quoted."""

threads: Callable[[Ask], Answer] = partial(choose, field="threads", values=ON_OR_OFF)
"""Choose whether what comes later about a thing replies to the first message about it."""
