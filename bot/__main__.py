"""The command line, and the one place where the Mattermost side and the GitLab side are put together."""

import logging
import os
import signal
import sys
import tempfile
import threading
from collections.abc import Sequence
from pathlib import Path
from types import FrameType
from typing import Annotated

import typer

from bot import __version__, log
from bot.config import environment
from bot.console import DONE, FAULTS, USAGE, Config, leave
from bot.errors import Misconfigured, OutsideError
from bot.inherited import inherited
from gitlab_hooks import cli, doctor_cli, hooks_cli, setup_cli
from gitlab_hooks.cli import configured_or_leave
from gitlab_hooks.configured import configured, warnings
from gitlab_hooks.service import Service
from gitlab_hooks.waiting_cli import inbox_app, outbox_app

STOP_AT_MOST = 7.0
"""Seconds from the signal to the end. Whoever still waits for an answer then is left as after a crash, which loses
nothing; an orchestrator would kill the process after ten."""

BOT_PORT = 8080
"""Where the demo's bot listens, or the next free one."""

LOOK_AGAIN = 0.5
"""Seconds after which the main thread runs again by itself: signal handlers run in it, and in no other."""

app = typer.Typer(
    help="Tells each person, by a direct message in Mattermost, what GitLab wants of them.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


@app.command()
def serve(config: Config = None) -> None:
    """Take GitLab's webhooks and tell people, until SIGTERM or Ctrl-C."""
    log.set_up(as_json=not sys.stderr.isatty())
    settings, gitlab_settings = configured_or_leave(config)
    for warning in warnings(settings, gitlab_settings):
        logging.getLogger("bot").warning(warning)
    try:
        service = Service(settings, gitlab_settings, inherited(environment(), os.getpid()))
    except (Misconfigured, OSError) as wrong:
        leave(USAGE, [str(wrong)])
    _run(service, f"listening on {settings.listen[0]}:{service.server.port}")


@app.command()
def demo(
    port: Annotated[int, typer.Option(help="Where the page shall be; the next free one is taken.")] = 8065,
) -> None:
    """Run the bot with a Mattermost and a GitLab to play with; no account, no network, no configuration."""
    from playground.world import World, free_port  # noqa: PLC0415 - the playground is loaded for nothing else

    log.set_up()
    with tempfile.TemporaryDirectory(prefix="nudge-") as folder:
        world, config = World(port), Path(folder, "bot.toml")
        store = f"sqlite:///{Path(folder, 'nudge.db').absolute()}"
        listen = f"127.0.0.1:{free_port(BOT_PORT)}"  # known beforehand: what is pressed names it
        config.write_text(world.bot_toml(listen=listen, store=store), encoding="utf-8")
        service = Service(*configured(config, world.environment()))
        world.register_bot(f"http://127.0.0.1:{service.server.port}")
        _run(service, f"\n  Open {world.url}\n\n  Ctrl-C stops the demo.\n")
        world.close()


def _run(service: Service, greeting: str) -> None:
    stop = threading.Event()

    def ask_to_stop(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, ask_to_stop)
    service.start()
    typer.echo(greeting)
    while not stop.wait(LOOK_AGAIN):
        pass  # a signal that the kernel hands to another thread wakes nobody who waits for a lock
    last_resort = threading.Timer(STOP_AT_MOST, os._exit, [DONE])
    last_resort.daemon = True
    last_resort.start()
    service.stop()


@app.command()
def version() -> None:
    """Show the version."""
    typer.echo(__version__)


app.add_typer(cli.app)
app.add_typer(doctor_cli.app)
app.add_typer(setup_cli.app)
app.add_typer(outbox_app, name="outbox")
app.add_typer(inbox_app, name="inbox")
app.add_typer(hooks_cli.app, name="hooks")


def main(arguments: Sequence[str] | None = None) -> None:
    """Run a command; where something outside fails it, that is said in a sentence. None is what was typed."""
    try:
        app(arguments)
    except OutsideError as wrong:
        leave(FAULTS, [str(wrong)])


if __name__ == "__main__":
    main()
