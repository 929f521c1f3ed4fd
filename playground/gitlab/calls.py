"""One call of the REST API: who makes it, what they may see, and how it can be refused."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import unquote

import falcon
from falcon.util import to_query_str

from playground.gitlab.faults import ANSWERS, UNPROCESSABLE
from playground.gitlab.objects import Commit, Group, Issue, MergeRequest, Project, Snippet, Thing, User
from playground.gitlab.state import GitLab

PLANNER = 15
MAINTAINER = 40
PER_PAGE = 20
MOST_PER_PAGE = 100
T = TypeVar("T")


class Refusal(Exception):  # noqa: N818 - an answer, not a fault
    """An answer other than success, in GitLab's form."""

    def __init__(self, status: str, body: dict[str, Any]) -> None:
        super().__init__(status)
        self.status = status
        self.body = body


def not_found(what: str = "Not found") -> Refusal:
    """Return GitLab's answer for what is not there, or not to be seen."""
    return Refusal(falcon.HTTP_404, {"message": f"404 {what}"})


UNAUTHORIZED = Refusal(falcon.HTTP_401, {"message": "401 Unauthorized"})
FORBIDDEN = Refusal(falcon.HTTP_403, {"message": "403 Forbidden"})
INSUFFICIENT_SCOPE = Refusal(
    falcon.HTTP_403,
    {
        "error": "insufficient_scope",
        "error_description": "The request requires higher privileges than provided by the access token.",
        "scope": "api",
    },
)


@dataclass(frozen=True, slots=True)
class Call:
    """An authenticated call."""

    gitlab: GitLab
    req: falcon.Request
    user: User
    scopes: tuple[str, ...]

    @property
    def url(self) -> str:
        """Return the instance's address."""
        return self.gitlab.url

    def project(self, key: str) -> Project:
        """Return the project with an id or a (URL-encoded) path, where the caller may see it."""
        wanted = unquote(key)
        for project in self.gitlab.projects.values():
            if wanted in (str(project.id), project.full_path) and self.sees(project):
                return project
        raise not_found("Project Not Found")

    def sees(self, project: Project) -> bool:
        """Say whether the caller knows of a project."""
        open_to_all = project.visibility == "public" or (project.visibility == "internal" and not self.user.external)
        return self.user.admin or open_to_all or project.access_level(self.user.id) > 0

    def _sees_group(self, group: Group) -> bool:
        """Say whether the caller is a member of the group, or of something in it, unless all may see it."""
        open_to_all = group.visibility == "public" or (group.visibility == "internal" and not self.user.external)
        below = f"{group.full_path}/"
        inside: tuple[Group | Project, ...] = (*self.gitlab.groups.values(), *self.gitlab.projects.values())
        places = [group, *(place for place in inside if place.full_path.startswith(below))]
        return self.user.admin or open_to_all or any(place.access_level(self.user.id) for place in places)

    def maintained(self, key: str) -> Project:
        """Return a project whose hooks the caller may see and change."""
        project = self.project(key)
        if (kind := self.gitlab.broken.get(project.id)) and (kind != UNPROCESSABLE or self.req.method != "GET"):
            raise Refusal(*ANSWERS[kind])
        if not self.user.admin and project.access_level(self.user.id) < MAINTAINER:
            raise FORBIDDEN
        return project

    def group(self, key: str) -> Group:
        """Return the group with an id or a (URL-encoded) path, but for case, where the caller may see it."""
        wanted = unquote(key).lower()
        for group in self.gitlab.groups.values():
            if wanted in (str(group.id), group.full_path.lower()) and self._sees_group(group):
                return group
        raise not_found("Group Not Found")

    def merge_request(self, project: str, iid: str) -> MergeRequest:
        """Return a merge request."""
        return _pick(self.project(project).merge_requests, number(iid))

    def issue(self, project: str, iid: str) -> Issue:
        """Return an issue; a confidential one only to its author, its assignees and members from Planner up."""
        issue = _pick(self.project(project).issues, number(iid))
        named = self.user in (issue.author, *issue.assignees) or self.user.admin
        if issue.confidential and not named and issue.project.access_level(self.user.id) < PLANNER:
            raise not_found()
        return issue

    def commit(self, project: str, sha: str) -> Commit:
        """Return a commit."""
        commits = self.project(project).commits
        if sha not in commits:
            raise not_found("Commit Not Found")
        return commits[sha]

    def snippet(self, project: str, number_: str) -> Snippet:
        """Return a snippet."""
        return _pick(self.project(project).snippets, number(number_))

    def thing(self, kind: str, project: str, ref: str) -> Thing:
        """Return what is talked about, by the name of its collection in the API's addresses."""
        finders = {
            "merge_requests": self.merge_request,
            "issues": self.issue,
            "commits": self.commit,
            "snippets": self.snippet,
        }
        return finders[kind](project, ref)


def _pick(things: dict[int, T], key: int) -> T:
    if key not in things:
        raise not_found()
    return things[key]


def number(text: str) -> int:
    """Read a number out of an address."""
    if not text.isascii() or not text.isdigit():
        raise Refusal(falcon.HTTP_400, {"error": "id is invalid"})
    return int(text)


def authenticate(gitlab: GitLab, req: falcon.Request) -> Call:
    """Find the caller by `PRIVATE-TOKEN` or a bearer token; reading asks for `read_api`, the rest for `api`."""
    bearer = (req.get_header("Authorization") or "").removeprefix("Bearer ")
    token = gitlab.tokens.get(req.get_header("PRIVATE-TOKEN") or bearer)
    if token is None or token.user.state != "active":
        raise UNAUTHORIZED
    enough = {"api", "read_api"} if req.method == "GET" else {"api"}
    if not enough.intersection(token.scopes):
        raise INSUFFICIENT_SCOPE
    return Call(gitlab, req, token.user, token.scopes)


def paginate(req: falcon.Request, resp: falcon.Response, rows: Sequence[Any]) -> None:
    """Answer one page of a list, with GitLab's headers; https://docs.gitlab.com/api/rest/#pagination."""
    page = max(1, req.get_param_as_int("page") or 1)
    size = min(MOST_PER_PAGE, max(1, req.get_param_as_int("per_page") or PER_PAGE))
    pages = max(1, -(-len(rows) // size))
    resp.media = rows[(page - 1) * size : page * size]
    following = page + 1 if page < pages else ""
    figures = {
        "X-Page": page,
        "X-Per-Page": size,
        "X-Prev-Page": page - 1 if page > 1 else "",
        "X-Next-Page": following,
        "X-Total": len(rows),
        "X-Total-Pages": pages,
    }
    for name, value in figures.items():
        resp.set_header(name, str(value))
    for rel, target in {"first": 1, "last": pages, "next": following}.items():
        if target:
            others = {key: value for key, value in req.params.items() if key not in ("page", "per_page")}
            query = to_query_str(others | {"page": target, "per_page": size}, prefix=True)
            resp.append_link(f"{req.prefix}{req.path}{query}", rel)
