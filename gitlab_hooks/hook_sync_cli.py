"""The commands `hooks sync` and `hooks status`: every project's webhook as it should be, and how it fares."""

import signal
import threading
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.console import Console
from rich.table import Table

from bot import log
from bot.console import DONE, FAULTS, USAGE, Config, leave, say
from bot.errors import Misconfigured
from gitlab_hooks.cli import configured_or_leave
from gitlab_hooks.hook_keeping import hook_sync_of
from gitlab_hooks.hook_plan import Step
from gitlab_hooks.hook_progress import progress
from gitlab_hooks.hook_status import ADVICE, Status, Statuses
from gitlab_hooks.hook_sync import HookSync, Result, Synced
from gitlab_hooks.waiting_cli import opened

DryRun = Annotated[bool, typer.Option("--dry-run", help="Change nothing; only say what would be done.")]
Rotate = Annotated[bool, typer.Option("--rotate", help="Give every webhook the newest secret, the first of the list.")]
Again = Annotated[bool, typer.Option("--again", help="Set the secret everywhere, whatever is known of it.")]
AsJson = Annotated[bool, typer.Option("--json", help="One line of JSON a webhook.")]

DID = {Step.CREATE: "created", Step.REPAIR: "repaired", Step.ENABLE: "switched on again", Step.KEEP: "as it should be"}

MANY = 4
"""From so many projects on, what is the same for all of them is said once."""


def sync(
    dry_run: DryRun = False,  # noqa: FBT002 - a flag
    rotate: Rotate = False,  # noqa: FBT002 - a flag
    again: Again = False,  # noqa: FBT002 - a flag
    as_json: AsJson = False,  # noqa: FBT002 - a flag
    config: Config = None,
) -> None:
    """Give every project the webhook that the rules need: create, repair, switch on again.

    The projects are those of [gitlab] groups, with the groups below them and without archived ones, and [gitlab]
    projects. It may be stopped and started again at any time; what is right already is left as it is.
    """
    log.set_up()
    with _syncing(config, rotate=rotate, again=again) as syncing, progress(str) as looked:
        synced = syncing.run(dry_run=dry_run, looked=looked)
    if as_json:
        say(msgspec.json.encode(_row(one)).decode() for one in synced.results)
    else:
        say(_lines(synced, dry_run=dry_run))
    leave(FAULTS if synced.failed else DONE, _failures(synced.troubles, synced.results))


def status(as_json: AsJson = False, config: Config = None) -> None:  # noqa: FBT002 - a flag
    """Show each project's webhook: whether it is as it should be, and what was answered lately."""
    log.set_up()
    troubles: list[str] = []
    with _syncing(config) as syncing, progress(str) as looked:
        found = Statuses(syncing).run(troubles, looked)
    if as_json:
        say(msgspec.json.encode(one).decode() for one in found)
    else:
        _show(found)
    troubles += [f"{one.project}: {one.trouble}" for one in found if one.trouble]
    leave(FAULTS if troubles or any(one.state != "ok" for one in found) else DONE, troubles)


@contextmanager
def _syncing(config: Path | None, *, rotate: bool = False, again: bool = False) -> Iterator[HookSync]:
    """Give what walks through the projects; Ctrl-C lets it finish what is in hand."""
    ours, gitlabs = configured_or_leave(config)
    stopping = threading.Event()
    before = signal.signal(signal.SIGINT, lambda *_: stopping.set())
    try:
        with opened(config, create=True) as store:
            try:
                syncing = hook_sync_of(ours, gitlabs, store, stopping.wait, rotate=rotate, again=again)
            except Misconfigured as wrong:
                leave(USAGE, [str(wrong)])
            yield syncing
    finally:
        signal.signal(signal.SIGINT, before)


def _row(one: Result) -> dict[str, object]:
    return {"project": one.path, "step": one.step, "hook": one.hook, "wrong": one.wrong, "trouble": one.trouble}


def _lines(synced: Synced, *, dry_run: bool) -> Iterator[str]:
    """Yield what was done to which webhook, and a sum."""
    would = "would be " if dry_run else ""
    for one in synced.results:
        if one.step not in {None, Step.KEEP} and not one.trouble:
            yield f"{one.path}: {would}{DID[one.step]}" + (f" ({', '.join(one.wrong)})" if one.wrong else "")
    counts = [f"{synced.count(step)} {did if step is Step.KEEP else would + did}" for step, did in DID.items()]
    failed = len(synced.failed)
    yield f"{len(synced.results)} webhooks: {', '.join(counts)}" + (f", {failed} failed." if failed else ".")


def _failures(troubles: Iterable[str], results: Sequence[Result]) -> Iterator[str]:
    """Yield what failed, a line each; what is the same for many projects is said once."""
    yield from troubles
    alike: dict[str, list[str]] = defaultdict(list)
    for one in results:
        if one.trouble:
            alike[one.trouble].append(one.path)
    for trouble, paths in alike.items():
        if len(paths) >= MANY:
            yield f"{len(paths)} projects, {paths[0]} first: {trouble}"
        else:
            yield from (f"{path}: {trouble}" for path in paths)


def _show(found: Sequence[Status]) -> None:
    """Print a table, and below it what to do about what is not right."""
    table = Table("Project", "Hook", "State", "Last answers", "Last failure", box=None, pad_edge=False)
    for one in found:
        state = f"{one.state} until {one.disabled_until}" if one.disabled_until else one.state
        state += f" ({', '.join(one.wrong)})" if one.wrong else ""
        table.add_row(one.project, str(one.hook or "-"), state, " ".join(one.answers) or "-", one.last_failure or "-")
    Console(markup=False).print(table)
    say(f"{state}: {ADVICE[state]}" for state in dict.fromkeys(one.state for one in found) if ADVICE[state])
