"""The command that says what is wrong and how to mend it: `doctor`."""

import logging
import sys
from collections.abc import Iterable, Iterator
from typing import Annotated

import typer

from bot import log
from bot.config import environment, path_of
from bot.console import DONE, FAULTS, Config, say
from bot.findings import Level, Result, examine, worst
from bot.showing import ENDS, as_json, lines
from gitlab_hooks.doctor import CHECKS
from gitlab_hooks.examined import patient_of

app = typer.Typer()


@app.command()
def doctor(
    json: Annotated[bool, typer.Option("--json", help="One object of JSON.")] = False,  # noqa: FBT002 - a flag
    config: Config = None,
) -> None:
    """Look at everything the bot needs, and say what is wrong and what to do about it.

    It asks both servers and changes nothing. A warning is what the bot can live with; a fault makes this end with 1.
    """
    log.set_up(logging.ERROR)
    results = examine(CHECKS, patient_of(path_of(config), environment()))
    found: list[Result] = []
    if json:
        found += results
        say([as_json(found)])
    else:
        say(lines(_kept(results, found)))
        say(["", ENDS[worst(found)]])
    sys.exit(FAULTS if worst(found) is Level.FAULT else DONE)


def _kept(results: Iterable[Result], found: list[Result]) -> Iterator[Result]:
    """Hand results on as they come, and keep them."""
    for result in results:
        found.append(result)
        yield result
