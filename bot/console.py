"""What the commands of the command line share: their options, how they say things, how they end."""

import sys
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, NoReturn

import typer

DONE, FAULTS, USAGE = 0, 1, 2
"""How a command ends: done, faults found, or used or configured in a way that cannot work."""

Config = Annotated[Path | None, typer.Option("--config", help="Instead of bot.toml in this folder.")]

Number = Annotated[int, typer.Argument(min=1, max=2**63 - 1, help="As in the list.")]


def say(texts: Iterable[str]) -> None:
    """Print lines."""
    for text in texts:
        typer.echo(text)


def leave(code: int, texts: Iterable[str]) -> NoReturn:
    """End the program; `texts` say why, where errors are read."""
    for text in texts:
        typer.echo(text, err=True)
    sys.exit(code)


def found_or_leave(number: int, *, found: bool) -> None:
    """End the program where a list has no such number."""
    if not found:
        leave(FAULTS, [f"there is no {number} in this list"])


def when(milliseconds: int) -> str:
    """Return a time, given in milliseconds since 1970, as lists show it."""
    return datetime.fromtimestamp(milliseconds / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S")
