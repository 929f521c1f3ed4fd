"""Bot accounts over HTTP."""

from playground.mattermost import accounts, errors
from playground.mattermost.api import users
from playground.mattermost.api.call import Call, Reply
from playground.mattermost.errors import ApiError
from playground.mattermost.records import Json, User


def create(call: Call) -> Reply:
    """Make a bot account; only for administrators."""
    body = _administered(call).object("bot")
    name = str(body.get("username", ""))
    about = accounts.About(
        email=f"{name}@localhost",
        is_bot=True,
        first_name=str(body.get("display_name", "")),
        bot_description=str(body.get("description", "")),
    )
    return Reply(_shown(call, accounts.add(call.state, name, **about)), 201)


def enable(call: Call) -> Reply:
    """Let a bot account's tokens work again."""
    return _switched(call, active=True)


def disable(call: Call) -> Reply:
    """Let a bot account's tokens work no more."""
    return _switched(call, active=False)


def _switched(call: Call, *, active: bool) -> Reply:
    bot = users.user(_administered(call), "user_id")
    accounts.switch(call.state, bot, active=active)
    return Reply(_shown(call, bot))


def _administered(call: Call) -> Call:
    if not call.caller.admin:
        raise ApiError(errors.PERMISSIONS)
    return call


def _shown(call: Call, bot: User) -> Json:
    described = {"description": bot.bot_description} if bot.bot_description else {}
    return {
        "user_id": bot.id,
        "username": bot.username,
        "display_name": bot.first_name,
        "owner_id": call.caller.id,
        "create_at": bot.create_at,
        "update_at": bot.update_at,
        "delete_at": bot.delete_at,
    } | described
