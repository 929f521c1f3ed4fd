"""Moments of the database's life that outlast a process, by name; none ever goes back."""

from sqlalchemy import Connection, bindparam, select

from bot.store.dialect import DIALECTS, by_dialect
from bot.store.schema import moments

_READ = select(moments.c.at).where(moments.c.name == bindparam("which"))

_REACH = by_dialect(
    lambda insert: insert(moments).on_conflict_do_update(
        index_elements=["name"],
        set_={"at": insert(moments).excluded.at},
        where=moments.c.at < insert(moments).excluded.at,
    )
)


def moment(conn: Connection, name: str) -> int | None:
    """Return the moment of a name, in milliseconds since 1970; None where there has been none yet."""
    at: int | None = conn.scalar(_READ, {"which": name})
    return at


def reach(conn: Connection, name: str, at: int) -> None:
    """Move the moment of a name on to `at`, in milliseconds since 1970; one that is later stays."""
    conn.execute(_REACH[conn.dialect.name], {"name": name, "at": at})


def claim(conn: Connection, name: str, at: int, rest: int) -> bool:
    """Move the moment of a name on to `at`, unless that comes less than `rest` milliseconds after it; say whether.

    Of several who do that at the same time one is told True, whichever process they are in.
    """
    row = DIALECTS[conn.dialect.name](moments).values(name=name, at=at)
    later = row.on_conflict_do_update(
        index_elements=["name"], set_={"at": row.excluded.at}, where=moments.c.at <= at - rest
    )
    return conn.execute(later.inline().execution_options(preserve_rowcount=True)).rowcount == 1
