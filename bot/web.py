"""The Falcon application: its routes, and whether it is alive and ready."""

import logging
import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import falcon
from sqlalchemy import Connection, delete, insert

from bot.errors import OutsideError
from bot.store import Store
from bot.store.schema import told

PROBE = "readyz"
"""A fact that is never told."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Trouble:
    """A part that does not work as it should, and why."""

    part: str
    why: str


class Health:
    """`GET /healthz`: the process is alive."""

    def on_get(self, _req: falcon.Request, resp: falcon.Response) -> None:
        """Answer 200."""
        resp.media = {"alive": True}

    on_head = on_get


class Ready:
    """`GET /readyz`: 200 as long as deliveries can be kept; whatever else is wrong is named and changes nothing.

    A dead Mattermost must not make an orchestrator turn away webhooks that GitLab will not send again.
    """

    def __init__(self, store: Store, troubles: Callable[[], Sequence[Trouble]]) -> None:
        self._store = store
        self._troubles = troubles

    def on_get(self, _req: falcon.Request, resp: falcon.Response) -> None:
        """Answer 200 or 503, and name what is degraded."""
        found = [*self._store_trouble(), *self._troubles()]
        ready = not any(one.part == "store" for one in found)
        resp.status = falcon.HTTP_200 if ready else falcon.HTTP_503
        resp.media = {"ready": ready, "degraded": [{"part": one.part, "why": one.why} for one in found]}

    on_head = on_get

    def _store_trouble(self) -> list[Trouble]:
        try:
            self._store.write(partial(_probe, owner=self._store.owner))
        except OutsideError as wrong:
            return [Trouble("store", str(wrong))]
        return []


def _probe(conn: Connection, owner: str) -> None:
    """Write a row and take it back: an empty transaction would succeed on a full disk, and this leaves no trace."""
    conn.execute(insert(told).values(fact=PROBE, person=owner, at=0))
    conn.execute(delete(told).where(told.c.fact == PROBE, told.c.person == owner))


def create_app(routes: Mapping[str, object]) -> falcon.App[falcon.Request, falcon.Response]:
    """Return the application with its resources; nothing else happens."""
    app: falcon.App[falcon.Request, falcon.Response] = falcon.App()
    for path, resource in routes.items():
        app.add_route(path, resource)
    app.add_error_handler(Exception, _unforeseen)
    return app


def _unforeseen(_req: falcon.Request, resp: falcon.Response, error: Exception, _params: object) -> None:
    """Log what nobody foresaw, without the request's text, and answer without detail."""
    where = traceback.extract_tb(error.__traceback__)[-1]
    log.error("a request failed: %s at %s:%s", type(error).__name__, where.filename, where.lineno)
    resp.status = falcon.HTTP_500
    resp.media = {"title": "500 Internal Server Error"}
