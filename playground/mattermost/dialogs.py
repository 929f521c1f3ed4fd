"""Dialogs: opened by an integration for whoever has just clicked, and what the person then submits.

https://developers.mattermost.com/integrate/plugins/interactive-dialogs/ and the recordings `dialog_*`.
"""

from typing import Any

import msgspec

from playground.mattermost import errors, outgoing, rooms, triggers
from playground.mattermost.errors import ApiError
from playground.mattermost.records import Json, User
from playground.mattermost.state import State

_PASSED_ON = ("callback_id", "state")


def open_dialog(state: State, body: Json) -> None:
    """Show a dialog to the person of the trigger id; nothing of the dialog itself is checked."""
    if not body.get("url"):
        raise ApiError(errors.invalid_body("url"))
    user = triggers.check(state, str(body.get("trigger_id", "")))
    state.dialogs[user.id].append({"url": body["url"], "dialog": body.get("dialog") or {}})
    state.bell.ring()


def submit(state: State, caller: User, body: Json) -> Json:
    """Send what a person filled in to the integration and return its complaints, if any."""
    if not body.get("url"):
        raise ApiError(errors.invalid_body("url"))
    with state.lock:
        rooms.readable(state, caller, str(body.get("channel_id", "")))
        team = state.teams.get(str(body.get("team_id", "")))
        if team is None or caller.id not in team.members:
            raise ApiError(errors.PERMISSIONS)
    return _complaints(_called(str(body["url"]), _submission(caller, body)))


def _submission(caller: User, body: Json) -> Json:
    return {
        "type": "dialog_submission",
        **{key: str(body.get(key, "")) for key in _PASSED_ON},
        "user_id": caller.id,
        "channel_id": body["channel_id"],
        "team_id": body["team_id"],
        "submission": dict(sorted((body.get("submission") or {}).items())),
        "cancelled": bool(body.get("cancelled")),
    }


def _called(url: str, body: Json) -> Json:
    try:
        answer = outgoing.post(url, "application/json", msgspec.json.encode(body))
    except outgoing.UnreachableError as error:
        raise ApiError(errors.ACTION_FAILED) from error
    if not answer.ok:
        raise ApiError(errors.ACTION_FAILED)
    return (answer.json() or {}) if answer.text else {}


def _complaints(reply: Json) -> Json:
    error: Any = reply.get("error")
    fields: Any = reply.get("errors")
    shown = {"error": error} if isinstance(error, str) and error else {}
    return shown | ({"errors": fields} if isinstance(fields, dict) and fields else {})
