"""The adapter to what only some accounts may ask: against the stand-in, and against answers that are written down."""

from collections.abc import Iterator

import pytest

from bot.errors import Misconfigured, Refused, TryLater
from bot.mattermost_admin import MattermostAdmin, SlashCommand
from bot.mattermost_admin_driver import MattermostAdminDriver
from bot.mattermost_client import Connection
from playground.mattermost import Mattermost, serve
from tests.servers import Answer, Scripted, scripted

PASSWORD = "correct-horse-battery"
URL = "https://nudge.example.com/mattermost/command"
WANTED = SlashCommand("nudge", URL)


def admin_of(url: str, name: str = "gitlab-bot") -> MattermostAdmin:
    login = {"login_id": name, "password": PASSWORD}
    return MattermostAdminDriver(Connection(url, login, (2.5, 12.0), verify=True))


@pytest.fixture
def mattermost() -> Mattermost:
    """Give a Mattermost with an ordinary account and an administrator in a team, and a channel for all of it."""
    made = Mattermost()
    made.add_user("gitlab-bot", password=PASSWORD)
    made.add_user("boss", password=PASSWORD, roles="system_user system_admin")
    made.add_team("dev")
    made.add_channel("dev", "notification", ["gitlab-bot", "boss"])
    return made


@pytest.fixture
def url(mattermost: Mattermost) -> Iterator[str]:
    """Serve it below a sub-path."""
    server = serve(mattermost, prefix="/chat")
    yield server.url
    server.close()


def test_version(url: str) -> None:
    """The server tells its version to everybody."""
    assert admin_of(url).version() == "5.37.0"


def test_a_command_is_made_by_who_may(url: str) -> None:
    """Who may manage commands makes one, sees its token, and finds it again."""
    admin = admin_of(url, "boss")
    made = admin.create_command("dev", WANTED)

    assert made
    assert (made.trigger, made.url, len(made.token)) == ("nudge", URL, 26)
    assert admin.commands("dev") == (made,)
    assert made.token not in repr(made)


def test_a_command_is_not_made_by_others(url: str) -> None:
    """An ordinary account makes none, and is told so by None."""
    assert admin_of(url).create_command("dev", WANTED) is None
    assert admin_of(url).commands("dev") == ()


def test_a_trigger_that_is_taken(url: str) -> None:
    """A word can be taken once."""
    admin = admin_of(url, "boss")
    admin.create_command("dev", WANTED)

    with pytest.raises(Refused, match="duplicate_trigger"):
        admin.create_command("dev", WANTED)


def test_commands_without_secrets(mattermost: Mattermost, url: str) -> None:
    """An ordinary account sees which commands are completed while typing, and nothing secret of them."""
    mattermost.add_command("dev", "nudge", URL, "a-token")

    assert admin_of(url).commands("dev") == (SlashCommand("nudge"),)
    assert admin_of(url, "boss").commands("dev") == (SlashCommand("nudge", URL, "a-token"),)


def test_internal_connections(mattermost: Mattermost, url: str) -> None:
    """Which internal addresses the server may ask only administrators see."""
    mattermost.state.internal_connections = "nudge 10.0.0.0/8"

    assert admin_of(url, "boss").internal_connections() == "nudge 10.0.0.0/8"
    assert admin_of(url).internal_connections() is None


def test_no_such_team(url: str) -> None:
    """A team that is not there is named."""
    with pytest.raises(Refused, match="teams/name/nope"):
        admin_of(url).commands("nope")


def test_another_team(mattermost: Mattermost, url: str) -> None:
    """A team that the account is not in tells it nothing."""
    mattermost.add_team("ops")

    assert admin_of(url).commands("ops") == ()


def test_a_wrong_password(url: str) -> None:
    """A wrong password is told as that."""
    with pytest.raises(Misconfigured, match="MATTERMOST_PASSWORD"):
        admin_of(url, "nobody").version()


# ---- answers that the stand-in does not give

API = "/api/v4"
NOT_FOR_YOU = Answer({"id": "api.context.permissions.app_error", "status_code": 403}, 403)


@pytest.fixture
def server() -> Iterator[Scripted]:
    """Run a Mattermost that lets everybody in and knows nothing."""
    with scripted(Answer({"id": "api.context.404.app_error"}, 404)) as running:
        running.on(f"GET {API}/system/ping", Answer({"status": "OK", "database_status": "OK"}))
        running.on(
            f"POST {API}/users/login", Answer({"id": "bot", "username": "gitlab-bot"}, headers={"Token": "session"})
        )
        yield running


def test_a_team_that_is_closed(server: Scripted) -> None:
    """A team that the account may not even see is named with its key."""
    server.on(f"GET {API}/teams/name/dev", NOT_FOR_YOU)

    with pytest.raises(Refused, match=r"\[mattermost\] team"):
        admin_of(server.url).commands("dev")


def test_a_part_of_the_configuration(server: Scripted) -> None:
    """Newer servers show parts of the configuration: what is not shown is not known."""
    server.on(f"GET {API}/config", Answer({"ServiceSettings": {"SiteURL": "https://chat.example.com"}}))

    assert admin_of(server.url).internal_connections() is None


def test_no_version(server: Scripted) -> None:
    """A server that does not tell its version has none."""
    server.on(f"GET {API}/config/client", NOT_FOR_YOU)

    assert admin_of(server.url).version() == ""


@pytest.mark.parametrize("answer", [Answer("<html>"), Answer([]), Answer({}, 502), Answer(dropped=True)])
def test_answers_of_no_use(server: Scripted, answer: Answer) -> None:
    """What a proxy or a broken server says is for later."""
    server.on(f"GET {API}/config", answer)

    with pytest.raises(TryLater):
        admin_of(server.url).internal_connections()
