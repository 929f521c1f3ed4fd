"""`POST /gitlab`: authentic bytes first, then one durable insert, then 2xx; what they mean is found out later.

GitLab counts every other answer as a failure, switches a hook off after forty in a row (17.11), and never sends a
failed delivery again: https://docs.gitlab.com/user/project/integrations/webhooks/#auto-disabled-webhooks
"""

import logging
import threading
from collections.abc import Callable
from contextlib import nullcontext
from functools import partial

import falcon

from bot.errors import OutsideError
from bot.store import Store
from bot.tally import Tally
from gitlab_hooks import inbox
from gitlab_hooks.authenticity import Secrets, authentic, delivery_id
from gitlab_hooks.delivery import Kept, NotJson, content
from gitlab_hooks.rush import Rush

LIMIT = 25 * 1024 * 1024
"""Bytes; GitLab sends nothing larger (`REQUEST_BODY_SIZE_LIMIT`)."""

LARGE = 1024 * 1024
"""Bytes; bodies beyond are read one at a time, since each takes many times its size while it is."""

KEPT = frozenset(
    {
        "user-agent",
        "x-gitlab-event",
        "x-gitlab-instance",
        "x-gitlab-event-uuid",
        "x-gitlab-webhook-uuid",
        "idempotency-key",
        "webhook-id",
        "webhook-timestamp",
    }
)
"""Headers worth keeping; the token and the signature are not."""

log = logging.getLogger(__name__)


class GitLabHook:
    """The resource that GitLab calls.

    `accepted` is called after each delivery that is to be worked through, `refused` after each that could not be kept,
    so that it is caught up with. Each request is part of the `rush`, so that others can let it pass.
    """

    def __init__(
        self,
        store: Store,
        secrets: Secrets,
        accepted: Callable[[], None],
        refused: Callable[[], None] = lambda: None,
    ) -> None:
        self._store = store
        self._secrets = secrets
        self._accepted = accepted
        self._refused = refused
        self.rush = Rush()
        self._large = threading.Lock()
        self.counts = Tally()

    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Take a delivery.

        Raises:
            falcon.HTTPError: 413 too large, 401 without the right secret, 400 no JSON, 503 it could not be kept.

        """
        with self.rush:
            self._take(req)
        resp.status = falcon.HTTP_204

    def _take(self, req: falcon.Request) -> None:
        if (req.content_length or 0) > LIMIT:
            raise self._refuse(falcon.HTTPContentTooLarge(description=f"at most {LIMIT} bytes"))
        body = req.bounded_stream.read()
        headers = {name.lower(): value for name, value in req.headers.items()}
        if not authentic(headers, body, self._secrets):
            raise self._refuse(falcon.HTTPUnauthorized(description="no valid webhook signature or X-Gitlab-Token"))
        self._keep(headers, body)

    def _keep(self, headers: dict[str, str], body: bytes) -> None:
        try:
            with self._large if len(body) > LARGE else nullcontext():
                found = content(body)
            kept = {name: headers[name] for name in sorted(KEPT & headers.keys())}
            name = delivery_id(headers, self._secrets)
            accept = partial(inbox.accept, content=found, delivery_id=name, headers=kept)
            taken = self._store.write(partial(accept, now=self._store.now()))
        except NotJson as wrong:
            raise self._refuse(falcon.HTTPBadRequest(description="the body is not JSON")) from wrong
        except OutsideError as wrong:
            log.error("a delivery could not be kept, and GitLab will not send it again: %s", wrong)  # noqa: TRY400
            self._refused()
            raise self._refuse(falcon.HTTPServiceUnavailable(description="the delivery cannot be kept now")) from wrong
        self.counts.add(taken.value)
        if taken is not Kept.KNOWN:
            self._accepted()

    def _refuse(self, error: falcon.HTTPError) -> falcon.HTTPError:
        self.counts.add(str(error.status).partition(" ")[0])
        return error
