"""The commands about what waits for somebody to look at it: `outbox …` and `inbox …`."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import typer

from bot import outbox
from bot.config import ConfigError, environment, path_of
from bot.console import USAGE, Config, Number, found_or_leave, leave, say, when
from bot.errors import Misconfigured
from bot.store import INBOX, OUTBOX, Database, open_store
from gitlab_hooks import inbox
from gitlab_hooks.configured import store_of

outbox_app = typer.Typer(help="Messages that Mattermost refused.", no_args_is_help=True)
inbox_app = typer.Typer(help="Deliveries that could not be worked through.", no_args_is_help=True)


@outbox_app.command("list")
def outbox_list(config: Config = None) -> None:
    """Show the messages that Mattermost refused, oldest first."""
    with opened(config) as store:
        letters = store.read(outbox.failed)
    say(f"{one.id}  {when(one.created)}  {one.person}  {one.fact}  {one.error}" for one in letters)
    say([] if letters else ["Mattermost has refused nothing."])


@outbox_app.command("retry")
def outbox_retry(number: Number, config: Config = None) -> None:
    """Send a refused message again."""
    with opened(config) as store:
        found_or_leave(number, found=store.write(lambda conn: outbox.retry(conn, number, store.now())))
        store.ring(OUTBOX)


@outbox_app.command("drop")
def outbox_drop(number: Number, config: Config = None) -> None:
    """Give a refused message up for good."""
    with opened(config) as store:
        found_or_leave(number, found=store.write(lambda conn: outbox.drop(conn, number)))


@inbox_app.command("list")
def inbox_list(config: Config = None) -> None:
    """Show the deliveries that could not be worked through, oldest first."""
    with opened(config) as store:
        failed = store.read(inbox.failed)
    say(f"{one.id}  {when(one.received)}  {one.object}  {one.error}" for one in failed)
    say([] if failed else ["Every delivery could be worked through."])


@inbox_app.command("retry")
def inbox_retry(number: Number, config: Config = None) -> None:
    """Work through a failed delivery again."""
    with opened(config) as store:
        found_or_leave(number, found=store.write(lambda conn: inbox.retry(conn, number, store.now())))
        store.ring(INBOX)


@inbox_app.command("drop")
def inbox_drop(number: Number, config: Config = None) -> None:
    """Give a failed delivery up for good."""
    with opened(config) as store:
        found_or_leave(number, found=store.write(lambda conn: inbox.drop(conn, number)))


@contextmanager
def opened(config: Path | None, *, create: bool = False) -> Iterator[Database]:
    """Open the database that `serve` keeps, beside it, or end the program and say why that cannot be.

    With `create` it is made where `serve` has never run.
    """
    try:
        url, password = store_of(path_of(config), environment())
        store = open_store(url, serving=False, create=create, password=password)
    except ConfigError as wrong:
        leave(USAGE, wrong.faults)
    except Misconfigured as wrong:
        leave(USAGE, [str(wrong)])
    with closing(store):
        yield store
