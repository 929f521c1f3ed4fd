"""The command that leads through the first run: `setup`."""

import logging
import secrets
import sys
from pathlib import Path
from typing import Annotated

import typer

from bot import log
from bot.config import environment, path_of
from bot.console import Config, leave
from bot.talk import StoppedError, Talk
from gitlab_hooks.setup import Setup

app = typer.Typer()

Text = Annotated[str | None, typer.Option(help="Instead of asking.")]
Many = Annotated[list[str] | None, typer.Option(help="Instead of asking; may be given several times.")]


@app.command()
def setup(  # noqa: PLR0913, PLR0917 - options of a command are its arguments
    mattermost_url: Text = None,
    login_id: Text = None,
    team: Text = None,
    channel: Text = None,
    gitlab_url: Text = None,
    group: Many = None,
    project: Many = None,
    listen: Text = None,
    public_url: Text = None,
    me: Annotated[str, typer.Option(help="Your user name in Mattermost: who gets a first message.")] = "",
    yes: Annotated[bool, typer.Option("--yes", help="Ask nothing; secrets come from the environment.")] = False,  # noqa: FBT002 - a flag
    env_file: Annotated[Path, typer.Option(help="Where new secrets are kept.")] = Path(".env"),
    config: Config = None,
) -> None:
    """Lead through the first run: bot.toml, secrets, slash command, webhooks, people, and a first message.

    Every answer is tried at once. It can be run again at any time: what is done already stays as it is.
    """
    log.set_up(logging.ERROR)
    texts = {
        ("mattermost", "url"): mattermost_url,
        ("mattermost", "login_id"): login_id,
        ("mattermost", "team"): team,
        ("mattermost", "notification_channel"): channel,
        ("gitlab", "url"): gitlab_url,
        ("gitlab", "groups"): group,
        ("gitlab", "projects"): project,
        ("server", "listen"): listen,
        ("server", "public_url"): public_url,
    }
    given = {where: value for where, value in texts.items() if value}
    new = Setup(path_of(config), env_file, given, me, environment(), lambda: secrets.token_urlsafe(32))
    try:
        sys.exit(new.run(Talk(typer.echo, None if yes else _prompt)))
    except StoppedError as stopped:
        leave(stopped.code, stopped.texts)


def _prompt(question: str, default: str, secret: bool) -> str:  # noqa: FBT001 - the shape of `Prompt`
    return str(typer.prompt(question, default, hide_input=secret, show_default=bool(default)))
