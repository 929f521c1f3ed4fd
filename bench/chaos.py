"""`make chaos`: storms around the bot on each store, and an account of what was lost, twice, out of order or astray."""

import secrets
import shutil
import signal
import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated, NoReturn

import msgspec
import typer
from rich.console import Console
from rich.table import Table

from bench.storm.databases import STORES
from bench.storm.run import TAKEN_OVER, Moment, Outcome, Plan, Storm

SOUND, FAULTS, USAGE = 0, 1, 2

SHOWN = 10
"""Faults of a kind that are named; the others are counted."""

KINDS = ("lost", "twice", "out_of_order", "astray")

errors = Console(stderr=True)
app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def chaos(
    seconds: Annotated[float, typer.Option(min=1, help="How long each storm lasts.")] = 60,
    store: Annotated[list[str] | None, typer.Option(help="sqlite or postgresql; both where none is named.")] = None,
    replicas: Annotated[int, typer.Option(min=1, help="Processes that share a PostgreSQL.")] = 2,
    rate: Annotated[float, typer.Option(min=0.1, help="What people do in GitLab, a second.")] = 25,
    seed: Annotated[str, typer.Option(help="The dice of an earlier run.")] = "",
    lose_one: Annotated[  # noqa: FBT002 - a flag
        bool, typer.Option("--lose-one", help="Let nothing go wrong but that a replica is killed for good.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="The account as JSON.")] = False,  # noqa: FBT002 - a flag
) -> None:
    """Kill, restart, slow and cut while people work; exit with 1 unless everything arrives once and in order."""
    wanted = store or (["postgresql"] if lose_one else list(STORES))
    dice = seed or secrets.token_hex(4)
    if unknown := [name for name in wanted if name not in STORES]:
        _refuse(f"--store: {', '.join(unknown)}; expected {' or '.join(STORES)}")
    if lose_one and (replicas < 2 or "sqlite" in wanted):
        _refuse("--lose-one: expected postgresql and 2 replicas or more, so that one is left")
    plans = [Plan(name, seconds, dice, 1 if name == "sqlite" else replicas, rate, lose_one) for name in wanted]
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(USAGE))  # as Ctrl-C does: no process is left behind
    errors.print(f"seed {dice}", highlight=False)
    outcomes = [_weather_it(plan) for plan in plans]
    if as_json:
        print(msgspec.json.encode(outcomes).decode())
    else:
        _tell(outcomes)
    sys.exit(exit_code(outcomes))


def exit_code(outcomes: Sequence[Outcome]) -> int:
    """Return 0 where every storm passed without a fault."""
    return SOUND if all(one.sound for one in outcomes) else FAULTS


def _refuse(why: str) -> NoReturn:
    errors.print(why, highlight=False, markup=False)
    sys.exit(USAGE)


def _weather_it(plan: Plan) -> Outcome:
    """Run a storm; its folder, with the logs and the database, is kept where something is wrong."""
    folder = Path(tempfile.mkdtemp(prefix=f"chaos-{plan.store}-"))
    folder.chmod(0o755)  # PostgreSQL runs as another user, where root starts it
    try:
        with errors.status(plan.store) as status, ExitStack() as stack:
            outcome = Storm(plan, folder, stack, lambda moment: status.update(line(plan, moment))).run()
    except AssertionError as wrong:  # of `Program.start`, with the log of what did not
        _refuse(f"{plan.store}: the bot does not start; what it wrote is in {folder}\n{wrong}")
    if outcome.sound:
        shutil.rmtree(folder)
    else:
        errors.print(f"{plan.store}: what it wrote is in {folder}", highlight=False)
    return outcome


def line(plan: Plan, moment: Moment) -> str:
    """Return the line that is shown while a storm lasts."""
    parts = (
        f"{plan.store}, {moment.phase}, {moment.seconds:.0f} s of {plan.seconds:.0f}",
        f"{moment.kills} kills",
        f"{moment.acknowledged} of {moment.facts} facts acknowledged",
        f"{moment.posts} posts",
        *moment.now,
    )
    return " · ".join(parts)


def _tell(outcomes: Sequence[Outcome]) -> None:
    console = Console(highlight=False)
    console.print(table(outcomes))
    for outcome in outcomes:
        for fault in faults(outcome):
            console.print(f"{outcome.plan.store}: {fault}", markup=False)


def table(outcomes: Sequence[Outcome]) -> Table:
    """Return the account: a column a storm."""
    shown = Table("", *(one.plan.store for one in outcomes))
    for name, figures in _rows(outcomes).items():
        shown.add_row(name, *map(str, figures))
    return shown


def _rows(outcomes: Sequence[Outcome]) -> dict[str, list[object]]:
    reckonings = [one.reckoning for one in outcomes]
    return {
        "seconds": [f"{one.plan.seconds:g}" for one in outcomes],
        "processes": [one.plan.replicas for one in outcomes],
        "killed": [one.kills for one in outcomes],
        "asked to stop": [one.stops for one in outcomes],
        "other faults": [one.faults for one in outcomes],
        "facts sent to the bot": [one.facts for one in reckonings],
        "acknowledged": [one.acknowledged for one in reckonings],
        "owed to people": [one.owed for one in reckonings],
        "arrived": [one.arrived for one in reckonings],
        "in posts": [one.posts for one in reckonings],
        "of them in the storm": [one.posts_in_storm for one in outcomes],
        "last one after the storm": [f"{one.settled:.1f} s" for one in outcomes],
        "slowest": [f"{one.slowest:.1f} s" for one in reckonings],
        **{kind.replace("_", " "): [len(getattr(one, kind)) for one in reckonings] for kind in KINDS},
        "died by themselves": [len(one.deaths) for one in outcomes],
    }


def faults(outcome: Outcome) -> list[str]:
    """Return a line for each fault that is shown."""
    found = [
        f"{kind.replace('_', ' ')}: {named}" for kind in KINDS for named in getattr(outcome.reckoning, kind)[:SHOWN]
    ]
    slow = [f"slowest: {outcome.reckoning.slowest:.1f} s, expected at most {TAKEN_OVER:g} s"] if outcome.slow else []
    nothing = [] if outcome.reckoning.owed else ["nothing was acknowledged that anybody is told of: this shows nothing"]
    return [*found, *slow, *nothing, *outcome.deaths[:SHOWN]]


if __name__ == "__main__":
    app()
