"""The commands about GitLab's webhooks: `hooks catch-up` here, `hooks sync` and `hooks status` beside it."""

import time
from collections.abc import Iterator
from functools import partial
from typing import Annotated

import typer

from bot import log
from bot.console import DONE, FAULTS, USAGE, Config, leave, say, when
from bot.errors import Misconfigured
from bot.store import INBOX, Store
from gitlab_hooks.catch_up import CatchUp, Report
from gitlab_hooks.cli import configured_or_leave
from gitlab_hooks.hook_progress import progress
from gitlab_hooks.hook_sync_cli import status, sync
from gitlab_hooks.missed import look_since
from gitlab_hooks.presence import all_is_complete, complete
from gitlab_hooks.settings import Settings, milliseconds
from gitlab_hooks.waiting_cli import opened
from gitlab_hooks.watching import catch_up_of

app = typer.Typer(help="The webhooks in GitLab.", no_args_is_help=True)
app.command()(sync)
app.command()(status)


def _duration(text: str) -> int:
    found = milliseconds(text)
    if not found:
        raise typer.BadParameter(f"expected a duration such as 6h, 30m or 2d, found {text!r}")
    return found


Since = Annotated[
    int | None, typer.Option(parser=_duration, metavar="DURATION", help="Look back so far, such as 6h or 2d.")
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only count what has been missed.")]


@app.command("catch-up")
def catch_up(since: Since = None, dry_run: DryRun = False, config: Config = None) -> None:  # noqa: FBT002 - a flag
    """Take in what GitLab could not deliver while the bot was away; `serve` does the same when it starts.

    It looks into the log that GitLab keeps of every webhook for seven days (17.3 and later), from a little before the
    bot was last well. Nothing is told twice, however often this runs.
    """
    log.set_up()
    ours, gitlabs = configured_or_leave(config)
    with opened(config) as store:
        try:
            runner = catch_up_of(ours, gitlabs, store, _pause, partial(store.ring, INBOX))
        except Misconfigured as wrong:
            leave(USAGE, [str(wrong)])
        report = _caught_up(runner, store, gitlabs, since, dry_run=dry_run)
    leave(FAULTS if report.troubles else DONE, report.troubles)


def _caught_up(runner: CatchUp, store: Store, gitlabs: Settings, since: int | None, *, dry_run: bool) -> Report:
    now = store.now()
    missing = look_since(store.read(partial(complete, now=now)), now, gitlabs.gitlab.catch_up_hours)
    start = now - since if since else missing
    if start is None:
        say(["The bot was never well on this database, so it has missed nothing; --since 6h looks back all the same."])
        return Report()
    with progress(_step) as looked:
        report = runner.run(start, dry_run=dry_run, looked=looked)
    say(_lines(report, start, dry_run=dry_run))
    if report.finished and not dry_run and missing is not None and start <= missing:
        store.write(partial(all_is_complete, until=now))
    return report


def _lines(report: Report, since: int, *, dry_run: bool) -> Iterator[str]:
    """Yield in sentences what was found."""
    failed = report.taken + report.known + report.lost + report.empty
    yield f"Since {when(since)}, {failed} deliveries of {report.hooks} hooks have failed."
    if report.taken:
        late = f", {report.late} of them late, as one summary a person" if report.late else ""
        yield f"  {report.taken} {'would be' if dry_run else 'are'} taken in{late}."
    if report.known:
        yield f"  {report.known} were here already."
    if report.lost:
        yield f"  {report.lost} are lost: they were too large for GitLab's log."
    if report.empty:
        yield f"  {report.empty} have no body to take in: GitLab could not fill the hook's own template."
    if not report.hooks:
        yield "  No hook sends to [server] public_url and /gitlab; is that how GitLab reaches the bot?"
    for one in report.unhooked:
        yield f"  {one[0].upper()}{one[1:]}."


def _step(path: str) -> str:
    return f"Looking into {path}" if path else "Taking in"


def _pause(seconds: float) -> bool:
    """Wait; whoever wants us to stop interrupts that."""
    time.sleep(seconds)
    return False
