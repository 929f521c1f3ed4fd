"""What `doctor` looks at on the Mattermost side, where the world behind the boundaries does as it is told."""

from collections.abc import Callable, Iterable
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from bot import doctor, outbox
from bot.config import Source
from bot.doctor import Patient
from bot.errors import TryLater
from bot.findings import Finding, Level
from bot.mattermost_admin import SlashCommand
from bot.messages import Message
from bot.outbox import Batching, put
from bot.people import Member, PersonKey
from bot.probe import Answered
from bot.settings import read
from bot.store import open_store
from tests.bot.fakes import FakeMattermost, Time

NOW = 1_800_000_000_000
DAY = 86_400_000
URL = "https://nudge.example.com"
OK, WARNING, FAULT = Level.OK, Level.WARNING, Level.FAULT
TOML = """\
[server]
public_url = "https://nudge.example.com/"
[mattermost]
url = "https://chat.example.com"
team = "dev"
[store]
url = "sqlite:///{folder}/nudge.db"
"""


@dataclass
class FakeOutside:
    """Implements `bot.doctor.Outside`: answers and ends of certificates by address, and hosts; nobody is elsewhere."""

    answers: dict[str, Answered] = field(default_factory=dict)
    ends: dict[str, int] = field(default_factory=dict)
    hosts: dict[str, tuple[str, ...]] = field(default_factory=dict)
    trusted: set[bool | str] = field(default_factory=set)

    def ask(self, url: str, *, verify: bool | str = True) -> Answered:
        self.trusted.add(verify)
        if url not in self.answers:
            raise TryLater(f"GET {url}: connection refused")
        return self.answers[url]

    def certificate_ends(self, url: str, *, verify: bool | str = True) -> int:
        self.trusted.add(verify)
        if url not in self.ends:
            raise TryLater(f"TLS with {url}: connection refused")
        return self.ends[url]

    def addresses_of(self, host: str) -> tuple[str, ...]:
        return self.hosts.get(host, ())


@dataclass
class FakeAdmin:
    """Implements `bot.mattermost_admin.MattermostAdmin` for an account that may do everything."""

    made: dict[str, list[SlashCommand]] = field(default_factory=dict)

    def version(self) -> str:
        return "10.5.1"

    def commands(self, team: str) -> tuple[SlashCommand, ...]:
        return tuple(self.made.get(team, ()))

    def create_command(self, team: str, command: SlashCommand) -> SlashCommand | None:
        self.made.setdefault(team, []).append(command)
        return command

    def internal_connections(self) -> str | None:
        return "nudge.example.com"


@dataclass
class Ward:
    """A patient, and the world around it."""

    patient: Patient
    mattermost: FakeMattermost
    outside: FakeOutside
    admin: FakeAdmin

    def found(self, check: Callable[[Patient], Iterable[Finding]]) -> list[tuple[Level, str]]:
        return [(one.level, one.says) for one in check(self.patient)]


@pytest.fixture
def ward(tmp_path: Path) -> Ward:
    """Give a patient whose world is empty."""
    (tmp_path / "bot.toml").write_text(TOML.format(folder=tmp_path))
    settings = read(Source(tmp_path / "bot.toml", {"MATTERMOST_TOKEN": "a-token"}))
    mattermost, outside, admin = FakeMattermost(Time()), FakeOutside(), FakeAdmin()
    return Ward(Patient(settings, mattermost, admin, outside, lambda: NOW, "nudge"), mattermost, outside, admin)


def member(name: str) -> Member:
    return Member(PersonKey(name), name)


def answered(status: int, **body: object) -> Answered:
    return Answered(status, body, NOW, NOW)


@pytest.mark.parametrize(
    ("answer", "level", "says"),
    [
        (answered(200, alive=True), OK, f"the bot answers at {URL}"),
        (answered(200), WARNING, "answers 200, and that is not the bot"),
        (answered(502), WARNING, "answers 502, and that is not the bot"),
        (None, WARNING, "the bot is not reached from here"),
    ],
)
def test_public_address(ward: Ward, answer: Answered | None, level: Level, says: str) -> None:
    """Whoever answers where the bot should be has to be the bot; that nobody does from here proves nothing."""
    ward.outside.answers = {f"{URL}/healthz": answer} if answer else {}
    ((found, text),) = ward.found(doctor.public_address)

    assert (found, says in text) == (level, True)
    assert ward.outside.trusted == {True}


def test_dead_letters(ward: Ward) -> None:
    """Messages that Mattermost refused are counted."""
    url = ward.patient.settings.store.url
    assert [level for level, _ in ward.found(doctor.database)] == [WARNING]
    message = Message(PersonKey("kim"), "note:1", object="mr:1", group="g", reason="r", topic="t", headline="h")
    with closing(open_store(url, serving=False)) as store:
        store.write(lambda conn: put(conn, [message], delivery=None, now=NOW, batching=Batching()))
        store.write(lambda conn: conn.exec_driver_sql("UPDATE outbox SET state = 'dead'").rowcount)
        assert len(store.read(outbox.failed)) == 1

    assert [level for level, _ in ward.found(doctor.database)] == [OK, WARNING]


def test_people(ward: Ward) -> None:
    """People are those who are active, no bots, and not the shared account."""
    names: dict[str, dict[str, Any]] = {"kim": {}, "gone": {"active": False}, "helper": {"bot": True}, "bot": {}}
    ward.mattermost.people["dev", "notification"] = [replace(member(name), **about) for name, about in names.items()]

    assert ward.found(doctor.channel) == [(OK, "1 people in notification of dev")]


def test_direct_channels(ward: Ward) -> None:
    """A direct channel has to be allowed, and nobody's but the first of the people is tried."""
    ward.mattermost.people["dev", "notification"] = [member("kim"), member("lee")]
    assert ward.found(doctor.direct_channels) == [(OK, "one with @kim can be opened")]
    assert list(ward.mattermost.channels) == ["dm-kim"]

    ward.mattermost.closed = {PersonKey("kim")}
    ((level, says),) = ward.found(doctor.direct_channels)
    assert (level, "no direct channel with @kim can be opened" in says) == (FAULT, True)


def test_slash_command(ward: Ward) -> None:
    """The command has to ask the bot at its own address."""
    ward.admin.made["dev"] = [SlashCommand("nudge", f"{URL}/mattermost/command", "token")]

    assert ward.found(doctor.command) == [(OK, f"/nudge asks {URL}/mattermost/command")]


def test_certificates(ward: Ward) -> None:
    """The certificates of Mattermost and of the bot are looked at; the bot's own need not be seen from here."""
    ward.outside.ends = {"https://chat.example.com": NOW + 90 * DAY}
    assert ward.found(doctor.mattermost_tls)[0][0] is OK
    assert ward.found(doctor.own_tls)[0][0] is WARNING

    ward.outside.ends = {URL: NOW - DAY}
    assert ward.found(doctor.own_tls)[0][0] is FAULT
