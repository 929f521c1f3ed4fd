"""Logins, users and tokens over HTTP."""

import re
from collections.abc import Iterable

from playground.mattermost import accounts, errors, limits, rooms
from playground.mattermost.api.call import OK, Call, Reply
from playground.mattermost.errors import ApiError, NoSuchPathError
from playground.mattermost.records import Json, Session, User

_NAME_IN_PATH = re.compile(r"[A-Za-z0-9._-]+")
_STATES = {"active": False, "inactive": True}


def login(call: Call) -> Reply:
    """Log in; the token comes in the header `Token`."""
    body = call.object("login")
    session = accounts.login(call.state, str(body.get("login_id", "")), str(body.get("password", "")))
    return Reply(session.user.shown(own=True), headers={"Token": session.token})


def logout(call: Call) -> Reply:
    """End the session, if there is one."""
    if call.session is not None:
        call.state.sessions.pop(call.session.token, None)
    return OK


def create(call: Call) -> Reply:
    """Make an account; only for administrators."""
    _administrator(call)
    body = call.object("user")
    about = accounts.About(email=str(body.get("email", "")), password=str(body.get("password", "")))
    return Reply(accounts.add(call.state, str(body.get("username", "")), **about).shown(own=True), 201)


def get(call: Call) -> Reply:
    """Return one user by id, or the caller as `me`."""
    return _one(call, user(call, "user_id"))


def by_username(call: Call) -> Reply:
    """Return one user by name."""
    name = call.path["username"]
    if not _NAME_IN_PATH.fullmatch(name):
        raise NoSuchPathError
    if name != name.lower() or len(name) > 64:  # noqa: PLR2004 - the length of a user name
        raise ApiError(errors.invalid_body("username"))
    return _one(call, call.state.user(name))


def by_email(call: Call) -> Reply:
    """Return one user by e-mail, in any case."""
    email = call.path["email"]
    if "@" not in email:
        raise ApiError(errors.invalid_url("email"))
    if not call.state.show_email:
        raise ApiError(errors.EMAIL_HIDDEN)
    found = call.state.emails.get(email.lower())
    if found is None:
        raise ApiError(errors.USER_MISSING)
    return _one(call, found)


def listed(call: Call) -> Reply:
    """Return a page of users, sorted by name: of a channel, of a team, or all."""
    found = _source(call)
    for key, deactivated in _STATES.items():
        if call.query.get(key) == "true":
            found = [one for one in found if bool(one.delete_at) is deactivated]
    return Reply(_several(call, found[limits.page(call.query.get("page"), call.query.get("per_page"))]))


def by_ids(call: Call) -> Reply:
    """Return the users of these ids; unknown ones are missing without a word."""
    ids = call.strings("user_ids")
    return Reply(_several(call, (call.state.users[one] for one in ids if one in call.state.users)))


def by_usernames(call: Call) -> Reply:
    """Return the users of these names, in exactly this spelling; unknown ones are missing without a word."""
    names = sorted(set(call.strings("usernames")) & call.state.usernames.keys())
    return Reply(_several(call, (call.state.usernames[one] for one in names)))


def search(call: Call) -> Reply:
    """Return active users whose name or e-mail begins with the term."""
    term = str(call.object("term").get("term", "")).lower()
    found = (one for one in call.state.users.values() if one.username.startswith(term) or one.email.startswith(term))
    return Reply(_several(call, (one for one in found if not one.delete_at)))


def set_active(call: Call) -> Reply:
    """Activate or deactivate an account; only for administrators."""
    _administrator(call)
    accounts.switch(call.state, user(call, "user_id"), active=bool(call.object("active").get("active")))
    return OK


def set_password(call: Call) -> Reply:
    """Give an account a new password; only for administrators."""
    _administrator(call)
    accounts.set_password(user(call, "user_id"), str(call.object("new_password").get("new_password", "")))
    return OK


def revoke_session(call: Call) -> Reply:
    """End one session by its id."""
    del call.state.sessions[_session(call, "session_id").token]
    return OK


def create_token(call: Call) -> Reply:
    """Make a personal access token; only for administrators."""
    _administrator(call)
    description = str(call.object("description").get("description", ""))
    return Reply(accounts.add_token(call.state, user(call, "user_id"), description).shown())


def revoke_token(call: Call) -> Reply:
    """Take a personal access token back."""
    del call.state.sessions[_session(call, "token_id").token]
    return OK


def disable_token(call: Call) -> Reply:
    """Switch a personal access token off."""
    _session(call, "token_id").active = False
    return OK


def enable_token(call: Call) -> Reply:
    """Switch a personal access token on again."""
    _session(call, "token_id").active = True
    return OK


def user(call: Call, part: str) -> User:
    """Return the user that a part of the path names; `me` is the caller."""
    user_id = call.path[part]
    if user_id == "me":
        return call.caller
    if not limits.is_id(user_id):
        raise ApiError(errors.invalid_url("user_id"))
    if user_id not in call.state.users:
        raise ApiError(errors.USER_MISSING)
    return call.state.users[user_id]


def _session(call: Call, key: str) -> Session:
    found = accounts.by_id(call.state, str(call.object(key).get(key, "")))
    if found is None:
        raise ApiError(errors.invalid_body(key))
    if found.user is not call.caller:
        _administrator(call)
    return found


def _administrator(call: Call) -> None:
    if not call.caller.admin:
        raise ApiError(errors.PERMISSIONS)


def _one(call: Call, found: User) -> Reply:
    state = call.state
    etag = f"{found.id}.{found.update_at}.{state.show_full_name}.{state.show_email}"
    return Reply(_shown(call, found, own=found is call.caller), etag=etag)


def _several(call: Call, found: Iterable[User]) -> list[Json]:
    return [_shown(call, one) for one in found]


def _shown(call: Call, found: User, *, own: bool = False) -> Json:
    seen = found is call.caller or call.caller.admin
    return found.shown(own=own, email=seen or call.state.show_email, name=seen or call.state.show_full_name)


def _source(call: Call) -> list[User]:
    if "in_channel" in call.query:
        return rooms.readable(call.state, call.caller, call.query["in_channel"]).sorted_members()
    users: Iterable[User] = call.state.users.values()
    if "in_team" in call.query:
        team = call.state.teams.get(call.query["in_team"])
        if team is None or call.caller.id not in team.members:
            raise ApiError(errors.PERMISSIONS)
        users = [call.state.users[one] for one in team.members]
    return sorted(users, key=lambda one: one.username)
