"""mattermostdriver made fit for service: pooled, quiet, with errors that can be told apart, logged in when needed."""

import logging
import threading
from collections.abc import Callable, Mapping
from typing import Any, NoReturn, TypeVar
from urllib.parse import urlsplit

from mattermostdriver import Driver
from mattermostdriver.client import Client

from bot.errors import Misconfigured, OutsideError, TryLater
from bot.http_kept import BROKEN, Answer, ConnectionPerThread, NotSentError
from bot.http_session import Observe, Response, json_object, retry_after, root_cause, unobserved

DOUBTFUL = frozenset({400, 401, 403, 404})
"""What a Mattermost without its database answers, too: one of these proves nothing."""

UNAUTHORIZED, NOT_FOUND, TOO_LARGE, TOO_MANY = 401, 404, 413, 429
MOVED = frozenset({301, 308})

Found = TypeVar("Found")


class ApiError(Exception):
    """An answer other than 2xx; the text names call, status and Mattermost's error id, never the server's sentence.

    `id` is "" where the answer is none of Mattermost's own (a proxy's), `after` the wait it asks for in seconds.
    """

    def __init__(self, call: str, response: Response) -> None:
        self.status = response.status_code
        self.body = json_object(response)
        self.id = str(self.body.get("id", ""))[:100]
        self.after = retry_after(response.headers)
        super().__init__(f"{call}: {self.status} {self.id or '(not from Mattermost itself)'}")


class PooledClient(Client):  # type: ignore[misc]  # the driver has no types
    """The driver's client over one kept connection a thread; every call of the driver ends here."""

    def __init__(self, options: Mapping[str, Any]) -> None:
        super().__init__(options)
        self._base = options["basepath"]
        self._connections = ConnectionPerThread(
            self.url, *options["request_timeout"], verify=options["verify"], observe=options["observe"]
        )

    def make_request(
        self, method: str, endpoint: str, options: Any = None, params: Any = None, *_: Any, **__: Any
    ) -> Answer:
        """Ask the server once, without the driver's own logging of what the server writes.

        Raises `ApiError` for an answer other than 2xx and `TryLater` for none.
        """
        call = f"{method.upper()} {self.url}{endpoint}"
        try:
            path, headers = self._base + endpoint, self.auth_header()
            response = self._connections.ask(method.upper(), path, params=params, headers=headers, body=options)
        except BROKEN as error:
            raise TryLater(f"{call}: {root_cause(error)}", undone=isinstance(error, NotSentError)) from error
        if response.status_code // 100 != 2:  # noqa: PLR2004 - 2xx
            raise ApiError(call, response)
        return response

    def get(self, endpoint: str, options: Any = None, params: Any = None) -> Any:
        """Return the JSON of an answer; raise `ValueError` where it is none (the driver's own returns it as it is)."""
        return self.make_request("get", endpoint, options, params).json()


