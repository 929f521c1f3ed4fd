"""The WSGI application: reads a request, lets the faults have their way, and runs the row of the table."""

import json
from collections import defaultdict
from collections.abc import Callable
from contextlib import nullcontext
from types import SimpleNamespace
from typing import Any

import falcon
import msgspec

from playground.mattermost import accounts, errors, limits
from playground.mattermost.api.call import UNREADABLE, Call, Reply, Route
from playground.mattermost.api.routes import ROUTES
from playground.mattermost.api.system import VERSION
from playground.mattermost.errors import ApiError, CutError, NoSuchPathError
from playground.mattermost.records import Session
from playground.mattermost.state import State

CUT = "playground.cut"
"""The key of the WSGI environment under which the server says how to close the connection without an answer."""
_ALWAYS = "/playground/"
_TOO_MANY = {
    "Retry-After": "1",
    "X-Content-Type-Options": "nosniff",
    "X-Ratelimit-Limit": "101",
    "X-Ratelimit-Remaining": "0",
    "X-Ratelimit-Reset": "11",
}

Responder = Callable[..., None]


def create_app(state: State, prefix: str = "") -> "falcon.App[Any, Any]":
    """Return the application that answers for `state`, at a sub-path if `prefix` is one (`/chat`)."""
    app = falcon.App(media_type=falcon.MEDIA_JSON)
    app.req_options.strip_url_path_trailing_slash = True
    app.add_error_handler(falcon.HTTPError, _no_such_path)
    by_path: defaultdict[str, dict[str, Responder]] = defaultdict(dict)
    for route in ROUTES:
        by_path[route.path][f"on_{route.method.lower()}"] = _responder(state, route, prefix)
    for path, responders in by_path.items():
        app.add_route(prefix + path, SimpleNamespace(**responders))
    return app


def _responder(state: State, route: Route, prefix: str) -> Responder:
    def respond(req: falcon.Request, resp: falcon.Response, **path: str) -> None:
        request_id = state.new_id()
        try:
            reply = _disturbed(state, route) or _answer(state, route, req, path, prefix)
        except ApiError as error:
            reply = Reply(error.failure.shown(request_id), error.failure.status)
        except NoSuchPathError:
            reply = _nowhere(req)
        except CutError:
            req.env[CUT]()
            return
        resp.set_headers({"X-Request-Id": request_id, "X-Version-Id": VERSION, "Vary": "Accept-Encoding"})
        _send(req, resp, reply)

    return respond


def _disturbed(state: State, route: Route) -> Reply | None:
    """Return the answer that a fault gives instead, if one is on."""
    if route.path.startswith(_ALWAYS):
        return None
    with state.lock:
        if state.faults.down:
            raise CutError
        if state.faults.broken:
            return Reply(
                b"<html><body>The server is not available.</body></html>", state.faults.broken, {}, "text/html"
            )
        if state.faults.take("rate_limited"):
            return Reply(b"limit exceeded\n", 429, _TOO_MANY, "text/plain; charset=utf-8")
    return None


def _answer(state: State, route: Route, req: falcon.Request, path: dict[str, str], prefix: str) -> Reply:
    raw = req.bounded_stream.read()
    with state.lock if not route.calls_out else nullcontext():
        session = _session(state, route, req)
        if state.faults.database_down and route.without_database is not None:
            raise ApiError(route.without_database)
        query = {key: value[-1] if isinstance(value, list) else value for key, value in req.params.items()}
        site_url = f"{req.scheme}://{req.netloc}{prefix}"
        call = Call(state, session, path, query, _json(raw), raw, req.content_type or "", site_url)
        return route.handler(call)


def _session(state: State, route: Route, req: falcon.Request) -> Session | None:
    token = (req.get_header("Authorization") or "").partition(" ")[2].strip()
    if route.open and token not in state.sessions:
        return None
    session = accounts.session_of(state, token)
    if state.faults.database_down and not session.cached:
        raise ApiError(errors.SESSION_EXPIRED)
    session.cached = True
    return session


def _json(raw: bytes) -> Any:
    try:
        body = json.loads(raw)
    except (ValueError, RecursionError):
        return UNREADABLE
    return limits.scrubbed(body) if rb"\u" in raw else body


def _send(req: falcon.Request, resp: falcon.Response, reply: Reply) -> None:
    resp.status = reply.status
    resp.set_headers(dict(reply.headers))
    if reply.etag:
        etag = f"{VERSION}.{reply.etag}"
        resp.set_header("Etag", etag)
        if req.get_header("If-None-Match") == etag:
            resp.status = 304
            return
    resp.content_type = reply.content_type
    resp.data = reply.body if isinstance(reply.body, bytes) else msgspec.json.encode(reply.body)


def _no_such_path(req: falcon.Request, resp: falcon.Response, _error: falcon.HTTPError, _params: object) -> None:
    _send(req, resp, _nowhere(req))


def _nowhere(req: falcon.Request) -> Reply:
    """Return the answer to an unknown path or method: JSON that calls itself text."""
    hint = "Typo? are you missing a team_id or user_id as part of the url?"
    body = {
        "id": "api.context.404.app_error",
        "message": "Sorry, we could not find the page.",
        "detailed_error": f"There doesn't appear to be an api call for the url='{req.path}'.  {hint}",
        "status_code": 404,
    }
    return Reply(msgspec.json.encode(body), 404, content_type="text/plain; charset=utf-8")
