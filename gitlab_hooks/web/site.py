"""The operator's page put together: its resources by their paths, none where no token opens it."""

import secrets
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from sqlalchemy import Connection

from bot.directory import Directory
from bot.keys import key_named
from bot.session import Sessions
from bot.settings import Settings
from bot.store import Store
from bot.tries import Tries
from bot.web import Trouble
from gitlab_hooks import memory
from gitlab_hooks.interaction import KEY
from gitlab_hooks.lookups import GitLab
from gitlab_hooks.preview import Previewer
from gitlab_hooks.settings import Settings as GitLabSettings
from gitlab_hooks.web import overview, sources
from gitlab_hooks.web.door import HOME, LOGIN, Door
from gitlab_hooks.web.failures import SAID, Failures
from gitlab_hooks.web.finding import Finder
from gitlab_hooks.web.frame import Frame, took
from gitlab_hooks.web.people import People
from gitlab_hooks.web.plots import plot
from gitlab_hooks.web.resources import Do, LogIn, LogOut, Look, Site, Style, Try
from gitlab_hooks.web.trying import TryOut
from gitlab_hooks.whois import Whois

Troubles = Callable[[], Iterable[Trouble]]


def operators_page(
    settings: Settings,
    gitlab_settings: GitLabSettings,
    store: Store,
    gitlab: GitLab,
    directory: Directory,
    troubles: Troubles,
    again: Callable[[], None],
) -> dict[str, object]:
    """Return the resources; `troubles` are those of `/readyz`, `again` is called when something is due again.

    Raises:
        bot.errors.OutsideError: the key could not be read from the store.

    """
    if not settings.admin_token:
        return {}
    key = store.write(partial(key_named, name=KEY, make=secrets.token_bytes))
    secure = settings.server.public_url.lower().startswith("https:")
    tries, sessions = Tries(time.monotonic), Sessions(key, settings.admin_token)
    site = Site(Door(sessions, tries, store.now, partial(secrets.token_urlsafe, 24), secure=secure), Frame())
    show_text, url = settings.admin.show_text, gitlab_settings.gitlab.url
    failures = Failures(store, directory, again, show_text)
    whois = Whois(gitlab, directory, settings.people)
    people = People(whois, partial(_names, store), store.now)
    trying = Previewer.of(
        gitlab_settings.gitlab, gitlab_settings.policy, settings.defaults, settings.messages, templates=None
    )
    return {
        HOME: Look(site, "overview", Overview(store, failures, troubles).look, live=True),
        LOGIN: LogIn(site),
        f"{HOME}/logout": LogOut(site),
        f"{HOME}/mend": Do(site, failures.mend),
        f"{HOME}/people": Look(site, "people", lambda _asked: {"register": people.register()}),
        f"{HOME}/hooks": Look(site, "hooks", Hooks(settings, gitlab_settings, store, troubles).look, live=True),
        f"{HOME}/journal": Look(site, "journal", Finder(store, directory, url, show_text).look),
        f"{HOME}/try": Try(site, "try", TryOut(trying).look),
        f"{HOME}/style.css": Style.read(),
    }


def _names(store: Store) -> list[str]:
    return [user.username for user in store.read(memory.named_accounts)]


@dataclass(frozen=True, slots=True)
class Overview:
    """What waits, what failed, what is wrong, and how the last day went."""

    store: Store
    failures: Failures
    troubles: Troubles

    def look(self, asked: Mapping[str, str]) -> dict[str, Any]:
        """Return what is shown."""
        now = self.store.now()
        found = self.store.read(partial(self._read, now=now))
        hours = found["hours"]
        said = [f"{{}} at {overview.clock(hour.start)}" for hour in hours]
        return {
            **found,
            "now": now,
            "troubles": list(self.troubles()),
            "said": SAID.get(asked.get("said", ""), ""),
            "newest": overview.NEWEST,
            "plots": [
                _plot("Deliveries an hour", said, [hour.deliveries for hour in hours], str),
                _plot("Messages sent an hour", said, [hour.messages for hour in hours], str),
                _plot("Mean delay of a message", said, [hour.mean for hour in hours], took),
                _plot("Longest delay of a message", said, [hour.longest for hour in hours], took),
            ],
        }

    def _read(self, conn: Connection, now: int) -> dict[str, Any]:
        failed, total = self.failures.shown(conn)
        return {
            "waiting": overview.waiting(conn, now),
            "states": overview.states(conn),
            "hours": overview.last_day(conn, now),
            "failed": failed,
            "total": total,
        }


def _plot(name: str, said: list[str], values: list[int], words: Callable[[int], str]) -> object:
    return plot(name, values, [text.format(words(value)) for text, value in zip(said, values, strict=True)])


@dataclass(frozen=True, slots=True)
class Hooks:
    """What is known of GitLab's webhooks without asking GitLab."""

    settings: Settings
    gitlab_settings: GitLabSettings
    store: Store
    troubles: Troubles

    def look(self, _asked: Mapping[str, str]) -> dict[str, Any]:
        """Return what is shown."""
        return {
            **self.store.read(partial(sources.sources, gitlab=self.gitlab_settings.gitlab.url, now=self.store.now())),
            "settings": sources.settings_of(self.settings, self.gitlab_settings),
            "troubles": [one for one in self.troubles() if one.part in {"catch_up", "gitlab"}],
            "now": self.store.now(),
        }
