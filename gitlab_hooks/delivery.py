"""A webhook's body as it came: of what kind it is, what makes it one with another, and in which lane it waits."""

import hashlib
import json
import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import msgspec

from gitlab_hooks.event import Unreadable


class NotJson(Exception):  # noqa: N818 - it is a state of the bytes
    """Bytes that no JSON parser takes."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """One webhook request, kept as it came; `received` is milliseconds since 1970 by the store's clock.

    Of one that failed and was read back from GitLab's log, `received` is when it failed; `late` says that it is too old
    for messages of its own. `accepted` is when we took it, or took it up again; `attempts` counts this one, and
    `unasked` those of them in which GitLab was not asked. `taken` is when somebody took it in hand, by the same clock.
    Over how many tries the program stumbled is `faults`; `lapses` is how many processes in a row died while they had it
    in hand, with `lapsed` the last just now.
    """

    id: int
    object: str
    received: int
    body: bytes
    attempts: int = 0
    epoch: int = 0
    late: bool = False
    accepted: int = 0
    unasked: int = 0
    taken: int = 0
    faults: int = 0
    lapses: int = 0
    lapsed: bool = False

    @property
    def caught_up(self) -> bool:
        """Say whether it came after others that were sent later: read back from GitLab's log, or tried once more."""
        return self.accepted > self.received

    @property
    def kind(self) -> str:
        """Return `object_kind`, or `event_name` of those group and system events that have no kind; "" for neither.

        Raises:
            gitlab_hooks.event.Unreadable: the body is nested beyond sense.

        """
        try:
            names = msgspec.json.decode(self.body, type=_Names)
        except RecursionError as wrong:
            raise Unreadable("nested beyond sense") from wrong
        except (msgspec.MsgspecError, UnicodeDecodeError):
            return ""
        return names.object_kind or names.event_name or ""


class _Names(msgspec.Struct):
    object_kind: str | None = None
    event_name: str | None = None


class Kept(StrEnum):
    """What became of a delivery that came: it is new, it failed here before and is tried again, or it is known."""

    NEW = "accepted"
    AGAIN = "again"
    KNOWN = "duplicate"


@dataclass(frozen=True, slots=True)
class Content:
    """What a body says of itself: its digest, and its lane, "" where it names nothing that order is kept for.

    `body` is how it is kept: as it came, or, where only a lenient parser takes it, as every parser does.
    """

    digest: str
    lane: str
    body: bytes


def content(body: bytes) -> Content:
    """Read what a body says of itself.

    The digest is SHA-256 of the canonical JSON, keys sorted and addresses left out, so that the copies of a group's and
    a project's hook and a body read back from GitLab's log, which hides addresses, are one. A body nested beyond sense
    is JSON still: its own bytes are its digest.

    Raises:
        NotJson: no JSON parser takes it.

    """
    try:
        value, kept = _value(body)
        return Content(hashlib.sha256(_redacted(_canonical(value))).hexdigest(), lane(value), kept)
    except RecursionError:
        return Content(hashlib.sha256(body).hexdigest(), "", body)


def _value(body: bytes) -> tuple[Any, bytes]:
    """Take what the strict parser takes, else what a lenient one does: half a surrogate pair, UTF-16, huge numbers."""
    try:
        return msgspec.json.decode(body), body
    except (msgspec.MsgspecError, UnicodeDecodeError):
        try:
            value = json.loads(body, parse_int=str, parse_constant=str)
        except ValueError as wrong:
            raise NotJson(str(wrong)) from wrong
        return value, json.dumps(value, ensure_ascii=False).encode(errors="replace")


def _canonical(value: Any) -> bytes:
    try:
        return msgspec.json.encode(value, order="sorted")
    except (msgspec.MsgspecError, UnicodeEncodeError, OverflowError):
        return json.dumps(value, sort_keys=True).encode()


_ADDRESS_ENDS = re.compile(rb'@[0-9A-Za-z.-]+"')
_ADDRESS = re.compile(rb'"[0-9A-Za-z.!#$%&\'*+/=?^_`{|}~-]+@[0-9A-Za-z.-]+"')
_HIDDEN = b'"[REDACTED]"'


def _redacted(text: bytes) -> bytes:
    """Hide every string that is an e-mail address and nothing else, as GitLab's log does (`redact_user_emails`)."""
    kept, done = [], 0
    for end in _ADDRESS_ENDS.finditer(text):
        start = text.rfind(b'"', done, end.start())
        if start >= 0 and _ADDRESS.fullmatch(text, start, end.end()):
            kept += [text[done:start], _HIDDEN]
            done = end.end()
    return b"".join((*kept, text[done:]))


_CARRIED = (
    ("merge_request", "mr"),
    ("issue", "issue"),
    ("commit", "commit"),
    ("snippet", "snippet"),
    ("project_snippet", "snippet"),
)
_ABOUT_ANOTHER = frozenset({"note", "emoji"})
_ID = re.compile(r"[0-9A-Za-z]{1,64}")
_REF = re.compile("[^\x00-\x20\x7f\ud800-\udfff]{1,255}")
_ITSELF = {"merge_request": "mr", "issue": "issue", "work_item": "issue"}


def lane(value: Any) -> str:
    """Name the thing a body is about (`mr:12`), the lane in which deliveries keep their order."""
    kind = value.get("object_kind") if isinstance(value, dict) else None
    if not isinstance(kind, str):
        return ""
    if kind in _ITSELF:
        return _key(_ITSELF[kind], value.get("object_attributes"))
    if kind == "pipeline":
        return _pipeline_lane(value)
    lanes = (_key(name, value.get(key)) for key, name in _CARRIED) if kind in _ABOUT_ANOTHER else ()
    return next(filter(None, lanes), "")


def _pipeline_lane(value: dict[str, Any]) -> str:
    its, project = (_dict(value.get(key)) for key in ("object_attributes", "project"))
    return _key("mr", value.get("merge_request")) or ref_key(project.get("id"), its.get("ref"))


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def ref_key(project: object, ref: object) -> str:
    """Name a branch or a tag of a project (`ref:7:main`), the lane of its pipelines; "" for what can be none."""
    home = _key("ref", {"id": project})
    return f"{home}:{ref}" if home and isinstance(ref, str) and _REF.fullmatch(ref) else ""


def _key(name: str, thing: Any) -> str:
    found = thing.get("id") if isinstance(thing, dict) else None
    named = isinstance(found, int | str) and _ID.fullmatch(str(found))
    return f"{name}:{found}" if named else ""
