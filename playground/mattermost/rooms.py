"""Teams, channels, direct channels, and who may see them."""

from playground.mattermost import errors, limits
from playground.mattermost.errors import ApiError
from playground.mattermost.records import DIRECT, Channel, Member, Team, User
from playground.mattermost.state import State

OPEN = "O"
PRIVATE = "P"


def add_team(state: State, name: str, team_id: str = "") -> Team:
    """Make a team."""
    team = Team(team_id or state.new_id(), name, name.capitalize(), state.now(), invite_id=state.new_id())
    state.teams[team.id] = state.team_names[name] = team
    return team


def make_channel(
    state: State, team: Team, name: str, users: list[User], channel_id: str = "", *, private: bool = False
) -> Channel:
    """Make a channel of a team with these members, the first of whom made it."""
    channel = Channel(
        id=channel_id or state.new_id(),
        name=name,
        type=PRIVATE if private else OPEN,
        team_id=team.id,
        creator_id=users[0].id if users else "",
        create_at=state.now(),
        display_name=name.replace("-", " ").capitalize(),
    )
    _keep(state, channel)
    for user in users:
        join(state, channel, user)
    return channel


def join(state: State, channel: Channel, user: User) -> Member:
    """Make a user a member of a channel and of its team; a second time changes nothing."""
    if channel.team_id:
        state.teams[channel.team_id].members.add(user.id)
    if user.id not in channel.members:
        member = Member(
            channel, user, state.now(), channel_admin=user.id == channel.creator_id and bool(channel.team_id)
        )
        member.msg_count, member.msg_count_root = channel.total_msg_count, channel.total_msg_count_root
        channel.members[user.id] = user.memberships[channel.id] = member
        channel.roster = None
    return channel.members[user.id]


def leave(channel: Channel, user: User) -> None:
    """Take a user out of a channel."""
    channel.members.pop(user.id, None)
    user.memberships.pop(channel.id, None)
    channel.roster = None


def direct(state: State, caller: User, ids: object) -> Channel:
    """Return the direct channel of two users, made when first asked for; raise `ApiError` as the server does."""
    if not isinstance(ids, list) or len(ids) != 2:  # noqa: PLR2004 - a direct channel is between two
        raise ApiError(errors.invalid_body("user_ids"))
    if not all(limits.is_id(one) for one in ids):
        raise ApiError(errors.invalid_body("user_id"))
    if caller.id not in ids and not caller.admin:
        raise ApiError(errors.PERMISSIONS)
    if any(one not in state.users for one in ids):
        raise ApiError(errors.DIRECT_USER_INVALID)
    return direct_of(state, *(state.users[one] for one in ids))


def direct_of(state: State, one: User, other: User) -> Channel:
    """Return the direct channel of two users, made by the first of them if there is none yet."""
    name = "__".join(sorted((one.id, other.id)))
    if found := state.channel_names.get(("", name)):
        return found
    channel = Channel(state.new_id(), name, DIRECT, "", one.id, state.now())
    _keep(state, channel)
    for user in (one, other):
        join(state, channel, user)
    return channel


def readable(state: State, caller: User, channel_id: str) -> Channel:
    """Return a channel the caller is in; raise `ApiError` (403) for any other, known or not."""
    channel = state.channels.get(channel_id)
    if channel is None or not (caller.id in channel.members or caller.admin):
        raise ApiError(errors.PERMISSIONS)
    return channel


def channel(state: State, caller: User, channel_id: str) -> Channel:
    """Return a channel as `GET /channels/{id}`: also a public one of the caller's team; raise `ApiError` otherwise."""
    found = state.channels.get(channel_id)
    if found is None:
        raise ApiError(errors.CHANNEL_MISSING)
    if not _visible(state, caller, found):
        raise ApiError(errors.PERMISSIONS)
    return found


def channel_by_name(state: State, caller: User, team: Team, name: str) -> Channel:
    """Return a channel by its name; a private one the caller is not in does not seem to exist."""
    found = state.channel_names.get((team.id, name))
    if found is None:
        raise ApiError(errors.CHANNEL_NAME_MISSING)
    if not _visible(state, caller, found):
        raise ApiError(errors.PERMISSIONS if found.type == OPEN else errors.CHANNEL_NAME_MISSING)
    return found


def team(state: State, name: str) -> Team:
    """Return a team by its name."""
    found = state.team_names.get(name)
    if found is None:
        raise ApiError(errors.TEAM_MISSING)
    return found


def _visible(state: State, caller: User, channel: Channel) -> bool:
    if caller.admin or caller.id in channel.members:
        return True
    return channel.type == OPEN and caller.id in state.teams[channel.team_id].members


def _keep(state: State, channel: Channel) -> None:
    state.channels[channel.id] = state.channel_names[channel.team_id, channel.name] = channel
