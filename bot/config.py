"""`bot.toml` and the environment: read once, checked whole, every fault named with its key and what was expected."""

import os
import tomllib
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Literal, TypeVar, get_args, get_origin

import msgspec

T = TypeVar("T", bound=msgspec.Struct)


class ConfigError(Exception):
    """The configuration cannot be used; `faults` are sentences, all of them at once."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults


class Source:
    """A configuration being read: its sections, its secrets, and the faults found so far.

    Without a `path` everything has its default; a `text` is read as what stands there. `environ` may hold a secret
    under its name, or the path of a file that holds it under the name with `_FILE`.
    """

    def __init__(self, path: Path | None, environ: Mapping[str, str], text: str | None = None) -> None:
        self.path = path
        self._environ = environ
        self.faults: list[str] = []
        self._raw = self._load(path, text) if path else {}

    def _load(self, path: Path, text: str | None) -> dict[str, Any]:
        try:
            return tomllib.loads(path.read_text(encoding="utf-8-sig") if text is None else text)
        except OSError as wrong:
            self.faults.append(f"{path}: cannot be read: {wrong.strerror or wrong}")
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as wrong:
            self.faults.append(f"{path}: is not TOML: {wrong}")
        return {}

    def section(self, name: str, shape: type[T]) -> T:
        """Read one section into its shape; keys that are wrong get their default and a fault each."""
        values = self.table(name)
        known = {field.encode_name: field for field in msgspec.structs.fields(shape)}
        right: dict[str, Any] = {}
        for key, value in values.items():
            if key not in known:
                self.fault(name, key, f"no such key{near(key, known)}")
                continue
            try:
                right[known[key].name] = msgspec.convert(value, known[key].type)
            except msgspec.ValidationError as wrong:
                self.fault(name, key, f"{str(wrong).replace('`', '')}{_choice(known[key].type)}")
        return shape(**right)

    def table(self, name: str) -> dict[str, Any]:
        """Return one section as it stands; a section that is none is a fault."""
        values = self._raw.get(name, {})
        if isinstance(values, dict):
            return values
        self.faults.append(f"{self.path}: {name}: expected a section [{name}]")
        return {}

    def only(self, names: frozenset[str]) -> None:
        """Name every section that nobody reads."""
        for name in self._raw.keys() - names:
            self.faults.append(f"{self.path}: [{name}]: no such section{near(name, names)}")

    def fault(self, section: str, key: str, problem: str) -> None:
        """Note what is wrong with a key; the first that is found of it is enough."""
        where = f"{self.path}: [{section}] {key}: "
        if not any(fault.startswith(where) for fault in self.faults):
            self.faults.append(f"{where}{problem}")

    def secret(self, name: str) -> str:
        """Return a secret, "" where there is none; white space around it is none of it."""
        path = self._environ.get(f"{name}_FILE", "")
        if not path:
            return self._environ.get(name, "").strip()
        try:
            return Path(path).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as wrong:
            self.faults.append(f"{name}_FILE: {path} cannot be read: {getattr(wrong, 'strerror', None) or wrong}")
            return ""

    def check(self) -> None:
        """Raise `ConfigError` if anything is wrong."""
        if self.faults:
            raise ConfigError(sorted(set(self.faults)))


def _choice(kind: object) -> str:
    """Name what a key may be, where its type is a choice of words."""
    return f"; expected one of {', '.join(get_args(kind))}" if get_origin(kind) is Literal else ""


def near(name: str, known: Iterable[str]) -> str:
    """Ask whether the nearest of the known names was meant; "" where none is near."""
    close = get_close_matches(name, list(known), 1)
    return f"; did you mean {close[0]}?" if close else ""


def environment() -> Mapping[str, str]:
    """Return the environment of this process, for what takes secrets from it."""
    return os.environ


def path_of(option: Path | None, environ: Mapping[str, str] = os.environ) -> Path:
    """Return which file to read: that of `--config`, of `NUDGE_CONFIG`, or `bot.toml` in the working directory."""
    return option or Path(environ.get("NUDGE_CONFIG") or "bot.toml")
