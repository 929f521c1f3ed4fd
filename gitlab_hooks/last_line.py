"""The last line of a card: why a person is told, and the command that stops it."""

from collections.abc import Iterable

from bot.markdown import Markdown
from bot.templates import Templates
from gitlab_hooks.notices import Notice


def roles_of(told: Iterable[Notice]) -> tuple[str, ...]:
    """Return what makes a person hear of something, each once, in the order of the notices."""
    return tuple(dict.fromkeys(notice.role.value for notice in told))


def mentioned_group(told: Iterable[Notice]) -> str:
    """Return the first group by whose name a person is told, "" where none is a reason."""
    return next((notice.group for notice in told if notice.group), "")


def last_line(
    templates: Templates, command: str, language: str, roles: tuple[str, ...], topic: str, group: str = ""
) -> str:
    """Say which roles are the reason, and how to stop a topic; `command` is the slash command with its slash.

    `group` is that which is mentioned where that is the reason.
    """
    values = {"roles": roles, "group": group, "topic": topic, "command": Markdown(command)}
    return str(templates.render(language, "because", "line", **values))
