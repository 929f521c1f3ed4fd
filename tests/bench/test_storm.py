"""The parts of a storm: acts that are told apart, faults that end, a gateway that tries once, a true account."""

import json
import re
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import StringIO
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console
from typer.testing import CliRunner

from bench.chaos import FAULTS, SOUND, USAGE, app, exit_code, faults, line, table
from bench.storm.acts import ACTS, Act
from bench.storm.crowd import OUTSIDER
from bench.storm.dice import dice
from bench.storm.gateway import Attempt, Gateway, both
from bench.storm.load import facts
from bench.storm.place import Place, places
from bench.storm.reckoning import Fact, Post, reckon
from bench.storm.run import TAKEN_OVER, Moment, Outcome, Plan
from bench.storm.servers import calm, of_answers, of_gitlab, of_mattermost
from bench.storm.weather import Fault, Weather
from playground.gitlab.hooks import EVENTS, Hook
from playground.gitlab.hooks import Delivery as HookDelivery
from playground.gitlab.state import GitLab
from playground.mattermost import Mattermost
from playground.world import World
from tests.program.running import environment

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)

PLAN = Plan("sqlite", 60, "seed")
"""What is reckoned up in the tests of the account."""


@pytest.fixture(scope="module")
def stage() -> Iterator[list[Place]]:
    """Yield the places of a world in which nobody listens."""
    with closing(World(background=False)) as world:
        world.gitlab.sender = Gateway(list, dice(1), trouble=False)
        world.register_bot("http://the.replicas")
        yield places(world)


@given(seed=st.integers(), acts=st.lists(st.sampled_from(list(ACTS)), min_size=1, max_size=10))
def test_acts_are_told_apart(stage: list[Place], seed: int, acts: list[Act]) -> None:
    """By marker and person no two acts are the same, each is told by a webhook of its own, and the outsider by none."""
    chance = dice(seed)
    told: list[tuple[str, str]] = []
    for act in acts:
        place = chance.choice(stage)
        gateway = place.gitlab.sender
        assert isinstance(gateway, Gateway)
        gateway.taken()
        said = act(place, chance)
        found = facts(said, gateway.taken())
        told += [(one.marker, person) for one in found for person in one.people]

        assert len({one.begun for one in found}) == len(said)
        assert not any(one.acknowledged for one in found)

    assert len(told) == len(set(told))
    assert OUTSIDER not in {person for _, person in told}


NUMBER_OF_FAULTS = len(of_mattermost(Mattermost())) + len(of_answers(Mattermost()))


@pytest.mark.parametrize("number", range(NUMBER_OF_FAULTS))
def test_faults_of_mattermost_end(number: int) -> None:
    """Each fault is on after it began, and nothing is left of it afterwards."""
    mattermost = Mattermost()
    calm(mattermost)
    quiet = msgspec.structs.replace(mattermost.faults)
    fault = (*of_mattermost(mattermost), *of_answers(mattermost))[number]
    fault.begin(dice(1))
    begun = msgspec.structs.replace(mattermost.faults)
    fault.end()

    assert begun != quiet
    assert mattermost.faults == quiet


def test_faults_of_gitlab_end() -> None:
    """Each fault is on after it began, and nothing is left of it afterwards."""
    with closing(GitLab()) as gitlab:
        for fault in of_gitlab(gitlab):
            fault.begin(dice(1))
            assert gitlab.fault is not None
            fault.end()
            assert gitlab.fault is None


def test_weather_lets_nothing_begin_that_could_not_end() -> None:
    """What lasts longer than what is left of the storm does not begin; stopping ends what is on."""
    begun, ended = threading.Event(), threading.Event()
    too_long = Fault("too long", lambda _: pytest.fail("it began"), ended.set, shortest=11, longest=11, weight=1000)
    fits = Fault("fits", lambda _: begun.set(), ended.set, shortest=10, longest=10, weight=1)
    weather = Weather([too_long, fits], dice(1), clock=lambda: 0.0, seconds=10, pause=0.0)
    weather.start()
    assert begun.wait(10)
    on = weather.now
    weather.stop()

    assert ended.is_set()
    assert (on, weather.now, weather.count) == ("fits", "", 1)


ATTEMPTS: Sequence[tuple[list[Attempt], Attempt]] = (
    ([Attempt(1, 2, True)], Attempt(1, 2, True)),
    ([Attempt(1, 2, False)], Attempt(1, 2, False)),
    ([Attempt(1, 9, False), Attempt(2, 5, True)], Attempt(1, 5, True)),
    ([Attempt(2, 6, True), Attempt(1, 5, True)], Attempt(1, 5, True)),
    ([Attempt(2, 6, False), Attempt(1, 5, False)], Attempt(1, 6, False)),
)


@pytest.mark.parametrize(("attempts", "whole"), ATTEMPTS)
def test_copies_are_one(attempts: list[Attempt], whole: Attempt) -> None:
    """A delivery that was sent in copies is acknowledged as soon as one of them is, and given up with the last."""
    assert both(attempts) == whole


