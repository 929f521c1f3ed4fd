"""What all tests share: Chromium, databases, how hard Hypothesis tries, and a last line that names what did not run."""

import logging
import os
import shutil
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.postgres import Postgres, Shared

REQUIRE_ALL = os.environ.get("NUDGE_REQUIRE_ALL") == "1"
CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome")
NO_CHROMIUM = "Chromium is missing (apt-get install chromium)"

# A machine that is busy with other work must not make a property fail, so no test is timed.
PATIENT = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow], max_examples=100)
settings.register_profile("here", PATIENT)
settings.register_profile("ci", PATIENT, derandomize=True, database=None, print_blob=True)
settings.load_profile("ci" if REQUIRE_ALL or os.environ.get("CI") else "here")


@pytest.fixture(autouse=True)
def log_levels() -> Iterator[None]:
    """Leave the levels of the log as they were: a command that runs within a test sets them for itself."""
    loggers = [logging.getLogger(name) for name in ("", "bot", "gitlab_hooks")]
    levels = [logger.level for logger in loggers]
    yield
    for logger, level in zip(loggers, levels, strict=True):
        logger.setLevel(level)


@pytest.fixture(scope="session")
def chromium() -> str:
    """Path of the system's Chromium; without one the test is left out, or fails where nothing may be left out."""
    path = next(filter(None, map(shutil.which, CHROMIUM_NAMES)), None)
    if path is None:
        (pytest.fail if REQUIRE_ALL else pytest.skip)(NO_CHROMIUM)
    return path


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """Run a PostgreSQL for all tests that want one."""
    with closing(Postgres()) as server:
        yield server


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Address of a database in which nothing is yet, of either kind."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'n.db'}"
        return
    server: Postgres = request.getfixturevalue("postgres")
    with server.database() as name:
        yield server.url(name)


@pytest.fixture
def shared(postgres: Postgres) -> Iterator[Shared]:
    """Database on a server, which several processes share."""
    with postgres.database() as name, ExitStack() as stack:
        yield Shared(postgres, name, stack)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let those begin that wait for whole programs; on several processors the others fill the time."""
    items.sort(key=lambda item: not item.nodeid.startswith(("tests/program/", "tests/bench/")))


@pytest.hookimpl(trylast=True)
def pytest_unconfigure(config: pytest.Config) -> None:
    """Say as the very last line what did not run, and how to get it."""
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    if reporter is not None and (line := not_run(reporter.stats.get("skipped", []))):
        reporter.write_line(line)


def not_run(skipped: list[pytest.TestReport]) -> str:
    """Gather skipped tests by their reason into one line, "" where there are none."""
    counted = Counter(reason(report) for report in skipped)
    parts = [f"{count} test{'s' * (count > 1)}: {why}" for why, count in counted.items()]
    return f"Not run: {'; '.join(parts)}." if parts else ""


def reason(report: pytest.TestReport) -> str:
    """Say why a test was skipped; pytest keeps it as (file, line, reason)."""
    return str(report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr).removeprefix("Skipped: ")
