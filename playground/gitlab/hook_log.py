"""The log of a webhook through the REST API: what was sent, what was answered, and sending it again.

https://docs.gitlab.com/api/project_webhooks/#list-project-webhook-events
"""

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import falcon

from playground.gitlab.calls import Call, Refusal, authenticate, not_found, number, paginate
from playground.gitlab.hook_api import hook_of
from playground.gitlab.hooks import INTERNAL_ERROR, Delivery, Hook
from playground.gitlab.shapes import stamp
from playground.gitlab.state import GitLab

HANDED_OUT_SINCE = (17, 3)
RESENT_SINCE = (17, 4)
MOST_PER_PAGE = 20
KEPT = timedelta(days=7)

CATEGORIES = {
    "successful": lambda status: status.startswith("2"),
    "client_failure": lambda status: status.startswith("4"),
    "server_failure": lambda status: status.startswith("5") or status == INTERNAL_ERROR,
}
ADDRESS = re.compile(r"[\w.!#$%&'*+/=?^`{|}~-]+@[a-zA-Z0-9-]+(\.[a-zA-Z0-9-]+)*", re.ASCII)


def log_entry(delivery: Delivery) -> dict[str, Any]:
    """Describe a delivery as the hook's log does: without its secret, and without anybody's e-mail address."""
    shown = {name: "[REDACTED]" if name == "X-Gitlab-Token" else value for name, value in delivery.headers.items()}
    return {
        "id": delivery.id,
        "url": delivery.hook.url,
        "trigger": delivery.event.flag.removesuffix("_events") + "_hooks",
        "request_headers": shown,
        "request_data": redacted(json.loads(delivery.body)),
        "response_headers": {},
        "response_body": delivery.answer,
        "execution_duration": 0.0,
        "response_status": delivery.status,
        "created_at": stamp(delivery.at),
    }


def redacted(value: Any) -> Any:
    """Hide every text that is an e-mail address."""
    if isinstance(value, dict):
        return {key: redacted(one) for key, one in value.items()}
    if isinstance(value, list):
        return [redacted(one) for one in value]
    return "[REDACTED]" if isinstance(value, str) and ADDRESS.fullmatch(value) else value


class HookEvents:
    """`/projects/:id/hooks/:hook_id/events`, and sending one of them again."""

    def __init__(self, gitlab: GitLab) -> None:
        self._gitlab = gitlab

    def on_get(self, req: falcon.Request, resp: falcon.Response, project: str, hook: str) -> None:
        """Show the log of the last days, the newest first; `status` narrows it to some statuses or kinds of them."""
        found = self._logged(req, project, hook, HANDED_OUT_SINCE)
        if not 1 <= (req.get_param_as_int("per_page") or MOST_PER_PAGE) <= MOST_PER_PAGE:
            raise Refusal(falcon.HTTP_400, {"error": "per_page does not have a valid value"})
        wanted = req.get_param_as_list("status", delimiter=",") or []
        with self._gitlab.lock:
            paginate(req, resp, [log_entry(one) for one in self._newest_first(found) if _is_wanted(one, wanted)])

    def on_post_resend(self, req: falcon.Request, resp: falcon.Response, project: str, hook: str, event: str) -> None:
        """Send a delivery again; it keeps its Idempotency-Key."""
        for delivery in self._logged(req, project, hook, RESENT_SINCE).deliveries:
            if delivery.id == number(event):
                self._gitlab.resend(delivery)
                resp.status, resp.media = falcon.HTTP_201, {"response_status": delivery.status}
                return
        raise not_found()

    def _logged(self, req: falcon.Request, project: str, hook: str, since: tuple[int, int]) -> Hook:
        """Return a hook, where this version of GitLab has such an address at all."""
        call: Call = authenticate(self._gitlab, req)
        if self._gitlab.is_older_than(*since):
            raise Refusal(falcon.HTTP_404, {"error": "404 Not Found"})
        return hook_of(call, project, hook)

    def _newest_first(self, hook: Hook) -> Iterator[Delivery]:
        oldest = self._gitlab.clock() - KEPT
        return (one for one in reversed(hook.deliveries) if one.at >= oldest and one.status != "pending")


def _is_wanted(delivery: Delivery, wanted: list[str]) -> bool:
    """Say whether a delivery's status is among those asked for, by number or by kind; nothing asked for is all."""
    status = delivery.status
    return not wanted or any(CATEGORIES[one](status) if one in CATEGORIES else status == one for one in wanted)
