"""The slash command: one pure `answer`, and one table of commands from which help is made."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

import msgspec

from bot.preferences import LANGUAGES, Choices, Defaults, hears, opted_in, switched

LONGEST_WORD = 60
"""Characters of a word that nobody knows which are worth repeating."""

Topics = Mapping[str, frozenset[str]]
"""Each topic, and the reasons below it."""


@dataclass(frozen=True, slots=True)
class Asker:
    """Who typed the command, and what is known of them when they did.

    `matched` is how their account on the other side was found (`bot.directory.How`), `last` when they were last sent
    something, in words, "" for never.
    """

    name: str
    account: str = ""
    matched: str = "none"
    waiting: int = 0
    last: str = ""
    admin: bool = False


@dataclass(frozen=True, slots=True)
class Reply:
    """What is answered: a block of the words, its values, and whether the directory is to be read anew."""

    block: str
    values: Mapping[str, object]
    refresh: bool = False


@dataclass(frozen=True, slots=True)
class Ask:
    """One command line being answered."""

    words: Sequence[str]
    asker: Asker
    choices: Choices
    topics: Topics
    defaults: Defaults


Answer = tuple[Choices, Reply]


def answer(text: str, asker: Asker, choices: Choices, topics: Topics, defaults: Defaults) -> Answer:
    """Return a person's new choices and the reply to what they typed behind the trigger.

    Case, Korean or English, a plural and a slash too many do not matter; what is not understood changes nothing.
    """
    first, *rest = text.lower().split() or ["help"]
    ask = Ask([word.strip(",") for word in rest], asker, choices, topics, defaults)
    command = _NAMES.get(first.lstrip("/"))
    return command.act(ask) if command else _unknown(ask, first)


def shows_account(text: str) -> bool:
    """Say whether the answer to what somebody typed shows their account on the other side."""
    first, *rest = text.lower().split() or ["help"]
    command = _NAMES.get(first.lstrip("/"))
    return command is not None and (command.act is _status or (command.act is _language and not rest))


def _on(ask: Ask) -> Answer:
    return _switch(ask, on=True)


def _off(ask: Ask) -> Answer:
    return _switch(ask, on=False)


def _switch(ask: Ask, *, on: bool) -> Answer:
    if not ask.words:
        choices = msgspec.structs.replace(ask.choices, opted_in=on)
        return choices, Reply("changed_on" if on else "changed_off", _state(ask, choices))
    words = list(ask.topics) if EVERYTHING & set(ask.words) else ask.words
    named = {word: _named(word, ask.topics) for word in words}
    if unknown := [word for word, name in named.items() if name is None]:
        return _unknown(ask, unknown[0])
    names = {name: ask.topics.get(name, frozenset()) for name in named.values() if name}
    choices = switched(ask.choices, names, on=on)
    return choices, Reply("topics_changed", _state(ask, choices) | {"names": tuple(names), "switched_on": on})


def _named(word: str, topics: Topics) -> str | None:
    """Return the topic or reason that is meant; `review` and `reviews` are one."""
    known = dict.fromkeys([*topics, *(reason for below in topics.values() for reason in below)])
    word = KOREAN_TOPICS.get(word, word.replace("-", "_"))
    return next((name for name in (word, f"{word}s", word.removesuffix("s")) if name in known), None)


EVERYTHING = frozenset({"all", "everything", "topics", "모두", "전부", "전체"})
"""What all topics may be called."""

KOREAN_TOPICS = {
    "멘션": "mentions",
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
"""What a topic may be called besides its name."""


def _state(ask: Ask, choices: Choices) -> dict[str, object]:
    """Return what `status` shows: the state that now holds."""
    listening: dict[bool, list[str]] = {True: [], False: []}
    for topic, reasons in ask.topics.items():
        on = hears(choices, topic, topic)
        listening[on].append(topic)
        listening[not on] += [reason for reason in sorted(reasons) if hears(choices, reason, topic) is not on]
    return {
        "on": opted_in(choices, ask.defaults),
        "name": ask.asker.name,
        "account": ask.asker.account,
        "matched": ask.asker.matched,
        "off": tuple(listening[False]),
        "on_list": tuple(listening[True]),
        "language": choices.language or ask.defaults.language,
        "waiting": ask.asker.waiting,
        "last": ask.asker.last,
    }


def _status(ask: Ask) -> Answer:
    return ask.choices, Reply("status", _state(ask, ask.choices))


def _help(ask: Ask) -> Answer:
    return ask.choices, Reply("help", {"topics": tuple(ask.topics)})


def _language(ask: Ask) -> Answer:
    if not ask.words:
        return _status(ask)
    chosen = _LANGUAGE_NAMES.get(ask.words[0])
    if chosen is None:
        return _unknown(ask, ask.words[0])
    choices = msgspec.structs.replace(ask.choices, language=chosen)
    return choices, Reply("language_set", _state(ask, choices))


_LANGUAGE_NAMES = {
    **{name: name for name in (*LANGUAGES, "auto")},
    "english": "en",
    "영어": "en",
    "korean": "ko",
    "한국어": "ko",
    "자동": "auto",
}


def _admin(ask: Ask) -> Answer:
    if list(ask.words) != ["refresh"]:
        return _unknown(ask, " ".join(["admin", *ask.words]))
    if not ask.asker.admin:
        return ask.choices, Reply("not_admin", {})
    return ask.choices, Reply("refreshed", {}, refresh=True)


def _unknown(ask: Ask, word: str) -> Answer:
    shown = word if len(word) <= LONGEST_WORD else f"{word[:LONGEST_WORD]}…"
    near = get_close_matches(shown.lstrip("/"), [*_NAMES, *ask.topics], 1, cutoff=0.5)
    return ask.choices, Reply("unknown", {"word": shown, "nearest": near[0] if near else ""})


@dataclass(frozen=True, slots=True)
class Command:
    """One command: what it may be called, and what it does."""

    names: tuple[str, ...]
    act: Callable[[Ask], Answer]


COMMANDS = (
    Command(("help", "도움말", "도움", "?"), _help),
    Command(("on", "켜기", "켜"), _on),
    Command(("off", "끄기", "꺼"), _off),
    Command(("status", "상태"), _status),
    Command(("language", "lang", "언어"), _language),
    Command(("admin", "관리"), _admin),
)

_NAMES = {name: command for command in COMMANDS for name in command.names}
