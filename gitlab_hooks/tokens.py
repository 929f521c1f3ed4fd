"""When the tokens for GitLab expire, as GitLab itself says: for `/metrics`, and to tell administrators in time."""

import logging
from collections.abc import Mapping

import msgspec

from bot.errors import OutsideError
from gitlab_hooks.gitlab_client import Client
from gitlab_hooks.times import milliseconds

SECONDS = (3.0, 10.0)
"""Time-outs for connecting and reading."""

SELF = "/personal_access_tokens/self"
"""https://docs.gitlab.com/api/personal_access_tokens/#self-inform: of project and group tokens too, since 15.5."""

DAY_MS = 24 * 60 * 60 * 1000

log = logging.getLogger(__name__)


class TokenAnswer(msgspec.Struct, frozen=True):
    """`GET /personal_access_tokens/self`; a token expires at midnight UTC of its day, one without a day never."""

    expires_at: str | None = None


class Tokens:
    """Knows when each token expires; `clients` ask with one of them, by the name of the variable that holds it.

    `ends` are milliseconds since 1970; a token that never expires, or whose end GitLab does not tell, is not there.
    """

    def __init__(self, clients: Mapping[str, Client]) -> None:
        self._clients = clients
        self.ends: Mapping[str, int] = {}

    def look(self) -> None:
        """Ask GitLab anew; what it does not answer just now stays as it was."""
        ends = {name: self._end(name, client) for name, client in self._clients.items()}
        self.ends = {name: end for name, end in ends.items() if end is not None}

    def days_left(self, now: int) -> dict[str, float]:
        """Return for each token how many days it still is good, less than none once it has expired."""
        return {name: (end - now) / DAY_MS for name, end in self.ends.items()}

    def _end(self, name: str, client: Client) -> int | None:
        try:
            return milliseconds(client.read(SELF, TokenAnswer).expires_at)
        except OutsideError as wrong:
            log.info("when %s expires is not known just now: %s", name, wrong)
            return self.ends.get(name)
