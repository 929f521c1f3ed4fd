"""What the REST API answers to GET, a row an address; https://docs.gitlab.com/api/api_resources/."""

from collections.abc import Callable, Mapping
from typing import Any

from playground.gitlab import entities, thing_entities
from playground.gitlab.calls import Call, not_found, number
from playground.gitlab.filters import listed
from playground.gitlab.issuables import participants
from playground.gitlab.objects import Group, Issue, MergeRequest, Project, User

Handler = Callable[..., Any]


def _current_user(call: Call) -> Any:
    return entities.user_full(call.url, call.user, admin=True)


def _user(call: Call, user: str) -> Any:
    found = call.gitlab.users.get(number(user))
    if not found:
        raise not_found("User Not Found")
    return entities.user_full(call.url, found, admin=call.user.admin)


def _status(call: Call, user: str) -> Any:
    """Tell a status by id or by name; https://docs.gitlab.com/api/users/#retrieve-the-status-of-a-user."""
    by_id = call.gitlab.users.get(int(user)) if user.isdecimal() else None
    named = (one for one in call.gitlab.users.values() if one.username.lower() == user.lower())
    found = by_id or next(named, None)
    if not found:
        raise not_found("User Not Found")
    return entities.status(found)


def _users(call: Call) -> Any:
    """List users: `username` is exact but for case, `search` a part of a name or a whole e-mail address."""
    username, search = (call.req.get_param(name) for name in ("username", "search"))
    found = [
        user
        for user in call.gitlab.users.values()
        if (username is None or user.username.lower() == username.lower())
        and (search is None or _matches(user, search.lower(), admin=call.user.admin))
    ]
    newest_first = sorted(found, key=lambda user: -user.id)
    return [entities.user_full(call.url, user, admin=call.user.admin) for user in newest_first]


def _matches(user: User, search: str, *, admin: bool) -> bool:
    addresses = {user.public_email.lower(), user.email.lower() if admin else ""} - {""}
    return search in addresses or search in user.name.lower() or search in user.username.lower()


def _project(call: Call, project: str) -> Any:
    return entities.project(call.url, call.project(project))


def _member(call: Call, user: str, **place: str) -> Any:
    level = _place(call, **place).access_level(number(user))
    if not level:
        raise not_found()
    return entities.member(call.url, call.gitlab.users[number(user)], level)


def _all_members(call: Call, **place: str) -> Any:
    found = _place(call, **place)
    levels = {user.id: found.access_level(user.id) for user in call.gitlab.users.values()}
    return _members_with(call, {key: level for key, level in levels.items() if level})


def _direct_members(call: Call, **place: str) -> Any:
    return _members_with(call, _place(call, **place).members)


def _members_with(call: Call, levels: Mapping[int, int]) -> Any:
    return [entities.member(call.url, call.gitlab.users[key], level) for key, level in levels.items()]


def _place(call: Call, project: str = "", group: str = "") -> Group | Project:
    return call.project(project) if project else call.group(group)


def _group(call: Call, group: str) -> Any:
    return entities.group_full(call.url, call.group(group))


def _group_projects(call: Call, group: str) -> Any:
    """List the projects of a group; `include_subgroups` adds those below, `archived` leaves some out."""
    path, deep = call.group(group).path, call.req.get_param_as_bool("include_subgroups")
    archived = call.req.get_param_as_bool("archived")
    return [
        entities.project(call.url, project)
        for project in call.gitlab.projects.values()
        if (project.group.path == path or (deep and project.group.path.startswith(f"{path}/")))
        and archived in (None, project.archived)
        and call.sees(project)
    ]


def _merge_request(call: Call, project: str, ref: str) -> Any:
    return thing_entities.one_merge_request(call.url, call.merge_request(project, ref))


def _merge_requests(call: Call, project: str) -> Any:
    return [thing_entities.merge_request(call.url, mr) for mr in call.project(project).merge_requests.values()]


