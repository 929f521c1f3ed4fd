"""Who may come in: the token, the cookie that follows it, and forms that only the page itself can send."""

import hmac
from collections import Counter
from collections.abc import Callable, Mapping
from urllib.parse import parse_qs

import falcon

from bot.session import LASTS_MS, Kind, Sessions
from bot.tries import Tries

HOME, LOGIN = "/admin", "/admin/login"

COOKIES: Mapping[Kind, str] = {Kind.GUEST: "nudge_guest", Kind.OPERATOR: "nudge_operator"}

FORM_AT_MOST = 4 * 1024 * 1024
"""Bytes of a form: a payload of one MiB takes up to three there."""

FIELDS_AT_MOST = 20

STAMP = "stamp"
"""The field by which a form says of which session it is."""

Form = Mapping[str, str]


class Door:
    """Knows operators by their cookie; `counts` says how many logged in, were wrong, and had to wait.

    `clock` is milliseconds since 1970; `secure` says that browsers come by https alone; `nonce` gives a text that there
    has not been before, without a dot in it.
    """

    def __init__(
        self, sessions: Sessions, tries: Tries, clock: Callable[[], int], nonce: Callable[[], str], *, secure: bool
    ) -> None:
        self._sessions = sessions
        self._tries = tries
        self._clock = clock
        self._nonce = nonce
        self._secure = secure
        self.counts: Counter[str] = Counter()

    def known(self, req: falcon.Request, kind: Kind = Kind.OPERATOR) -> str:
        """Return the cookie of the session that a request belongs to, "" where there is none that counts."""
        sent = req.get_cookie_values(COOKIES[kind]) or []
        now = self._clock()
        return next((cookie for cookie in sent if self._sessions.holds(kind, cookie, now)), "")

    def operator(self, req: falcon.Request) -> str:
        """Return the cookie of an operator.

        Raises:
            falcon.HTTPSeeOther: nobody has logged in.

        """
        if cookie := self.known(req):
            return cookie
        raise falcon.HTTPSeeOther(LOGIN)

    def guest(self, req: falcon.Request, resp: falcon.Response) -> str:
        """Return the cookie of whoever looks at the log-in form; who has none gets one."""
        return self.known(req, Kind.GUEST) or self._begin(resp, Kind.GUEST)

    def stamp(self, cookie: str) -> str:
        """Return what the forms of a session carry."""
        return self._sessions.stamp(cookie)

    def form(self, req: falcon.Request, cookie: str) -> Form:
        """Read a form that was made for a session.

        Raises:
            falcon.HTTPContentTooLarge: it is too large.
            falcon.HTTPForbidden: it was made for another session, or by another page.

        """
        found = read(req)
        if not cookie or not self._sessions.stamped(cookie, found.get(STAMP, "")):
            raise falcon.HTTPForbidden(description="This form is too old, or was not made here. Nothing was done.")
        return found

    def wait(self) -> float:
        """Take a try; return the seconds until there is one, 0 for now."""
        seconds = self._tries.begin()
        self.counts["waited"] += bool(seconds)
        return seconds

    def opens(self, token: str, resp: falcon.Response) -> bool:
        """Say whether a token is the right one, and log in who has it."""
        right = hmac.compare_digest(token.encode(errors="replace"), self._sessions.token.encode())
        self.counts["opened" if right else "wrong"] += 1
        if right:
            self._tries.forgive()
            self._begin(resp, Kind.OPERATOR)
            self._end(resp, Kind.GUEST)
        return right

    def close(self, resp: falcon.Response) -> None:
        """Log somebody out."""
        self._end(resp, Kind.OPERATOR)

    def _begin(self, resp: falcon.Response, kind: Kind) -> str:
        cookie = self._sessions.new(kind, self._clock(), self._nonce())
        self._set(resp, kind, cookie, LASTS_MS // 1000)
        return cookie

    def _end(self, resp: falcon.Response, kind: Kind) -> None:
        self._set(resp, kind, "", 0)

    def _set(self, resp: falcon.Response, kind: Kind, value: str, seconds: int) -> None:
        resp.set_cookie(
            COOKIES[kind],
            value,
            max_age=seconds,
            path=HOME,
            secure=self._secure,
            http_only=True,
            same_site="Strict",
        )


def read(req: falcon.Request) -> Form:
    """Read the fields of a form, the first of each name.

    Raises:
        falcon.HTTPContentTooLarge: it is too large.
        falcon.HTTPForbidden: it is no form of ours.

    """
    if (req.content_length or 0) > FORM_AT_MOST:
        raise falcon.HTTPContentTooLarge(description=f"A form has at most {FORM_AT_MOST} bytes. Nothing was done.")
    body = req.bounded_stream.read(FORM_AT_MOST)
    try:
        fields = parse_qs(body.decode(errors="replace"), keep_blank_values=True, max_num_fields=FIELDS_AT_MOST)
    except ValueError as wrong:
        raise falcon.HTTPForbidden(description="This is no form of this page. Nothing was done.") from wrong
    return {name: values[0] for name, values in fields.items()}
