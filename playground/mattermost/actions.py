"""Buttons and menus: the request a click makes, and what its answer may change.

https://developers.mattermost.com/integrate/plugins/interactive-messages/ and the recordings `action_*`.
"""

from dataclasses import dataclass

import msgspec

from playground.mattermost import attachments, errors, outgoing, posts, rooms, slack, triggers
from playground.mattermost.drafts import Draft
from playground.mattermost.errors import ApiError
from playground.mattermost.records import Channel, Json, Post, User
from playground.mattermost.state import State


@dataclass(frozen=True, slots=True)
class Click:
    """One click: who, on which action, in which channel; `post` is None where only the person sees it."""

    user: User
    post_id: str
    action: Json
    channel: Channel
    post: Post | None
    selected_option: str = ""


def click(state: State, caller: User, post_id: str, action_id: str, body: Json) -> Json:
    """Run a button or menu and return the server's answer; raise `ApiError` as the server does.

    `body` may hold `selected_option`, and `cookie` for a button of an ephemeral post.
    """
    with state.lock:
        clicked = _found(state, caller, post_id, action_id, body)
        client_id, trigger_id = triggers.make(state, caller)
        asked = _asked(state, clicked, trigger_id)
    reply = _called(clicked.action["integration"].get("url", ""), asked)
    with state.lock:
        _apply(state, clicked, reply)
    state.bell.ring()
    return {"status": "OK", "trigger_id": client_id}


def whisper(state: State, user: User, channel: Channel, draft: Draft) -> Post:
    """Show a post to one person only; its buttons get a cookie, since the server does not keep the post."""
    with state.lock:
        props = attachments.normalised(draft.props, state.new_id)
        for action in attachments.actions(props):
            _hide(state, channel, action)
        now = state.now()
        post = Post(state.new_id(), channel, user, draft.message, props, now, 0, "system_ephemeral", draft.root_id)
        state.ephemerals[user.id].append(post)
    state.bell.ring()
    return post


def cookie_of(state: State, user: User, post_id: str, action_id: str) -> str:
    """Return the cookie of a button that only this user was shown, "" for a button of an ordinary post."""
    shown = next((one for one in state.ephemerals[user.id] if one.id == post_id), None)
    buttons = attachments.actions(shown.props) if shown else ()
    return next((one["cookie"] for one in buttons if one["id"] == action_id), "")


def _hide(state: State, channel: Channel, action: Json) -> None:
    cookie = state.new_id()
    state.cookies[cookie] = (channel, dict(action))
    action.pop("integration", None)
    action["cookie"] = cookie


def _found(state: State, caller: User, post_id: str, action_id: str, body: Json) -> Click:
    option = str(body.get("selected_option") or "")
    if cookie := body.get("cookie"):
        channel, action = state.cookies.get(str(cookie), (None, None))
        if channel is None or action is None:
            raise ApiError(errors.ACTION_FAILED)
        return Click(caller, post_id, action, rooms.readable(state, caller, channel.id), None, option)
    post = state.posts.get(post_id)
    if post is None or post.delete_at:
        raise ApiError(errors.PERMISSIONS)
    rooms.readable(state, caller, post.channel.id)
    action = next((one for one in attachments.actions(post.props) if one["id"] == action_id), None)
    if action is None or "integration" not in action:
        raise ApiError(errors.ACTION_MISSING)
    return Click(caller, post_id, action, post.channel, post, option)


def _asked(state: State, clicked: Click, trigger_id: str) -> Json:
    team = state.teams.get(clicked.channel.team_id)
    asked: Json = {
        "user_id": clicked.user.id,
        "user_name": clicked.user.username,
        "channel_id": clicked.channel.id,
        "channel_name": clicked.channel.name,
        "team_id": team.id if team else "",
        "team_domain": team.name if team else "",
        "post_id": clicked.post_id,
        "trigger_id": trigger_id,
        "type": clicked.action.get("type", ""),
        "data_source": clicked.action.get("data_source", ""),
    }
    context = dict(clicked.action["integration"].get("context") or {})
    if asked["type"] == "select" and clicked.selected_option:
        context["selected_option"] = clicked.selected_option
    return asked | ({"context": context} if context else {})


def _called(url: str, asked: Json) -> Json:
    try:
        answer = outgoing.post(url, "application/json", msgspec.json.encode(asked))
    except outgoing.UnreachableError as error:
        raise ApiError(errors.ACTION_FAILED) from error
    reply = answer.json()
    if not answer.ok or reply is None:
        raise ApiError(errors.ACTION_FAILED)
    return reply


def _apply(state: State, clicked: Click, reply: Json) -> None:
    update = reply.get("update")
    if isinstance(update, dict):
        if clicked.post is None:
            raise ApiError(errors.POST_MISSING)
        kept = {"props": update["props"]} if isinstance(update.get("props"), dict) else {}
        posts.change(state, clicked.post, {"message": update.get("message", "")} | kept)
    if text := reply.get("ephemeral_text"):
        message = text if reply.get("skip_slack_parsing") else slack.links(slack.mentions(text, state.users))
        root_id = (clicked.post.root_id if clicked.post else "") or clicked.post_id
        whisper(state, clicked.user, clicked.channel, Draft(clicked.channel.id, message, root_id=root_id))
