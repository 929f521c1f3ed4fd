"""The sections of `bot.toml` and the secrets that the Mattermost side reads."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import msgspec
from msgspec import Meta

from bot.config import Source
from bot.preferences import Defaults
from bot.store import address

TOKEN_LENGTH = 16
"""Characters that a token of our own has at least."""

Rate = Annotated[float, Meta(ge=0, le=10_000)]


class Server(msgspec.Struct, frozen=True):
    """`[server]`: where the bot listens, and where the others reach it."""

    listen: str = "0.0.0.0:8080"
    public_url: str = ""


class Mattermost(msgspec.Struct, frozen=True):
    """`[mattermost]`: which server, whose members, which account; `posts_per_second` 0 is without a limit."""

    url: str = ""
    team: str = ""
    notification_channel: str = "notification"
    login_id: str = ""
    posts_per_second: Rate = 0
    cluster: bool = False


class StoreSection(msgspec.Struct, frozen=True):
    """`[store]`: where everything is kept, and for how many days what has happened is."""

    url: str = "sqlite:///var/nudge.db"
    keep_days: Annotated[int, Meta(ge=10, le=3650)] = 30


class Messages(msgspec.Struct, frozen=True):
    """`[messages]`: a team's own words, and whether avatars are shown."""

    templates: str = ""
    images: bool = True


class Admin(msgspec.Struct, frozen=True):
    """`[admin]`: who may do what others may not, beside Mattermost's system administrators."""

    people: list[str] = []
    show_text: bool = False


@dataclass(frozen=True, slots=True)
class Settings:
    """What the Mattermost side is told; secrets are never shown by `repr`.

    `verify` is a file of certificates (`SSL_CERT_FILE`, for a private authority), or True for the well-known ones.
    """

    server: Server
    mattermost: Mattermost
    store: StoreSection
    messages: Messages
    admin: Admin
    defaults: Defaults
    people: Mapping[str, str]
    store_password: str = field(repr=False)
    password: str = field(repr=False)
    token: str = field(repr=False)
    command_tokens: tuple[str, ...] = field(repr=False)
    metrics_tokens: tuple[str, ...] = field(repr=False, default=())
    verify: bool | str = True
    admin_token: str = field(repr=False, default="")

    @property
    def listen(self) -> tuple[str, int]:
        """Return host and port to listen on; port 0 is any free one."""
        host, _, port = self.server.listen.rpartition(":")
        return host.strip("[]"), int(port)


SECTIONS = frozenset({"server", "mattermost", "store", "messages", "admin", "defaults", "people"})


def read(source: Source) -> Settings:
    """Read the sections and secrets; what is wrong is noted in `source.faults`."""
    settings = Settings(
        server=source.section("server", Server),
        mattermost=source.section("mattermost", Mattermost),
        store=source.section("store", StoreSection),
        messages=source.section("messages", Messages),
        admin=source.section("admin", Admin),
        defaults=source.section("defaults", Defaults),
        people=_people(source),
        store_password=store_password(source),
        password=source.secret("MATTERMOST_PASSWORD"),
        token=source.secret("MATTERMOST_TOKEN"),
        command_tokens=tuple(source.secret("MATTERMOST_COMMAND_TOKEN").split()),
        metrics_tokens=(*source.secret("NUDGE_METRICS_TOKEN").split(), *source.secret("NUDGE_ADMIN_TOKEN").split()),
        verify=certificates(source),
        admin_token=admin_token(source),
    )
    _check(source, settings)
    return settings


def store_password(source: Source) -> str:
    """Return PostgreSQL's password by the name that its own programs know."""
    return source.secret("PGPASSWORD")


def admin_token(source: Source) -> str:
    """Return what opens the operator's page, "" where there shall be none; one that could be guessed is a fault."""
    token = source.secret("NUDGE_ADMIN_TOKEN")
    if 0 < len(token) < TOKEN_LENGTH:
        source.faults.append(f"NUDGE_ADMIN_TOKEN: expected at least {TOKEN_LENGTH} characters")
    return token


def certificates(source: Source) -> bool | str:
    """Return the file of certificates that `SSL_CERT_FILE` names, or True for the well-known authorities."""
    path = source.secret("SSL_CERT_FILE")
    if path and not Path(path).is_file():
        source.faults.append(f"SSL_CERT_FILE: expected a file of certificates, found {path!r}")
    return path or True


def _people(source: Source) -> dict[str, str]:
    table = source.table("people")
    for name, member in table.items():
        if not isinstance(member, str) or not member.strip():
            source.fault("people", name, "expected a Mattermost user name")
    return {name: member.strip().lstrip("@") for name, member in table.items() if isinstance(member, str)}


def _check(source: Source, settings: Settings) -> None:
    """Note what a key's type alone does not tell."""
    for wrong, section, key, expected in CHECKS:
        if wrong(settings):
            found = getattr(getattr(settings, section), key)
            found = address.shown(found) if section == "store" else found  # an address may hold a password
            source.fault(section, key, f"expected {expected}" + (f", found {found!r}" if found else ""))
    if not settings.token and not settings.password:
        source.faults.append("MATTERMOST_TOKEN or MATTERMOST_PASSWORD: expected the login of the shared account")


def is_address(url: str) -> bool:
    """Say whether a text is the address of a server."""
    try:
        parts = urlsplit(url)
        return parts.scheme in {"http", "https"} and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        return False


def is_listen(text: str) -> bool:
    """Say whether a text is a host and a port."""
    host, _, port = text.rpartition(":")
    return bool(host) and port.isascii() and port.isdigit() and int(port) < 65536  # noqa: PLR2004 - ports end there


def _no_templates(settings: Settings) -> bool:
    return bool(settings.messages.templates) and not Path(settings.messages.templates).is_dir()


def _no_login(settings: Settings) -> bool:
    return bool(settings.password) and not settings.token and not settings.mattermost.login_id


CHECKS: tuple[tuple[Callable[[Settings], bool], str, str, str], ...] = (
    (lambda its: not is_address(its.mattermost.url), "mattermost", "url", "an address (https://…)"),
    (lambda its: not its.mattermost.team, "mattermost", "team", "the team's name, as in the address of its channels"),
    (
        lambda its: not its.mattermost.notification_channel,
        "mattermost",
        "notification_channel",
        "the name of a channel",
    ),
    (_no_login, "mattermost", "login_id", "the shared account's name, to go with MATTERMOST_PASSWORD"),
    (lambda its: not is_listen(its.server.listen), "server", "listen", '"host:port"'),
    (
        lambda its: bool(its.server.public_url) and not is_address(its.server.public_url),
        "server",
        "public_url",
        "an address (https://…)",
    ),
    (_no_templates, "messages", "templates", "a folder"),
    (lambda its: not address.is_address(its.store.url), "store", "url", address.EXPECTED),
)
"""What is wrong when, with which key, and what was expected there."""
