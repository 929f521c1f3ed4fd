"""The slash command: one pure `answer`, and one table of commands from which help is made."""

from collections.abc import Callable
from dataclasses import dataclass

from bot import looks, switches
from bot.asking import Answer, Ask, Asker, Reply, Topics, state, unknown
from bot.preferences import Choices, Defaults

Act = Callable[[Ask], Answer]
"""What a command does with the words behind it."""


def answer(text: str, asker: Asker, choices: Choices, topics: Topics, defaults: Defaults) -> Answer:
    """Return a person's new choices and the reply to what they typed behind the trigger.

    Case, Korean or English, a plural and a slash too many do not matter; what is not understood changes nothing.
    """
    first, *rest = _words(text)
    ask = Ask([word.strip(",") for word in rest], asker, choices, topics, defaults, _NAMES)
    act = _act(first, rest)
    return act(ask) if act else unknown(ask, first)


def shows_account(text: str) -> bool:
    """Say whether the answer to what somebody typed shows their account on the other side."""
    first, *rest = _words(text)
    return _act(first, rest) is _status


def _words(text: str) -> list[str]:
    return text.lower().split() or ["help"]


def _act(first: str, rest: list[str]) -> Act | None:
    """Find what the first word asks for; a choice that names nothing to choose shows what holds."""
    command = _NAMES.get(first.lstrip("/"))
    if command is None:
        return None
    return _status if command.is_choice and not rest else command.act


def _status(ask: Ask) -> Answer:
    return ask.choices, Reply("status", state(ask, ask.choices))


def _help(ask: Ask) -> Answer:
    return ask.choices, Reply("help", {"topics": tuple(ask.topics)})


def _admin(ask: Ask) -> Answer:
    if list(ask.words) != ["refresh"]:
        return unknown(ask, " ".join(["admin", *ask.words]))
    if not ask.asker.admin:
        return ask.choices, Reply("not_admin", {})
    return ask.choices, Reply("refreshed", {}, refresh=True)


@dataclass(frozen=True, slots=True)
class Command:
    """One command: what it may be called, and what it does; one that `is_choice` needs a word to choose by."""

    names: tuple[str, ...]
    act: Act
    is_choice: bool = False


COMMANDS = (
    Command(("help", "도움말", "도움", "?"), _help),
    Command(("on", "켜기", "켜"), switches.on),
    Command(("off", "끄기", "꺼"), switches.off),
    Command(("status", "상태"), _status),
    Command(("language", "lang", "언어"), looks.language, is_choice=True),
    Command(("quote", "quotes", "인용"), looks.quote, is_choice=True),
    Command(("threads", "thread", "스레드"), looks.threads, is_choice=True),
    Command(("admin", "관리"), _admin),
)

_NAMES = {name: command for command in COMMANDS for name in command.names}
