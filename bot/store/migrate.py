"""Brings a database to this version's schema, and refuses one that is further on."""

from collections.abc import Callable
from pathlib import Path

from sqlalchemy import Connection, Engine, inspect, text

from bot.errors import Misconfigured

HEAD = "0002"
"""The newest revision in `migrations/versions`."""

SCRIPTS = Path(__file__).parent / "migrations"

_ALONE = (
    "SET LOCAL lock_timeout = 0",
    "SET LOCAL statement_timeout = 0",  # a large table may take its time
    "SELECT pg_advisory_xact_lock(7236341820)",  # any number, as long as nobody else's; it frees itself
)
"""Replicas may start together: in PostgreSQL the second waits here, and then finds nothing to do."""


def migrate(engine: Engine, name: str, *, copy: Callable[[], None] = lambda: None, create: bool = True) -> None:
    """Upgrade the database to `HEAD`; where it holds a schema already, `copy` is called first.

    Raises `bot.errors.Misconfigured` where the database is of a newer version or, without `create`, where there is
    none. Where it is at `HEAD`, as nearly always, alembic is not even imported.
    """
    version = _version(engine)
    if version == HEAD:
        return
    if version is not None:
        _refuse_newer(name, version)
        copy()
    elif not create:
        raise Misconfigured(f"[store] url: there is no database at {name} yet; `serve` makes it")
    _upgrade(engine)


def _version(engine: Engine) -> str | None:
    """Return the revision that the database is at, "" for a schema without one, None for an empty database."""
    with engine.connect() as conn:
        if not inspect(conn).has_table("alembic_version"):
            return None
        return conn.scalar(text("SELECT version_num FROM alembic_version")) or ""


def _refuse_newer(name: str, version: str) -> None:
    known = {script.name.split("_")[0] for script in (SCRIPTS / "versions").glob("*.py")}
    if version and version not in known:
        raise Misconfigured(
            f"[store] url: {name} was written by a newer nudge (schema {version}; this one knows {HEAD}): "
            "start that version, or go back to a copy from before"
        )


def _upgrade(engine: Engine) -> None:
    """Run what is missing in one transaction; a second process waits for it and then finds nothing to do."""
    from alembic import command  # noqa: PLC0415 - 0.2 s that a start with a database at HEAD need not spend
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(SCRIPTS).replace("%", "%%"))
    with engine.begin() as conn:
        _wait_for_others(conn)
        config.attributes["connection"] = conn
        command.upgrade(config, HEAD)


def _wait_for_others(conn: Connection) -> None:
    """Let one process migrate at a time; SQLite's BEGIN IMMEDIATE has seen to that already."""
    if conn.dialect.name == "postgresql":
        for statement in _ALONE:
            conn.exec_driver_sql(statement)