def _approvals(call: Call, project: str, ref: str) -> Any:
    return thing_entities.approvals(call.url, call.merge_request(project, ref))


def _reviewers(call: Call, project: str, ref: str) -> Any:
    reviewers = call.merge_request(project, ref).reviewers
    return [{"user": entities.user_basic(call.url, user), "state": state} for user, state in reviewers.items()]


def _issue(call: Call, project: str, ref: str) -> Any:
    return thing_entities.issue(call.url, call.issue(project, ref))


def _commit(call: Call, project: str, ref: str) -> Any:
    return thing_entities.commit(call.url, call.commit(project, ref))


def _snippet(call: Call, project: str, ref: str) -> Any:
    return thing_entities.snippet(call.url, call.snippet(project, ref))


def _participants(kind: str) -> Handler:
    def handler(call: Call, project: str, ref: str) -> Any:
        thing = call.thing(kind, project, ref)
        people = participants(thing) if isinstance(thing, Issue | MergeRequest) else []
        return [entities.user_basic(call.url, user) for user in people]

    return handler


def _discussions(kind: str) -> Handler:
    def handler(call: Call, project: str, ref: str) -> Any:
        return thing_entities.discussions(call.url, call.thing(kind, project, ref))

    return handler


def _discussion(kind: str) -> Handler:
    def handler(call: Call, project: str, ref: str, discussion: str) -> Any:
        threads = thing_entities.discussions(call.url, call.thing(kind, project, ref))
        for thread in threads:
            if thread["id"] == discussion:
                return thread
        raise not_found("Discussion Not Found")

    return handler


def _token(call: Call) -> Any:
    return {"id": 1, "name": "playground", "active": True, "scopes": list(call.scopes), "user_id": call.user.id}


def _version(call: Call) -> Any:
    return {"version": call.gitlab.version, "revision": "playground", "enterprise": True}


P = "/projects/{project}"
READS: Mapping[str, Handler] = {
    "/user": _current_user,
    "/users": _users,
    "/users/{user}": _user,
    "/users/{user}/status": _status,
    P: _project,
    f"{P}/members": _direct_members,
    f"{P}/members/all": _all_members,
    f"{P}/members/all/{{user}}": _member,
    "/groups/{group}": _group,
    "/groups/{group}/members": _direct_members,
    "/groups/{group}/members/all": _all_members,
    "/groups/{group}/members/all/{user}": _member,
    "/groups/{group}/projects": _group_projects,
    "/merge_requests": listed,
    f"{P}/merge_requests": _merge_requests,
    f"{P}/merge_requests/{{ref}}": _merge_request,
    f"{P}/merge_requests/{{ref}}/approvals": _approvals,
    f"{P}/merge_requests/{{ref}}/reviewers": _reviewers,
    f"{P}/merge_requests/{{ref}}/participants": _participants("merge_requests"),
    f"{P}/merge_requests/{{ref}}/discussions": _discussions("merge_requests"),
    f"{P}/merge_requests/{{ref}}/discussions/{{discussion}}": _discussion("merge_requests"),
    f"{P}/issues/{{ref}}": _issue,
    f"{P}/issues/{{ref}}/participants": _participants("issues"),
    f"{P}/issues/{{ref}}/discussions": _discussions("issues"),
    f"{P}/issues/{{ref}}/discussions/{{discussion}}": _discussion("issues"),
    f"{P}/repository/commits/{{ref}}": _commit,
    f"{P}/repository/commits/{{ref}}/discussions": _discussions("commits"),
    f"{P}/repository/commits/{{ref}}/discussions/{{discussion}}": _discussion("commits"),
    f"{P}/snippets/{{ref}}": _snippet,
    f"{P}/snippets/{{ref}}/discussions": _discussions("snippets"),
    f"{P}/snippets/{{ref}}/discussions/{{discussion}}": _discussion("snippets"),
    "/personal_access_tokens/self": _token,
    "/version": _version,
    "/metadata": _version,
}
"""Address below /api/v4 → what answers it; a list is paged."""
