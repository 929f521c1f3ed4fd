"""The adapter to what only some accounts may ask of Mattermost, over mattermostdriver.

https://developers.mattermost.com/api-documentation/ (commands, system)
"""

from collections.abc import Callable
from typing import Any, TypeVar

import msgspec

from bot.errors import Refused
from bot.mattermost_admin import SlashCommand
from bot.mattermost_client import ApiError, Connection

FORBIDDEN = 403

CLIENT_CONFIG = "/config/client?format=old"
"""The part of the configuration that everybody may read; the server knows this format alone."""

SHOWN = {
    "display_name": "Nudge",
    "description": "What GitLab wants of me, by direct message",
    "auto_complete": True,
    "auto_complete_desc": "What GitLab wants of me, by direct message",
    "auto_complete_hint": "on, off, status, help",
    "method": "P",
}
"""How a new command looks in Mattermost; "P" is POST."""

Answer = TypeVar("Answer")


class CommandAnswer(msgspec.Struct, frozen=True):
    """One of `GET /commands` and `GET /teams/{id}/commands/autocomplete`; `POST /commands`."""

    trigger: str = ""
    url: str = ""
    token: str = ""


class TeamAnswer(msgspec.Struct, frozen=True):
    """`GET /teams/name/{name}`."""

    id: str


class ClientConfigAnswer(msgspec.Struct, frozen=True, rename="pascal"):
    """`GET /config/client`."""

    version: str = ""


class ServiceSettings(msgspec.Struct, frozen=True, rename="pascal"):
    """The section of the configuration that is read."""

    allowed_untrusted_internal_connections: str | None = None


class ConfigAnswer(msgspec.Struct, frozen=True, rename="pascal"):
    """`GET /config`, without what the account may not read."""

    service_settings: ServiceSettings = ServiceSettings()


class MattermostAdminDriver:
    """`bot.mattermost_admin.MattermostAdmin` over a connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def version(self) -> str:
        """Return the server's version."""
        found = self._call(lambda api: msgspec.convert(api.client.get(CLIENT_CONFIG), ClientConfigAnswer))
        return found.version if found else ""

    def commands(self, team: str) -> tuple[SlashCommand, ...]:
        """Return a team's own commands; without the right to manage them, those that are completed while typing."""
        wish = {"team_id": self._team(team), "custom_only": "true"}
        found = self._call(lambda api: msgspec.convert(api.commands.list_commands_for_team(wish), list[CommandAnswer]))
        if found is None:
            # The driver's own `list_autocomplete_commands` forgets a slash.
            completed = f"/teams/{wish['team_id']}/commands/autocomplete"
            found = self._call(lambda api: msgspec.convert(api.client.get(completed), list[CommandAnswer]))
        return tuple(map(_command_of, found or ()))

    def create_command(self, team: str, command: SlashCommand) -> SlashCommand | None:
        """Create a slash command and return it with its token; None where the account may not."""
        wish = {**SHOWN, "team_id": self._team(team), "trigger": command.trigger, "url": command.url}
        made = self._call(lambda api: msgspec.convert(api.commands.create_command(wish), CommandAnswer))
        return _command_of(made) if made else None

    def internal_connections(self) -> str | None:
        """Return which internal addresses the server may ask, None where the account may not know."""
        found = self._call(lambda api: msgspec.convert(api.client.get("/config"), ConfigAnswer))
        return found.service_settings.allowed_untrusted_internal_connections if found else None

    def _team(self, name: str) -> str:
        try:
            found = self._call(lambda api: msgspec.convert(api.teams.get_team_by_name(name), TeamAnswer))
        except Refused as wrong:
            raise Refused(f"{wrong}: no such team: see [mattermost] team") from wrong
        if found is None:
            raise Refused(f"the team {name!r} is not for the shared account: see [mattermost] team")
        return found.id

    def _call(self, question: Callable[[Any], Answer]) -> Answer | None:
        """Ask; None where the account may not."""
        try:
            return self._connection.ask(question)
        except ApiError as error:
            if error.status == FORBIDDEN:
                return None
            raise Refused(str(error)) from error


def _command_of(answer: CommandAnswer) -> SlashCommand:
    return SlashCommand(answer.trigger, answer.url, answer.token)
