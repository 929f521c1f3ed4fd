"""What an error of PostgreSQL means: run it again, try later, mend the configuration, or our own fault."""

import re

from psycopg.errors import Error, ProgrammingError
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from bot.errors import Misconfigured, TryLater

AGAIN = frozenset({"40001", "40P01"})
"""Two transactions were in each other's way, and this one has been undone."""

LATER = ("08", "25006", "53", "55P03", "57", "58", "F0", "XX")
"""Beginnings of codes that speak of the server or its disk, never of the statement.

https://www.postgresql.org/docs/current/errcodes-appendix.html
"""

REFUSED = re.compile(
    r"authentication failed|no password supplied|no pg_hba\.conf entry|is not permitted to log in"
    r'|(?:role|database) ".*" does not exist|permission denied for database'
)
"""What a server says, in its own English, to a log-in that will never work as it is; such errors come without a code.

In another language it is taken for an outage, and the sentence is shown all the same.
"""


class AgainError(Exception):
    """Nothing has been written, and the same may work at once."""


def meaning(error: SQLAlchemyError, *, committing: bool = False) -> Exception | None:
    """Return what to raise instead of an error, None for one that is the statement's own.

    A connection that is lost while COMMIT is under way leaves open what became of it: that is never run again.
    """
    if isinstance(error, PoolTimeoutError):
        return TryLater("the database is too busy: every connection is in use")
    if not isinstance(error, DBAPIError) or not isinstance(error.orig, Error):
        return None
    code = error.orig.sqlstate or ""
    if code in AGAIN or (error.connection_invalidated and not committing):
        return AgainError(_said(error.orig))
    if error.connection_invalidated or code.startswith(LATER):
        return TryLater(f"the database does not work: {_said(error.orig)}")
    return None if code else _connection_failed(error.orig)


def _connection_failed(error: Error) -> Exception:
    said = _said(error)
    if isinstance(error, ProgrammingError):
        return Misconfigured(f"[store] url: cannot be used: {said}")
    if REFUSED.search(said):
        return Misconfigured(f"[store] url: PostgreSQL refuses us: {said}")
    return TryLater(f"the database cannot be reached: {said}")


def _said(error: Error) -> str:
    """Return the server's sentence without its details, which may quote what we write."""
    return error.diag.message_primary or str(error).partition("\n")[0].strip() or type(error).__name__
