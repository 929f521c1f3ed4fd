"""Log-ins of which nobody keeps a list: a cookie that the bot has signed, and what shows whose a form is."""

from dataclasses import dataclass
from enum import StrEnum

from bot.signing import is_signed, sign

HOURS = 12
"""How long somebody stays logged in."""

LASTS_MS = HOURS * 60 * 60 * 1000

DOT = "."


class Kind(StrEnum):
    """Who has a session: whoever looks at the log-in form, or who has shown the token."""

    GUEST = "guest"
    OPERATOR = "operator"


@dataclass(frozen=True, slots=True)
class Sessions:
    """Makes and knows sessions; `key` signs them, and whoever has shown another `token` than today's is out."""

    key: bytes
    token: str

    def new(self, kind: Kind, now: int, nonce: str) -> str:
        """Return the cookie of a new session; `now` is milliseconds since 1970, `nonce` a text there was never before.

        A nonce has no dot in it.
        """
        expires = str(now + LASTS_MS)
        return DOT.join((expires, nonce, sign(self.key, kind, self.token, expires, nonce)))

    def holds(self, kind: Kind, cookie: str, now: int) -> bool:
        """Say whether a cookie is ours, of this kind, and not too old."""
        expires, _, rest = cookie.partition(DOT)
        nonce, _, signature = rest.partition(DOT)
        ours = is_signed(signature, self.key, kind, self.token, expires, nonce)
        return ours and now < int(expires)

    def stamp(self, cookie: str) -> str:
        """Return what the forms of a session carry."""
        return sign(self.key, "form", cookie)

    def stamped(self, cookie: str, stamp: str) -> bool:
        """Say whether a form was made for this session."""
        return is_signed(stamp, self.key, "form", cookie)
