"""The page and what it asks for: `/`, its few files, and `/playground/…`; everything else goes to Mattermost."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import falcon

from playground import chat, stage
from playground.bell import Bell
from playground.cast import CAST
from playground.gitlab.objects import Project
from playground.gitlab.state import GitLab
from playground.mattermost.api.app import CUT
from playground.mattermost.mattermost import Mattermost
from playground.server import WsgiApp, drop_connection

FILES = {
    "/": ("index.html", falcon.MEDIA_HTML),
    "/style.css": ("style.css", "text/css; charset=utf-8"),
    "/app.js": ("app.js", falcon.MEDIA_JS),
    "/icon.svg": ("icon.svg", "image/svg+xml"),
}
WAIT_SECONDS = 20
NAMES = frozenset(person.name for person in CAST)


class Page:
    """One of the page's files, under a policy that lets it load its own files and GitLab's pictures only."""

    def __init__(self, name: str, media_type: str, gitlab: GitLab) -> None:
        self._text = (Path(__file__).parent / "page" / name).read_text("utf-8")
        self._media_type = media_type
        self._gitlab = gitlab

    def on_get(self, _req: falcon.Request, resp: falcon.Response) -> None:
        """Answer the file."""
        resp.text, resp.content_type = self._text, self._media_type
        resp.set_headers(
            {
                "Cache-Control": "no-store",
                "X-Content-Type-Options": "nosniff",
                "Referrer-Policy": "no-referrer",
                "Content-Security-Policy": (
                    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
                    f"img-src 'self' {self._gitlab.url}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
                ),
            }
        )


class Playground:
    """The page's own addresses; whatever changes something is a POST of JSON."""

    def __init__(self, mattermost: Mattermost, gitlab: GitLab, project: Project, bell: Bell) -> None:
        self._mattermost = mattermost
        self._gitlab = gitlab
        self._project = project
        self._bell = bell

    def on_get_state(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Answer all there is to see; with `?person=`, that person's direct messages too."""
        version = self._bell.version
        person = req.get_param("person")
        resp.media = {
            "version": version,
            "people": chat.people(self._mattermost),
            "posts": chat.conversation(self._mattermost, _person(person)) if person else [],
            "scopes": stage.scopes(),
            "choices": stage.choices(self._gitlab, self._project),
            "log": stage.log(self._gitlab),
        }

    def on_get_events(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Answer the version once it is another than `since`, or after a while; at once without it."""
        resp.media = {"version": self._bell.wait(req.get_param_as_int("since", default=-1), WAIT_SECONDS)}

    def on_post_act(self, req: falcon.Request, resp: falcon.Response, name: str) -> None:
        """Do something in GitLab; 404 where there is no such thing to do."""
        try:
            resp.media = stage.act(self._gitlab, self._project, self._mattermost.faults, name, req.get_media())
        except KeyError as error:
            raise falcon.HTTPNotFound from error

    def on_post_status(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Set what a user of GitLab shows as their status; 404 where there is no such user."""
        given = req.get_media()
        try:
            resp.media = {"said": stage.set_status(self._gitlab, given["who"], given["message"])}
        except KeyError as error:
            raise falcon.HTTPNotFound from error

    def on_post_say(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Run a slash command for a person."""
        given = req.get_media()
        resp.media = chat.say(self._mattermost, _person(given["person"]), given["text"])

    def on_post_click(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Press a button of a card for a person."""
        given = req.get_media()
        what = (given["post"], given["action"], given.get("option", ""))
        resp.media = chat.click(self._mattermost, _person(given["person"]), *what)

    def on_post_submit(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Fill in a dialog for a person; 404 where there is no such dialog."""
        given = req.get_media()
        what = (given["number"], given["submission"])
        try:
            resp.media = chat.submit(self._mattermost, _person(given["person"]), *what)
        except LookupError as error:
            raise falcon.HTTPNotFound from error

    def on_post_view(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Mark a person's direct messages as read."""
        resp.media = {"unread": chat.view(self._mattermost, _person(req.get_media()["person"]))}


def _person(name: str) -> str:
    if name not in NAMES:
        raise falcon.HTTPNotFound
    return name


def create_app(mattermost: Mattermost, gitlab: GitLab, project: Project, bell: Bell) -> WsgiApp:
    """Build the page's application."""
    app = falcon.App()
    for path, (name, media_type) in FILES.items():
        app.add_route(path, Page(name, media_type, gitlab))
    playground = Playground(mattermost, gitlab, project, bell)
    for suffix in ("state", "events", "status", "say", "click", "submit", "view"):
        app.add_route(f"/playground/{suffix}", playground, suffix=suffix)
    app.add_route("/playground/act/{name}", playground, suffix="act")
    return app


def beside(page: WsgiApp, mattermost: WsgiApp) -> WsgiApp:
    """Answer the page's addresses by one application and all others by Mattermost's, faults and all."""

    def wrapped(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        if path in FILES or (path.startswith("/playground/") and path != "/playground/faults"):
            return page(environ, start_response)
        cut: list[bool] = []
        answer = mattermost(environ | {CUT: lambda: cut.append(True)}, start_response)
        if cut:
            drop_connection()
        return answer

    return wrapped
