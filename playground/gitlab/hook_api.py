"""Webhooks through the REST API: list, create, change, delete and test.

https://docs.gitlab.com/api/project_webhooks/
"""

import json
from typing import Any

import falcon

from playground.gitlab import payloads
from playground.gitlab.calls import Call, Refusal, authenticate, not_found, number, paginate
from playground.gitlab.hooks import EVENTS, FLAGS, Hook, event_of
from playground.gitlab.objects import Project
from playground.gitlab.state import GitLab

SECRETS = ("token", "signing_token")
ON_BY_DEFAULT = {"push_events": True}


SETTINGS: dict[str, Any] = {
    "name": None,
    "description": None,
    "enable_ssl_verification": True,
    "push_events_branch_filter": None,
    "branch_filter_strategy": "wildcard",
    "custom_webhook_template": None,
}
"""What else can be set, and what it is at first."""

SIGNS_SINCE = (19, 0)


def entity(hook: Hook, gitlab: GitLab) -> dict[str, Any]:
    """Describe a hook; its secrets only as there or not, and that by newer versions alone."""
    present = {"token_present": bool(hook.token), "signing_token_present": bool(hook.signing_token)}
    return (
        {"id": hook.id, "url": hook.url, "project_id": hook.project_id, "custom_headers": [], "url_variables": []}
        | {"alert_status": hook.alert_status, "disabled_until": hook.disabled_until}
        | SETTINGS
        | hook.settings
        | ({} if gitlab.is_older_than(*SIGNS_SINCE) else present)
        | hook.flags
    )


def change(hook: Hook, given: dict[str, Any], gitlab: GitLab) -> None:
    """Set what a request gives; another `url` takes the secrets away, as GitLab does."""
    if given.get("url", hook.url) != hook.url:
        hook.token = hook.signing_token = ""
    hook.url = given.get("url", hook.url)
    hook.token = given.get("token", hook.token)
    if not gitlab.is_older_than(*SIGNS_SINCE):
        hook.signing_token = given.get("signing_token", hook.signing_token)
    hook.flags |= {name: bool(given[name]) for name in FLAGS if name in given}
    hook.settings |= {name: given[name] for name in SETTINGS if name in given}


class Hooks:
    """`/projects/:id/hooks`."""

    def __init__(self, gitlab: GitLab) -> None:
        self._gitlab = gitlab

    def on_get(self, req: falcon.Request, resp: falcon.Response, project: str) -> None:
        """List the hooks of a project."""
        found = authenticate(self._gitlab, req).maintained(project)
        with self._gitlab.lock:
            paginate(req, resp, [entity(hook, self._gitlab) for hook in _hooks(self._gitlab, found)])

    def on_post(self, req: falcon.Request, resp: falcon.Response, project: str) -> None:
        """Create a hook; only push events are on unless said otherwise."""
        found = authenticate(self._gitlab, req).maintained(project)
        given = req.get_media()
        if not given.get("url"):
            raise Refusal(falcon.HTTP_400, {"error": "url is missing"})
        hook = self._gitlab.add_hook(found, given["url"], flags={name: name in ON_BY_DEFAULT for name in FLAGS})
        change(hook, given, self._gitlab)
        resp.status, resp.media = falcon.HTTP_201, entity(hook, self._gitlab)


class OneHook:
    """`/projects/:id/hooks/:hook_id`."""

    def __init__(self, gitlab: GitLab) -> None:
        self._gitlab = gitlab

    def on_get(self, req: falcon.Request, resp: falcon.Response, project: str, hook: str) -> None:
        """Show a hook."""
        resp.media = entity(hook_of(authenticate(self._gitlab, req), project, hook), self._gitlab)

    def on_put(self, req: falcon.Request, resp: falcon.Response, project: str, hook: str) -> None:
        """Change a hook."""
        found = hook_of(authenticate(self._gitlab, req), project, hook)
        with self._gitlab.lock:
            change(found, req.get_media(), self._gitlab)
        resp.media = entity(found, self._gitlab)

    def on_delete(self, req: falcon.Request, resp: falcon.Response, project: str, hook: str) -> None:
        """Delete a hook."""
        found = hook_of(authenticate(self._gitlab, req), project, hook)
        with self._gitlab.lock:
            del self._gitlab.hooks[found.id]
        resp.status = falcon.HTTP_204


class HookTest:
    """`/projects/:id/hooks/:hook_id/test/:trigger`."""

    def __init__(self, gitlab: GitLab) -> None:
        self._gitlab = gitlab

    def on_post(self, req: falcon.Request, resp: falcon.Response, project: str, hook: str, trigger: str) -> None:
        """Send the event of the newest merge request or issue, without an action; 422 where there is none.

        A disabled hook is switched on again by a test that is answered by 2xx.
        """
        call = authenticate(self._gitlab, req)
        found = hook_of(call, project, hook)
        payload = test_payload(call, call.project(project), trigger)
        if payload is None:
            raise Refusal(falcon.HTTP_422, {"message": "Ensure the project has something to test with."})
        body = json.dumps(payload, ensure_ascii=False).encode()
        delivery = self._gitlab.deliver(found, event_of(payload), body, self._gitlab.new_uuid())
        self._gitlab.sender.drain()
        if not delivery.status.startswith("2"):
            raise Refusal(falcon.HTTP_422, {"message": f"Hook execution failed: {delivery.status}"})
        found.alert_status, found.disabled_until = "executable", None
        resp.status, resp.media = falcon.HTTP_201, {"message": "201 Created"}


def test_payload(call: Call, project: Project, trigger: str) -> dict[str, Any] | None:
    """Build the payload of a test: a real object, and nothing that marks it as a test but the missing action."""
    if trigger not in {event.flag for event in EVENTS.values()}:
        raise Refusal(falcon.HTTP_400, {"error": "trigger does not have a valid value"})
    payload = None
    if trigger == "issues_events" and project.issues:
        issue = project.issues[max(project.issues)]
        payload = payloads.issue(call.url, issue, call.user, "", {})
    elif project.merge_requests:
        mr = project.merge_requests[max(project.merge_requests)]
        payload = payloads.merge_request(call.url, mr, call.user, "", {})
    if payload:
        del payload["object_attributes"]["action"]
    return payload


def _hooks(gitlab: GitLab, project: Project) -> list[Hook]:
    return [hook for hook in gitlab.hooks.values() if hook.project_id == project.id]


def hook_of(call: Call, project: str, key: str) -> Hook:
    """Return a hook of a project whose hooks the caller may see."""
    for hook in _hooks(call.gitlab, call.maintained(project)):
        if hook.id == number(key):
            return hook
    raise not_found()
