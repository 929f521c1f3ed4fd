"""The sections that the Mattermost side reads."""

from pathlib import Path

import pytest

from bot import settings
from bot.config import Source

RIGHT = """\
[mattermost]
url = "https://mattermost.example.com/chat"
team = "dev"
login_id = "gitlab-bot"
"""
SECRETS = {"MATTERMOST_PASSWORD": "a-password"}


def read(tmp_path: Path, text: str = RIGHT, **environ: str) -> tuple[settings.Settings, list[str]]:
    """Return settings and faults, these without the file's name."""
    file = tmp_path / "bot.toml"
    file.write_text(text, encoding="utf-8")
    source = Source(file, environ or SECRETS)
    return settings.read(source), [fault.removeprefix(f"{file}: ") for fault in source.faults]


def test_least(tmp_path: Path) -> None:
    """An address, a team and a login are enough; everything else has its default."""
    found, faults = read(tmp_path)

    assert faults == []
    assert found.listen == ("0.0.0.0", 8080)
    assert found.mattermost.notification_channel == "notification"
    assert found.store.url == "sqlite:///var/nudge.db"
    assert found.defaults.opted_in
    assert found.messages.images
    assert found.command_tokens == ()


def test_shipped_file_is_right() -> None:
    """The `bot.toml` that ships has no fault, and shows every key with its default."""
    source = Source(Path(__file__).parents[2] / "bot.toml", SECRETS)
    shipped = settings.read(source)
    bare = settings.read(Source(None, SECRETS))

    assert source.faults == []
    assert shipped.server.listen == bare.server.listen
    assert (shipped.store, shipped.messages, shipped.admin) == (bare.store, bare.messages, bare.admin)
    assert (shipped.defaults, shipped.people) == (bare.defaults, bare.people)
    for section in ("server", "mattermost", "store", "messages", "admin", "defaults"):
        assert source.table(section).keys() == set(type(getattr(shipped, section)).__struct_fields__)


def test_secrets_are_not_shown(tmp_path: Path) -> None:
    """No secret stands in what the settings print as."""
    environ = {
        "MATTERMOST_PASSWORD": "secret-1",
        "MATTERMOST_TOKEN": "secret-2",
        "MATTERMOST_COMMAND_TOKEN": "secret-3",
    }
    found, _ = read(tmp_path, RIGHT, **environ)

    assert (found.password, found.token, found.command_tokens) == ("secret-1", "secret-2", ("secret-3",))
    assert "secret-" not in repr(found)


def test_command_tokens(tmp_path: Path) -> None:
    """A token that is being changed may stand beside the new one."""
    found, _ = read(tmp_path, RIGHT, **SECRETS, MATTERMOST_COMMAND_TOKEN=" old  new\n")

    assert found.command_tokens == ("old", "new")


