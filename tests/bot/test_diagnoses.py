"""What is made of how things are found on the Mattermost side: a row a finding."""

import pytest

from bot import diagnoses
from bot.diagnoses import DAY, SECOND
from bot.findings import Finding, Level
from bot.mattermost_admin import SlashCommand
from bot.people import Member, PersonKey

URL = "https://chat.example.com"
NUDGE = "https://nudge.example.com"
OK, WARNING, FAULT = Level.OK, Level.WARNING, Level.FAULT


def is_(finding: Finding, level: Level, says: str) -> None:
    """Hold that a finding is of this level, says this, and says what to do unless all is well."""
    assert (finding.level, says in finding.says) == (level, True), finding
    assert bool(finding.mend) is (level is not Level.OK), finding


def member(name: str = "kim", **about: object) -> Member:
    return Member(PersonKey(name), name, **about)  # type: ignore[arg-type]  # a test's own words


@pytest.mark.parametrize(
    ("status", "location", "itself", "level", "says"),
    [
        (200, "", True, OK, f"{URL} answers"),
        (200, "", False, FAULT, "but not as Mattermost does"),
        (404, "", False, FAULT, "answers 404, but not as Mattermost does"),
        (301, "https://else.example.com", False, FAULT, "sends us on to https://else.example.com"),
        (502, "", False, FAULT, "answers 502"),
    ],
)
def test_reached(status: int, location: str, itself: bool, level: Level, says: str) -> None:
    """Only a server of the right kind counts; what else answers is told by its status, with the key to mend."""
    finding = diagnoses.reached("Mattermost", URL, status, location, itself=itself)

    is_(finding, level, says)
    assert level is OK or "[mattermost] url" in finding.mend


@pytest.mark.parametrize(
    ("me", "version", "level", "says"),
    [
        (member("bot"), "10.5.1", OK, "Mattermost 10.5.1, as @bot, an ordinary account"),
        (member("bot", bot=True), "", OK, "as @bot, a bot account"),
        (member("bot", admin=True), "", WARNING, "as @bot, a system administrator"),
    ],
)
def test_account(me: Member, version: str, level: Level, says: str) -> None:
    """An ordinary account or a bot account is right; an administrator's is more than it takes."""
    (finding,) = diagnoses.account(me, version)

    is_(finding, level, says)


def test_channel() -> None:
    """Somebody has to be in the channel."""
    is_(diagnoses.channel([member()], "news", "dev"), OK, "1 people in news of dev")
    is_(diagnoses.channel([], "news", "dev"), WARNING, "nobody is in news of dev")


def test_addresses() -> None:
    """A server that hides all addresses makes matching weaker, and says so."""
    is_(diagnoses.addresses([member(email="kim@example.com"), member("lee")]), OK, "seen of 1 of 2 people")
    is_(diagnoses.addresses([member()]), WARNING, "hides e-mail addresses")


def test_languages() -> None:
    """Languages are counted, the commonest first; without any time zone a clock is wrong for most."""
    people = [member(locale="ko", timezone="Asia/Seoul"), member("b"), member("c")]

    is_(diagnoses.languages(people), OK, "2 × en, 1 × ko; the time zone of 1 of 3 people is known")
    is_(diagnoses.languages([member()]), WARNING, "nobody has a time zone")


@pytest.mark.parametrize(
    ("resolved", "setting", "level", "says"),
    [
        ((), None, WARNING, "knows no address of nudge.example.com"),
        (("93.184.216.34",), None, OK, "is a public address"),
        (("10.0.0.7",), None, WARNING, "only administrators see"),
        (("10.0.0.7",), "10.0.0.0/8", OK, "may ask"),
        (("10.0.0.7",), "nudge.example.com", OK, "may ask"),
        (("10.0.0.7",), "192.168.0.0/16", FAULT, "refuses to ask"),
        (("93.184.216.34", "fd00::7"), "", FAULT, "refuses to ask"),
    ],
)
def test_way_back(resolved: tuple[str, ...], setting: str | None, level: Level, says: str) -> None:
    """An internal address needs Mattermost's leave, which not every account can see."""
    is_(diagnoses.way_back(NUDGE, resolved, setting), level, says)


ASKS = f"{NUDGE}/mattermost/command"
OTHER = SlashCommand("deploy", "https://deploy.example.com", "t")


@pytest.mark.parametrize(
    ("commands", "tokens", "level", "says"),
    [
        ((OTHER, SlashCommand("nudge", ASKS, "right")), ("right",), OK, f"/nudge asks {ASKS}"),
        ((SlashCommand("nudge", ASKS, "right"),), ("old", "right"), OK, "/nudge asks"),
        ((SlashCommand("nudge", ASKS, "right"),), (), OK, "/nudge asks"),
        ((SlashCommand("nudge"),), ("right",), OK, "only those see who may manage it"),
        ((SlashCommand("nudge", "https://old.example.com", "right"),), ("right",), FAULT, "asks https://old.example"),
        ((SlashCommand("nudge", ASKS, "new"),), ("right",), FAULT, "has another token"),
        ((OTHER,), ("right",), FAULT, "there is no /nudge"),
        ((OTHER,), (), WARNING, "there is no /nudge"),
        ((), ("right",), FAULT, "there is no /nudge"),
        ((SlashCommand("deploy"),), ("right",), WARNING, "is not among the commands that are completed"),
    ],
)
def test_command(commands: tuple[SlashCommand, ...], tokens: tuple[str, ...], level: Level, says: str) -> None:
    """The command has to be there, to ask us, and to have a token that we take; without tokens it is not wanted yet."""
    finding = diagnoses.command(commands, SlashCommand("nudge", ASKS), tokens)

    is_(finding, level, says)
    assert not {"right", "new", "old"} & set(f"{finding.says} {finding.mend}".split())


def test_command_of_a_bot_without_an_address() -> None:
    """Where the bot does not say where it is, the command's address cannot be wrong."""
    is_(diagnoses.command([SlashCommand("nudge", "https://else.example.com")], SlashCommand("nudge"), ()), OK, "asks")


@pytest.mark.parametrize(
    ("apart", "level"), [(0, OK), (29, OK), (-29, OK), (30, WARNING), (-299, WARNING), (300, FAULT), (-4000, FAULT)]
)
def test_clock(apart: int, level: Level) -> None:
    """Clocks half a minute apart are a warning, and five minutes apart a fault, whichever is ahead."""
    is_(diagnoses.clock("GitLab", (1_000_000 + apart) * SECOND, 1_000_000 * SECOND), level, f"{abs(apart)} s apart")


def test_a_server_without_a_clock() -> None:
    """A server that does not tell its time is no fault of the bot's."""
    assert diagnoses.clock("GitLab", None, 0).level is WARNING


@pytest.mark.parametrize(
    ("resolved", "level"),
    [
        (("127.0.0.1",), OK),
        (("::1",), OK),
        (("127.0.0.1", "10.0.0.7"), WARNING),
        (("10.0.0.7",), WARNING),
        ((), WARNING),
    ],
)
def test_unsafe(resolved: tuple[str, ...], level: Level) -> None:
    """Without TLS only what stays on the machine is safe."""
    is_(diagnoses.unsafe("http://chat", resolved), level, "without TLS")


@pytest.mark.parametrize(("days", "level"), [(90, OK), (15, OK), (14, WARNING), (0, WARNING), (-1, FAULT)])
def test_certificate(days: int, level: Level) -> None:
    """A certificate is good until two weeks before its end."""
    is_(diagnoses.certificate(URL, 100 * DAY + days * DAY, 100 * DAY), level, URL)