class Connection:
    """A driver that logs in at the first call, and again when its session is lost, by one thread at a time.

    A password that was refused is never tried again, since ten failures lock the account.
    """

    def __init__(
        self,
        url: str,
        login: Mapping[str, str],
        seconds: tuple[float, float],
        *,
        verify: bool | str,
        observe: Observe = unobserved,
    ) -> None:
        logging.getLogger("mattermostdriver").propagate = False  # its DEBUG lines hold what people write
        self._login = login
        self._session = ""
        self._refused = ""
        self._lock = threading.Lock()
        options = {**_address(url), **login, "request_timeout": seconds, "verify": verify, "observe": observe}
        self.driver = Driver(options, client_cls=PooledClient)

    def ask(self, question: Callable[[Driver], Found]) -> Found:
        """Put a question to the server and return the answer.

        Raises `ApiError` for a refusal which is the server's last word, `Misconfigured` where the log-in is refused or
        the server has moved, and `TryLater` for everything else.
        """
        try:
            return self._ask_till_sure(question)
        except ApiError as error:
            if _last_word(error):
                raise
            raise _kind(error) from error
        except (ValueError, KeyError, TypeError) as error:  # of json, msgspec and the driver
            raise TryLater(f"Mattermost at {self.driver.client.url}: an answer of another shape: {error}") from error

    def _ask_till_sure(self, question: Callable[[Driver], Found]) -> Found:
        """Ask, and ask again after a doubtful refusal once the database is up and the session is new."""
        session = self._open()
        try:
            return question(self.driver)
        except ApiError as error:
            if error.status not in DOUBTFUL:
                raise
            lost = error.status == UNAUTHORIZED
        self._expect_database()
        if lost:
            self._log_in(instead_of=session)
        return question(self.driver)

    def _open(self) -> str:
        """Return the session in use; the first call opens it."""
        if self._refused or not self._session:
            self._log_in(instead_of="")
        return self._session

    def _log_in(self, instead_of: str) -> None:
        """Open a session, unless another thread has done so since."""
        with self._lock:
            if self._refused:
                raise Misconfigured(self._refused)
            if self._session == instead_of:
                self._expect_database()
                self._session = self._new_session()

    def _new_session(self) -> str:
        self.driver.client.token = ""
        try:
            self.driver.login()
        except ApiError as error:
            if error.id and error.status in DOUBTFUL:
                self._conclude(error)
            raise
        return str(self.driver.client.token)

    def _conclude(self, error: ApiError) -> NoReturn:
        """Give the log-in up, if it was a server with its database that refused it."""
        self._expect_database()
        why = f"{error}: {self._login_fault(error)}"
        if "password" in self._login and error.status != NOT_FOUND:
            self._refused = f"{why}; not tried again until the bot is restarted"
        raise Misconfigured(self._refused or why) from error

    def _login_fault(self, error: ApiError) -> str:
        if error.status == NOT_FOUND:
            return "no such API, see [mattermost] url"
        if "token" in self._login:
            return "MATTERMOST_TOKEN is refused"
        return "[mattermost] login_id or MATTERMOST_PASSWORD is wrong, or the account is locked or deactivated"

    def _expect_database(self) -> None:
        """Raise `TryLater` where the server says that it has lost its database.

        `GET /system/ping?get_server_status=true` then answers 500 with a `database_status` other than "OK" (500 may
        also mean the file store, which we do not need). A proxy that hides the ping gives no reason for doubt.
        """
        try:
            self.driver.client.make_request("get", "/system/ping", params={"get_server_status": "true"})
        except ApiError as error:
            database = error.body.get("database_status", "OK" if error.status in DOUBTFUL else "unknown")
            if database != "OK":
                raise TryLater(f"{error}: database {database}", error.after) from error


def _last_word(error: ApiError) -> bool:
    """Say whether a refusal, asked for twice, stands; a body too large is refused by proxies, too."""
    return error.status == TOO_LARGE or (bool(error.id) and error.status in DOUBTFUL - {UNAUTHORIZED})


def _kind(error: ApiError) -> OutsideError:
    if error.status in MOVED:
        return Misconfigured(f"{error}: the server has moved, [mattermost] url must say where")
    return TryLater(str(error), error.after, undone=_turned_away(error))


def _turned_away(error: ApiError) -> bool:
    """Say whether an answer proves that nothing was done.

    A refusal does, and so does the rate limiter, which stands before everything else. A 500 may come after the saving,
    and what a proxy says (502, 503, 504) of a server that is still at it, or that it lost in the middle.
    """
    return error.status in DOUBTFUL | {TOO_MANY}


def _address(url: str) -> dict[str, Any]:
    """Return the driver's options for an address, which may have any port and a sub-path."""
    parts = urlsplit(url)
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    port = parts.port or (443 if parts.scheme == "https" else 80)
    return {"scheme": parts.scheme, "url": host, "port": port, "basepath": parts.path.rstrip("/") + "/api/v4"}
