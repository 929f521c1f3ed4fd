"""A project's webhooks: which events they want, which headers they get, and the log of what was sent."""

import base64
import hashlib
import hmac
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

VERSION = "19.3.0-ee"
SECRET_BYTES = 32
INTERNAL_ERROR = "internal error"


@dataclass(frozen=True, slots=True)
class Event:
    """What a payload is about: the value of `X-Gitlab-Event`, and the hook's switch for it."""

    name: str
    flag: str


EVENTS = {
    "push": Event("Push Hook", "push_events"),
    "tag_push": Event("Tag Push Hook", "tag_push_events"),
    "merge_request": Event("Merge Request Hook", "merge_requests_events"),
    "issue": Event("Issue Hook", "issues_events"),
    "work_item": Event("Issue Hook", "issues_events"),
    "confidential_issue": Event("Confidential Issue Hook", "confidential_issues_events"),
    "confidential_work_item": Event("Confidential Issue Hook", "confidential_issues_events"),
    "note": Event("Note Hook", "note_events"),
    "confidential_note": Event("Confidential Note Hook", "confidential_note_events"),
    "award": Event("Emoji Hook", "emoji_events"),
    "revoke": Event("Emoji Hook", "emoji_events"),
    "pipeline": Event("Pipeline Hook", "pipeline_events"),
    "deployment": Event("Deployment Hook", "deployment_events"),
    "release": Event("Release Hook", "releases_events"),
}
"""`event_type`, else `object_kind`, of a payload → event."""

FLAGS = tuple(dict.fromkeys(event.flag for event in EVENTS.values()))


def event_of(payload: dict[str, Any]) -> Event:
    """Return what a payload is about."""
    return EVENTS[payload.get("event_type") or payload["object_kind"]]


@dataclass(eq=False, slots=True)
class Delivery:
    """One request of a hook, as GitLab's hook log keeps it; `status` is "internal error" where no answer came."""

    id: int
    hook: "Hook"
    event: Event
    headers: dict[str, str]
    body: bytes
    at: datetime
    status: str = "pending"
    answer: str = ""


@dataclass(eq=False, slots=True)
class Hook:
    """A webhook of a project; GitLab never gives its two secrets back.

    `alert_status` is "executable", "temporarily_disabled" or "disabled".
    """

    id: int
    project_id: int
    url: str
    token: str = ""
    signing_token: str = ""
    flags: dict[str, bool] = field(default_factory=lambda: dict.fromkeys(FLAGS, True))
    settings: dict[str, Any] = field(default_factory=dict)
    deliveries: list[Delivery] = field(default_factory=list)
    alert_status: str = "executable"
    disabled_until: str | None = None


def sign(signing_token: str, message_id: str, timestamp: int, body: bytes) -> str:
    """Sign a body as Standard Webhooks asks: `v1,` and the base64 of HMAC-SHA256 over id, time and body."""
    key = base64.b64decode(signing_token.removeprefix("whsec_"), validate=True)
    signed = f"{message_id}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()


def headers(
    hook: Hook, event: Event, body: bytes, *, uuids: tuple[str, str, str], now: int, url: str
) -> dict[str, str]:
    """Build the headers of a delivery.

    `uuids` are the delivery's own (`Idempotency-Key`), the request's and the user action's; `now` is Unix seconds;
    `url` the instance's address.
    """
    key, request, action = uuids
    plain = {
        "Content-Type": "application/json",
        "User-Agent": f"GitLab/{VERSION}",
        "Idempotency-Key": key,
        "X-Gitlab-Event": event.name,
        "X-Gitlab-Webhook-UUID": request,
        "X-Gitlab-Instance": url,
        "X-Gitlab-Event-UUID": action,
    }
    token = {"X-Gitlab-Token": hook.token} if hook.token else {}
    return plain | token | (_signature(hook, key, now, body) if hook.signing_token else {})


def _signature(hook: Hook, key: str, now: int, body: bytes) -> dict[str, str]:
    return {
        "webhook-id": key,
        "webhook-timestamp": str(now),
        "webhook-signature": sign(hook.signing_token, key, now, body),
    }
