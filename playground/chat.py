"""What the page shows of Mattermost: people with their badges, and one person's direct messages."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from playground.cast import CAST
from playground.mattermost.errors import ApiError
from playground.mattermost.mattermost import Mattermost
from playground.render import html

ACCOUNT = "gitlab-bot"
"""The account the bot shares."""
COLORS = {"good": "#2f9e44", "warning": "#e8a317", "danger": "#d03b3b"}
"""https://developers.mattermost.com/integrate/reference/message-attachments/: names of colours."""
LANGUAGES = {"en": "English", "ko": "한국어"}
HELP = "This line takes slash commands. Try /nudge help."


def people(mattermost: Mattermost) -> list[dict[str, Any]]:
    """List everybody with the number on their badge."""
    return [
        {
            "name": person.name,
            "full_name": person.full_name,
            "language": LANGUAGES[person.locale],
            "about": person.about,
            "badge": mattermost.badge(person.name),
        }
        for person in CAST
    ]


def conversation(mattermost: Mattermost, person: str) -> list[dict[str, Any]]:
    """Return what a person sees in the direct channel, oldest first, answers to their commands included.

    A reply shows what it replies to: `reply_to`, "" for all others.
    """
    posts = mattermost.direct_posts(person)
    texts = {post["id"]: post["message"] for post in posts}
    shown = [_post(post, html(texts.get(post["root_id"], ""))) for post in posts]
    shown += [_post(post, "") for post in mattermost.ephemeral_posts(person)]
    return sorted(shown, key=lambda post: post["at"])


def _post(post: Mapping[str, Any], reply_to: str) -> dict[str, Any]:
    ephemeral = post["type"] == "system_ephemeral"
    return {
        "id": post["id"],
        "author": ACCOUNT if ephemeral else post["author"],
        "at": post["create_at"],
        "edited": bool(post["edit_at"]),
        "ephemeral": ephemeral,
        "reply_to": reply_to,
        "html": html(post["message"]),
        "cards": [_card(card) for card in post["props"].get("attachments") or ()],
    }


def _card(card: Mapping[str, Any]) -> dict[str, Any]:
    color = str(card.get("color") or "")
    return {
        "color": COLORS.get(color, color),
        "author": card.get("author_name", ""),
        "author_link": card.get("author_link", ""),
        "icon": card.get("author_icon", ""),
        "title": card.get("title", ""),
        "title_link": card.get("title_link", ""),
        "pretext": html(card.get("pretext") or ""),
        "text": html(card.get("text") or ""),
        "fields": [_field(field) for field in card.get("fields") or ()],
        "footer": card.get("footer", ""),
        "actions": list(_actions(card)),
    }


def _field(field: Mapping[str, Any]) -> dict[str, Any]:
    return {"title": field["title"], "value": html(str(field["value"])), "short": bool(field.get("short"))}


def _actions(card: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for action in card.get("actions") or ():
        options = [{"text": one.get("text", ""), "value": one.get("value", "")} for one in action.get("options") or ()]
        yield {
            "id": action["id"],
            "name": action.get("name", ""),
            "style": action.get("style", ""),
            "disabled": bool(action.get("disabled")),
            "options": options,
        }


def view(mattermost: Mattermost, person: str) -> int:
    """Mark the direct messages of a person as read; return how many were not."""
    unread = mattermost.badge(person)
    for channel_id in {post["channel_id"] for post in mattermost.direct_posts(person)}:
        mattermost.view(person, channel_id)
    return unread


def say(mattermost: Mattermost, person: str, text: str) -> dict[str, Any]:
    """Run a slash command for a person in the direct channel; return what went wrong and what dialog it opened."""
    if not text.startswith("/"):
        return {"complaint": HELP, "dialog": None}
    channel_id = mattermost.direct_channel(person, ACCOUNT)["id"]
    return _done(mattermost, person, lambda: mattermost.execute(person, channel_id, text))


def click(mattermost: Mattermost, person: str, post_id: str, action_id: str, option: str) -> dict[str, Any]:
    """Press a button of a card for a person; return what went wrong and what dialog it opened."""
    return _done(mattermost, person, lambda: mattermost.click(person, post_id, action_id, option))


def submit(mattermost: Mattermost, person: str, number: int, submission: Mapping[str, Any]) -> dict[str, Any]:
    """Fill in a dialog that was opened for a person; return what went wrong, as a whole and at each element.

    Raises:
        LookupError: there is no such dialog.

    """
    opened = mattermost.dialogs(person)[number]
    channel_id = mattermost.direct_channel(person, ACCOUNT)["id"]
    found: dict[str, Any] = {}
    complaint = _complaint(lambda: found.update(mattermost.submit(person, channel_id, opened, dict(submission))))
    return {"complaint": complaint or found.get("error", ""), "errors": found.get("errors", {})}


def _done(mattermost: Mattermost, person: str, do: Callable[[], object]) -> dict[str, Any]:
    before = len(mattermost.dialogs(person))
    complaint = _complaint(do)
    opened = mattermost.dialogs(person)
    return {"complaint": complaint, "dialog": _dialog(len(opened) - 1, opened[-1]) if len(opened) > before else None}


def _dialog(number: int, opened: Mapping[str, Any]) -> dict[str, Any]:
    dialog = opened["dialog"]
    return {
        "number": number,
        "title": dialog.get("title", ""),
        "introduction": html(dialog.get("introduction_text") or ""),
        "submit_label": dialog.get("submit_label") or "Submit",
        "elements": [_element(one) for one in dialog.get("elements") or ()],
    }


def _element(of: Mapping[str, Any]) -> dict[str, Any]:
    texts = ("name", "type", "display_name", "default", "placeholder", "help_text")
    options = [{"text": one.get("text", ""), "value": one.get("value", "")} for one in of.get("options") or ()]
    return {name: of.get(name) or "" for name in texts} | {"options": options, "optional": bool(of.get("optional"))}


def _complaint(do: Callable[[], object]) -> str:
    try:
        do()
    except ApiError as error:
        return error.failure.message
    return ""
