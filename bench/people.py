"""The people of a benchmark: the same numbered persons in Mattermost and in GitLab."""

from typing import Any

BOT = "bot"
"""The shared account's name and the start of its id."""


def mattermost_id(number: int) -> str:
    """Return a person's id in Mattermost: 26 characters, as its own are."""
    return f"person{number:020}"


def name(number: int) -> str:
    """Return a person's user name, the same in both."""
    return f"person{number}"


def mattermost_user(number: int) -> dict[str, Any]:
    """Return a user as Mattermost answers."""
    user = {"id": mattermost_id(number), "username": name(number), "email": f"{name(number)}@example.com"}
    return user | {"locale": "en", "roles": "system_user", "delete_at": 0}


def gitlab_user(number: int) -> dict[str, Any]:
    """Return a user as GitLab answers."""
    user = {"id": number, "username": name(number), "name": f"Person {number}", "state": "active"}
    return user | {"public_email": f"{name(number)}@example.com", "bot": False}
