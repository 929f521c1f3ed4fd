"""The processes of a benchmark: started, watched through `/proc`, asked, and ended by their own handle."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any
from urllib.request import Request, urlopen

import msgspec

from bench.load import Load, Spec

ROOT = Path(__file__).parents[1]
TICKS = os.sysconf("SC_CLK_TCK")
ENDS_WITHIN = 20.0
STARTS_WITHIN = 60.0


class SlowError(Exception):
    """Something did not happen within its time."""


class Process:
    """A Python program of ours, and what the kernel says of it."""

    def __init__(self, arguments: Sequence[str], folder: Path, environ: Mapping[str, str] | None = None) -> None:
        self.began = time.monotonic()
        with (folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", *arguments],
                cwd=folder,
                env={**os.environ, "PYTHONPATH": str(ROOT), **(environ or {})},
                stdout=subprocess.PIPE,
                stderr=log,
            )

    @property
    def pid(self) -> int:
        """Return its number."""
        return self._process.pid

    def line(self) -> str:
        """Return the next line that it prints."""
        out: IO[bytes] | None = self._process.stdout
        if out is None or not (said := out.readline().decode()):
            raise SlowError(f"{self._process.args!r} ended before it said anything")
        return said.strip()

    def cpu(self) -> float:
        """Return the seconds of processor time that all its threads have used."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    def memory(self) -> float:
        """Return what it holds in memory, in MB (resident set size)."""
        status = Path(f"/proc/{self.pid}/status").read_text()
        return int(status.partition("VmRSS:")[2].split()[0]) / 1024

    def end(self) -> None:
        """Ask it to end, and see that it does."""
        self._process.terminate()
        try:
            self._process.wait(ENDS_WITHIN)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._process.stdout:
            self._process.stdout.close()


@contextmanager
def running(arguments: Sequence[str], folder: Path, environ: Mapping[str, str] | None = None) -> Iterator[Process]:
    """Run a program for the time of a block."""
    process = Process(arguments, folder, environ)
    try:
        yield process
    finally:
        process.end()


def load(spec: Spec) -> Load:
    """Send a load from a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "bench.load"],
        cwd=ROOT,
        input=msgspec.msgpack.encode(spec),
        stdout=subprocess.PIPE,
        check=True,
    )
    return msgspec.msgpack.decode(done.stdout, type=Load)


def ask(port: int, path: str, *, method: str = "GET") -> Any:
    """Return the JSON that a server on this machine answers, None for an empty answer."""
    with urlopen(Request(f"http://127.0.0.1:{port}{path}", method=method), timeout=30) as answer:
        raw = answer.read()
    return json.loads(raw) if raw else None


def wait_for(check: Callable[[], bool], within: float, what: str, every: float = 0.02) -> None:
    """Look again and again until something holds; raise `SlowError` where it does not within so many seconds."""
    end = time.monotonic() + within
    while not check():
        if time.monotonic() > end:
            raise SlowError(f"not within {within:g} s: {what}")
        time.sleep(every)
