"""Slash commands, buttons and dialogs over HTTP."""

import re

from playground.mattermost import actions, commands, dialogs, errors, slash
from playground.mattermost.api.call import OK, Call, Reply
from playground.mattermost.errors import ApiError, NoSuchPathError

_HIDDEN = {"token": "", "creator_id": "", "method": "", "url": ""}
_ACTION = re.compile(r"[A-Za-z0-9]+")


def execute(call: Call) -> Reply:
    """Run a slash command as the caller."""
    return Reply(slash.execute(call.state, call.caller, call.object("command_args"), call.site_url))


def late(call: Call) -> Reply:
    """Take what a command says later; whoever knows the address may."""
    slash.late(call.state, call.path["hook_id"], call.content_type, call.raw)
    return Reply(b"ok", content_type="text/plain")


def listed(call: Call) -> Reply:
    """Return a team's own commands; their tokens are for those who may manage them."""
    team_id = call.query.get("team_id", "")
    _may_manage(call, team_id)
    return Reply([one.shown() for one in call.state.commands.values() if one.team_id == team_id])


def completed(call: Call) -> Reply:
    """Return the commands that are completed while typing, to everybody in the team; nothing secret is in them."""
    team_id = call.path["team_id"]
    if team_id not in call.state.teams or call.caller.id not in call.state.teams[team_id].members:
        raise ApiError(errors.PERMISSIONS)
    own = [one for one in call.state.commands.values() if one.team_id == team_id and one.auto_complete]
    return Reply([one.shown() | _HIDDEN for one in own])


def create(call: Call) -> Reply:
    """Register a slash command."""
    body = call.object("command")
    team_id = str(body.get("team_id", ""))
    _may_manage(call, team_id)
    return Reply(commands.add(call.state, call.state.teams[team_id], call.caller.id, body).shown(), 201)


def change(call: Call) -> Reply:
    """Change a slash command."""
    command = commands.get(call.state, call.caller, call.path["command_id"])
    return Reply(commands.change(call.state, command, call.object("command")).shown())


def remove(call: Call) -> Reply:
    """Forget a slash command."""
    commands.remove(call.state, commands.get(call.state, call.caller, call.path["command_id"]))
    return OK


def new_token(call: Call) -> Reply:
    """Give a slash command another token."""
    command = commands.get(call.state, call.caller, call.path["command_id"])
    command.token = call.state.new_id()
    return Reply({"token": command.token})


def click(call: Call) -> Reply:
    """Press a button, or choose from a menu."""
    post_id, action_id = call.path["post_id"], call.path["action_id"]
    if not _ACTION.fullmatch(action_id):
        raise NoSuchPathError
    body = call.body if isinstance(call.body, dict) else {}
    return Reply(actions.click(call.state, call.caller, post_id, action_id, body))


def open_dialog(call: Call) -> Reply:
    """Show a dialog to whoever has just clicked; needs no login."""
    dialogs.open_dialog(call.state, call.object("dialog"))
    return OK


def submit_dialog(call: Call) -> Reply:
    """Pass on what a person filled in."""
    return Reply(dialogs.submit(call.state, call.caller, call.object("dialog")))


def _may_manage(call: Call, team_id: str) -> None:
    if team_id not in call.state.teams or not call.caller.admin:
        raise ApiError(errors.PERMISSIONS)
