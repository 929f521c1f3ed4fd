"""What a command line is asked with and answered by, and what every answer is made of: the state that now holds."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from difflib import get_close_matches

from bot.markdown import Markdown
from bot.mutes import lasting
from bot.preferences import Choices, Defaults, hears, opted_in, quote, threaded, told_of_own_acts
from bot.zones import in_milliseconds

LONGEST_WORD = 60
"""Characters of a word that nobody knows which are worth repeating."""

EPOCH = datetime.fromtimestamp(0, UTC)

Topics = Mapping[str, frozenset[str]]
"""Each topic, and the switches below it: its reasons, mostly."""

KeyOf = Callable[[str], str | None]
"""What somebody names → the key by which messages about it can be muted."""


@dataclass(frozen=True, slots=True)
class Asker:
    """Who typed the command, and what is known of them when they did.

    `matched` is how their account on the other side was found (`bot.directory.How`), `last` when they were last sent
    something, in words, "" for never; `now` is the time on their own clock.
    """

    name: str
    account: str = ""
    matched: str = "none"
    waiting: int = 0
    last: str = ""
    admin: bool = False
    now: datetime = EPOCH

    @property
    def milliseconds(self) -> int:
        """Return the time they asked at, in milliseconds since 1970."""
        return in_milliseconds(self.now)

    def at(self, milliseconds: int) -> datetime:
        """Return a time, given in milliseconds since 1970, on their own clock."""
        return datetime.fromtimestamp(milliseconds / 1000, self.now.tzinfo)


@dataclass(frozen=True, slots=True)
class Look:
    """Something that has to be looked up before it can be answered: by which row of a table, and the words typed."""

    name: str
    words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Reply:
    """What is answered: a block of the file `words`, and its values.

    With `refresh` the directory is to be read anew, with `dialog` the settings are to be shown. With a `look`, the
    answer is what is found by it. `sample_for` is the Mattermost name of who gets a sample message, "" for nobody.
    """

    block: str
    values: Mapping[str, object]
    refresh: bool = False
    words: str = "nudge"
    look: Look | None = None
    sample_for: str = ""
    dialog: bool = False


@dataclass(frozen=True, slots=True)
class Ask:
    """One command line being answered: the words behind the command, and the names of all commands there are.

    `key_of` gives the key of what somebody names to mute it, None for what is nothing of the kind.
    """

    words: Sequence[str]
    asker: Asker
    choices: Choices
    topics: Topics
    defaults: Defaults
    commands: Collection[str]
    key_of: KeyOf


Answer = tuple[Choices, Reply]
"""What a person has chosen by now, and what they are told."""


def state(ask: Ask, choices: Choices) -> dict[str, object]:
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
        "quote": quote(choices, ask.defaults),
        "threads": threaded(choices),
        "own": told_of_own_acts(choices),
        "snoozed": ask.asker.at(choices.snoozed) if choices.snoozed > ask.asker.milliseconds else None,
        "quiet": choices.quiet,
        "digest": choices.digest,
        "mutes": tuple(Markdown(one.what) for one in lasting(choices.mutes, ask.asker.milliseconds)),
        "zone": ask.asker.now.tzname() or "UTC",
        "waiting": ask.asker.waiting,
        "last": ask.asker.last,
    }


def shortened(word: str) -> str:
    """Return as much of what nobody understands as is worth repeating."""
    return word if len(word) <= LONGEST_WORD else f"{word[:LONGEST_WORD]}…"


def unknown(ask: Ask, word: str, known: Collection[str] = ()) -> Answer:
    """Change nothing, and say which word was not understood and what it is nearest to, of all that is `known` there."""
    shown = shortened(word)
    near = get_close_matches(shown.lstrip("/"), list(known) or [*ask.commands, *ask.topics], 1, cutoff=0.5)
    return ask.choices, Reply("unknown", {"word": shown, "nearest": near[0] if near else ""})
