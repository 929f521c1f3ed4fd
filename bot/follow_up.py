"""What is answered to a command later: the one address to which that may go, and sending it there.

Source: https://developers.mattermost.com/integrate/slash-commands/custom/ (delayed responses); Mattermost takes five
within half an hour, and shows an ephemeral one to whoever typed the command.
"""

import re
from urllib.parse import SplitResult, urlsplit

import requests

from bot.errors import Refused, TryLater
from bot.http_session import SessionPerThread
from bot.mattermost_client import ApiError

SECONDS = (3.0, 12.0)
"""Time-outs for connecting and reading."""

CALL = "POST /hooks/commands"
"""What a log calls it: the rest of the address lets anybody answer in our place."""

PORTS = {"http": 80, "https": 443}

_HOOK = re.compile(r"/hooks/commands/[A-Za-z0-9]+")


class FollowUp:
    """Sends later answers to Mattermost at `url`, which may have a sub-path; `verify` may be a file of certificates."""

    def __init__(self, url: str, *, verify: bool | str = True, seconds: tuple[float, float] = SECONDS) -> None:
        self._url = url.rstrip("/")
        self._sessions = SessionPerThread(*seconds, verify=verify)

    def address(self, response_url: str) -> str:
        """Return where a later answer may go, "" for an address that is none of our own Mattermost's.

        `response_url` is what the form of a command says, and anybody may have written it.
        """
        try:
            ours, named = urlsplit(self._url), urlsplit(response_url)
            same = _place(ours) == _place(named) and not (named.query or named.fragment or "@" in named.netloc)
        except ValueError:  # of a port that is none
            return ""
        hook = named.path.removeprefix(ours.path)
        return f"{self._url}{hook}" if same and named.path == ours.path + hook and _HOOK.fullmatch(hook) else ""

    def send(self, address: str, text: str) -> None:
        """Show a text to whoever typed the command, at an address that `address` has returned; once.

        Raises:
            bot.errors.Refused: Mattermost does not take it.
            bot.errors.TryLater: Mattermost gave no answer.

        """
        try:
            answer = self._sessions.session.post(address, json={"response_type": "ephemeral", "text": text})
        except requests.RequestException as error:
            raise TryLater(f"{CALL}: {type(error).__name__}") from error
        if answer.status_code != requests.codes.ok:
            raise Refused(str(ApiError(CALL, answer)))


def _place(parts: SplitResult) -> tuple[str, str, int | None]:
    """Return scheme, host and port; raises `ValueError` for a port that is none."""
    return parts.scheme, parts.hostname or "", parts.port or PORTS.get(parts.scheme)
