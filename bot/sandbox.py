"""Where templates run: a team's own may say anything, but not for ever, and not without end."""

from collections.abc import Iterable, Iterator
from contextvars import ContextVar
from typing import Any

from jinja2 import nodes
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment

from bot.markdown import Markdown

TEXT_AT_MOST = 16_000
"""Characters of what one block says; Mattermost takes 16,383."""

TURNS_AT_MOST = 20_000
"""Turns that the loops of one block may take together: no message needs a hundredth, and they take milliseconds."""

_turns: ContextVar[Iterator[int]] = ContextVar("turns")


class TooLongError(Exception):
    """A file, what a block of it says, or the way to it is longer than any message needs."""


class Environment(ImmutableSandboxedEnvironment):
    """A sandbox in which loops end.

    What a block of our own says is Markdown already, where another block shows it. Raises `TooLongError` for more than
    a message needs, while it is being made.
    """

    intercepted_binops = frozenset({"*", "**"})

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.filters["counted"] = _counted

    @staticmethod
    def concat(parts: Iterable[str]) -> Markdown:
        """Join what a block said; every part of it was escaped where it had to be."""
        return Markdown("".join(parts).strip())

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        """Multiply what stays small: `"x" * 999999999` is a gigabyte before anybody could look at it."""
        for number in (left, right):
            if isinstance(number, int) and abs(number) > TEXT_AT_MOST:
                raise TooLongError(f"{operator} with more than {TEXT_AT_MOST}")
        return super().call_binop(context, operator, left, right)

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        """Let every loop count its turns."""
        tree = super()._parse(source, name, filename)
        for loop in tree.find_all(nodes.For):
            loop.iter = nodes.Filter(loop.iter, "counted", [], [], None, None, lineno=loop.lineno)
        return tree


def begin() -> None:
    """Give the loops of the next block all their turns."""
    _turns.set(iter(range(TURNS_AT_MOST)))


def _counted(values: Iterable[Any]) -> Iterator[Any]:
    turns = _turns.get()
    for value in values:
        if next(turns, None) is None:
            raise TooLongError(f"over {TURNS_AT_MOST} turns of loops")
        yield value
