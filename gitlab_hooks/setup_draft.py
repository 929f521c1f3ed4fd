"""A configuration while it comes to be: the text of `bot.toml`, and the variables that are set or made meanwhile."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import bot
from bot.config import Source
from bot.toml_edit import Value, edited
from gitlab_hooks.examined import Patient, patient_of

Where = tuple[str, str]
"""Section and key of `bot.toml`; of a variable the section is ""."""

SHIPPED = Path(bot.__file__).parents[1] / "bot.toml"
"""The file with every key, its default and its comment."""

EXAMPLE = ".example.com"
"""What the addresses in the file that ships end with: nobody's."""


@dataclass(frozen=True)
class Draft:
    """What `bot.toml` at `path` will say, and what the environment says now; `made` are secrets that are new."""

    path: Path
    text: str
    environ: Mapping[str, str] = field(repr=False)
    made: Mapping[str, str] = field(default_factory=dict, repr=False)

    @cached_property
    def patient(self) -> Patient:
        """Return what is examined as things stand."""
        return patient_of(self.path, {**self.environ, **self.made}, self.text)

    def value(self, where: Where) -> str:
        """Return what stands there by now, or by default, a list with commas, "" for an example."""
        section, key = where
        if not section:
            return self.secret(key)
        table = Source(self.path, {}, self.text).table(section)
        found: Any = table[key] if key in table else tomllib.loads(SHIPPED.read_text(encoding="utf-8"))[section][key]
        text = ", ".join(map(str, found)) if isinstance(found, list) else str(found)
        return "" if _is_example(text) else text

    def secret(self, name: str) -> str:
        """Return a secret, "" where there is none."""
        return Source(None, {**self.environ, **self.made}).secret(name)

    def having(self, where: Where, value: Value) -> "Draft":
        """Return the same with another value.

        Raises:
            ValueError: the text is written in a way that is not understood.

        """
        section, key = where
        if not section:
            return replace(self, made={**self.made, key: str(value)})
        return replace(self, text=edited(self.text, {where: value}))


def _is_example(text: str) -> bool:
    try:
        return (urlsplit(text).hostname or "").endswith(EXAMPLE)
    except ValueError:
        return False
