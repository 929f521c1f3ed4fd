"""How the server takes message attachments apart and puts them together again.

Measured: a malformed attachment is dropped without a word, unknown keys are lost, every known key is written out, and
what a button calls (`integration`) is kept but never shown to clients
(https://developers.mattermost.com/integrate/reference/message-attachments/).
"""

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

from playground.mattermost.errors import CutError
from playground.mattermost.records.json import Json

_TEXTS = (
    *("fallback", "color", "pretext", "author_name", "author_link", "author_icon", "title", "title_link", "text"),
    *("image_url", "thumb_url", "footer", "footer_icon"),
)
_ACTION_TEXTS = ("id", "type", "name", "style", "data_source", "default_option", "cookie")
_GO_ESCAPES = re.compile("[<>&\u2028\u2029]")
_BOOLS = {"true": True, "false": False, True: True, False: False, None: False}


class _MalformedError(Exception):
    """A value of the attachment has the wrong type."""


def normalised(props: Json, new_id: Callable[[], str]) -> Json:
    """Return `props` with their attachments as the server keeps them; a missing action id is made up."""
    if "attachments" not in props:
        return props
    given = props["attachments"]
    kept = [one for raw in (given if isinstance(given, list) else []) for one in _attachments(raw, new_id)]
    return props | {"attachments": kept or None}


def public(props: Json) -> Json:
    """Return `props` as clients see them; raise `CutError` for a null field, at which the real server panics."""
    if not props.get("attachments"):
        return props
    return props | {"attachments": [_public(one) for one in props["attachments"]]}


def actions(props: Json) -> Iterator[Json]:
    """Yield every button and menu of a post."""
    for attachment in props.get("attachments") or ():
        yield from attachment.get("actions", ())


def runes(props: Json) -> int:
    """Return how many runes `props` count: compact JSON with Go's escapes, where `<`, `>` and `&` take six."""
    text = json.dumps(props, ensure_ascii=False, separators=(",", ":"))
    return len(text) + 5 * len(_GO_ESCAPES.findall(text))


def _attachments(raw: Any, new_id: Callable[[], str]) -> Iterator[Json]:
    try:
        yield _attachment(raw, new_id)
    except _MalformedError:
        return


def _attachment(raw: object, new_id: Callable[[], str]) -> Json:
    given = _typed(raw, dict) or {}
    kept: Json = {"id": _typed(given.get("id"), int) or 0}
    kept |= {key: _typed(given.get(key), str) or "" for key in _TEXTS}
    fields = _typed(given.get("fields"), list)
    kept["fields"] = None if fields is None else [_field(one) for one in fields]
    kept["ts"] = given.get("ts")
    made = [_action(one, new_id) for one in _typed(given.get("actions"), list) or () if one is not None]
    return kept | ({"actions": made} if made else {})


def _field(raw: object) -> Json | None:
    if raw is None:
        return None
    given = _typed(raw, dict)
    short = given.get("short")
    if not isinstance(short, str | bool | None) or short not in _BOOLS:
        raise _MalformedError
    return {"title": _typed(given.get("title"), str) or "", "value": given.get("value"), "short": _BOOLS[short]}


def _action(raw: object, new_id: Callable[[], str]) -> Json:
    given = _typed(raw, dict)
    kept = {key: text for key in _ACTION_TEXTS if (text := _typed(given.get(key), str))}
    kept = {"id": new_id()} | kept
    if _typed(given.get("disabled"), bool):
        kept["disabled"] = True
    for key, kind in (("options", list), ("integration", dict)):
        if value := _typed(given.get(key), kind):
            kept[key] = value
    return kept


def _typed(value: Any, kind: type) -> Any:
    if value is None or (isinstance(value, kind) and not (kind is int and isinstance(value, bool))):
        return value
    raise _MalformedError


def _public(attachment: Json) -> Json:
    if None in (attachment.get("fields") or ()):
        raise CutError
    if "actions" not in attachment:
        return attachment
    shown = [{key: value for key, value in one.items() if key != "integration"} for one in attachment["actions"]]
    return attachment | {"actions": shown}
