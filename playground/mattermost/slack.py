"""Slack's notation in answers of slash commands and buttons, turned into Markdown as the server does.

https://developers.mattermost.com/integrate/slash-commands/slack/
"""

import json
import re
from collections.abc import Mapping
from typing import Any

from playground.mattermost.records import Json, User

_LINK = re.compile(r"<([^<|>]+)\|([^>]+)>")
_SPECIAL = re.compile(r"<!(\w+)>")
_USER = re.compile(r"<@(\w+)>")
_TEXTS = ("text", "pretext", "title")


def mentions(text: str, users: Mapping[str, User]) -> str:
    """Turn `<!channel>` into `@channel` and `<@ID>` into the name of that user."""
    text = _SPECIAL.sub(r"@\1", text)
    return _USER.sub(lambda found: f"@{users[found[1]].username}" if found[1] in users else found[0], text)


def links(text: str) -> str:
    """Turn `<address|words>` into a Markdown link."""
    return _LINK.sub(r"[\2](\1)", text)


def attachment(raw: Json, users: Mapping[str, User]) -> Json:
    """Return one attachment with its texts turned into Markdown and its field values into strings."""

    def text(value: Any) -> Any:
        return links(mentions(value, users)) if isinstance(value, str) else value

    turned = raw | {key: text(raw[key]) for key in _TEXTS if key in raw}
    if isinstance(raw.get("fields"), list):
        turned["fields"] = [_field(one, text) if isinstance(one, dict) else one for one in raw["fields"]]
    return turned


def _field(raw: Json, text: Any) -> Json:
    value = raw.get("value")
    return raw | {
        "title": text(raw.get("title")),
        "value": text(value if isinstance(value, str) else json.dumps(value)),
    }
