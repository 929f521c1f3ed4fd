"""Shows on a terminal how far a walk through GitLab's projects has come; elsewhere nothing."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import Progress

Looked = Callable[[int, int, str], None]
"""(how many are done, of how many, the path of one)."""


@contextmanager
def progress(step: Callable[[str], str]) -> Iterator[Looked]:
    """Give what is told how far it is; `step` says in words what is done with a path."""
    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("Asking GitLab", total=None)

        def looked(done: int, of: int, path: str) -> None:
            bar.update(task, completed=done, total=of, description=step(path))

        yield looked
