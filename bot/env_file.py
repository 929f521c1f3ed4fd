"""Reads and extends a file of variables, `NAME=value` a line, as docker compose and shells read it."""

import os
import re
from collections.abc import Mapping
from pathlib import Path

_LINE = re.compile(r"^[ \t]*(?:export[ \t]+)?([A-Za-z_]\w*)=(.*)$", re.MULTILINE)
_QUOTES = ("'", '"')
_PLAIN = re.compile(r"[\w@%+=:,./-]*", re.ASCII)


def read(path: Path) -> dict[str, str]:
    """Return the variables of a file, none where there is none."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return {}
    return {name: _bare(value.strip()) for name, value in _LINE.findall(text)}


def add(path: Path, values: Mapping[str, str]) -> None:
    """Add variables that are not there yet at the end of a file, which only its owner can read if it is made here."""
    known = read(path)
    lines = [f"{name}={_quoted(value)}\n" for name, value in values.items() if not known.get(name)]
    if not lines:
        return
    before = path.read_text(encoding="utf-8") if path.exists() else ""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "a", encoding="utf-8") as file:
        file.write("".join(["\n" if before and not before.endswith("\n") else "", *lines]))


def _bare(value: str) -> str:
    quote = value[0] if len(value) > 1 and value[0] == value[-1] and value[0] in _QUOTES else ""
    inside = value[1:-1] if quote else value
    return re.sub(r"\\([\\\"$`])", r"\1", inside) if quote == '"' else inside


def _quoted(value: str) -> str:
    """Quote what a shell or compose would read otherwise."""
    if _PLAIN.fullmatch(value):
        return value
    escaped = re.sub(r"([\\\"$`])", r"\\\1", value)
    return f'"{escaped}"' if "'" in value else f"'{value}'"
