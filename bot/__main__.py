"""The command line, and the one place where the Mattermost side and the GitLab side are put together."""

import os
import signal
import sys
import tempfile
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType
from typing import Annotated, NoReturn

import msgspec
import typer

from bot import __version__, log, outbox
from bot.config import ConfigError, path_of
from bot.errors import Misconfigured, OutsideError
from bot.preferences import Defaults
from bot.settings import Messages, Settings
from bot.store import Store, open_store
from gitlab_hooks import inbox
from gitlab_hooks.configured import configured, store_url, warnings, wording_rules
from gitlab_hooks.judge import Policy
from gitlab_hooks.people import report
from gitlab_hooks.preview import Previewer, lines
from gitlab_hooks.ruling import table
from gitlab_hooks.service import Service
from gitlab_hooks.settings import GitLabSection
from gitlab_hooks.settings import Settings as GitLabSettings

DONE, FAULTS, USAGE = 0, 1, 2

STOP_AT_MOST = 7.0
"""Seconds from the signal to the end. Whoever still waits for an answer then is left as after a crash, which loses
nothing; an orchestrator would kill the process after ten."""

LOOK_AGAIN = 0.5
"""Seconds after which the main thread runs again by itself: signal handlers run in it, and in no other."""

app = typer.Typer(
    help="Tells each person, by a direct message in Mattermost, what GitLab wants of them.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
outbox_app = typer.Typer(help="Messages that Mattermost refused.", no_args_is_help=True)
inbox_app = typer.Typer(help="Deliveries that could not be worked through.", no_args_is_help=True)
app.add_typer(outbox_app, name="outbox")
app.add_typer(inbox_app, name="inbox")

Number = Annotated[int, typer.Argument(min=1, max=2**63 - 1, help="As in the list.")]
Config = Annotated[Path | None, typer.Option("--config", help="Instead of bot.toml in this folder.")]


@app.command()
def serve(config: Config = None) -> None:
    """Take GitLab's webhooks and tell people, until SIGTERM or Ctrl-C."""
    log.set_up()
    settings, gitlab_settings = _or_exit(config)
    for warning in warnings(settings, gitlab_settings):
        typer.echo(f"warning: {warning}", err=True)
    try:
        service = Service(settings, gitlab_settings)
    except (Misconfigured, OSError) as wrong:
        _exit(USAGE, [str(wrong)])
    _run(service, f"listening on {settings.listen[0]}:{service.server.port}")


@app.command()
def demo(
    port: Annotated[int, typer.Option(help="Where the page shall be; the next free one is taken.")] = 8065,
) -> None:
    """Run the bot with a Mattermost and a GitLab to play with; no account, no network, no configuration."""
    from playground.world import World  # noqa: PLC0415 - the playground is loaded for nothing else

    log.set_up()
    with tempfile.TemporaryDirectory(prefix="nudge-") as folder:
        world, config = World(port), Path(folder, "bot.toml")
        store = f"sqlite:///{Path(folder, 'nudge.db').absolute()}"
        config.write_text(world.bot_toml(listen="127.0.0.1:0", store=store), encoding="utf-8")
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
    previewer = Previewer.of(*_rules_or_exit(config), templates)
    previews = [previewer.preview(file) for file in files]
    for one in previews:
        _say([msgspec.json.encode(one).decode()] if as_json else lines(one))
    sys.exit(FAULTS if any(one.verdict == "unreadable" for one in previews) else DONE)


@app.command()
def rules(config: Config = None) -> None:
    """Show who is told what: every row in force, and whether it is the default or from bot.toml."""
    _, policy, *_ = _rules_or_exit(config)
    _say(table(policy))


@app.command()
def people(config: Config = None) -> None:
    """Show who in the notification channel is whom in GitLab: matched, unmatched, conflicts."""
    _say(report(*_or_exit(config)))


@outbox_app.command("list")
def outbox_list(config: Config = None) -> None:
    """Show the messages that Mattermost refused, oldest first."""
    with _store(config) as store:
        letters = store.read(outbox.failed)
    _say(f"{one.id}  {_time(one.created)}  {one.person}  {one.fact}  {one.error}" for one in letters)
    _say([] if letters else ["Mattermost has refused nothing."])


@outbox_app.command("retry")
def outbox_retry(number: Number, config: Config = None) -> None:
    """Send a refused message again."""
    with _store(config) as store:
        _done(number, found=store.write(lambda conn: outbox.retry(conn, number, store.now())))


@outbox_app.command("drop")
def outbox_drop(number: Number, config: Config = None) -> None:
    """Give a refused message up for good."""
    with _store(config) as store:
        _done(number, found=store.write(lambda conn: outbox.drop(conn, number)))


@inbox_app.command("list")
def inbox_list(config: Config = None) -> None:
    """Show the deliveries that could not be worked through, oldest first."""
    with _store(config) as store:
        failed = store.read(inbox.failed)
    _say(f"{one.id}  {_time(one.received)}  {one.object}  {one.error}" for one in failed)
    _say([] if failed else ["Every delivery could be worked through."])


@inbox_app.command("retry")
def inbox_retry(number: Number, config: Config = None) -> None:
    """Work through a failed delivery again."""
    with _store(config) as store:
        _done(number, found=store.write(lambda conn: inbox.retry(conn, number, store.now())))


@app.command()
def version() -> None:
    """Show the version."""
    typer.echo(__version__)


def _or_exit(config: Path | None) -> tuple[Settings, GitLabSettings]:
    try:
        return configured(path_of(config), os.environ)
    except ConfigError as wrong:
        _exit(USAGE, wrong.faults)


def _rules_or_exit(config: Path | None) -> tuple[GitLabSection, Policy, Defaults, Messages]:
    """Read what needs no server; without any bot.toml these are the defaults."""
    path = path_of(config)
    try:
        return wording_rules(path if config or path.is_file() else None)
    except ConfigError as wrong:
        _exit(USAGE, wrong.faults)


@contextmanager
def _store(config: Path | None) -> Iterator[Store]:
    try:
        store = open_store(store_url(path_of(config)), serving=False, create=False)
    except ConfigError as wrong:
        _exit(USAGE, wrong.faults)
    except Misconfigured as wrong:
        _exit(USAGE, [str(wrong)])
    with closing(store):
        yield store


def _time(milliseconds: int) -> str:
    return datetime.fromtimestamp(milliseconds / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S")


def _done(number: int, *, found: bool) -> None:
    if not found:
        _exit(FAULTS, [f"there is no {number} in this list"])


def _say(texts: Iterable[str]) -> None:
    for text in texts:
        typer.echo(text)


def _exit(code: int, texts: Iterable[str]) -> NoReturn:
    for text in texts:
        typer.echo(text, err=True)
    sys.exit(code)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run a command; where something outside fails it, that is said in a sentence. None is what was typed."""
    try:
        app(arguments)
    except OutsideError as wrong:
        _exit(FAULTS, [str(wrong)])


if __name__ == "__main__":
    main()
