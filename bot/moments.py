"""Moments of the database's life that outlast a process, by name; none ever goes back."""

from sqlalchemy import Connection, bindparam, select

from bot.store.dialect import by_dialect
from bot.store.schema import moments

_READ = select(moments.c.at).where(moments.c.name == bindparam("which"))

_REACH = by_dialect(
    lambda insert: insert(moments).on_conflict_do_update(
        index_elements=["name"],
        set_={"at": insert(moments).excluded.at},
        where=moments.c.at < insert(moments).excluded.at,
    )
)

_TAKE = by_dialect(
    lambda insert: (
        insert(moments)
        .on_conflict_do_update(
            index_elements=["name"],
            set_={"at": insert(moments).excluded.at},
            where=moments.c.at <= bindparam("before"),
        )
        .inline()
        .execution_options(preserve_rowcount=True)
    )
)


def moment(conn: Connection, name: str) -> int | None:
    """Return the moment of a name, in milliseconds since 1970; None where there has been none yet."""
    at: int | None = conn.scalar(_READ, {"which": name})
    return at


def reach(conn: Connection, name: str, at: int) -> None:
    """Move the moment of a name on to `at`, in milliseconds since 1970; one that is later stays."""
    conn.execute(_REACH[conn.dialect.name], {"name": name, "at": at})


def take(conn: Connection, name: str, now: int, every: int) -> bool:
    """Move the moment of a name on to `now` if it is `every` milliseconds ago, or never was; say whether it was.

    Of several processes that ask at once, one is told so.
    """
    values = {"name": name, "at": now, "before": now - every}
    return conn.execute(_TAKE[conn.dialect.name], values).rowcount == 1
