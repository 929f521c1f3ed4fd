"""The commands that show how things stand: `preview`, `rules`, `people`."""

import sys
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from bot import log
from bot.config import ConfigError, environment, path_of
from bot.console import DONE, FAULTS, USAGE, Config, leave, say
from bot.preferences import Defaults
from bot.settings import Messages, Settings
from gitlab_hooks.configured import configured, wording_rules
from gitlab_hooks.judge import Policy
from gitlab_hooks.people import report
from gitlab_hooks.preview import Previewer, lines
from gitlab_hooks.ruling import table
from gitlab_hooks.settings import GitLabSection
from gitlab_hooks.settings import Settings as GitLabSettings

app = typer.Typer()


@app.command()
def preview(
    files: list[Path],
    as_json: Annotated[bool, typer.Option("--json", help="One line of JSON a file.")] = False,  # noqa: FBT002 - a flag
    templates: Annotated[
        Path | None, typer.Option(exists=True, file_okay=False, help="A folder whose files replace ours.")
    ] = None,
    config: Config = None,
) -> None:
    """Show who would be told what by payloads, and who not, without any server."""
    log.set_up()
    previewer = Previewer.of(*_rules_or_leave(config), templates)
    previews = [previewer.preview(file) for file in files]
    for one in previews:
        say([msgspec.json.encode(one).decode()] if as_json else lines(one))
    sys.exit(FAULTS if any(one.verdict == "unreadable" for one in previews) else DONE)


@app.command()
def rules(config: Config = None) -> None:
    """Show who is told what: every row in force, and whether it is the default or from bot.toml."""
    _, policy, *_ = _rules_or_leave(config)
    say(table(policy))


@app.command()
def people(config: Config = None) -> None:
    """Show who in the notification channel is whom in GitLab: matched, unmatched, conflicts."""
    say(report(*configured_or_leave(config)))


def configured_or_leave(config: Path | None) -> tuple[Settings, GitLabSettings]:
    """Read the whole configuration, or end the program with every fault of it."""
    try:
        return configured(path_of(config), environment())
    except ConfigError as wrong:
        leave(USAGE, wrong.faults)


def _rules_or_leave(config: Path | None) -> tuple[GitLabSection, Policy, Defaults, Messages]:
    """Read what needs no server; without any bot.toml these are the defaults."""
    path = path_of(config)
    try:
        return wording_rules(path if config or path.is_file() else None)
    except ConfigError as wrong:
        leave(USAGE, wrong.faults)
