"""The resources of the page: log in, log out, look, act, and the style sheet."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import falcon

from bot.errors import OutsideError
from bot.session import Kind
from gitlab_hooks.web.door import HOME, LOGIN, Door, Form
from gitlab_hooks.web.frame import REFRESH, STYLE, Frame, dress

View = Callable[[Mapping[str, str]], Mapping[str, Any]]
"""What was asked for in the address → what a template shows."""

Act = Callable[[Form], str]
"""A form → where the answer is to be seen."""


@dataclass(frozen=True, slots=True)
class Site:
    """What all resources share."""

    door: Door
    frame: Frame

    def form(self, req: falcon.Request, resp: falcon.Response, cookie: str) -> Form | None:
        """Return a form that was made for a session, or None and answer why it is not taken."""
        try:
            return self.door.form(req, cookie)
        except falcon.HTTPError as wrong:
            self.fault(resp, str(wrong.status), wrong.description or "")
            return None

    def fault(self, resp: falcon.Response, status: str, why: str) -> None:
        """Say on a page of its own why something cannot be."""
        resp.status = status
        self.frame.show(resp, "fault", why=why)


@dataclass(frozen=True, slots=True)
class Style:
    """`GET /admin/style.css`: the one thing that everybody may see."""

    css: str

    @classmethod
    def read(cls) -> "Style":
        """Return it with what the file holds."""
        return cls(STYLE.read_text(encoding="utf-8"))

    def on_get(self, _req: falcon.Request, resp: falcon.Response) -> None:
        """Answer with the style sheet."""
        dress(resp)
        resp.content_type = "text/css; charset=utf-8"
        resp.text = self.css


@dataclass(frozen=True, slots=True)
class LogIn:
    """`/admin/login`: the token in, a cookie out."""

    site: Site

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Show the form."""
        self._show(req, resp, "")

    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Log somebody in who knows the token; who tries too often has to wait."""
        door = self.site.door
        form = self.site.form(req, resp, door.known(req, Kind.GUEST))
        if form is None:
            return
        if seconds := door.wait():
            resp.status = falcon.HTTP_429
            resp.set_header("Retry-After", str(math.ceil(seconds)))
            self._show(req, resp, f"Too many wrong tokens. Try again in {math.ceil(seconds)} seconds.")
        elif door.opens(form.get("token", ""), resp):
            _go(resp, HOME)
        else:
            resp.status = falcon.HTTP_403
            self._show(req, resp, "That is not the token. It is the value of NUDGE_ADMIN_TOKEN.")

    def _show(self, req: falcon.Request, resp: falcon.Response, wrong: str) -> None:
        stamp = self.site.door.stamp(self.site.door.guest(req, resp))
        self.site.frame.show(resp, "login", stamp=stamp, wrong=wrong)


@dataclass(frozen=True, slots=True)
class LogOut:
    """`POST /admin/logout`."""

    site: Site

    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Let the browser forget the cookie."""
        if self.site.form(req, resp, self.site.door.operator(req)) is not None:
            self.site.door.close(resp)
            _go(resp, LOGIN)


@dataclass(frozen=True, slots=True)
class Look:
    """A page that shows what `view` finds; one that is `live` refreshes itself, unless that was stopped."""

    site: Site
    template: str
    view: View
    live: bool = False

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Show it to an operator.

        Raises:
            falcon.HTTPSeeOther: nobody has logged in.

        """
        cookie = self.site.door.operator(req)
        asked = {name: value if isinstance(value, str) else value[0] for name, value in req.params.items()}
        moving = self.live and "still" not in asked
        try:
            found = self.view(asked)
        except OutsideError as wrong:
            self.site.fault(resp, falcon.HTTP_503, f"Not now: {wrong}")
            return
        if moving:
            resp.set_header("Refresh", f"{REFRESH}; url={req.path}")
        self.site.frame.show(
            resp, self.template, here=self.template, stamp=self.site.door.stamp(cookie), moving=moving, **found
        )


@dataclass(frozen=True, slots=True)
class Do:
    """Something that a form does; what came of it is seen elsewhere."""

    site: Site
    act: Act

    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Do it for an operator.

        Raises:
            falcon.HTTPSeeOther: nobody has logged in.

        """
        form = self.site.form(req, resp, self.site.door.operator(req))
        if form is None:
            return
        try:
            _go(resp, self.act(form))
        except OutsideError as wrong:
            self.site.fault(resp, falcon.HTTP_503, f"Not now, nothing was done: {wrong}")


@dataclass(frozen=True, slots=True)
class Try:
    """A page whose form is answered on the page itself, since nothing is done by it."""

    site: Site
    template: str
    view: View

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Show the empty form to an operator.

        Raises:
            falcon.HTTPSeeOther: nobody has logged in.

        """
        self._show(resp, self.site.door.operator(req), {})

    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Answer what was filled in.

        Raises:
            falcon.HTTPSeeOther: nobody has logged in.

        """
        cookie = self.site.door.operator(req)
        form = self.site.form(req, resp, cookie)
        if form is not None:
            self._show(resp, cookie, form)

    def _show(self, resp: falcon.Response, cookie: str, form: Form) -> None:
        stamp = self.site.door.stamp(cookie)
        self.site.frame.show(resp, self.template, here=self.template, stamp=stamp, moving=False, **self.view(form))


def _go(resp: falcon.Response, where: str) -> None:
    dress(resp)
    resp.status = falcon.HTTP_303
    resp.location = where
