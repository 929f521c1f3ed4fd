"""A person as the notification channel shows them."""

from dataclasses import dataclass
from typing import NewType

PersonKey = NewType("PersonKey", str)
"""Mattermost's user id: it stays when the name changes."""


@dataclass(frozen=True, slots=True)
class Member:
    """One user of Mattermost, as `GET /users?in_channel=` describes them.

    `email` is "" where the server hides addresses (`ShowEmailAddress` off); `locale` is a language tag such as "ko";
    `timezone` an IANA name or "".
    """

    key: PersonKey
    name: str
    email: str = ""
    locale: str = "en"
    timezone: str = ""
    active: bool = True
    bot: bool = False
    admin: bool = False
