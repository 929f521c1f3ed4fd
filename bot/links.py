"""Who has proved which account on the other side is theirs, and the open codes by which others are about to."""

import hashlib
import hmac
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, delete, select, update

from bot.people import PersonKey
from bot.store.claimed import claims, links
from bot.store.dialect import by_dialect, if_new

TRIES = 5
"""How often a code may be looked for."""

LIFETIME_MS = 10 * 60 * 1000
"""For how long a code may be looked for."""


_CLAIM = by_dialect(
    lambda insert: insert(claims).on_conflict_do_update(
        index_elements=["person"],
        set_={name: insert(claims).excluded[name] for name in ("account", "name", "code", "expires", "tries")},
    )
)

_LINK = by_dialect(lambda insert: if_new(insert(links)))


class TakenError(Exception):
    """The account has become somebody else's meanwhile; nothing is written."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A person who is about to prove that an account is theirs; `code` is the hash of what has to be shown there.

    `expires` is milliseconds since 1970; `tries` is how often the code was looked for and not found.
    """

    person: PersonKey
    account: str
    name: str
    code: str
    expires: int
    tries: int = 0

    def shown(self, codes: Iterable[str]) -> bool:
        """Say whether one of some codes is the one of this claim; how long that takes does not tell."""
        same = [hmac.compare_digest(hashed(self.person, self.account, code), self.code) for code in codes]
        return any(same)


def hashed(person: PersonKey, account: str, code: str) -> str:
    """Return what is kept of a code: bound to whom it was given and to the account it is for."""
    return hashlib.sha256(f"{person}\n{account}\n{code}".encode()).hexdigest()


def linked(conn: Connection) -> dict[str, PersonKey]:
    """Return whose every linked account is, by its id."""
    return {account: PersonKey(person) for account, person in conn.execute(select(links.c.account, links.c.person))}


def claim_of(conn: Connection, person: PersonKey) -> Claim | None:
    """Return a person's last claim, which may have expired."""
    columns = [claims.c[name] for name in Claim.__slots__]
    row = conn.execute(select(*columns).where(claims.c.person == person)).first()
    return Claim(*row) if row else None


def claim(conn: Connection, new: Claim) -> None:
    """Open a claim in the place of the person's last one."""
    conn.execute(_CLAIM[conn.dialect.name], {name: getattr(new, name) for name in Claim.__slots__})


def missed(conn: Connection, open_: Claim) -> int:
    """Count that a code was looked for and not found; return how many tries are left, at 0 the claim is gone."""
    more = update(claims).where(_same(open_), claims.c.tries < TRIES - 1)
    if not conn.execute(more.values(tries=claims.c.tries + 1)).rowcount:
        conn.execute(delete(claims).where(_same(open_)))
        return 0
    return TRIES - (conn.scalar(select(claims.c.tries).where(_same(open_))) or 0)


def confirm(conn: Connection, open_: Claim, now: int, instead_of: PersonKey | None = None) -> bool:
    """Turn a claim that was proved into a link; False, and nothing written, where it is not open any more.

    The person's other link goes, and that of `instead_of` to the same account.

    Raises:
        TakenError: the account is linked to anybody else.

    """
    if not conn.execute(delete(claims).where(_same(open_), claims.c.expires > now)).rowcount:
        return False
    conn.execute(delete(links).where(links.c.person == open_.person))
    conn.execute(delete(links).where(links.c.person == instead_of, links.c.account == open_.account))
    row = {"account": open_.account, "name": open_.name, "person": open_.person, "at": now}
    if not conn.execute(_LINK[conn.dialect.name], row).rowcount:
        raise TakenError(open_.account)
    return True


def unlink(conn: Connection, person: PersonKey) -> bool:
    """Take back what a person has linked or is about to; say whether there was a link."""
    conn.execute(delete(claims).where(claims.c.person == person))
    return bool(conn.execute(delete(links).where(links.c.person == person)).rowcount)


def _same(open_: Claim) -> ColumnElement[bool]:
    return (claims.c.person == open_.person) & (claims.c.code == open_.code)
