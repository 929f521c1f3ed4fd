"""The adapter to GitLab's administration of webhooks, over python-gitlab.

https://docs.gitlab.com/api/project_webhooks/ and https://docs.gitlab.com/api/group_webhooks/
"""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import quote

import msgspec

from bot.errors import Misconfigured, Refused
from gitlab_hooks.gitlab_client import FORBIDDEN, NOT_FOUND, Client, NotForUs
from gitlab_hooks.hook_admin import Attempt, Home, Hook, HookAdmin
from gitlab_hooks.times import milliseconds

SECONDS = (3.0, 30.0)
"""Time-outs for connecting and reading; a page of the log may hold twenty bodies of some megabytes."""

SECRET = "GITLAB_HOOKS_TOKEN"  # noqa: S105 - a variable's name

PAGE = {"per_page": "100"}

FAILED = {"per_page": "20", "status": "client_failure,server_failure,301,302,303,307,308"}
"""GitLab refuses more than 20 a page here (`lib/api/hooks/events.rb`); "internal error" counts as `server_failure`
(`app/finders/web_hooks/web_hook_logs_finder.rb`). Who is sent elsewhere has not arrived."""

SWITCHED_OFF = frozenset({"disabled", "temporarily_disabled"})
"""What GitLab says of a hook to which it delivers nothing, since 15.6.

GitLab: `app/models/concerns/web_hooks/auto_disabling.rb`.
"""

OVERSIZE = {"oversize": True}
"""What the log has instead of a body that is too large for it (`WebHookLog::OVERSIZE_REQUEST_DATA`)."""

SINCE = (17, 3)
"""The version of GitLab that hands out the log of a hook."""


class HomeAnswer(msgspec.Struct, frozen=True):
    """A project or a group."""

    id: int
    path_with_namespace: str = ""
    full_path: str = ""

    @property
    def path(self) -> str:
        """Return the whole path."""
        return self.path_with_namespace or self.full_path


class HookAnswer(msgspec.Struct, frozen=True):
    """`GET …/hooks`."""

    id: int
    url: str
    alert_status: str | None = None


class AttemptAnswer(msgspec.Struct, frozen=True):
    """`GET …/hooks/:hook_id/events`."""

    id: int
    response_status: str | int | None = None
    request_headers: dict[str, Any] | None = None
    request_data: Any = None
    created_at: str | None = None


class VersionAnswer(msgspec.Struct, frozen=True):
    """`GET /version`."""

    version: str


class Administration:
    """`gitlab_hooks.hook_admin.HookAdmin` over a client; nothing is kept between two questions."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def group(self, path: str) -> Home:
        """Return a group by its path or its id."""
        with _told(f"the group {path}", "check [gitlab] groups"):
            answer = self._client.read(f"/groups/{_segment(path)}", HomeAnswer, {"with_projects": "false"})
        return Home("group", answer.id, answer.path)

    def project(self, path: str) -> Home:
        """Return a project by its path or its id."""
        with _told(f"the project {path}", "check [gitlab] projects"):
            answer = self._client.read(f"/projects/{_segment(path)}", HomeAnswer)
        return Home("project", answer.id, answer.path)

    def projects_of(self, group: Home) -> Iterator[Home]:
        """Yield the projects of a group and of the groups below it, but no archived ones."""
        query = {"include_subgroups": "true", "with_shared": "false", "archived": "false", "simple": "true"}
        order = {"order_by": "id", "sort": "asc"}
        with _told(f"the projects of the group {group.path}", "check [gitlab] groups"):
            for answer in self._client.items(f"/groups/{group.id}/projects", HomeAnswer, query | order | PAGE):
                yield Home("project", answer.id, answer.path)

    def hooks(self, home: Home) -> Iterator[Hook]:
        """Yield the webhooks of a project or a group.

        A group's hooks need GitLab Premium and the role Owner: 403 and 404 mean that there are none for us.
        """
        try:
            for answer in self._client.items(f"{_place(home)}/hooks", HookAnswer, PAGE):
                yield Hook(home, answer.id, answer.url, answer.alert_status in SWITCHED_OFF)
        except NotForUs as error:
            if home.kind == "project":
                raise _refused(error, f"the hooks of {home.path}", "it needs the role Maintainer there") from error

    def failed(self, hook: Hook) -> Iterator[Attempt]:
        """Yield the deliveries of the last seven days that were not answered by 2xx, newest first."""
        try:
            for answer in self._client.items(f"{_place(hook.home)}/hooks/{hook.id}/events", AttemptAnswer, FAILED):
                yield attempt_of(answer)
        except NotForUs as error:
            if error.status == NOT_FOUND:
                self._expect_log()
            raise _refused(error, f"the log of hook {hook.id} of {hook.home.path}", "it has just gone") from error

    def _expect_log(self) -> None:
        """Raise `Misconfigured` where GitLab is too old to hand out the log of a hook."""
        version = self._client.read("/version", VersionAnswer).version
        found = re.match(r"(\d+)\.(\d+)", version)
        if found and (int(found[1]), int(found[2])) < SINCE:
            raise Misconfigured(
                f"GitLab {version} does not hand out the deliveries that failed: that came with 17.3;"
                " what it could not deliver can be sent again by hand, under Webhooks → Edit → Recent events"
            )


def connect(url: str, token: str, *, verify: bool | str = True, seconds: tuple[float, float] = SECONDS) -> HookAdmin:
    """Return the adapter for a server; nothing is asked yet."""
    return Administration(Client(url, token, seconds, verify=verify, secret=SECRET, scope="api"))


def attempt_of(answer: AttemptAnswer) -> Attempt:
    """Return a delivery as we know it."""
    data = answer.request_data
    return Attempt(
        id=answer.id,
        at=milliseconds(answer.created_at),
        status=str(answer.response_status or ""),
        headers={name.lower(): str(value) for name, value in (answer.request_headers or {}).items()},
        body=json.dumps(data).encode() if data and data != OVERSIZE else None,
        empty=not data,
    )


@contextmanager
def _told(what: str, mend: str) -> Iterator[None]:
    try:
        yield
    except NotForUs as error:
        raise _refused(error, what, mend) from error


def _refused(error: NotForUs, what: str, mend: str) -> Refused:
    """Say in a sentence what GitLab keeps from the token."""
    verb = "may not see" if error.status == FORBIDDEN else "does not find"
    return Refused(f"{SECRET} {verb} {what} ({error.status}): {mend}")


def _place(home: Home) -> str:
    return f"/{home.kind}s/{home.id}"


def _segment(path: str) -> str:
    return quote(path.strip("/"), safe="")
