"""The database comes to this version's schema by itself, and never silently."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine, text

from bot.errors import Misconfigured
from bot.store import open_store
from bot.store.migrate import HEAD, SCRIPTS
from bot.store.schema import metadata


def definitions(conn: Connection) -> dict[str, str]:
    rows = conn.execute(text("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'alembic%'"))
    return {name: " ".join(sql.replace("(", " ( ").split()) for name, sql in rows}


@contextmanager
def connected(address: str) -> Iterator[Connection]:
    engine = create_engine(address)
    with engine.begin() as conn:
        yield conn
    engine.dispose()


def open_and_close(path: Path) -> None:
    open_store(f"sqlite:///{path}", serving=True, wait=0).close()


def test_the_migrations_lead_to_the_schema(tmp_path: Path) -> None:
    """A migrated database is what `bot.store.schema` describes, as alembic sees it."""
    open_and_close(tmp_path / "n.db")

    with connected(f"sqlite:///{tmp_path / 'n.db'}") as conn:
        assert compare_metadata(MigrationContext.configure(conn), metadata) == []


def test_constraints_and_partial_indexes_are_the_same(tmp_path: Path) -> None:
    """What alembic does not compare (CHECKs, the conditions of indexes) is the same too, word by word."""
    open_and_close(tmp_path / "n.db")

    with connected(f"sqlite:///{tmp_path / 'n.db'}") as conn, connected("sqlite://") as expected:
        metadata.create_all(expected)
        migrated = definitions(conn)
        for name, sql in definitions(expected).items():
            assert sorted(migrated[name].split(",")) == sorted(sql.split(","))


def test_the_head_is_the_last_step() -> None:
    """`HEAD` names the last of the files in `versions`."""
    config = Config()
    config.set_main_option("script_location", str(SCRIPTS))

    assert ScriptDirectory.from_config(config).get_heads() == [HEAD]


def test_a_current_database_is_opened_without_alembic(tmp_path: Path) -> None:
    """A start with a database at the head imports no alembic, whatever the working directory."""
    open_and_close(tmp_path / "n.db")
    program = (
        f"import sys; sys.path.insert(0, {str(SCRIPTS.parents[2])!r})\n"
        "from bot.store import open_store\n"
        "open_store('sqlite:///n.db', serving=True).close()\n"
        "print('alembic' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=True)

    assert done.stdout == "False\n"


def test_an_older_database_is_copied_first(tmp_path: Path) -> None:
    """Before a file that holds a schema is migrated, it is copied beside itself."""
    path = tmp_path / "n.db"
    open_and_close(path)
    config = Config()
    config.set_main_option("script_location", str(SCRIPTS))
    with connected(f"sqlite:///{path}") as conn:
        conn.execute(text("INSERT INTO accounts VALUES ('7', 'mina', 1)"))
        conn.execute(text("CREATE TABLE kept (x)"))
        config.attributes["connection"] = conn
        command.downgrade(config, "base")

    store = open_store(f"sqlite:///{path}", serving=True, clock=lambda: 5, wait=0)
    store.close()

    copy = tmp_path / f"n.db.before-{HEAD}-5"
    with connected(f"sqlite:///{copy}") as conn:
        assert set(definitions(conn)) == {"kept"}


def test_a_newer_database_is_refused_and_left_alone(tmp_path: Path) -> None:
    """A database of a newer version is not touched, and the sentence says what to do."""
    path = tmp_path / "n.db"
    open_and_close(path)
    with connected(f"sqlite:///{path}") as conn:
        conn.execute(text("UPDATE alembic_version SET version_num = '9999'"))

    with pytest.raises(Misconfigured, match=r"written by a newer nudge \(schema 9999; this one knows 0002\)"):
        open_and_close(path)
