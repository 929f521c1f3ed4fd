"""Which secret each webhook has been given: GitLab never tells, so the bot remembers it by a mark."""

import secrets as randomness
from collections.abc import Collection

from sqlalchemy import Connection, bindparam, delete, select

from bot.keys import key_named
from bot.store.dialect import by_dialect
from bot.store.schema import hooks

_READ = select(hooks.c.hook, hooks.c.secret).where(hooks.c.project == bindparam("at"))

_REMEMBER = by_dialect(
    lambda insert: insert(hooks).on_conflict_do_update(
        index_elements=["project", "hook"], set_={"secret": insert(hooks).excluded.secret}
    )
)


def marks(conn: Connection, project: int) -> dict[int, str]:
    """Return the marks of the secrets that a project's webhooks have, by their ids."""
    return {row.hook: row.secret for row in conn.execute(_READ, {"at": project})}


def remember(conn: Connection, project: int, hook: int, mark: str) -> None:
    """Note that a webhook has a secret."""
    conn.execute(_REMEMBER[conn.dialect.name], {"project": project, "hook": hook, "secret": mark})


def forget(conn: Connection, project: int, gone: Collection[int]) -> None:
    """Forget webhooks that are not there any more."""
    conn.execute(delete(hooks).where(hooks.c.project == project, hooks.c.hook.in_(gone)))


def key(conn: Connection) -> bytes:
    """Return the key by which secrets are marked: whoever reads the marks can try no guess at a secret without it."""
    return key_named(conn, "hooks", randomness.token_bytes)
