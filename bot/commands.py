"""The slash command: one pure `answer`, and one table of commands from which help is made."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from bot import administering, digesting, looks, muting, sampling, silence, switches
from bot.asking import Answer, Ask, Asker, KeyOf, Look, Reply, Topics, state, unknown
from bot.markdown import JOINER, Markdown
from bot.preferences import Choices, Defaults

Act = Callable[[Ask], Answer]
"""What a command does with the words behind it."""


def no_key(_named: str) -> str | None:
    """Know nothing that could be muted."""
    return None


def answer(
    text: str, asker: Asker, choices: Choices, topics: Topics, defaults: Defaults, key_of: KeyOf = no_key
) -> Answer:
    """Return a person's new choices and the reply to what they typed behind the trigger.

    Case, Korean or English, a plural and a slash too many do not matter; what is not understood changes nothing.
    """
    first, *rest = _words(text)
    ask = Ask([word.strip(",") for word in rest], asker, choices, topics, defaults, _NAMES, key_of)
    act = _act(first, rest)
    return act(ask) if act else unknown(ask, first)


def shows_account(text: str) -> bool:
    """Say whether the answer to what somebody typed shows their account on the other side."""
    first, *rest = _words(text)
    return _act(first, rest) is _status


def _words(text: str) -> list[str]:
    """Take a line apart; what keeps a name in our own answers from being a mention may have been copied with it."""
    return text.replace(JOINER, "").lower().split() or ["help"]


def _act(first: str, rest: list[str]) -> Act | None:
    """Find what the first word asks for; a choice that names nothing to choose shows what holds."""
    command = _NAMES.get(first.lstrip("/"))
    if command is None:
        return None
    return _status if command.is_choice and not rest else command.act


def _status(ask: Ask) -> Answer:
    return ask.choices, Reply("status", state(ask, ask.choices))


def _help(ask: Ask) -> Answer:
    """Show all there is, or more about one command or topic."""
    if not ask.words:
        groups = [(group, [one for one in COMMANDS if one.group == group]) for group in GROUPS]
        return ask.choices, Reply("all", {"groups": groups, "topics": tuple(ask.topics)}, words="help")
    word = ask.words[0].lstrip("/")
    if command := _NAMES.get(word):
        return ask.choices, Reply("one", {"about": command}, words="help")
    topic = switches.named(word, ask.topics) or ""
    if topic in ask.topics:
        return ask.choices, Reply("topic", {"topic": topic, "reasons": sorted(ask.topics[topic])}, words="help")
    return unknown(ask, word)


def _settings(ask: Ask) -> Answer:
    return ask.choices, Reply("opened", {}, words="settings", dialog=True)


def _look(ask: Ask, name: str) -> Answer:
    """Have something looked up; by the time it is said, it is known, or promised."""
    return ask.choices, Reply("moment", {}, look=Look(name, tuple(ask.words)))


@dataclass(frozen=True, slots=True)
class Command:
    """One command: what it may be called, and what it does; one that `is_choice` needs a word to choose by.

    Help shows it in its `group`, none for what is not shown to everybody, with its `examples`.
    """

    names: tuple[str, ...]
    act: Act
    group: str = ""
    examples: tuple[Markdown, ...] = ()
    is_choice: bool = False

    @property
    def name(self) -> str:
        """Return what it is called first of all."""
        return self.names[0]


def _row(names: str, act: Act, group: str = "", *examples: str, is_choice: bool = False) -> Command:
    return Command(tuple(names.split()), act, group, tuple(map(Markdown, examples)), is_choice)


GROUPS = ("what", "when", "looks", "more")

ADMIN = ("admin people", "admin failed", "admin retry m12", "admin refresh", "admin test @jane")

COMMANDS = (
    _row("on 켜기 켜", switches.on, "what", "on", "on reviews"),
    _row("off 끄기 꺼", switches.off, "what", "off", "off reactions"),
    _row("mute 음소거 뮤트", muting.mute, "what", "mute web/shop", "mute web/shop!12 for 3 days"),
    _row("unmute 음소거해제 뮤트해제", muting.unmute, "what", "unmute web/shop"),
    _row("mutes muted 음소거목록", muting.mutes, "what", "mutes"),
    _row("own myself 내활동", switches.own, "what", "own on", is_choice=True),
    _row("snooze pause 스누즈 미루기", silence.snooze, "when", "snooze 2h", "snooze until fri 17:00"),
    _row("wake resume unsnooze 깨우기 재개", silence.wake, "when", "wake"),
    _row("quiet dnd 방해금지 조용히", silence.quiet, "when", "quiet 19:00-08:00 mon-fri weekends", "quiet off"),
    _row("digest daily 다이제스트 모아받기", digesting.digest, "when", "digest 09:00 mon-fri", "digest off"),
    _row("language lang 언어", looks.language, "looks", "language ko", is_choice=True),
    _row("quote quotes 인용", looks.quote, "looks", "quote full", is_choice=True),
    _row("threads thread 스레드", looks.threads, "looks", "threads on", is_choice=True),
    _row("todo todos 할일 할일목록", partial(_look, name="todo"), "more", "todo"),
    _row("why 왜 이유", partial(_look, name="why"), "more", "why", "why web/shop!12"),
    _row("settings setting preferences 설정", _settings, "more", "settings"),
    _row("status 상태", _status, "more", "status"),
    _row("link 연결", partial(_look, name="link"), "more", "link jane.doe"),
    _row("unlink 연결해제", partial(_look, name="unlink"), "more", "unlink"),
    _row("test sample 테스트", sampling.test, "more", "test"),
    _row("help 도움말 도움 ?", _help, "more", "help", "help snooze"),
    _row("admin 관리 관리자", administering.admin, "", *ADMIN),
)

HINT_AT_MOST = 1024
"""Characters that Mattermost keeps of a command's hint: `varchar(1024)` in its table of commands."""


def hint() -> str:
    """Return what Mattermost shows behind the trigger while somebody types: `[on|off|…]`, the first names of all."""
    return f"[{'|'.join(one.name for one in COMMANDS if one.group)}]"


_NAMES = {name: command for command in COMMANDS for name in command.names}
