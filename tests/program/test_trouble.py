"""Whatever fails around the program: webhooks are taken all the same, and what waits arrives once, in order."""

import resource
import sqlite3
from collections.abc import Iterator
from contextlib import closing

import pytest

from playground.chat import ACCOUNT
from playground.gitlab.faults import Fault
from playground.mattermost.api.app import create_app
from playground.server import Server
from tests.program.conftest import MakeHouse
from tests.program.running import House, eventually, opened, say, told_of


def test_token(build: MakeHouse) -> None:
    """A personal access token is enough to log in; while it is refused everything waits, and the reason is named."""
    house = build()
    environ = house.world.environment()
    del environ["MATTERMOST_PASSWORD"]
    token = house.world.mattermost.personal_token(ACCOUNT)
    house.program.environ = environ | {"MATTERMOST_TOKEN": token}
    house.start()
    mr = opened(house)
    said = say(house, mr, "One")
    house.settle()
    assert told_of(house, mr) == said

    house.world.mattermost.end_sessions(ACCOUNT)
    said += say(house, mr, "Two", "Three")
    why = eventually(lambda: house.program.degraded().get("mattermost"))
    assert "MATTERMOST_TOKEN is refused" in why
    assert token not in house.program.log()
    assert house.program.ready()["ready"]

    house.world.mattermost.personal_token(ACCOUNT, token)
    house.settle()
    assert told_of(house, mr) == said
    assert house.program.degraded() == {}


def test_lost_session(house: House) -> None:
    """When its session is ended the program logs in again, and no message is lost for it."""
    mr = opened(house)
    said = say(house, mr, "One")
    house.settle()
    house.world.mattermost.end_sessions(ACCOUNT)
    said += say(house, mr, "Two")
    house.settle()

    assert told_of(house, mr) == said


def test_wrong_password(build: MakeHouse) -> None:
    """A wrong password is tried once and named; webhooks are taken, and told after a restart with the right one."""
    house = build()
    house.program.environ |= {"MATTERMOST_PASSWORD": "not-the-password"}
    house.start()
    why = eventually(lambda: house.program.degraded().get("directory", "").partition("MATTERMOST_PASSWORD")[1])
    mr = opened(house)
    said = say(house, mr, "One", "Two")

    assert why
    assert house.program.ready()["ready"]
    assert house.statuses() == ["204"] * 3
    assert house.world.mattermost.state.user(ACCOUNT).failed_logins == 1
    assert "not-the-password" not in house.program.log()

    assert house.program.stop() == 0
    house.program.environ |= house.world.environment()
    house.restart()
    house.settle()

    assert told_of(house, mr) == said
    eventually(lambda: not house.program.degraded())


def test_mattermost_down_at_the_start(build: MakeHouse) -> None:
    """Without Mattermost the program starts, takes webhooks and says what is missing; all is told when it is there."""
    house = build()
    house.world.mattermost.faults.down = True
    house.start()
    mr = opened(house)
    said = say(house, mr, "One", "Two", "Three")

    assert house.statuses() == ["204"] * 4
    assert "directory" in eventually(house.program.degraded)
    assert house.program.ready()["ready"]

    house.world.mattermost.faults.down = False
    house.settle()

    assert told_of(house, mr) == said
    assert house.program.degraded() == {}


@pytest.mark.parametrize("fault", ["down", "database_down", "broken"])
def test_mattermost_down_in_the_middle(house: House, fault: str) -> None:
    """While Mattermost fails that is named and messages wait; afterwards they arrive in order, once."""
    mr = opened(house)
    house.settle()
    setattr(house.world.mattermost.faults, fault, 502 if fault == "broken" else True)
    try:
        said = say(house, mr, "One", "Two", "Three")
        assert "/api/v4/" in eventually(lambda: house.program.degraded().get("mattermost"))
        assert house.program.ready()["ready"]
    finally:
        setattr(house.world.mattermost.faults, fault, 0)
    house.settle()

    assert told_of(house, mr) == said
    assert house.program.degraded() == {}


