"""Accounts, logins and tokens."""

from typing import TypedDict, Unpack

from playground.mattermost import errors, limits
from playground.mattermost.errors import ApiError
from playground.mattermost.records import Session, User
from playground.mattermost.state import State

FAILURES_MOST = 10
SESSION_MS = 180 * 24 * 3600 * 1000


class About(TypedDict, total=False):
    """What may be said of a new user; `email` defaults to the name at example.com."""

    id: str
    email: str
    password: str
    first_name: str
    last_name: str
    locale: str
    timezone: str | None
    roles: str
    is_bot: bool
    bot_description: str


def add(state: State, username: str, **about: Unpack[About]) -> User:
    """Make an account, its name in lower case; raise `ApiError` for a name that is taken or not allowed."""
    name = username.lower()
    if not limits.is_username(name):
        raise ApiError(errors.USERNAME_INVALID)
    if name in state.usernames:
        raise ApiError(errors.USERNAME_TAKEN)
    user = _made(state, name, about)
    state.users[user.id] = state.usernames[name] = state.emails[user.email.lower()] = user
    return user


def _made(state: State, name: str, about: About) -> User:
    now = state.now()
    return User(
        id=about.get("id") or state.new_id(),
        username=name,
        email=about.get("email", f"{name}@example.com"),
        password=about.get("password", ""),
        create_at=now,
        update_at=now,
        first_name=about.get("first_name", ""),
        last_name=about.get("last_name", ""),
        locale=about.get("locale", "en"),
        timezone=about.get("timezone") or "",
        roles=about.get("roles", "system_user"),
        is_bot=about.get("is_bot", False),
        bot_description=about.get("bot_description", ""),
    )


def rename(state: State, user: User, username: str) -> None:
    """Give an account another name; the old one is free at once."""
    if username in state.usernames:
        raise ApiError(errors.USERNAME_TAKEN)
    del state.usernames[user.username]
    state.usernames[username] = user
    user.username, user.update_at = username, state.now()
    for member in user.memberships.values():
        member.channel.roster = None


def switch(state: State, user: User, *, active: bool) -> None:
    """Deactivate an account, which ends its sessions, or activate it again."""
    user.update_at = state.now()
    user.delete_at = 0 if active else user.update_at
    if not active:
        ended = [token for token, session in state.sessions.items() if session.user is user and not session.personal]
        for token in ended:
            del state.sessions[token]


def login(state: State, login_id: str, password: str) -> Session:
    """Open a session; raise `ApiError` as the server does, also when ten failures have locked the account."""
    if not password:
        raise ApiError(errors.LOGIN_BLANK)
    name = login_id.lower()
    user = state.usernames.get(name) or state.emails.get(name)
    if user is None:
        raise ApiError(errors.LOGIN_INVALID)
    if user.is_bot:
        raise ApiError(errors.LOGIN_BOT)
    _check_password(user, password)
    if user.delete_at:
        raise ApiError(errors.LOGIN_INACTIVE)
    return open_session(state, user)


def _check_password(user: User, password: str) -> None:
    if user.failed_logins >= FAILURES_MOST:
        raise ApiError(errors.LOGIN_LOCKED)
    if user.password != password:
        user.failed_logins += 1
        raise ApiError(errors.LOGIN_INVALID)
    user.failed_logins = 0


def set_password(user: User, password: str) -> None:
    """Give an account a new password, which unlocks it."""
    user.password, user.failed_logins = password, 0


def open_session(state: State, user: User) -> Session:
    """Open a session without asking for a password."""
    session = Session(state.new_id(), state.new_id(), user, state.now() + SESSION_MS)
    state.sessions[session.token] = session
    return session


def add_token(state: State, user: User, description: str = "", token: str = "") -> Session:
    """Make a personal access token, which never expires; `token` may be given."""
    session = Session(
        state.new_id(), token or state.new_id(), user, expires_at=1 << 62, personal=True, description=description
    )
    state.sessions[session.token] = session
    return session


def session_of(state: State, token: str) -> Session:
    """Return what a token stands for; raise `ApiError` for every token that does not work (any more)."""
    session = state.sessions.get(token)
    good = session is not None and session.active and not session.user.delete_at and session.expires_at > state.now()
    if session is None or not good:
        raise ApiError(errors.SESSION_EXPIRED)
    return session


def by_id(state: State, session_id: str) -> Session | None:
    """Return a session or token by its id, or None."""
    return next((one for one in state.sessions.values() if one.id == session_id), None)
