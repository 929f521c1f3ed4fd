"""Where deliveries come from: what the settings say of the hooks, and which projects were heard of lately."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, func, select

from bot.settings import Settings
from bot.store.schema import inbox, journal
from gitlab_hooks.presence import complete
from gitlab_hooks.settings import Settings as GitLabSettings
from gitlab_hooks.what import key_of

NEWEST = 5_000
"""Lines of the journal that are looked at."""

MOST = 100


@dataclass(frozen=True, slots=True)
class Heard:
    """A project or a group, the last time it was heard of in milliseconds since 1970, and how often lately."""

    path: str
    last: int
    times: int


def heard(conn: Connection, gitlab: str) -> list[Heard]:
    """Return of which projects the newest lines of the journal tell, the last heard first."""
    newest = select(journal.c.delivery, journal.c.link, journal.c.at).order_by(journal.c.id.desc()).limit(NEWEST)
    last: dict[str, int] = {}
    times: dict[str, set[int]] = {}
    for delivery, link, at in conn.execute(newest):
        if path := project_of(gitlab, link):
            last.setdefault(path, at)
            times.setdefault(path, set()).add(delivery or 0)
    return [Heard(path, at, len(times[path])) for path, at in last.items()][:MOST]


def project_of(gitlab: str, link: str) -> str:
    """Return the path of the project that a link leads into, "" for none."""
    key = key_of(gitlab, link) or "" if link else ""
    return key.partition("!")[0].partition("#")[0]


def last_delivery(conn: Connection) -> int | None:
    """Return when the last delivery came, in milliseconds since 1970."""
    last: int | None = conn.scalar(select(func.max(inbox.c.received)))
    return last


@dataclass(frozen=True, slots=True)
class Setting:
    """One thing that hooks depend on: how it is, and whether that is well."""

    name: str
    value: str
    well: bool = True


def settings_of(ours: Settings, gitlabs: GitLabSettings) -> list[Setting]:
    """Return what the settings say of the hooks; of secrets, how many there are."""
    url, section, secrets = ours.server.public_url.rstrip("/"), gitlabs.gitlab, gitlabs.secrets
    homes = ", ".join((*section.groups, *section.projects))
    return [
        Setting("URL of every hook", f"{url}/gitlab" if url else "[server] public_url is not set", bool(url)),
        Setting("Signing tokens", str(len(secrets.signing)), bool(secrets.signing or secrets.tokens)),
        Setting("Secret tokens", str(len(secrets.tokens)), bool(secrets.signing or secrets.tokens)),
        Setting("Groups and projects", homes or "none named in [gitlab]", bool(homes)),
        Setting("Catching up", _catching_up(gitlabs), bool(gitlabs.hooks_token)),
        Setting("Look-ups", "GITLAB_TOKEN is set" if gitlabs.token else "GITLAB_TOKEN is not set", bool(gitlabs.token)),
    ]


def _catching_up(gitlabs: GitLabSettings) -> str:
    if not gitlabs.hooks_token:
        return "off: GITLAB_HOOKS_TOKEN is not set"
    return f"what failed in the last {gitlabs.gitlab.catch_up_hours} hours"


def sources(conn: Connection, gitlab: str, now: int) -> Mapping[str, Any]:
    """Return what the database knows of the hooks."""
    return {"heard": heard(conn, gitlab), "last": last_delivery(conn), "complete": complete(conn, now)}
