"""What a server shows to anybody: whether it answers, by which clock, and until when its certificate holds."""

import socket
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

import certifi
import requests

from bot.errors import TryLater
from bot.http_session import PooledSession, json_object, root_cause

SECONDS = (3.0, 10.0)
"""Time-outs for connecting and reading."""


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer, whatever it is: `at` is the server's own time and `asked` ours, in milliseconds since 1970.

    `at` is None where the server does not tell; `body` is {} where it is no JSON object; `location` is where it sends
    us instead.
    """

    status: int
    body: Mapping[str, Any]
    at: int | None
    asked: int
    location: str = ""


def ask(url: str, *, verify: bool | str = True) -> Answered:
    """Ask for an address once, without any secret, and follow nothing.

    Raises:
        bot.errors.TryLater: nobody answered.

    """
    asked = round(time.time() * 1000)
    try:
        with PooledSession(*SECONDS, verify=verify) as session:
            response = session.get(url)
    except (requests.RequestException, ValueError) as error:  # a host that cannot be one
        raise TryLater(f"GET {url}: {root_cause(error)}") from error
    at = _moment(response.headers.get("Date", ""))
    return Answered(response.status_code, json_object(response), at, asked, response.headers.get("Location", ""))


def certificate_ends(url: str, *, verify: bool | str = True) -> int:
    """Return until when a server's certificate holds, in milliseconds since 1970.

    Raises:
        bot.errors.TryLater: there is no connection, or no certificate that is trusted.

    """
    parts = urlsplit(url)
    host = parts.hostname or ""
    trusted = ssl.create_default_context(cafile=certifi.where() if verify is True else str(verify))
    try:
        with (
            socket.create_connection((host, parts.port or 443), SECONDS[1]) as plain,
            trusted.wrap_socket(plain, server_hostname=host) as secured,
        ):
            shown = secured.getpeercert() or {}
    except (OSError, UnicodeError) as error:
        raise TryLater(f"TLS with {host}: {root_cause(error)}") from error
    return round(ssl.cert_time_to_seconds(str(shown["notAfter"])) * 1000)


def addresses_of(host: str) -> tuple[str, ...]:
    """Return the IP addresses of a host as this machine sees them, none where it sees none."""
    try:
        return tuple(dict.fromkeys(str(found[4][0]) for found in socket.getaddrinfo(host, None)))
    except (OSError, UnicodeError):
        return ()


def _moment(date: str) -> int | None:
    try:
        return round(parsedate_to_datetime(date).timestamp() * 1000)
    except ValueError:
        return None
