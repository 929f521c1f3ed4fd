"""The adapter to GitLab's administration of webhooks, over python-gitlab.

https://docs.gitlab.com/api/project_webhooks/ and https://docs.gitlab.com/api/group_webhooks/
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import islice
from typing import Any
from urllib.parse import quote

from bot.errors import Misconfigured, Refused
from gitlab_hooks.gitlab_client import FORBIDDEN, NOT_FOUND, Client, NotForUs
from gitlab_hooks.hook_admin import Attempt, Home, Hook, HookAdmin, Version
from gitlab_hooks.hook_answers import AttemptAnswer, HomeAnswer, HookAnswer, VersionAnswer, attempt_of, hook_of

SECONDS = (3.0, 30.0)
"""Time-outs for connecting and reading; a page of the log may hold twenty bodies of some megabytes."""

SECRET = "GITLAB_HOOKS_TOKEN"  # noqa: S105 - a variable's name

PAGE = {"per_page": "100"}

FAILED = {"per_page": "20", "status": "client_failure,server_failure,301,302,303,307,308"}
"""GitLab refuses more than 20 a page here (`lib/api/hooks/events.rb`); "internal error" counts as `server_failure`
(`app/finders/web_hooks/web_hook_logs_finder.rb`). Who is sent elsewhere has not arrived."""

RECENT = {"per_page": "5"}

MAINTAINER = "it needs the role Maintainer there"

TESTS = ("merge_requests_events", "issues_events", "push_events")
"""The first two have no action, by which the bot knows them for tests. GitLab 16.11 and later, five a minute:
https://docs.gitlab.com/api/project_webhooks/#trigger-a-test-project-webhook"""

SINCE = (17, 3)
"""The version of GitLab that hands out the log of a hook."""


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
                yield hook_of(home, answer)
        except NotForUs as error:
            if home.kind == "project":
                raise _refused(error, f"the hooks of {home.path}", MAINTAINER) from error

    def failed(self, hook: Hook) -> Iterator[Attempt]:
        """Yield the deliveries of the last seven days that were not answered by 2xx, newest first."""
        try:
            for answer in self._client.items(f"{_at(hook)}/events", AttemptAnswer, FAILED):
                yield attempt_of(answer)
        except NotForUs as error:
            if error.status == NOT_FOUND:
                self._expect_log()
            raise _refused(error, f"the log of hook {hook.id} of {hook.home.path}", "it has just gone") from error

    def recent(self, hook: Hook) -> Sequence[Attempt]:
        """Return the newest few deliveries, newest first, whatever was answered."""
        with _told(f"the log of hook {hook.id} of {hook.home.path}", "it has just gone"):
            found = self._client.items(f"{_at(hook)}/events", AttemptAnswer, RECENT)
            return [attempt_of(answer) for answer in islice(found, int(RECENT["per_page"]))]

    def create(self, home: Home, wish: Mapping[str, object]) -> Hook:
        """Make a webhook of a project."""
        with _told(f"make a hook of {home.path}", MAINTAINER, verb="may not"):
            return hook_of(home, self._client.write("POST", f"{_place(home)}/hooks", HookAnswer, wish))

    def change(self, hook: Hook, wish: Mapping[str, object]) -> Hook:
        """Set what is wished for."""
        with _told(f"change hook {hook.id} of {hook.home.path}", MAINTAINER, verb="may not"):
            return hook_of(hook.home, self._client.write("PUT", _at(hook), HookAnswer, wish))

    def wake(self, hook: Hook) -> None:
        """Send a test that tells nobody anything; one that is answered by 2xx switches a hook on again.

        Which of them there can be depends on what there is in the project: the others are refused (422).
        """
        refused: list[NotForUs] = []
        for trigger in TESTS:
            try:
                self._client.write("POST", f"{_at(hook)}/test/{trigger}", dict[str, Any], {})
            except NotForUs as error:
                refused.append(error)
            else:
                return
        raise Refused(
            f"hook {hook.id} of {hook.home.path} stays disabled ({refused[0].status}{refused[0].said}):"
            " GitLab must reach the bot for its test; or press Test in the project's Settings → Webhooks"
        )

    def version(self) -> Version:
        """Return which GitLab it is."""
        return version_of(self._client.read("/version", VersionAnswer).version)

    def _expect_log(self) -> None:
        """Raise `Misconfigured` where GitLab is too old to hand out the log of a hook."""
        version = self._client.read("/version", VersionAnswer).version
        if (0, 0) < version_of(version) < SINCE:
            raise Misconfigured(
                f"GitLab {version} does not hand out the deliveries that failed: that came with 17.3;"
                " what it could not deliver can be sent again by hand, under Webhooks → Edit → Recent events"
            )


def connect(url: str, token: str, *, verify: bool | str = True, seconds: tuple[float, float] = SECONDS) -> HookAdmin:
    """Return the adapter for a server; nothing is asked yet."""
    return Administration(Client(url, token, seconds, verify=verify, secret=SECRET, scope="api"))


def version_of(text: str) -> Version:
    """Return the first two numbers of a version, `19.3.0-ee`."""
    found = re.match(r"(\d+)\.(\d+)", text)
    return (int(found[1]), int(found[2])) if found else (0, 0)


@contextmanager
def _told(what: str, mend: str, verb: str = "") -> Iterator[None]:
    try:
        yield
    except NotForUs as error:
        raise _refused(error, what, mend, verb) from error


def _refused(error: NotForUs, what: str, mend: str, verb: str = "") -> Refused:
    """Say in a sentence what GitLab keeps from the token, and in its own words why a wish is none it grants (422)."""
    verb = verb or ("may not see" if error.status == FORBIDDEN else "does not find")
    return Refused(f"{SECRET} {verb} {what} ({error.status}{error.said}): {mend}")


def _place(home: Home) -> str:
    return f"/{home.kind}s/{home.id}"


def _at(hook: Hook) -> str:
    return f"{_place(hook.home)}/hooks/{hook.id}"


def _segment(path: str) -> str:
    return quote(path.strip("/"), safe="")