def test_people(tmp_path: Path) -> None:
    """`[people]` maps names to names; an @ before Mattermost's does not matter."""
    found, faults = read(tmp_path, f'{RIGHT}[people]\n"jane.doe" = " @jane "\nkim = "kim"\n')

    assert faults == []
    assert found.people == {"jane.doe": "jane", "kim": "kim"}


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ('[server]\nlisten = "8080"', "[server] listen: expected \"host:port\", found '8080'"),
        ('[server]\nlisten = ":8080"', "[server] listen: expected \"host:port\", found ':8080'"),
        ('[server]\nlisten = "host:"', "[server] listen: expected \"host:port\", found 'host:'"),
        ('[server]\nlisten = "host:http"', "[server] listen: expected \"host:port\", found 'host:http'"),
        ('[server]\nlisten = "host:٣"', "[server] listen: expected \"host:port\", found 'host:٣'"),
        ('[server]\nlisten = "host:65536"', "[server] listen: expected \"host:port\", found 'host:65536'"),
        ('[server]\npublic_url = "nudge"', "[server] public_url: expected an address (https://…), found 'nudge'"),
        ('[messages]\ntemplates = "/nowhere"', "[messages] templates: expected a folder, found '/nowhere'"),
        ("[people]\na = 1", "[people] a: expected a Mattermost user name"),
        ('[people]\na = " "', "[people] a: expected a Mattermost user name"),
        ('[defaults]\nlanguage = "fr"', "[defaults] language: Invalid enum value 'fr'; expected one of auto, en, ko"),
        ("[defaults]\nbatch_seconds = nan", "[defaults] batch_seconds: Expected float >= 0.0"),
        ("[defaults]\nbatch_seconds = 301", "[defaults] batch_seconds: Expected float <= 300.0"),
        ('[defaults]\nquote = "none"', "[defaults] quote: Invalid enum value 'none'; expected one of off, short, full"),
        ('[admin]\npeople = "jane"', "[admin] people: Expected array, got str"),
        ("[store]\nurl = 1", "[store] url: Expected str, got int"),
    ],
)
def test_fault(tmp_path: Path, text: str, fault: str) -> None:
    """A fault names section and key, and what was expected."""
    assert read(tmp_path, f"{RIGHT}{text}\n")[1] == [fault]


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ('"https://mattermost.example.com/chat"', '""', "[mattermost] url: expected an address (https://…)"),
        (
            "https:",
            "ftp:",
            "[mattermost] url: expected an address (https://…), found 'ftp://mattermost.example.com/chat'",
        ),
        ('"dev"', '""', "[mattermost] team: expected the team's name, as in the address of its channels"),
        ('"dev"', '["dev"]', "[mattermost] team: Expected str, got array"),
        (
            'login_id = "gitlab-bot"',
            "",
            "[mattermost] login_id: expected the shared account's name, to go with MATTERMOST_PASSWORD",
        ),
        (
            'team = "dev"',
            'team = "dev"\nnotification_channel = ""',
            "[mattermost] notification_channel: expected the name of a channel",
        ),
        (
            'team = "dev"',
            'team = "dev"\nposts_per_second = inf',
            "[mattermost] posts_per_second: Expected float <= 10000.0",
        ),
        ('team = "dev"', 'team = "dev"\nposts_per_second = -1', "[mattermost] posts_per_second: Expected float >= 0.0"),
    ],
)
def test_mattermost_fault(tmp_path: Path, old: str, new: str, fault: str) -> None:
    """What is wrong with the server's own section is named in the same way."""
    assert read(tmp_path, RIGHT.replace(old, new))[1] == [fault]


def test_no_login(tmp_path: Path) -> None:
    """One of password and token is needed; a token alone needs no name."""
    without_name = RIGHT.replace('login_id = "gitlab-bot"', "")

    assert read(tmp_path, RIGHT, PATH="")[1] == [
        "MATTERMOST_TOKEN or MATTERMOST_PASSWORD: expected the login of the shared account"
    ]
    assert read(tmp_path, without_name, MATTERMOST_TOKEN="a-token")[1] == []


def test_certificates(tmp_path: Path) -> None:
    """A file of certificates of one's own is named by `SSL_CERT_FILE`; one that is not there is a fault."""
    file = tmp_path / "ours.pem"
    file.touch()

    assert settings.certificates(Source(None, {})) is True
    assert settings.certificates(Source(None, {"SSL_CERT_FILE": str(file)})) == str(file)
    assert read(tmp_path, RIGHT, **SECRETS, SSL_CERT_FILE="/nowhere.pem")[1] == [
        "SSL_CERT_FILE: expected a file of certificates, found '/nowhere.pem'"
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("https://chat.example.com", True),
        ("http://127.0.0.1:8065", True),
        ("https://[::1]:8065/chat", True),
        ("HTTPS://chat.example.com", True),
        ("https://", False),
        ("https:///chat", False),
        ("chat.example.com", False),
        ("https://chat.example.com:port", False),
        ("https://chat.example.com:99999", False),
        ("https://[::1", False),
        ("javascript:alert(1)", False),
        ("", False),
    ],
)
def test_address(text: str, expected: bool) -> None:
    """An address has a scheme of the web, a host, and a port that exists."""
    assert settings.is_address(text) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [("0.0.0.0:8080", ("0.0.0.0", 8080)), ("[::]:80", ("::", 80)), ("localhost:0", ("localhost", 0))],
)
def test_listen(tmp_path: Path, text: str, expected: tuple[str, int]) -> None:
    """Where to listen is a host, an IPv6 address in brackets, and a port; 0 is any free one."""
    found, faults = read(tmp_path, f'{RIGHT}[server]\nlisten = "{text}"\n')

    assert (found.listen, faults) == (expected, [])
