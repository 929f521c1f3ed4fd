"""`python -m bench`: runs the measures and writes docs/performance.md, its chart, and the figures as JSON."""

import argparse
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from bench import machine, postgres
from bench.figures import Figure
from bench.measure import FULL, QUICK, Measure, Run
from bench.measures import acceptance, burst, claim, delivery, directory, latency, memory, start
from bench.page import IMAGE, Report, page, picture
from bench.processes import ROOT, SlowError
from bench.sites import POSTGRES, SLOW_MS, SQLITE, Site, sites
from bot.errors import OutsideError

MEASURES: tuple[Measure, ...] = (
    acceptance.MEASURE,
    latency.MEASURE,
    burst.MEASURE,
    delivery.MEASURE,
    claim.MEASURE,
    directory.MEASURE,
    memory.MEASURE,
    start.MEASURE,
)
NO_COMPILER = f"the same with {SLOW_MS} ms more for an fsync: there is no `cc` on this machine to compile what slows it"


def main(arguments: Sequence[str] | None = None) -> None:
    """Run what is asked for, say how it goes, and write the page."""
    options = _options(arguments)
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="nudge-bench-") as name:
        folder = Path(name)
        folder.chmod(0o755)  # PostgreSQL's server may run as somebody else
        with sites(folder, tuple(options.store), slow=not options.no_slow) as places:
            run = Run(places, QUICK if options.quick else FULL, folder)
            faults: list[str] = [] if options.no_slow or any(site.slow for site in places) else [NO_COMPILER]
            figures = {one.name: _measured(one, run, faults) for one in MEASURES if one.name in options.only}
            versions = machine.versions() | _server(places)
    report = Report(
        day=datetime.now(UTC).date(),
        machine=machine.this(),
        versions=versions,
        minutes=(time.monotonic() - began) / 60,
        quick=options.quick,
        figures=figures,
        left_out=faults,
    )
    _write(report, options.out)


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    names = [one.name for one in MEASURES]
    parser = argparse.ArgumentParser(prog="make bench ARGS=…", description="Measure the bot on this machine.")
    parser.add_argument("--only", nargs="+", choices=names, default=names, help="these measures alone")
    parser.add_argument("--store", nargs="+", choices=(SQLITE, POSTGRES), default=(SQLITE, POSTGRES), help="on these")
    parser.add_argument("--no-slow", action="store_true", help="leave the slow disk out")
    parser.add_argument("--quick", action="store_true", help="only see that everything works")
    parser.add_argument("--out", type=Path, default=ROOT / "docs", help="the folder to write to")
    return parser.parse_args(arguments)


def _measured(measure: Measure, run: Run, faults: list[str]) -> list[Figure]:
    """Run a measure, and print each figure as it comes; one that does not come to its end takes no other with it."""
    print(f"{measure.title} ...", flush=True)
    found = []
    try:
        for figure in measure.run(run):
            found.append(figure)
            print(f"  {figure.name}, {figure.where}: {figure.value:.4g} {figure.unit} {figure.verdict}", flush=True)
    except (SlowError, OutsideError) as wrong:
        faults.append(f"the rest of *{measure.title}*: {wrong}")
        print(f"  {wrong}", flush=True)
    return found


def _server(places: Sequence[Site]) -> dict[str, str]:
    found = next((site for site in places if site.store == POSTGRES), None)
    return {POSTGRES: postgres.version(found.fresh())} if found else {}


def _write(report: Report, folder: Path) -> None:
    image = folder / IMAGE
    image.parent.mkdir(parents=True, exist_ok=True)
    (folder / "performance.md").write_text(page(report, MEASURES), encoding="utf-8")
    (folder / "performance.json").write_bytes(msgspec.json.format(msgspec.json.encode(report), indent=1) + b"\n")
    if drawn := picture(report):
        image.write_text(drawn, encoding="utf-8")
    print(f"written: {folder / 'performance.md'}")


if __name__ == "__main__":
    main()
