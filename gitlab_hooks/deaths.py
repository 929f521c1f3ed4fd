"""Messages that Mattermost refused and deliveries that could not be worked through, of which nobody was told yet."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, select

from bot.messages import ALARM
from bot.people import PersonKey
from bot.store.schema import inbox, is_state, outbox, told
from gitlab_hooks import memory

MOST = 500
"""Of each kind, the newest; a server that refuses more at once is told of all the same."""

NOBODY = PersonKey("")
"""Whose facts those are that every administrator is told of."""

_LETTERS = select(outbox.c.id, outbox.c.post, outbox.c.error).where(is_state(outbox, "dead"), outbox.c.kind != ALARM)

_DELIVERIES = select(inbox.c.id, inbox.c.epoch, inbox.c.error).where(is_state(inbox, "failed"))


@dataclass(frozen=True, slots=True)
class Deaths:
    """Why each died, by a fact that is new where it is tried again and dies again."""

    letters: Mapping[str, str]
    deliveries: Mapping[str, str]

    def __bool__(self) -> bool:
        return bool(self.letters or self.deliveries)

    @property
    def errors(self) -> list[str]:
        """Return why, of each."""
        return [*self.letters.values(), *self.deliveries.values()]


def untold(conn: Connection) -> Deaths:
    """Return what has died and nobody was told of."""
    newest = _LETTERS.order_by(outbox.c.id.desc()).limit(MOST), _DELIVERIES.order_by(inbox.c.id.desc()).limit(MOST)
    letters, deliveries = ([tuple(row) for row in conn.execute(query)] for query in newest)
    return Deaths(
        _new(conn, {f"died:message:{number}:{post}": error for number, post, error in letters}),
        _new(conn, {f"died:delivery:{number}:{epoch}": error for number, epoch, error in deliveries}),
    )


def tell(conn: Connection, deaths: Deaths, now: int) -> None:
    """Remember that somebody was told, in the caller's transaction."""
    memory.tell(conn, ((fact, NOBODY) for fact in (*deaths.letters, *deaths.deliveries)), now)


def _new(conn: Connection, found: Mapping[str, str]) -> dict[str, str]:
    known = set(conn.scalars(select(told.c.fact).where(told.c.person == NOBODY, told.c.fact.in_(list(found)))))
    return {fact: error for fact, error in found.items() if fact not in known}
