"""The requests the server makes itself: to slash commands, buttons and dialogs."""

from collections.abc import Mapping
from dataclasses import dataclass

import msgspec
import requests

from playground.mattermost.records import Json

TIMEOUT_SECONDS = 30
_HEADERS = {"User-Agent": "Mattermost-Bot/1.1", "Accept": "application/json", "Accept-Encoding": "gzip"}
_OK = 200
_REDIRECTS_MOST = 10


class UnreachableError(Exception):
    """No answer came: refused, dropped, redirected without end, or too late."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the integration answered."""

    status: int
    reason: str
    content_type: str
    text: str

    @property
    def ok(self) -> bool:
        """Whether the server takes it: 200 and nothing else."""
        return self.status == _OK

    def json(self) -> Json | None:
        """Return the body as a JSON object, or None where it is none."""
        try:
            found = msgspec.json.decode(self.text)
        except msgspec.DecodeError:
            return None
        return found if isinstance(found, dict) else None


def post(url: str, content_type: str, body: bytes, headers: Mapping[str, str] | None = None) -> Answer:
    """Send one request and follow redirects; raise `UnreachableError` where no answer came."""
    try:
        with requests.Session() as session:
            session.trust_env, session.max_redirects = False, _REDIRECTS_MOST
            got = session.post(
                url,
                data=body,
                headers={**_HEADERS, "Content-Type": content_type, **(headers or {})},
                timeout=TIMEOUT_SECONDS,
            )
    except requests.RequestException as error:
        raise UnreachableError(url) from error
    return Answer(
        got.status_code, got.reason, got.headers.get("Content-Type", ""), got.content.decode(errors="replace")
    )
