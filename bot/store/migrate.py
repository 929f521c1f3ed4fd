"""Brings a database to this version's schema, and refuses one that is further on."""

from pathlib import Path

from sqlalchemy import Engine, inspect, text

from bot.errors import Misconfigured

HEAD = "0001"
"""The newest revision in `migrations/versions`."""

SCRIPTS = Path(__file__).parent / "migrations"


def migrate(engine: Engine, path: Path, now: int) -> None:
    """Upgrade the database to `HEAD`; an SQLite file that holds one already is copied beside itself first.

    Raises `bot.errors.Misconfigured` where the database is of a newer version. Where it is at `HEAD`, as nearly
    always, alembic is not even imported.
    """
    version = _version(engine)
    if version == HEAD:
        return
    if version is not None:
        _refuse_newer(path, version)
        _copy(engine, path, now)
    _upgrade(engine)


def _version(engine: Engine) -> str | None:
    """Return the revision that the database is at, "" for a schema without one, None for an empty database."""
    with engine.connect() as conn:
        if not inspect(conn).has_table("alembic_version"):
            return None
        return conn.scalar(text("SELECT version_num FROM alembic_version")) or ""


def _refuse_newer(path: Path, version: str) -> None:
    known = {script.name.split("_")[0] for script in (SCRIPTS / "versions").glob("*.py")}
    if version and version not in known:
        raise Misconfigured(
            f"[store] url: {path} was written by a newer nudge (schema {version}; this one knows {HEAD}): "
            "start that version, or go back to the copy that it made beside the file"
        )


def _copy(engine: Engine, path: Path, now: int) -> None:
    """Copy the file as it is now; VACUUM INTO takes a consistent copy, with what is still in the log, from any state.

    https://www.sqlite.org/lang_vacuum.html
    """
    raw = engine.raw_connection()
    try:
        raw.cursor().execute("VACUUM INTO ?", (f"{path}.before-{HEAD}-{now}",))
    finally:
        raw.close()


def _upgrade(engine: Engine) -> None:
    """Run what is missing in one transaction; a second process waits for it and then finds nothing to do."""
    from alembic import command  # noqa: PLC0415 - 0.2 s that a start with a database at HEAD need not spend
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(SCRIPTS).replace("%", "%%"))
    with engine.begin() as conn:
        config.attributes["connection"] = conn
        command.upgrade(config, HEAD)
