"""What a post may hold, and which slice of a list one page is; pure rules, as measured against a real server."""

import re
from typing import Any

from playground.mattermost import attachments, errors
from playground.mattermost.errors import ApiError
from playground.mattermost.records import Json

MESSAGE_RUNES = 16_383
PROPS_RUNES = 8_000
PAGE_DEFAULT = 60
PAGE_MOST = 200
SINCE_MOST = 1_000

_ID = re.compile(r"[a-z0-9]{26}")
_USERNAME = re.compile(r"[a-z0-9._-]{1,64}")
_RESERVED = frozenset({"all", "channel", "matterbot", "system"})
_TYPES = frozenset({"", "slack_attachment"})
_SURROGATES = re.compile("[\ud800-\udfff]")


def is_id(value: object) -> bool:
    """Whether `value` has the form of an id: 26 lower-case letters and digits."""
    return isinstance(value, str) and _ID.fullmatch(value) is not None


def is_username(name: str) -> bool:
    """Whether an account may be called so (already in lower case)."""
    return _USERNAME.fullmatch(name) is not None and name not in _RESERVED


def check_post(message: str, props: Json, kind: str) -> None:
    """Raise `ApiError` for a post the server would not keep."""
    if len(message) > MESSAGE_RUNES:
        raise ApiError(errors.POST_MESSAGE)
    if kind not in _TYPES and not kind.startswith("custom_"):
        raise ApiError(errors.POST_TYPE)
    if attachments.runes(props) > PROPS_RUNES:
        raise ApiError(errors.POST_PROPS)
    if "\0" in message:
        raise ApiError(errors.POST_NOT_SAVED)


def page(number: str | None, per_page: str | None) -> slice:
    """Return the slice that `?page=&per_page=` ask for: 60 a page by default, 200 at most, nonsense is the default."""
    size = min(_natural(per_page, PAGE_DEFAULT), PAGE_MOST)
    start = _natural(number, 0) * size
    return slice(start, start + size)


def _natural(text: str | None, default: int) -> int:
    try:
        value = int(text or "")
    except ValueError:
        return default
    return default if value < 0 else value


def scrubbed(value: Any) -> Any:
    """Return JSON with every lone surrogate as U+FFFD, which is how Go reads it."""
    if isinstance(value, str):
        return _SURROGATES.sub("\ufffd", value)
    if isinstance(value, list):
        return [scrubbed(one) for one in value]
    if isinstance(value, dict):
        return {scrubbed(key): scrubbed(one) for key, one in value.items()}
    return value
