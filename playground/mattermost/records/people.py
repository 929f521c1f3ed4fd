"""Accounts and what lets them in."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from playground.mattermost.records.json import Json

if TYPE_CHECKING:
    from playground.mattermost.records.channels import Member

_USER_NOTIFY = {
    "channel": "true",
    "comments": "never",
    "desktop": "mention",
    "desktop_sound": "true",
    "email": "true",
    "first_name": "false",
    "mention_keys": "",
    "push": "mention",
    "push_status": "away",
}


@dataclass(slots=True, eq=False)
class User:
    """An account; times are milliseconds since 1970, `delete_at` 0 means active."""

    id: str
    username: str
    email: str
    password: str
    create_at: int
    update_at: int
    first_name: str = ""
    last_name: str = ""
    locale: str = "en"
    timezone: str = ""
    roles: str = "system_user"
    is_bot: bool = False
    bot_description: str = ""
    delete_at: int = 0
    failed_logins: int = 0
    memberships: "dict[str, Member]" = field(default_factory=dict, repr=False)

    @property
    def admin(self) -> bool:
        """Whether this is a system administrator."""
        return "system_admin" in self.roles.split()

    def shown(self, *, own: bool = False, email: bool = True, name: bool = True) -> Json:
        """Return the user as others see it, or as it sees itself; privacy settings may hide e-mail and full name."""
        answer: Json = {
            "id": self.id,
            "create_at": self.create_at,
            "update_at": self.update_at,
            "delete_at": self.delete_at,
            "username": self.username,
            "auth_data": "",
            "auth_service": "",
            "email": self.email if email else "",
            "nickname": "",
            "first_name": self.first_name if name else "",
            "last_name": self.last_name if name else "",
            "position": "",
            "roles": self.roles,
            "locale": self.locale,
            "timezone": self._zones(),
            "disable_welcome_email": False,
        }
        if own:
            answer |= {"notify_props": _USER_NOTIFY, "last_password_update": self.create_at}
        if self.is_bot:
            answer["is_bot"] = True
        if self.bot_description:
            answer["bot_description"] = self.bot_description
        return answer

    def _zones(self) -> Json:
        automatic = "false" if self.timezone else "true"
        return {
            "automaticTimezone": "",
            "manualTimezone": self.timezone,
            "useAutomaticTimezone": automatic,
        }


@dataclass(slots=True, eq=False)
class Session:
    """What a token stands for: a login, or a personal access token (`personal`), which can be switched off."""

    id: str
    token: str
    user: User
    expires_at: int
    personal: bool = False
    active: bool = True
    description: str = ""
    cached: bool = False

    def shown(self) -> Json:
        """Return a personal access token as the answer that creates it shows it."""
        return {
            "id": self.id,
            "token": self.token,
            "user_id": self.user.id,
            "description": self.description,
            "is_active": self.active,
        }
