"""On what a benchmark ran: the machine, without its name, and the versions."""

import os
import platform
import re
import sqlite3
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

LIBRARIES = ("falcon", "waitress", "sqlalchemy", "psycopg", "mattermostdriver", "python-gitlab", "flask", "gunicorn")


@dataclass(frozen=True, slots=True)
class Machine:
    """What a reader has to know to compare; `memory` is in GB."""

    cores: int
    processor: str
    memory: float
    system: str


def this() -> Machine:
    """Return this machine."""
    processor = re.search(r"^model name\s*: (.*)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    memory = re.search(r"^MemTotal:\s*(\d+) kB$", Path("/proc/meminfo").read_text(), re.MULTILINE)
    return Machine(
        cores=len(os.sched_getaffinity(0)),
        processor=processor[1] if processor else platform.machine(),
        memory=int(memory[1]) / 2**20 if memory else 0.0,
        system=f"{platform.system()} {platform.release()}",
    )


def versions() -> dict[str, str]:
    """Return the versions of what takes part, by name."""
    own = {"Python": platform.python_version(), "SQLite": sqlite3.sqlite_version}
    return own | {name: version(name) for name in LIBRARIES}
