"""What `doctor` looks at on the Mattermost side, and how it asks."""

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

from bot import diagnoses, outbox
from bot.errors import OutsideError, Refused
from bot.findings import Check, Finding, fault, ok, warning
from bot.mattermost import Mattermost
from bot.mattermost_admin import MattermostAdmin, SlashCommand
from bot.people import Member
from bot.probe import Answered
from bot.settings import Settings
from bot.store import Database, open_store
from bot.store.address import SQLITE, shown

OK = 200
OPEN = (
    "see that direct messages to everybody are allowed (Site Configuration → Users and Teams), and that the account's"
    " role may create direct channels"
)


class Outside(Protocol):
    """What is asked of the network without any secret: `bot.probe`."""

    def ask(self, url: str, *, verify: bool | str = True) -> Answered:
        """Return what is answered at an address, or raise `bot.errors.TryLater`."""

    def certificate_ends(self, url: str, *, verify: bool | str = True) -> int:
        """Return until when a certificate holds, in milliseconds since 1970, or raise `bot.errors.TryLater`."""

    def addresses_of(self, host: str) -> tuple[str, ...]:
        """Return the IP addresses of a host."""


@dataclass
class Patient:
    """What is examined; `trigger` is the slash command's word, `now` gives milliseconds since 1970."""

    settings: Settings
    mattermost: Mattermost
    admin: MattermostAdmin
    outside: Outside
    now: Callable[[], int]
    trigger: str

    @cached_property
    def people(self) -> list[Member]:
        """Return the active people in the notification channel, without bots and the shared account."""
        section, me = self.settings.mattermost, self.mattermost.me()
        members = self.mattermost.members(section.team, section.notification_channel)
        return [one for one in members if one.active and not one.bot and one.key != me.key]

    @property
    def public_url(self) -> str:
        """Return where the bot is reached, without a slash at the end, "" where that is not said."""
        return self.settings.server.public_url.rstrip("/")

    def open(self) -> Database:
        """Open the database that is there."""
        settings = self.settings
        return open_store(settings.store.url, serving=False, create=False, password=settings.store_password)


def public_address(patient: Patient) -> Iterator[Finding]:
    """See whether the bot is reached where it says; from here at least."""
    url = f"{patient.public_url}/healthz"
    mend = "start `serve`, then see that the proxy hands this address on; other machines may reach it all the same"
    if not patient.public_url:
        return
    try:
        found = patient.outside.ask(url, verify=patient.settings.verify)
    except OutsideError as wrong:
        yield warning(f"the bot is not reached from here: {wrong}", mend)
    else:
        itself = found.status == OK and found.body.get("alive") is True
        yield (
            ok(f"the bot answers at {patient.public_url}")
            if itself
            else warning(f"{url} answers {found.status}, and that is not the bot", mend)
        )


def database(patient: Patient) -> Iterator[Finding]:
    """See whether the database is there and can be read and written."""
    url = patient.settings.store.url
    if not has_database(patient):
        yield warning(f"there is no database at {shown(url)} yet", "`serve` makes it when it starts for the first time")
        return
    with closing(patient.open()) as store:
        store.write(lambda _conn: None)
        letters = store.read(outbox.failed)
    yield ok(f"{shown(url)} can be read and written")
    if letters:
        yield warning(f"Mattermost refused {len(letters)} messages", "see `outbox list`, then `outbox retry` or `drop`")


def has_database(patient: Patient) -> bool:
    """Say whether there is a file of SQLite; PostgreSQL itself says what it has."""
    url = patient.settings.store.url
    return not url.startswith(SQLITE) or Path(url.removeprefix(SQLITE)).exists()


def reachable(patient: Patient) -> Iterator[Finding]:
    """See whether Mattermost answers."""
    url = patient.settings.mattermost.url.rstrip("/")
    found = patient.outside.ask(f"{url}/api/v4/system/ping", verify=patient.settings.verify)
    itself = found.status == OK and found.body.get("status") == "OK"
    yield diagnoses.reached("Mattermost", url, found.status, found.location, itself=itself)


def login(patient: Patient) -> Iterator[Finding]:
    """See whether the shared account gets in."""
    yield from diagnoses.account(patient.mattermost.me(), patient.admin.version())


def team(patient: Patient) -> Iterator[Finding]:
    """See whether the team is there."""
    name = patient.settings.mattermost.team
    patient.admin.commands(name)
    yield ok(f"{name} is there")


