"""Writes values into the text of a `bot.toml`, and leaves everything else in it as it is, comments first of all."""

import json
import re
import tomllib
from collections.abc import Mapping

Value = str | list[str]

_VALUE = r"""(?:"(?:[^"\\\n]|\\.)*"|'[^'\n]*'|\[(?:"(?:[^"\\\n]|\\.)*"|'[^'\n]*'|[^\]"'])*\]|[^\s#\[][^#\n]*?)"""
"""What may stand behind `key =`: one string, one list (over several lines, too), or anything else up to a comment."""

DELETE = 0x7F


def edited(text: str, values: Mapping[tuple[str, str], Value]) -> str:
    """Return the text with some values, by section and key, in it.

    A key that is there keeps its place and its comment; one that is not comes first in its section, and a section that
    is not comes last.

    Raises:
        ValueError: the text is written in a way that this does not understand, or is no TOML.

    """
    wanted = tomllib.loads(text)
    for (section, key), value in values.items():
        wanted.setdefault(section, {})[key] = value
        text = _with(text, section, key, shown(value))
    if tomllib.loads(text) != wanted:
        raise ValueError("its lines are written in another way than in the file that ships")
    return text


def shown(value: Value) -> str:
    """Write a value as TOML."""
    if isinstance(value, list):
        return f"[{', '.join(map(shown, value))}]"
    return json.dumps(value, ensure_ascii=False).replace(chr(DELETE), "\\u007f")


def _with(text: str, section: str, key: str, value: str) -> str:
    head = re.search(rf"^[ \t]*\[[ \t]*{re.escape(section)}[ \t]*\][^\n]*$", text, re.MULTILINE)
    if head is None:
        return f"{text.rstrip()}\n\n[{section}]\n{key} = {value}\n".lstrip()
    below = re.compile(r"^[ \t]*\[", re.MULTILINE).search(text, head.end())
    end = below.start() if below else len(text)
    line = re.compile(rf"^([ \t]*{re.escape(key)}[ \t]*=[ \t]*)({_VALUE})([ \t]*)(#[^\n]*)?$", re.MULTILINE)
    found = line.search(text, head.end(), end)
    if found is None:
        return f"{text[: head.end()]}\n{key} = {value}{text[head.end() :]}"
    before, old, gap, comment = found.groups(default="")
    wide = max(len(old) + len(gap) - len(value), 2) if comment else 0  # comments stay below each other
    return f"{text[: found.start()]}{before}{value}{' ' * wide}{comment}{text[found.end() :]}"
