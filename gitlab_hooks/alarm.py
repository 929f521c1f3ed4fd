"""What administrators are told of the bot itself: when, and in which words."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from math import ceil

from bot.markdown import Markdown, link
from bot.messages import ALARM, Card, Message
from bot.people import Member
from bot.preferences import Choices, Defaults, language
from bot.templates import Templates
from gitlab_hooks.hook_admin import Hook
from gitlab_hooks.naming import shortened
from gitlab_hooks.switched_off import page_of

DAYS = (14, 7, 3, 1)
"""How many days before a token expires that is told, each time once."""

MOST = 10
"""Rows of a list."""

OF_CAUSE = 200
"""Code points of why something failed."""

RED = "#dd2b0e"


@dataclass(frozen=True, slots=True)
class Alarm:
    """Something to be told: the block that says it, what is in it, and a fact that makes it one a person."""

    block: str
    fact: str
    values: Mapping[str, object]


def step_of(days_left: float) -> int | None:
    """Return which of `DAYS` a token has come to; None while its end is further away, and once it has expired."""
    return min((days for days in DAYS if 0 < days_left <= days), default=None)


def expiring(name: str, end: int, days_left: float) -> Alarm | None:
    """Return what is told of a token that expires at `end`, in milliseconds since 1970; None while it is good."""
    step = step_of(days_left)
    if step is None:
        return None
    day = datetime.fromtimestamp(end / 1000, UTC).date().isoformat()
    values = {"token": Markdown(name), "days": ceil(days_left), "day": Markdown(day)}
    return Alarm("token", f"alarm:token:{name}:{day}:{step}", values)


def silenced(hooks: Sequence[Hook], url: str, now: int) -> Alarm:
    """Return what is told of hooks that have been switched off; `url` is GitLab's own address."""
    links = [link(hook.home.path, page_of(hook, url)) for hook in hooks]
    values = {"hooks": links[:MOST], "count": len(links), "more": max(0, len(links) - MOST)}
    return Alarm("hooks", f"alarm:hooks:{now}", values)


def died(letters: int, deliveries: int, errors: Iterable[str], now: int) -> Alarm:
    """Return what is told of messages and deliveries that died: how many, and why, the most frequent cause first."""
    causes = Counter(shortened(error, OF_CAUSE) for error in errors).most_common()
    values = {
        "refused": letters,
        "failed": deliveries,
        "causes": causes[:MOST],
        "more": sum(count for _, count in causes[MOST:]),
    }
    return Alarm("dead", f"alarm:dead:{now}", values)


@dataclass(frozen=True, slots=True)
class AlarmWords:
    """Puts an alarm into words; `command` is the slash command's trigger with its slash."""

    templates: Templates
    defaults: Defaults
    command: str

    def __call__(self, alarm: Alarm, member: Member, choices: Choices) -> Message:
        """Return the message for one administrator, in their language."""
        spoken = language(choices, self.defaults, member)

        def say(block: str) -> str:
            return str(self.templates.render(spoken, "alarm", block, command=Markdown(self.command), **alarm.values))

        return Message(
            person=member.key,
            fact=alarm.fact,
            object=alarm.fact,
            group=alarm.fact,
            reason=ALARM,
            topic=ALARM,
            headline=say(alarm.block),
            card=Card(text=say(f"{alarm.block}_card"), because=say("because"), color=RED),
            kind=ALARM,
        )
