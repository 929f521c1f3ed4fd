"""Posts as somebody asks for them."""

from dataclasses import dataclass, field
from typing import Any, Self

from playground.mattermost.records import Json

_TEXTS = ("channel_id", "message", "type", "root_id", "pending_post_id", "id")


@dataclass(frozen=True, slots=True)
class Draft:
    """A post as somebody asks for it; values of a wrong type count as absent, as in the real server."""

    channel_id: str
    message: str = ""
    props: Json = field(default_factory=dict)
    type: str = ""
    root_id: str = ""
    pending_post_id: str = ""
    id: str = ""
    is_pinned: bool = False

    @classmethod
    def read(cls, body: Json) -> Self:
        """Read the body of `POST /posts`."""
        texts = {
            key: text_of(body, key) for key in ("channel_id", "message", "type", "root_id", "pending_post_id", "id")
        }
        return cls(props=props_of(body) or {}, is_pinned=body.get("is_pinned") is True, **texts)


def text_of(body: Json, key: str) -> str:
    """Return a text of a body, "" where it is absent or of another type."""
    value: Any = body.get(key)
    return value if isinstance(value, str) else ""


def props_of(body: Json) -> Json | None:
    """Return the props of a body, None where they are absent or no object."""
    props = body.get("props")
    return dict(props) if isinstance(props, dict) else None
