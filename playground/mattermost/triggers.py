"""Trigger ids: what proves, for three seconds, that a person has just done something and may be shown a dialog."""

import base64
import binascii
import hashlib
import hmac

from playground.mattermost import errors
from playground.mattermost.errors import ApiError
from playground.mattermost.records import User
from playground.mattermost.state import State

LIFE_MS = 3_000
_FIELDS = 4


def make(state: State, user: User) -> tuple[str, str]:
    """Return what the person's own client is told, and the signed trigger id for the integration."""
    client_id = state.new_id()
    text = f"{client_id}:{user.id}:{state.now()}"
    return client_id, base64.b64encode(f"{text}:{_signature(state, text)}".encode()).decode()


def check(state: State, trigger_id: str) -> User:
    """Return whose trigger id it is; raise `ApiError` for one that is forged, malformed or too old."""
    try:
        parts = base64.b64decode(trigger_id, validate=True).decode(errors="replace").split(":")
    except binascii.Error as error:
        raise ApiError(errors.TRIGGER_BASE64) from error
    if len(parts) != _FIELDS:
        raise ApiError(errors.TRIGGER_FIELDS)
    text = ":".join(parts[:3])
    if not parts[2].isdecimal() or state.now() - int(parts[2]) > LIFE_MS:
        raise ApiError(errors.TRIGGER_EXPIRED)
    if not hmac.compare_digest(parts[3], _signature(state, text)) or parts[1] not in state.users:
        raise ApiError(errors.TRIGGER_FORGED)
    return state.users[parts[1]]


def _signature(state: State, text: str) -> str:
    return base64.b64encode(hmac.digest(state.key, text.encode(), hashlib.sha256)).decode()
