"""Running a slash command: the request to the command's server, and what its answer may be.

https://developers.mattermost.com/integrate/slash-commands/custom/ and the recordings `slash_*`.
"""

import re
from collections.abc import Iterator
from urllib.parse import urlencode

import msgspec

from playground.mattermost import errors, outgoing, responses, rooms, triggers
from playground.mattermost.errors import ApiError
from playground.mattermost.records import DIRECT, Command, Json, Team, User
from playground.mattermost.responses import Response
from playground.mattermost.state import Hook, Place, State

HOOK_USES = 5
HOOK_MS = 30 * 60 * 1000
_FORM = "application/x-www-form-urlencoded"
_WORDS = re.compile(r"\s")
_NAMES = {"user": re.compile(r"@([a-z0-9._-]+)"), "channel": re.compile(r"~([a-z0-9._-]+)")}


def execute(state: State, caller: User, body: Json, site_url: str) -> Json:
    """Run what somebody typed and return the answer as their client gets it; raise `ApiError` as the server does.

    `body` is that of `POST /commands/execute`; `site_url` is where the answer's `response_url` will point.
    """
    line = body.get("command")
    if not isinstance(line, str) or len(line) < 2 or line[0] != "/":  # noqa: PLR2004 - a slash and a letter
        raise ApiError(errors.COMMAND_START)
    word, text = _split(line[1:])
    with state.lock:
        place = _place(state, caller, body)
        command = state.triggers.get((place.team.id, word))
        if command is None:
            raise ApiError(errors.command_unknown(word))
        client_id, trigger_id = triggers.make(state, caller)
        form = _form(state, place, command, text) | {"trigger_id": trigger_id}
        form["response_url"] = f"{site_url}/hooks/commands/{_hook(state, command, place)}"
    response = _asked(command, form)
    response.trigger_id = client_id
    responses.deliver(state, command, place, response)
    return response.shown()


def late(state: State, hook_id: str, content_type: str, raw: bytes) -> None:
    """Take what a command's server says later by its `response_url`; raise `ApiError` after five times."""
    with state.lock:
        hook = state.hooks.get(hook_id)
        if hook is None or hook.until < state.now():
            raise ApiError(errors.HOOK_MISSING)
        if hook.uses >= HOOK_USES:
            raise ApiError(errors.HOOK_USED_UP)
        hook.uses += 1
    answer = outgoing.Answer(200, "OK", content_type, raw.decode(errors="replace"))
    responses.deliver(state, hook.command, hook.place, _read(hook.command, answer))


def _split(line: str) -> tuple[str, str]:
    word, *rest = _WORDS.split(line, maxsplit=1)
    return word.lower(), rest[0] if rest else ""


def _place(state: State, caller: User, body: Json) -> Place:
    channel = rooms.readable(state, caller, str(body.get("channel_id", "")))
    team_id = body.get("team_id", "") if channel.type == DIRECT else channel.team_id
    team = state.teams.get(team_id)
    if team is None or caller.id not in team.members:
        raise ApiError(errors.PERMISSIONS)
    return Place(caller, channel, team, str(body.get("root_id", "")))


def _form(state: State, place: Place, command: Command, text: str) -> dict[str, str | list[str]]:
    fixed = {
        "channel_id": place.channel.id,
        "channel_name": place.channel.name,
        "command": f"/{command.trigger}",
        "team_domain": place.team.name,
        "team_id": place.team.id,
        "text": text,
        "token": command.token,
        "user_id": place.user.id,
        "user_name": place.user.username,
    }
    return fixed | dict(_mentions(state, place.team, text))


def _mentions(state: State, team: Team, text: str) -> Iterator[tuple[str, list[str]]]:
    users = {name: state.usernames[name].id for name in _NAMES["user"].findall(text) if name in state.usernames}
    channels = {
        name: state.channel_names[team.id, name].id
        for name in _NAMES["channel"].findall(text)
        if (team.id, name) in state.channel_names
    }
    for kind, found in (("user", users), ("channel", channels)):
        if found:
            yield f"{kind}_mentions", list(found)
            yield f"{kind}_mentions_ids", list(found.values())


def _hook(state: State, command: Command, place: Place) -> str:
    hook_id = state.new_id()
    state.hooks[hook_id] = Hook(command, place, state.now() + HOOK_MS)
    return hook_id


def _asked(command: Command, form: dict[str, str | list[str]]) -> Response:
    body = urlencode(sorted(form.items()), doseq=True).encode()
    try:
        answer = outgoing.post(command.url, _FORM, body, {"Authorization": f"Token {command.token}"})
    except outgoing.UnreachableError as error:
        raise ApiError(errors.command_failed(command.trigger)) from error
    if not answer.ok:
        raise ApiError(errors.command_answered(command.trigger, f"{answer.status} {answer.reason}"))
    return _read(command, answer)


def _read(command: Command, answer: outgoing.Answer) -> Response:
    """Only `application/json` is JSON; everything else is text to show."""
    if answer.content_type.partition(";")[0].strip() != "application/json":
        return Response(text=answer.text)
    try:
        return msgspec.json.decode(answer.text, type=Response)
    except msgspec.MsgspecError as error:
        raise ApiError(errors.command_failed(command.trigger)) from error
