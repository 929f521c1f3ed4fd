"""What `doctor` and `setup` ask of Mattermost besides; one adapter stands behind it (`bot.mattermost_admin_driver`)."""

from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True, slots=True)
class SlashCommand:
    """A slash command of a team; `url` and `token` are "" where the account may not see them."""

    trigger: str
    url: str = ""
    token: str = field(default="", repr=False)


class MattermostAdmin(Protocol):
    """The boundary to the part of Mattermost's REST API v4 that only some accounts may use.

    Every method may raise `bot.errors.TryLater`, `Refused` or `Misconfigured`, and nothing else.
    """

    def version(self) -> str:
        """Return the server's version, such as "10.5.1"."""

    def commands(self, team: str) -> tuple[SlashCommand, ...]:
        """Return a team's slash commands; to who may not manage them those that the server completes while typing."""

    def create_command(self, team: str, command: SlashCommand) -> SlashCommand | None:
        """Create a slash command and return it with its token; None where the account may not."""

    def internal_connections(self) -> str | None:
        """Return `AllowedUntrustedInternalConnections`, None where the account may not read the configuration."""
