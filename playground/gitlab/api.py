"""The stand-in as a WSGI application: the REST API v4, the switch for faults, and a line for every other address."""

from collections.abc import Callable, Iterable
from typing import Any

import falcon

from playground.gitlab.calls import Refusal, authenticate, paginate
from playground.gitlab.faults import ANSWERS, Fault
from playground.gitlab.hook_api import Hooks, HookTest, OneHook
from playground.gitlab.hook_log import HookEvents
from playground.gitlab.reads import READS, Handler, P
from playground.gitlab.state import GitLab
from playground.server import Server, WsgiApp, drop_connection

API = "/api/v4"
FAULTS_PATH = "/playground/gitlab/faults"


class Read:
    """An address that only reads."""

    def __init__(self, gitlab: GitLab, handler: Handler) -> None:
        self._gitlab = gitlab
        self._handler = handler

    def on_get(self, req: falcon.Request, resp: falcon.Response, **ids: str) -> None:
        """Answer an object, or one page of a list."""
        with self._gitlab.lock:
            answer = self._handler(authenticate(self._gitlab, req), **ids)
        if isinstance(answer, list):
            paginate(req, resp, answer)
        else:
            resp.media = answer


class Faults:
    """`POST /playground/gitlab/faults` {"kind": "rate_limited", "times": 3, "retry_after": 7}; {"kind": ""} mends."""

    def __init__(self, gitlab: GitLab) -> None:
        self._gitlab = gitlab

    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Switch a fault on, or all off."""
        given = req.get_media()
        try:
            self._gitlab.fault = Fault(**given) if given.get("kind") else None
        except (TypeError, ValueError) as error:
            raise Refusal(falcon.HTTP_400, {"error": str(error)}) from error
        resp.media = {"fault": given.get("kind") or None}


def create_app(gitlab: GitLab) -> WsgiApp:
    """Build the application."""
    app = falcon.App()
    for path, handler in READS.items():
        app.add_route(API + path, Read(gitlab, handler))
    hooks = f"{API}{P}/hooks"
    app.add_route(hooks, Hooks(gitlab))
    app.add_route(f"{hooks}/{{hook}}", OneHook(gitlab))
    app.add_route(f"{hooks}/{{hook}}/test/{{trigger}}", HookTest(gitlab))
    events = HookEvents(gitlab)
    app.add_route(f"{hooks}/{{hook}}/events", events)
    app.add_route(f"{hooks}/{{hook}}/events/{{event}}/resend", events, suffix="resend")
    app.add_route(FAULTS_PATH, Faults(gitlab))
    app.add_sink(_elsewhere)
    app.add_error_handler(Refusal, _refused)
    return with_faults(gitlab, with_encoded_slashes(app))


def _refused(_req: falcon.Request, resp: falcon.Response, refusal: Refusal, _ids: dict[str, Any]) -> None:
    resp.status, resp.media = refusal.status, refusal.body


def _elsewhere(req: falcon.Request, resp: falcon.Response, **_parts: str) -> None:
    """Say what the stand-in is: links in messages lead here."""
    if req.path.startswith(API) or req.method != "GET":
        raise Refusal(falcon.HTTP_404, {"error": "404 Not Found"})
    resp.content_type = falcon.MEDIA_TEXT
    resp.text = f"In a real GitLab you would see {req.path} now. This stand-in has its API and its webhooks only.\n"


def with_encoded_slashes(app: WsgiApp) -> WsgiApp:
    """Keep `web%2Fshop` one segment: WSGI servers decode the path before anybody can look at it."""

    def wrapped(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        raw = environ["REQUEST_URI"].split("?")[0]
        if "%2f" in raw.lower():
            environ["PATH_INFO"] = raw.replace("%2f", "%2F")
        return app(environ, start_response)

    return wrapped


def with_faults(gitlab: GitLab, app: WsgiApp) -> WsgiApp:
    """Let the fault that is switched on spoil the API's answers."""

    def wrapped(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        with gitlab.lock:
            fault = gitlab.fault if environ["PATH_INFO"].startswith(API) else None
            if fault:
                gitlab.fault = fault.next()
        spoiled = _spoil(gitlab, fault, start_response) if fault and fault.strikes else None
        return app(environ, start_response) if spoiled is None else spoiled

    return wrapped


def _spoil(gitlab: GitLab, fault: Fault, start_response: Callable[..., Any]) -> Iterable[bytes] | None:
    """Answer in the API's place; None where it may answer itself, late."""
    if fault.kind == "down":
        drop_connection()
    if fault.kind == "slow":
        gitlab.sleep(fault.delay)
        return None
    status, body = ANSWERS[fault.kind]
    retry = [("Retry-After", str(fault.retry_after))] if fault.kind == "rate_limited" else []
    start_response(status, [("Content-Type", "application/json"), *retry])
    return [falcon.media.JSONHandler().serialize(body, falcon.MEDIA_JSON)]


def serve(gitlab: GitLab, port: int = 0) -> Server:
    """Serve the stand-in on 127.0.0.1 and tell it its own address."""
    server = Server(create_app(gitlab), port)
    gitlab.url = server.url
    return server