def test_lost_answers(house: House) -> None:
    """A post whose answer is lost on the way is not written twice."""
    mr = opened(house)
    house.settle()
    house.world.mattermost.faults.lose_answers = 2
    said = say(house, mr, "One", "Two")
    house.settle()

    assert told_of(house, mr) == said


def test_mattermost_restarted_before_it_answers(house: House) -> None:
    """A post that was saved is not written twice by a server that is back at once and has forgotten its keys."""
    mr = opened(house)
    house.settle()
    mattermost = house.world.mattermost
    mattermost.faults.lose_answers = 1
    said = say(house, mr, "One")
    eventually(lambda: mattermost.faults.lose_answers == 0)
    mattermost.crash()
    mattermost.faults.down = False
    house.settle()

    assert told_of(house, mr) == said


@pytest.mark.parametrize("kind", ["down", "unavailable", "rate_limited", "unauthorized"])
def test_gitlab_down(house: House, kind: str) -> None:
    """While GitLab does not answer look-ups, deliveries wait and are worked through afterwards, in order."""
    mr = opened(house)
    house.settle()
    house.world.gitlab.fault = Fault(kind)
    try:
        said = say(house, mr, "One", "Two")
        eventually(lambda: house.rows("SELECT 1 FROM inbox WHERE state = 'waiting' AND attempts > 0"))
        eventually(lambda: "gitlab" in house.program.degraded())  # a try begins before it is known how it ends
        assert house.program.ready()["ready"]
    finally:
        house.world.gitlab.fault = None
    house.settle()

    assert told_of(house, mr) == said
    assert house.program.degraded() == {}


def test_without_gitlab_token(build: MakeHouse) -> None:
    """Without a token for GitLab only those whom a webhook itself names are told, and the program says so."""
    house = build()
    del house.program.environ["GITLAB_TOKEN"]
    house.start()
    mr = opened(house)
    with house.telling() as told:
        say(house, mr, "@carla?")

    assert told == {"anna.berg": 1}
    assert house.rows("SELECT verdict FROM journal WHERE account = 'carla'") == [("access_not_checked",)]
    assert "GITLAB_TOKEN is not set" in house.program.log()


@pytest.fixture
def chat(build: MakeHouse) -> Iterator[House]:
    """Make a house whose Mattermost has a sub-path."""
    house = build()
    server = Server(create_app(house.world.mattermost.state, "/chat"))
    house.program.toml = house.program.toml.replace(house.world.url, f"{server.url}/chat")
    yield house
    house.program.end()
    server.close()


def test_mattermost_with_a_sub_path(chat: House) -> None:
    """Mattermost may live under a sub-path of its host."""
    chat.start()
    with chat.telling() as told:
        say(chat, opened(chat), "One")

    assert told == {"anna.berg": 1}


def test_disk_full(house: House) -> None:
    """When nothing can be kept the answer is 503 and `/readyz` says so; once there is room again all is well."""
    mr = opened(house)
    house.settle()
    process = house.program.process.pid
    limits = resource.prlimit(process, resource.RLIMIT_FSIZE)
    resource.prlimit(process, resource.RLIMIT_FSIZE, (0, limits[1]))
    try:
        say(house, mr, "One")
        assert house.statuses()[-1] == "503"
        assert not house.program.ready()["ready"]
        assert "store" in house.program.degraded()
    finally:
        resource.prlimit(process, resource.RLIMIT_FSIZE, limits)

    assert house.program.ready() == {"ready": True, "degraded": []}
    said = say(house, mr, "Two")
    house.settle()
    assert told_of(house, mr) == said


def test_database_locked(house: House) -> None:
    """While another program has the database locked GitLab gets 503, in time; then all goes on by itself."""
    mr = opened(house)
    house.settle()
    with closing(sqlite3.connect(house.database, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        say(house, mr, "One")
        assert house.statuses()[-1] == "503"
        assert "database is locked" in house.program.degraded()["store"]
        assert "a delivery could not be kept, and GitLab will not send it again" in house.program.log()
        other.execute("ROLLBACK")

    assert house.program.ready() == {"ready": True, "degraded": []}
    said = say(house, mr, "Two")
    house.settle()
    assert told_of(house, mr) == said
