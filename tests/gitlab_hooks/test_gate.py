"""The gate before GitLab's API: how often a server is asked that fails."""

import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TypeVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import Misconfigured, OutsideError, TryLater
from bot.throttle import LONGEST_PAUSE
from gitlab_hooks.gate import Gate
from gitlab_hooks.gitlab import connect
from gitlab_hooks.lookups import UserId
from tests.bot.fakes import Time
from tests.servers import Answer, Scripted, scripted

T = TypeVar("T")

AT_MOST = 30.0


@dataclass
class Asked:
    """A GitLab that answers nothing to a question, or fails as it is told to, and remembers what it was asked."""

    wrong: OutsideError | None = None
    paths: list[str] = field(default_factory=list)
    meanwhile: Callable[[], object] = lambda: None

    def get(self, path: str, _shape: type[T], _query: Mapping[str, str] | None = None) -> T | None:
        self.paths.append(path)
        self.meanwhile()
        if self.wrong:
            raise self.wrong
        return None


def ask(gate: Gate, *paths: str) -> list[str]:
    """Ask, and return what is said to each question, "" for an answer."""
    said = []
    for path in paths:
        try:
            gate.get(path, str)
            said.append("")
        except OutsideError as wrong:
            said.append(str(wrong))
    return said


@pytest.fixture(name="time")
def a_clock() -> Time:
    return Time()


@pytest.mark.parametrize(
    "wrong", [TryLater("502"), TryLater("429", 1.0), TryLater("timed out"), Misconfigured("401: refused")]
)
def test_a_server_that_fails_is_asked_by_one(time: Time, wrong: OutsideError) -> None:
    """After three failures in a row everybody is told at once what the last one said, and nothing is asked."""
    server = Asked(wrong)
    gate = Gate(server, time.monotonic)
    said = ask(gate, *(f"/users/{number}" for number in range(100)))

    assert said == [str(wrong)] * 100
    assert server.paths == ["/users/0", "/users/1", "/users/2"]
    with pytest.raises(type(wrong)) as refused:
        gate.get("/users/3", str)
    assert (refused.value.asked, wrong.asked) == (False, True)


def test_pauses_grow_to_a_minute(time: Time) -> None:
    """While the server fails it is asked once after a second, two, four, and then once a minute, for a day."""
    server = Asked(TryLater("503"))
    gate = Gate(server, time.monotonic)
    at = []
    for second in range(24 * 60 * 60):
        before = len(server.paths)
        ask(gate, *(f"/projects/{number}" for number in range(4)))
        at += [second] * (len(server.paths) - before)
        time.pass_ms(1000)

    assert at[:9] == [0, 0, 0, 1, 3, 7, 15, 31, 63]
    assert at[9:12] == [123, 183, 243]
    assert len(at) < 24 * 60 + 10


def test_the_servers_wish_is_a_pause(time: Time) -> None:
    """Where everybody is told to come back later, nobody comes before that, a minute at most; waiting is told so."""
    server = Asked(TryLater("429", after=30.0))
    gate = Gate(server, time.monotonic)
    ask(gate, "/a", "/b", "/c")
    time.pass_ms(29_000)
    with pytest.raises(TryLater) as refused:
        gate.get("/d", str)
    assert (refused.value.after, len(server.paths)) == (1.0, 3)

    time.pass_ms(1_000)
    ask(gate, "/d")
    assert server.paths[3:] == ["/d"]


def test_recovery_is_gentle(time: Time) -> None:
    """After the first answer two questions at a time are let through, then four, then all."""
    server = Asked(TryLater("503"))
    gate = Gate(server, time.monotonic)
    ask(gate, "/a", "/b", "/c")
    time.pass_ms(1_000)
    server.wrong = None
    depths = [deepest(gate, server) for _ in range(3)]

    assert depths == [1, 2, 8]  # each question that is answered meanwhile doubles the width


def deepest(gate: Gate, server: Asked, at_most: int = 8) -> int:
    """Return how many questions can be under way at a time: each asks the next before it is answered."""
    depth = 0

    def one_more() -> None:
        nonlocal depth
        depth += 1
        if depth < at_most:
            ask(gate, "/more")

    server.meanwhile = one_more
    ask(gate, "/first")
    server.meanwhile = lambda: None
    return depth


def test_one_thing_that_fails_says_nothing_of_the_server(time: Time) -> None:
    """What fails about one thing, however often, or about two, keeps nobody from asking about others."""
    server = Asked(TryLater("500"))
    gate = Gate(server, time.monotonic)
    ask(gate, *["/projects/1"] * 20, "/projects/2")
    server.wrong = None

    assert ask(gate, "/projects/3") == [""]
    assert len(server.paths) == 22


@given(st.lists(st.tuples(st.integers(0, 5), st.booleans(), st.integers(0, 90)), max_size=60))
def test_any_history(steps: list[tuple[int, bool, int]]) -> None:
    """Whatever fails when: an answer opens the gate, and a server that is well is asked again within a minute."""
    time, server = Time(), Asked()
    gate = Gate(server, time.monotonic)
    for path, well, seconds in steps:
        server.wrong = None if well else TryLater("503")
        before = len(server.paths)
        said = ask(gate, f"/{path}")
        assert (said == [""]) == (well and len(server.paths) > before)
        time.pass_ms(seconds * 1000)
    server.wrong = None
    time.pass_ms(round(LONGEST_PAUSE * 1000))

    assert ask(gate, "/1", "/2", "/3") == ["", "", ""]


def test_many_threads_and_a_server_that_hangs() -> None:
    """A server that hangs has at most as many threads waiting for it as asked before it was known to; then one."""
    time = Time()
    with scripted(Answer(status=503)) as server:
        gitlab = connect(server.url, "glpat-invented", clock=time.monotonic)
        with ThreadPoolExecutor(16) as pool:
            futures = [pool.submit(gitlab.user, UserId(number)) for number in range(400)]
            assert all(isinstance(future.exception(AT_MOST), TryLater) for future in futures)
        assert 3 <= len(server.asked) <= 3 + 16
        probe_alone(server, time, gitlab.user)


def probe_alone(server: Scripted, time: Time, ask_for: Callable[[UserId], object]) -> None:
    """See that while a probe waits for its answer, nobody else asks."""
    before, hanging, go = len(server.asked), threading.Event(), threading.Event()

    def hangs(_asked: object) -> Answer:
        hanging.set()
        assert go.wait(AT_MOST)
        return Answer({"id": 1, "username": "kim"})

    for number in range(1000, 1010):
        server.on(f"GET /api/v4/users/{number}", hangs)
    time.pass_ms(60_000)
    with ThreadPoolExecutor(1) as pool:
        probe = pool.submit(ask_for, UserId(1000))
        assert hanging.wait(AT_MOST)
        for number in range(1001, 1010):
            with pytest.raises(TryLater):
                ask_for(UserId(number))
        assert len(server.asked) == before + 1
        go.set()
        assert probe.result(AT_MOST)
    assert ask_for(UserId(1001))
