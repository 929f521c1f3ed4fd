"""Teams, channels, members and what is unread, over HTTP."""

from collections.abc import Iterable
from itertools import islice

from playground.mattermost import errors, limits, rooms
from playground.mattermost.api import users
from playground.mattermost.api.call import OK, Call, Reply
from playground.mattermost.errors import ApiError
from playground.mattermost.records import DIRECT, Channel, Json, Member, Team


def team_by_name(call: Call) -> Reply:
    """Return a team by its name."""
    return Reply(rooms.team(call.state, call.path["team_name"]).shown())


def my_teams(call: Call) -> Reply:
    """Return the teams of a user."""
    user = users.user(call, "user_id")
    return Reply([team.shown() for team in call.state.teams.values() if user.id in team.members])


def get(call: Call) -> Reply:
    """Return one channel by id."""
    return Reply(rooms.channel(call.state, call.caller, call.path["channel_id"]).shown())


def by_team_name(call: Call) -> Reply:
    """Return a channel by the names of team and channel."""
    team = rooms.team(call.state, call.path["team_name"])
    return Reply(rooms.channel_by_name(call.state, call.caller, team, call.path["channel_name"]).shown())


def by_team_id(call: Call) -> Reply:
    """Return a channel by the team's id and the channel's name."""
    return Reply(rooms.channel_by_name(call.state, call.caller, _team(call), call.path["channel_name"]).shown())


def direct(call: Call) -> Reply:
    """Open the direct channel between two users; the same one every time."""
    return Reply(rooms.direct(call.state, call.caller, call.body).shown(), 201)


def members(call: Call) -> Reply:
    """Return a page of a channel's members, deactivated ones too."""
    page = limits.page(call.query.get("page"), call.query.get("per_page"))
    return Reply([one.shown() for one in islice(_readable(call).members.values(), page.start, page.stop)])


def members_by_ids(call: Call) -> Reply:
    """Return those of these users who are members."""
    found = _readable(call).members
    return Reply([found[one].shown() for one in call.strings("user_ids") if one in found])


def member(call: Call) -> Reply:
    """Return one user's membership."""
    return Reply(_member(call, _readable(call)).shown())


def add_member(call: Call) -> Reply:
    """Make a user a member."""
    user_id = str(call.object("user_id").get("user_id", ""))
    if user_id not in call.state.users:
        raise ApiError(errors.invalid_body("user_id"))
    return Reply(rooms.join(call.state, _readable(call), call.state.users[user_id]).shown(), 201)


def remove_member(call: Call) -> Reply:
    """Take a user out of a channel."""
    found = _readable(call)
    rooms.leave(found, _member(call, found).user)
    return OK


def stats(call: Call) -> Reply:
    """Count a channel's active members and pinned posts."""
    found = _readable(call)
    active = sum(not one.user.delete_at for one in found.members.values())
    pinned = sum(post.is_pinned for post in call.state.logs[found.id].order)
    return Reply({"channel_id": found.id, "member_count": active, "guest_count": 0, "pinnedpost_count": pinned})


def my_channels(call: Call) -> Reply:
    """Return a user's channels in a team, direct ones among them."""
    return Reply([one.channel.shown() for one in _memberships(call)])


def my_members(call: Call) -> Reply:
    """Return a user's memberships in a team's channels and in direct ones, with what is unread in each."""
    return Reply([one.shown() for one in _memberships(call)])


def unread(call: Call) -> Reply:
    """Count what a user has unread in a channel; nobody may ask that of somebody else."""
    user = users.user(call, "user_id")
    if user is not call.caller and not call.caller.admin:
        raise ApiError(errors.PERMISSIONS)
    if call.path["channel_id"] not in user.memberships:
        raise ApiError(errors.PERMISSIONS)
    return Reply(user.memberships[call.path["channel_id"]].unread())


def unread_of_teams(call: Call) -> Reply:
    """Count what a user has unread in each team; direct channels do not count here."""
    user = users.user(call, "user_id")
    return Reply([_unread(team, user.memberships.values()) for team in _teams_of(call, user.id)])


def view(call: Call) -> Reply:
    """Mark a channel as read."""
    user = users.user(call, "user_id")
    channel_id = str(call.object("channel_view").get("channel_id", ""))
    member = user.memberships.get(channel_id)
    if user is not call.caller or member is None:
        raise ApiError(errors.PERMISSIONS)
    member.view(call.state.now())
    call.state.bell.ring()
    return Reply({"status": "OK", "last_viewed_at_times": {channel_id: member.channel.last_post_at}})


def _readable(call: Call) -> Channel:
    return rooms.readable(call.state, call.caller, call.path["channel_id"])


def _member(call: Call, channel: Channel) -> Member:
    user = users.user(call, "user_id")
    if user.id not in channel.members:
        raise ApiError(errors.MEMBER_MISSING)
    return channel.members[user.id]


def _team(call: Call) -> Team:
    team = call.state.teams.get(call.path["team_id"])
    if team is None or not (call.caller.id in team.members or call.caller.admin):
        raise ApiError(errors.PERMISSIONS)
    return team


def _teams_of(call: Call, user_id: str) -> list[Team]:
    return [team for team in call.state.teams.values() if user_id in team.members]


def _memberships(call: Call) -> list[Member]:
    team = _team(call)
    every = users.user(call, "user_id").memberships.values()
    return [one for one in every if one.channel.type == DIRECT or one.channel.team_id == team.id]


def _unread(team: Team, memberships: Iterable[Member]) -> Json:
    counts = [one.unread() for one in memberships if one.channel.team_id == team.id]
    keys = ("msg_count", "mention_count", "mention_count_root", "msg_count_root")
    return {"team_id": team.id} | {key: sum(one[key] for one in counts) for key in keys}
