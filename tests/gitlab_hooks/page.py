"""The operator's page over a real store, asked as a browser asks, without one."""

import re
from collections.abc import Mapping
from html import unescape
from typing import Any
from urllib.parse import urlencode

from falcon.testing import Result, TestClient
from sqlalchemy import Connection, update

from bot import journal
from bot.config import Source
from bot.directory import Directory
from bot.journal import Entry
from bot.messages import Message
from bot.outbox import Batching, put
from bot.people import Member
from bot.settings import read as read_settings
from bot.store import Store, schema
from bot.web import Trouble, create_app
from gitlab_hooks import inbox
from gitlab_hooks.delivery import content
from gitlab_hooks.settings import read as read_gitlabs
from gitlab_hooks.web.site import operators_page
from tests.gitlab_hooks.team import MEMBERS, URL, gitlab, key

TOKEN = "an invented token of the page"
SECRETS = {"MATTERMOST_TOKEN": "invented", "GITLAB_WEBHOOK_TOKEN": "invented", "NUDGE_ADMIN_TOKEN": TOKEN}
STAMP = re.compile(r'name="stamp" value="([^"]+)"')


class Browser:
    """Keeps cookies, follows no redirect, and fills in the stamp of the last form it saw."""

    def __init__(self, store: Store, *more: Member, toml: Any = None, environ: Mapping[str, str] = SECRETS) -> None:
        self.store, self.woken, self.gitlab = store, 0, gitlab()
        self.troubles: list[Trouble] = []
        source = Source(toml, environ)
        self.directory = Directory(lambda: (*MEMBERS, *more), {}, lambda: 0.0)
        self.directory.refresh()
        ours, gitlabs = read_settings(source), read_gitlabs(source)
        parts = (ours, gitlabs, store, self.gitlab, self.directory, lambda: self.troubles, self._wake)
        self.client = TestClient(create_app(operators_page(*parts)))
        self.cookies: dict[str, str] = {}
        self.stamp = ""

    def _wake(self) -> None:
        self.woken += 1

    def get(self, path: str = "/admin", **query: str) -> Result:
        """Load a page."""
        return self._seen(self.client.simulate_get(path, params=query, headers=self._headers()))

    def post(self, path: str, **fields: str) -> Result:
        """Send a form."""
        body = urlencode({"stamp": self.stamp, **fields})
        headers = {**self._headers(), "Content-Type": "application/x-www-form-urlencoded"}
        return self._seen(self.client.simulate_post(path, body=body, headers=headers))

    def log_in(self, token: str = TOKEN) -> Result:
        """Open the form and send the token."""
        self.get("/admin/login")
        return self.post("/admin/login", token=token)

    def text(self, path: str = "/admin", **query: str) -> str:
        """Return the words of a page, without its marks."""
        return words(self.get(path, **query).text)

    def _headers(self) -> dict[str, str]:
        return {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())} if self.cookies else {}

    def _seen(self, result: Result) -> Result:
        for cookie in result.cookies.values():
            self.cookies[cookie.name] = cookie.value
            if not cookie.value:
                del self.cookies[cookie.name]
        found = STAMP.search(result.text)
        self.stamp = found[1] if found else self.stamp
        return result


def words(html: str) -> str:
    """Return what a reader reads."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())


def refuse(store: Store, *headlines: str, error: str = "POST /posts: 400 too long") -> None:
    """Let Mattermost refuse messages to Ben."""
    made = [
        Message(key("ben.okafor"), f"note:{number}", "mr:1", "g", "mentioned", "mentions", headline)
        for number, headline in enumerate(headlines)
    ]
    store.write(lambda conn: put(conn, made, delivery=None, now=0, batching=Batching()))
    dead = update(schema.outbox).values(state="dead", error=error)
    store.write(lambda conn: conn.execute(dead).rowcount)


def fail(store: Store, error: str = "KeyError in the program itself") -> None:
    """Let a delivery fail."""

    def op(conn: Connection) -> None:
        inbox.accept(conn, content(b'{"secret": "body"}'), "d", {}, 0)
        conn.execute(update(schema.inbox).values(state="failed", error=error))

    store.write(op)


def tell(store: Store, person: str | None, iid: int, verdict: str = "told", **more: Any) -> None:
    """Write a line into the journal about a merge request of `web/shop`."""
    link = f"{URL}/web/shop/-/merge_requests/{iid}"
    entry = Entry(verdict, 1, person=key(person) if person else None, label=f"!{iid} Pay twice", link=link)
    store.write(lambda conn: journal.record(conn, [entry._replace(**more)], store.now()))
