"""Slash commands."""

from dataclasses import dataclass

from playground.mattermost.records.json import Json


@dataclass(slots=True, eq=False)
class Command:
    """A registered slash command."""

    id: str
    token: str
    creator_id: str
    team_id: str
    trigger: str
    url: str
    create_at: int
    display_name: str = ""
    auto_complete: bool = False
    auto_complete_desc: str = ""
    auto_complete_hint: str = ""

    def shown(self) -> Json:
        """Return the command as its administrators see it."""
        return {
            "id": self.id,
            "token": self.token,
            "create_at": self.create_at,
            "update_at": self.create_at,
            "delete_at": 0,
            "creator_id": self.creator_id,
            "team_id": self.team_id,
            "trigger": self.trigger,
            "method": "P",
            "username": "",
            "icon_url": "",
            "auto_complete": self.auto_complete,
            "auto_complete_desc": self.auto_complete_desc,
            "auto_complete_hint": self.auto_complete_hint,
            "display_name": self.display_name,
            "description": "",
            "url": self.url,
            "plugin_id": "",
        }
