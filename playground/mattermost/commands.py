"""Registering slash commands."""

from playground.mattermost import errors
from playground.mattermost.errors import ApiError
from playground.mattermost.records import Command, Json, Team, User
from playground.mattermost.state import State

_TEXTS = ("url", "display_name", "auto_complete_desc", "auto_complete_hint")


def add(state: State, team: Team, creator_id: str, body: Json, token: str = "") -> Command:
    """Register a command in a team; raise `ApiError` where the trigger is taken."""
    trigger = str(body.get("trigger", "")).lower()
    if (team.id, trigger) in state.triggers:
        raise ApiError(errors.COMMAND_TAKEN)
    token = token or state.new_id()
    command = Command(state.new_id(), token, creator_id, team.id, trigger, url="", create_at=state.now())
    _write(command, body)
    state.commands[command.id] = state.triggers[team.id, trigger] = command
    return command


def change(state: State, command: Command, body: Json) -> Command:
    """Change a command; the id, the team and the token stay."""
    trigger = str(body.get("trigger", command.trigger)).lower()
    if state.triggers.get((command.team_id, trigger), command) is not command:
        raise ApiError(errors.COMMAND_TAKEN)
    del state.triggers[command.team_id, command.trigger]
    command.trigger = trigger
    state.triggers[command.team_id, trigger] = command
    _write(command, body)
    return command


def remove(state: State, command: Command) -> None:
    """Forget a command."""
    del state.commands[command.id], state.triggers[command.team_id, command.trigger]


def get(state: State, caller: User, command_id: str) -> Command:
    """Return a command the caller may manage; raise `ApiError` otherwise."""
    command = state.commands.get(command_id)
    if command is None:
        raise ApiError(errors.COMMAND_MISSING)
    if not caller.admin and command.creator_id != caller.id:
        raise ApiError(errors.PERMISSIONS)
    return command


def _write(command: Command, body: Json) -> None:
    for key in _TEXTS:
        if isinstance(body.get(key), str):
            setattr(command, key, body[key])
    command.auto_complete = bool(body.get("auto_complete", command.auto_complete))