def channel(patient: Patient) -> Iterator[Finding]:
    """See who is in the notification channel."""
    section = patient.settings.mattermost
    yield diagnoses.channel(patient.people, section.notification_channel, section.team)


def direct_channels(patient: Patient) -> Iterator[Finding]:
    """See whether a direct channel can be opened; nobody sees it before there is a post in it."""
    for member in patient.people[:1]:
        try:
            patient.mattermost.direct_channel(member.key)
        except Refused as wrong:
            yield fault(f"no direct channel with @{member.name} can be opened: {wrong}", OPEN)
        else:
            yield ok(f"one with @{member.name} can be opened")


def addresses(patient: Patient) -> Iterator[Finding]:
    """See whether e-mail addresses are shown to us."""
    if patient.people:
        yield diagnoses.addresses(patient.people)


def languages(patient: Patient) -> Iterator[Finding]:
    """See which languages and time zones there are."""
    if patient.people:
        yield diagnoses.languages(patient.people)


def way_back(patient: Patient) -> Iterator[Finding]:
    """See whether Mattermost's slash commands and buttons get out to the bot."""
    if host := _host(patient.public_url):
        setting = patient.admin.internal_connections()
        yield diagnoses.way_back(patient.public_url, patient.outside.addresses_of(host), setting)


def command(patient: Patient) -> Iterator[Finding]:
    """See whether the slash command is there, asks us, and is believed."""
    url = f"{patient.public_url}/mattermost/command" if patient.public_url else ""
    commands = patient.admin.commands(patient.settings.mattermost.team)
    yield diagnoses.command(commands, SlashCommand(patient.trigger, url), patient.settings.command_tokens)


def clock(server: str, path: str, patient: Patient, url: str) -> Iterator[Finding]:
    """Compare a server's clock with ours; any answer tells it."""
    found = patient.outside.ask(f"{url.rstrip('/')}{path}", verify=patient.settings.verify)
    yield diagnoses.clock(server, found.at, found.asked)


def mattermost_clock(patient: Patient) -> Iterator[Finding]:
    """Compare Mattermost's clock with ours."""
    return clock("Mattermost", "/api/v4/system/ping", patient, patient.settings.mattermost.url)


def tls(patient: Patient, url: str) -> Iterator[Finding]:
    """See until when the certificate of an address holds, or whether it does without one."""
    if not url:
        return
    if urlsplit(url).scheme == "https":
        ends = patient.outside.certificate_ends(url, verify=patient.settings.verify)
        yield diagnoses.certificate(url, ends, patient.now())
    else:
        yield diagnoses.unsafe(url, patient.outside.addresses_of(_host(url)))


def mattermost_tls(patient: Patient) -> Iterator[Finding]:
    """See how the way to Mattermost is secured."""
    return tls(patient, patient.settings.mattermost.url)


def own_tls(patient: Patient) -> Iterator[Finding]:
    """See how the way to the bot is secured; what cannot be seen from here need not be a fault."""
    try:
        yield from tls(patient, patient.public_url)
    except OutsideError as wrong:
        yield warning(str(wrong), "see that GitLab and Mattermost trust the certificate of this address")


def _host(url: str) -> str:
    return urlsplit(url).hostname or ""


CONFIGURED = "[mattermost]"
"""The check of the configuration that those of Mattermost need."""

STORE: tuple[Check[Patient], ...] = (Check("Store", "database", database, ("[store]",)),)

MATTERMOST: tuple[Check[Patient], ...] = (
    Check("Mattermost", "server", reachable, (CONFIGURED,)),
    Check("Mattermost", "log-in", login, (CONFIGURED, "server")),
    Check("Mattermost", "team", team, ("log-in",)),
    Check("Mattermost", "channel", channel, ("log-in", "team")),
    Check("Mattermost", "direct channels", direct_channels, ("channel",)),
    Check("Mattermost", "e-mail addresses", addresses, ("channel",)),
    Check("Mattermost", "languages", languages, ("channel",)),
    Check("Mattermost", "way back", way_back, ("log-in",)),
    Check("Mattermost", "slash command", command, ("log-in", "team")),
)

CLOCK: tuple[Check[Patient], ...] = (Check("Clock", "Mattermost's clock", mattermost_clock, ("server",)),)

TLS: tuple[Check[Patient], ...] = (
    Check("TLS", "to Mattermost", mattermost_tls, (CONFIGURED,)),
    Check("TLS", "to the bot", own_tls, ("[server]",)),
)
