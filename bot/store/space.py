"""Gives what an SQLite file no longer needs back to the disk, a little at a time."""

from sqlalchemy import Connection

SPARE = 1_000
"""Free pages that stay in the file, 4 MB: what comes next needs them."""

PAGES = 200
"""Pages that are given back in a step: a millisecond or two of writing."""


def give_back(conn: Connection) -> bool:
    """Shorten the file by a few pages; say whether more can be given back.

    PostgreSQL uses its space again by itself (autovacuum). SQLite moves the file's last pages into free ones
    (https://www.sqlite.org/pragma.html#pragma_incremental_vacuum); Python's sqlite3 frees but one page a statement.
    """
    if conn.dialect.name != "sqlite":
        return False
    before = _free(conn)
    for _ in range(min(PAGES, before - SPARE)):
        conn.exec_driver_sql("PRAGMA incremental_vacuum(1)")
    return SPARE < _free(conn) < before  # a file that was made without `auto_vacuum` keeps its length


def _free(conn: Connection) -> int:
    return int(conn.exec_driver_sql("PRAGMA freelist_count").scalar_one())
