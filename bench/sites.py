"""Where the bot keeps what it has: SQLite or PostgreSQL, on this machine's disk as it is, or with a slow fsync."""

import shutil
import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

from bench import postgres

SQLITE, POSTGRES = "SQLite", "PostgreSQL"
SLOW_MS = 5
SLOW = f", {SLOW_MS} ms fsync"
SHIM = f"""\
#define _GNU_SOURCE
#include <dlfcn.h>
#include <time.h>

static int slowly(const char *name, int file) {{
    int (*real)(int) = (int (*)(int)) dlsym(RTLD_NEXT, name);
    struct timespec pause = {{0, {SLOW_MS} * 1000000}};
    nanosleep(&pause, 0);
    return real(file);
}}

int fsync(int file) {{ return slowly("fsync", file); }}
int fdatasync(int file) {{ return slowly("fdatasync", file); }}
"""
"""Put before the C library by LD_PRELOAD, it makes every fsync of a program so many milliseconds longer."""


@dataclass(frozen=True, slots=True)
class Site:
    """A place for databases: `fresh` makes one and returns its URL, `environ` is for programs that use it."""

    name: str
    fresh: Callable[[], str]
    environ: Mapping[str, str] = field(default_factory=dict)

    @property
    def slow(self) -> bool:
        """Say whether its fsync has been made slow."""
        return self.name.endswith(SLOW)

    @property
    def store(self) -> str:
        """Return which store it is of."""
        return self.name.removesuffix(SLOW)


@contextmanager
def sites(folder: Path, names: tuple[str, ...] = (SQLITE, POSTGRES), *, slow: bool = True) -> Iterator[list[Site]]:
    """Make the places ready, each store once as it is and, where there is a C compiler, once with a slow fsync."""
    preload = shim(folder) if slow else {}
    with ExitStack() as stack:
        yield [
            _site(name, folder / f"{name.lower()}{len(environ)}", environ, stack)
            for environ in ({}, preload)[: 1 + bool(preload)]
            for name in names
        ]


def shim(folder: Path) -> dict[str, str]:
    """Compile what makes fsync slow, and return the environment that puts it in place; nothing without a compiler."""
    compiler = shutil.which("cc")
    if not compiler:
        return {}
    source, library = folder / "slow.c", folder / "slow.so"
    source.write_text(SHIM)
    subprocess.run([compiler, "-shared", "-fPIC", "-O2", "-o", library, source, "-ldl"], check=True)
    return {"LD_PRELOAD": str(library)}


def _site(name: str, folder: Path, environ: Mapping[str, str], stack: ExitStack) -> Site:
    folder.mkdir()
    shown = name + SLOW * bool(environ)
    if name == POSTGRES:
        return Site(shown, stack.enter_context(postgres.server(folder, environ)))
    numbers = count(1)
    return Site(shown, lambda: f"sqlite:///{folder}/{next(numbers)}.db", environ)
