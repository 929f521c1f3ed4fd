"""What a slash command answers, and where it appears: only for the caller, or as the caller's post in the channel."""

from collections.abc import Mapping
from typing import Any

import msgspec

from playground.mattermost import actions, attachments, errors, posts, slack
from playground.mattermost.drafts import Draft
from playground.mattermost.errors import ApiError
from playground.mattermost.records import Command, Json, Post, User
from playground.mattermost.state import Place, State

IN_CHANNEL = "in_channel"
_EPHEMERAL = frozenset({"", "ephemeral"})


class Response(msgspec.Struct):
    """A command's answer; https://developers.mattermost.com/integrate/slash-commands/custom/ names its keys."""

    response_type: str = ""
    text: str = ""
    username: str = ""
    channel_id: str = ""
    icon_url: str = ""
    type: str = ""
    props: dict[str, Any] | None = None
    goto_location: str = ""
    trigger_id: str = ""
    skip_slack_parsing: bool = False
    attachments: list[dict[str, Any]] | None = None
    extra_responses: "list[Response] | None" = None

    def shown(self) -> Json:
        """Return the answer as the caller's client gets it."""
        shown: Json = msgspec.to_builtins(self)
        return shown


def deliver(state: State, command: Command, place: Place, response: Response) -> None:
    """Show an answer and its extra ones; raise `ApiError` where one could not be posted."""
    for one in (response, *(response.extra_responses or ())):
        _parse(one, state.users)
        _deliver(state, command, place, one)


def _parse(response: Response, users: Mapping[str, User]) -> None:
    if response.skip_slack_parsing:
        return
    response.text = slack.mentions(response.text, users)
    if response.attachments is not None:
        response.attachments = [slack.attachment(one, users) for one in response.attachments]


def _deliver(state: State, command: Command, place: Place, response: Response) -> None:
    if not response.text and not response.attachments:
        return
    draft = _draft(place, response)
    if response.response_type == IN_CHANNEL:
        post = _posted(state, command, place, draft)
    elif response.response_type in _EPHEMERAL:
        post = actions.whisper(state, place.user, place.channel, draft)
    else:
        return
    if response.attachments:
        response.attachments = attachments.public(post.props)["attachments"]


def _posted(state: State, command: Command, place: Place, draft: Draft) -> Post:
    try:
        return posts.create(state, place.user, draft)[0]
    except ApiError as error:
        raise ApiError(errors.command_post_failed(command.trigger)) from error


def _draft(place: Place, response: Response) -> Draft:
    props: Json = {"from_webhook": "true", "override_icon_url": response.icon_url, **(response.props or {})}
    if response.username:
        props["override_username"] = response.username
    if response.attachments:
        props["attachments"] = response.attachments
    return Draft(
        channel_id=response.channel_id or place.channel.id,
        message=response.text if response.skip_slack_parsing else slack.links(response.text),
        props=props,
        type=response.type or ("slack_attachment" if response.attachments else ""),
        root_id=place.root_id,
    )