class Replica:
    """Listens like the bot and answers with `statuses` in turn, None hanging up; `asked` holds what it was sent."""

    def __init__(self, *statuses: int | None) -> None:
        self.asked: list[str] = []
        statuses_left = list(statuses)

        class Handler(BaseHTTPRequestHandler):
            def do_POST(handler) -> None:  # noqa: N805 - the replica is `self`
                handler.rfile.read(int(handler.headers["Content-Length"]))
                self.asked.append(handler.headers["Idempotency-Key"])
                if status := statuses_left.pop(0):
                    handler.send_response(status)
                    handler.end_headers()

            def log_message(handler, *_: object) -> None:  # noqa: N805 - the same
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = ("127.0.0.1", self._server.server_port)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def test_a_delivery_is_tried_once() -> None:
    """A replica that does not listen is passed over; what any other does to a delivery, nobody sends it again."""
    nobody = ("127.0.0.1", 1)
    with closing(Replica(204, 503, None)) as there:
        gateway = Gateway(lambda: [nobody, there.address], dice(1), trouble=False)
        hook = Hook(1, 1, "http://the.replicas")
        for number in range(3):
            headers = {"Idempotency-Key": str(number)}
            gateway.send(HookDelivery(number, hook, EVENTS["note"], headers, b"{}", NOON))

        assert [one.acknowledged for one in gateway.taken()] == [True, False, False]
        assert gateway.taken() == []
        assert there.asked == ["0", "1", "2"]
        gateway.close()


def test_copies_have_keys_of_their_own() -> None:
    """A group's and a project's hook send the same body under different keys; sometimes the sender hangs up."""
    with closing(Replica(*[204] * 200)) as there:
        gateway = Gateway(lambda: [there.address], dice(1), trouble=True)
        for number in range(60):
            headers = {"Idempotency-Key": str(number)}
            gateway.send(HookDelivery(number, Hook(1, 1, ""), EVENTS["note"], headers, b"{}", NOON))
        gateway.close()

    assert len(gateway.taken()) == 60
    assert 60 < len(there.asked) == len(set(there.asked))


SOUND_FACTS = [Fact("#note_1", "!1", frozenset({"ben"}), 0.0, 1.0, acknowledged=True)]


def outcome(plan: Plan = PLAN, *, at: float = 2.0, seen: int = 1, deaths: tuple[str, ...] = ()) -> Outcome:
    """Return the outcome of a storm in which one fact was told to one person `seen` times."""
    reckoning = reckon(SOUND_FACTS, {"ben": [Post(("#note_1",), at)] * seen})
    return Outcome(plan, 3, 1, 5, 1, 0.5, reckoning, deaths)


LOSING = Plan("postgresql", 30, "seed", replicas=2, lose_one=True)

OUTCOMES: Sequence[tuple[Outcome, int, list[str]]] = (
    (outcome(), SOUND, []),
    (outcome(seen=0), FAULTS, ["lost: ben: #note_1"]),
    (outcome(seen=2), FAULTS, ["twice: ben: #note_1"]),
    (outcome(deaths=("it ended by itself with 1",)), FAULTS, ["it ended by itself with 1"]),
    (outcome(at=1.0 + 2 * TAKEN_OVER), SOUND, []),
    (outcome(LOSING, at=1.0 + TAKEN_OVER), SOUND, []),
    (outcome(LOSING, at=1.5 + TAKEN_OVER), FAULTS, ["slowest: 20.5 s, expected at most 20 s"]),
)


@pytest.mark.parametrize(("found", "code", "named"), OUTCOMES)
def test_what_is_wrong_is_told(found: Outcome, code: int, named: list[str]) -> None:
    """Whatever is lost, twice, too late or dead is named, and ends the program with 1."""
    assert faults(found) == named
    assert exit_code([outcome(), found]) == code


def test_a_storm_that_shows_nothing_is_a_fault() -> None:
    """Where nothing was acknowledged nothing can be lost, and that is no proof."""
    found = Outcome(PLAN, 3, 1, 5, 0, 0.0, reckon([], {}), ())

    assert exit_code([found]) == FAULTS
    assert faults(found) == ["nothing was acknowledged that anybody is told of: this shows nothing"]


def test_faults_are_told_a_few_of_a_kind() -> None:
    """Of many faults of a kind ten are named; the table counts them all."""
    many = [Fact(f"#note_{one}", "!1", frozenset({"ben"}), 0.0, 1.0, acknowledged=True) for one in range(30)]
    found = Outcome(PLAN, 3, 1, 5, 0, 0.5, reckon(many, {}), ())
    console = Console(width=80, file=StringIO())
    console.print(table([found]))
    shown = console.file.getvalue() if isinstance(console.file, StringIO) else ""

    assert len(faults(found)) == 10
    assert re.search(r"lost\s+│ 30", shown)


def test_progress_is_one_line() -> None:
    """While a storm lasts a line says how far it is and what is wrong just now."""
    moment = Moment("storm", 12.3, 4, 120, 80, 95, ("GitLab is slow",))

    assert line(PLAN, moment) == (
        "sqlite, storm, 12 s of 60 · 4 kills · 80 of 120 facts acknowledged · 95 posts · GitLab is slow"
    )


@pytest.mark.parametrize(
    "arguments", [["--store", "mysql"], ["--seconds", "none"], ["--lose-one", "--replicas", "1"], ["--nonsense"]]
)
def test_bad_usage_exits_2(arguments: list[str]) -> None:
    """What cannot be run is refused."""
    assert CliRunner().invoke(app, arguments).exit_code == USAGE


def test_a_short_storm(tmp_path: Path) -> None:
    """A storm of a few seconds on SQLite is survived, and its account says so."""
    run = subprocess.run(
        [sys.executable, "-m", "bench.chaos", "--seconds", "2", "--store", "sqlite", "--seed", "20", "--json"],
        cwd=tmp_path,
        env=environment({"TMPDIR": str(tmp_path)}),
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )
    (found,) = json.loads(run.stdout)

    assert run.returncode == SOUND, run.stderr
    assert found["plan"] | {"store": "sqlite", "seconds": 2.0, "seed": "20"} == found["plan"]
    assert found["reckoning"]["arrived"] == found["reckoning"]["owed"] > 0
    assert not list(tmp_path.iterdir())
