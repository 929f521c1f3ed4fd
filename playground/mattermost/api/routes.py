"""The table of every call the stand-in answers, each with the lie it tells while its database is down.

The lies are recorded (`db_down_*`): only some calls say 500, others deny what they know, politely and wrongly.
"""

from collections.abc import Callable
from typing import Any

from playground.mattermost import errors
from playground.mattermost.api import bots, channels, integrations, posts, system, users
from playground.mattermost.api.call import Call, Reply, Route
from playground.mattermost.errors import Failure

_V4 = "/api/v4"
_USERNAME = Failure(500, errors.USERNAME_MISSING.id, errors.USERNAME_MISSING.message)
_EMAIL = Failure(500, errors.USER_MISSING.id, errors.USER_MISSING.message)
_PROFILES = Failure(500, "app.user.get_profiles.app_error", "We encountered an error while finding user profiles.")
_MEMBERS = Failure(500, "app.channel.get_members.app_error", "Unable to get the channel members.")
_DIRECT = Failure(500, "web.incoming_webhook.channel.app_error", "Couldn't find the channel.")
_TEAM = Failure(404, "app.team.get_by_name.app_error", errors.TEAM_MISSING.message)
_CHANNEL = errors.invalid_param("post.channel_id")
_REST = Failure(500, "app.select_error", "We encountered an error while reading from the database.")


def _route(
    method: str,
    path: str,
    handler: Callable[[Call], Reply],
    without_database: Failure | None = _REST,
    **more: Any,
) -> Route:
    return Route(method, path, handler, without_database, **more)


ROUTES = (
    _route("GET", "/playground/faults", system.faults, None, open=True),
    _route("POST", "/playground/faults", system.set_faults, None, open=True),
    _route("GET", f"{_V4}/system/ping", system.ping, None, open=True),
    _route("GET", f"{_V4}/config/client", system.client_config, None, open=True),
    _route("GET", f"{_V4}/config", system.config),
    _route("POST", f"{_V4}/users/login", users.login, errors.LOGIN_INVALID, open=True),
    _route("POST", f"{_V4}/users/logout", users.logout, open=True),
    _route("POST", f"{_V4}/users", users.create),
    _route("GET", f"{_V4}/users", users.listed, _PROFILES),
    _route("POST", f"{_V4}/users/ids", users.by_ids, _PROFILES),
    _route("POST", f"{_V4}/users/usernames", users.by_usernames, _PROFILES),
    _route("POST", f"{_V4}/users/search", users.search, _PROFILES),
    _route("GET", f"{_V4}/users/username/{{username}}", users.by_username, _USERNAME),
    _route("GET", f"{_V4}/users/email/{{email}}", users.by_email, _EMAIL),
    _route("GET", f"{_V4}/users/{{user_id}}", users.get, _USERNAME),
    _route("PUT", f"{_V4}/users/{{user_id}}/active", users.set_active),
    _route("PUT", f"{_V4}/users/{{user_id}}/password", users.set_password),
    _route("POST", f"{_V4}/users/{{user_id}}/sessions/revoke", users.revoke_session),
    _route("POST", f"{_V4}/users/{{user_id}}/tokens", users.create_token),
    _route("POST", f"{_V4}/users/tokens/revoke", users.revoke_token),
    _route("POST", f"{_V4}/users/tokens/disable", users.disable_token),
    _route("POST", f"{_V4}/users/tokens/enable", users.enable_token),
    _route("GET", f"{_V4}/users/{{user_id}}/teams", channels.my_teams),
    _route("GET", f"{_V4}/users/{{user_id}}/teams/unread", channels.unread_of_teams),
    _route("GET", f"{_V4}/users/{{user_id}}/teams/{{team_id}}/channels", channels.my_channels),
    _route("GET", f"{_V4}/users/{{user_id}}/teams/{{team_id}}/channels/members", channels.my_members),
    _route("GET", f"{_V4}/users/{{user_id}}/channels/{{channel_id}}/unread", channels.unread),
    _route("POST", f"{_V4}/bots", bots.create),
    _route("POST", f"{_V4}/bots/{{user_id}}/enable", bots.enable),
    _route("POST", f"{_V4}/bots/{{user_id}}/disable", bots.disable),
    _route("GET", f"{_V4}/teams/name/{{team_name}}", channels.team_by_name, _TEAM),
    _route("GET", f"{_V4}/teams/name/{{team_name}}/channels/name/{{channel_name}}", channels.by_team_name, _TEAM),
    _route("GET", f"{_V4}/teams/{{team_id}}/channels/name/{{channel_name}}", channels.by_team_id),
    _route("POST", f"{_V4}/channels/direct", channels.direct, _DIRECT),
    _route("POST", f"{_V4}/channels/members/{{user_id}}/view", channels.view),
    _route("GET", f"{_V4}/channels/{{channel_id}}", channels.get),
    _route("GET", f"{_V4}/channels/{{channel_id}}/stats", channels.stats),
    _route("GET", f"{_V4}/channels/{{channel_id}}/members", channels.members, _MEMBERS),
    _route("POST", f"{_V4}/channels/{{channel_id}}/members", channels.add_member),
    _route("POST", f"{_V4}/channels/{{channel_id}}/members/ids", channels.members_by_ids, _MEMBERS),
    _route("GET", f"{_V4}/channels/{{channel_id}}/members/{{user_id}}", channels.member),
    _route("DELETE", f"{_V4}/channels/{{channel_id}}/members/{{user_id}}", channels.remove_member),
    _route("GET", f"{_V4}/channels/{{channel_id}}/posts", posts.of_channel),
    _route("POST", f"{_V4}/posts", posts.create, _CHANNEL, calls_out=True),
    _route("POST", f"{_V4}/posts/ephemeral", posts.ephemeral),
    _route("GET", f"{_V4}/posts/{{post_id}}", posts.get),
    _route("PUT", f"{_V4}/posts/{{post_id}}", posts.replace, errors.PERMISSIONS),
    _route("PUT", f"{_V4}/posts/{{post_id}}/patch", posts.change, errors.PERMISSIONS),
    _route("DELETE", f"{_V4}/posts/{{post_id}}", posts.delete, errors.PERMISSIONS),
    _route("POST", f"{_V4}/posts/{{post_id}}/actions/{{action_id}}", integrations.click, calls_out=True),
    _route("POST", f"{_V4}/actions/dialogs/open", integrations.open_dialog, open=True),
    _route("POST", f"{_V4}/actions/dialogs/submit", integrations.submit_dialog, calls_out=True),
    _route("POST", f"{_V4}/commands/execute", integrations.execute, calls_out=True),
    _route("GET", f"{_V4}/commands", integrations.listed),
    _route("GET", f"{_V4}/teams/{{team_id}}/commands/autocomplete", integrations.completed),
    _route("POST", f"{_V4}/commands", integrations.create),
    _route("PUT", f"{_V4}/commands/{{command_id}}", integrations.change),
    _route("DELETE", f"{_V4}/commands/{{command_id}}", integrations.remove),
    _route("PUT", f"{_V4}/commands/{{command_id}}/regen_token", integrations.new_token),
    _route("POST", "/hooks/commands/{hook_id}", integrations.late, open=True, calls_out=True),
)
