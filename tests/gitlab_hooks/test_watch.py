"""The watch: until when all has arrived, and when it is caught up."""

import logging
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import pytest
from falcon import testing
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import Misconfigured, OutsideError
from bot.store import schema
from bot.web import create_app
from gitlab_hooks.authenticity import Secrets
from gitlab_hooks.catch_up import Report
from gitlab_hooks.hook import GitLabHook
from gitlab_hooks.missed import HOUR_MS, MARGIN_MS
from gitlab_hooks.presence import GONE_MS, complete, is_complete
from gitlab_hooks.watch import BEAT_SECONDS, SKIPPED_MS, Watch
from tests.gitlab_hooks.desk import Desk, FailingStore, desk
from tests.gitlab_hooks.team import NOW

HOURS = 72
MINUTE_MS = 60_000


@pytest.fixture(name="at")
def a_desk(tmp_path: Path) -> Iterator[Desk]:
    with desk(tmp_path) as one:
        yield one


@dataclass
class Catching:
    """Catches up with nothing, remembers since when it was asked to, and answers as it is told to."""

    report: Report = field(default_factory=Report)
    error: OutsideError | None = None
    since: list[int] = field(default_factory=list)
    looked: Callable[[int], None] = lambda _since: None

    def __call__(self, since: int) -> Report:
        self.since.append(since)
        self.looked(since)
        if self.error:
            raise self.error
        return self.report


def watch(at: Desk, catching: Catching | None, store: FailingStore | None = None) -> Watch:
    return Watch(store or at.store, catching, HOURS, lambda: 0.0)


def was_well(at: Desk, ago: int) -> None:
    at.store.write(lambda conn: is_complete(conn, "before", NOW - ago))


def well(at: Desk) -> int | None:
    """Return how long ago all had arrived, in milliseconds."""
    until = at.store.read(partial(complete, now=at.time.now()))
    return None if until is None else at.time.now() - until


def test_the_first_start(at: Desk) -> None:
    """A bot that was never well has missed nothing; from now on it is noted that it is."""
    catching = Catching()
    one = watch(at, catching)

    assert one.step() == BEAT_SECONDS
    assert (well(at), catching.since) == (0, [])
    at.time.pass_ms(MINUTE_MS)
    assert well(at) == MINUTE_MS
    one.step()
    assert (well(at), catching.since) == (0, [])


def test_a_start_after_an_absence(at: Desk) -> None:
    """First comes the catching up, since a little before the bot was last well; once."""
    was_well(at, ago=HOUR_MS)
    catching = Catching()
    one = watch(at, catching)
    one.step()

    assert catching.since == [NOW - HOUR_MS - MARGIN_MS]
    assert well(at) == 0
    one.step()
    assert len(catching.since) == 1


def test_no_farther_than_the_limit(at: Desk) -> None:
    """Of a long absence only the last hours are caught up with."""
    was_well(at, ago=1000 * HOUR_MS)
    catching = Catching()
    watch(at, catching).step()

    assert (catching.since, well(at)) == ([NOW - HOURS * HOUR_MS], 0)


def test_what_cannot_be_finished_is_begun_again(at: Desk, caplog: pytest.LogCaptureFixture) -> None:
    """Until GitLab has answered everything, nothing counts as arrived, and it is asked again since the same time."""
    was_well(at, ago=HOUR_MS)
    catching = Catching(Report(troubles=["GET /projects/7/hooks: 503"], finished=False))
    one = watch(at, catching)
    one.step()
    at.time.pass_ms(MINUTE_MS)
    one.step()

    assert catching.since == [NOW - HOUR_MS - MARGIN_MS] * 2
    assert well(at) == HOUR_MS + MINUTE_MS
    assert "catching up: GET /projects/7/hooks: 503" in caplog.text
    assert one.trouble == "GET /projects/7/hooks: 503"
    at.time.pass_ms(2 * MINUTE_MS)
    catching.report = Report()
    one.step()
    assert (well(at), one.trouble) == (0, "")


def test_pauses_grow(at: Desk) -> None:
    """A GitLab that answers nothing is asked after a minute, two, four, and then every quarter of an hour, all along.

    A clock that is set back meanwhile makes no pause longer.
    """
    was_well(at, ago=HOUR_MS)
    asked: list[int] = []
    one = watch(at, Catching(Report(finished=False), looked=lambda _since: asked.append(at.time.now())))
    for _ in range(60):
        one.step()
        at.time.pass_ms(MINUTE_MS)

    assert [(moment - NOW) // MINUTE_MS for moment in asked] == [0, 1, 3, 7, 15, 30, 45]
    at.time.pass_ms(-HOUR_MS)
    one.step()
    assert len(asked) == 8


@pytest.mark.parametrize(("ahead", "since"), [(MARGIN_MS, NOW), (MARGIN_MS + 1, NOW - HOURS * HOUR_MS)])
def test_a_clock_that_was_ahead(at: Desk, ahead: int, since: int) -> None:
    """A moment that lies ahead tells nothing of an absence: it is looked as far back as it may be, and time goes on."""
    was_well(at, ago=-ahead)
    catching = Catching()
    watch(at, catching).step()

    assert (catching.since, well(at)) == ([since], 0)


def test_a_clock_that_is_set_back(at: Desk) -> None:
    """While the bot is there it has missed nothing by that, and goes by the clock as it is now."""
    catching = Catching()
    one = watch(at, catching)
    one.step()
    at.time.pass_ms(-24 * HOUR_MS)
    one.step()

    assert (catching.since, well(at)) == ([], 0)


def test_no_hook_of_ours(at: Desk, caplog: pytest.LogCaptureFixture) -> None:
    """That something has no hook of ours is told once by the log, and leaves no gap."""
    one = watch(at, Catching(Report(unhooked=["no webhook of web/shop sends to us"])))
    one.step()
    for _ in range(3):
        one.refused()
        one.step()
        at.time.pass_ms(MINUTE_MS)

    assert caplog.messages == ["catching up: no webhook of web/shop sends to us"]
    assert (well(at), one.trouble) == (MINUTE_MS, "")


def test_what_somebody_has_to_mend(at: Desk, caplog: pytest.LogCaptureFixture) -> None:
    """A token that is refused is told once and not tried again; the gap stays for the next start."""
    was_well(at, ago=HOUR_MS)
    catching = Catching(error=Misconfigured("GITLAB_HOOKS_TOKEN is refused"))
    one = watch(at, catching)
    for _ in range(3):
        assert one.step() == BEAT_SECONDS

    assert (len(catching.since), well(at), one.trouble) == (1, HOUR_MS, "GITLAB_HOOKS_TOKEN is refused")
    assert caplog.text.count("GITLAB_HOOKS_TOKEN is refused") == 1


def test_without_a_token(at: Desk) -> None:
    """Where nobody can catch up, the gap stays noted for somebody who can."""
    was_well(at, ago=HOUR_MS)
    watch(at, None).step()

    assert well(at) == HOUR_MS


def test_a_database_that_fails(at: Desk) -> None:
    """While the database cannot be written the bot is not well; when it can, it is caught up with that time."""
    store, catching = FailingStore(at.store), Catching()
    one = watch(at, catching, store)
    one.step()
    at.time.pass_ms(MINUTE_MS)
    store.down = True
    pauses = [one.step() for _ in range(8)]
    store.down = False
    at.time.pass_ms(MINUTE_MS)

    assert pauses == sorted(pauses)
    assert (pauses[0], pauses[-1]) == (2.0, BEAT_SECONDS)
    assert one.step() == BEAT_SECONDS
    assert (catching.since, well(at)) == ([NOW - MARGIN_MS], 0)


def test_a_database_that_fails_at_first(at: Desk) -> None:
    """Whether there is a gap is known once the database can be read."""
    was_well(at, ago=HOUR_MS)
    store, catching = FailingStore(at.store), Catching()
    one = watch(at, catching, store)
    store.down = True
    one.step()
    assert catching.since == []
    store.down = False
    one.step()

    assert len(catching.since) == 1


def test_a_machine_that_slept(at: Desk) -> None:
    """A machine that was asleep for a while has missed what came meanwhile."""
    catching = Catching()
    one = watch(at, catching)
    one.step()
    at.time.pass_ms(SKIPPED_MS)
    one.step()
    assert catching.since == []
    at.time.pass_ms(SKIPPED_MS + 1)
    one.step()

    assert catching.since == [NOW + SKIPPED_MS - MARGIN_MS]


# ------------------------------------------------------------------ what we refuse ourselves


def test_a_refused_delivery(at: Desk) -> None:
    """What the bot itself answered with 503 is caught up with, from where all had arrived, with no restart."""
    store, catching = FailingStore(at.store), Catching()
    one = watch(at, catching, store)
    hook = GitLabHook(store, Secrets(("secret",)), lambda: None, one.refused)
    client = testing.TestClient(create_app({"/gitlab": hook}))
    one.step()
    at.time.pass_ms(MINUTE_MS // 2)
    store.down = True
    assert client.simulate_post("/gitlab", body=b"{}", headers={"X-Gitlab-Token": "secret"}).status_code == 503
    store.down = False
    at.time.pass_ms(MINUTE_MS // 2)
    one.step()

    assert (catching.since, well(at)) == ([NOW - MARGIN_MS], 0)
    at.time.pass_ms(MINUTE_MS - 1)
    one.step()
    assert len(catching.since) == 1
    at.time.pass_ms(1)
    for _ in range(3):  # by now it stands in GitLab's log, even if that was late
        one.step()
        at.time.pass_ms(MINUTE_MS)
    assert (len(catching.since), well(at)) == (2, MINUTE_MS)


@pytest.mark.parametrize("catching", [Catching(Report(finished=False)), None])
def test_what_was_refused_outlasts_a_kill(at: Desk, catching: Catching | None) -> None:
    """Until a refusal is caught up with, nothing counts as arrived after it: killed meanwhile, the next one does it."""
    one = watch(at, catching)
    one.step()
    for _ in range(3):
        one.refused()
        at.time.pass_ms(MINUTE_MS)
        one.step()
    assert well(at) == 3 * MINUTE_MS

    following = Catching()
    watch(at, following, replica(at, "after the kill")).step()
    assert following.since == [NOW - MARGIN_MS]


# ------------------------------------------------------------------ several at once


def replica(at: Desk, name: str) -> FailingStore:
    """Return the store as another process has it."""
    store = FailingStore(at.store)
    store.owner = name
    return store


@pytest.fixture(name="both")
def a_shared_desk(database: str) -> Iterator[Desk]:
    with desk(database) as one:
        yield one


@dataclass
class Replicas:
    """Two processes on one database, each with what catches up for it."""

    at: Desk
    first: Catching = field(default_factory=Catching)
    second: Catching = field(default_factory=Catching)

    def __post_init__(self) -> None:
        self.stores = replica(self.at, "first"), replica(self.at, "second")
        self.watches = [
            watch(self.at, catching, store)
            for catching, store in zip((self.first, self.second), self.stores, strict=True)
        ]
        self.minutes(0)
        self.minutes(2)
        self.first.since.clear()
        self.second.since.clear()

    def minutes(self, number: int, *who: int) -> None:
        """Let minutes pass, with a beat of all, or of some only, after each and one now."""
        for minute in range(number + 1):
            self.at.time.pass_ms(MINUTE_MS if minute else 0)
            for one in who or range(2):
                self.watches[one].step()


def test_both_are_well(both: Desk) -> None:
    """While all are well, nobody catches up, and all has arrived."""
    replicas = Replicas(both)
    replicas.minutes(20)

    assert (replicas.first.since, replicas.second.since, well(both)) == ([], [], 0)


def test_nobody_hides_what_another_refused(both: Desk) -> None:
    """A replica that refuses deliveries is caught up for from its own moment, however well the others are."""
    replicas = Replicas(both)
    start = both.time.now()
    replicas.stores[0].down = True
    replicas.watches[0].refused()
    replicas.minutes(3)
    assert well(both) == 3 * MINUTE_MS
    replicas.stores[0].down = False
    replicas.minutes(0)

    assert (replicas.first.since, replicas.second.since) == ([start - MARGIN_MS], [])
    replicas.minutes(1)
    assert well(both) == 0


def test_a_replica_that_is_gone_for_good(both: Desk) -> None:
    """What was sent to one that died is caught up with by one that is there, once, from the dead one's moment."""
    replicas = Replicas(both)
    died = both.time.now()
    replicas.minutes(GONE_MS // MINUTE_MS, 1)
    assert (replicas.second.since, well(both)) == ([], GONE_MS)
    replicas.minutes(10, 1)

    assert replicas.second.since[0] == died - MARGIN_MS
    assert len(replicas.second.since) == 2
    assert well(both) == 0


def test_one_alone_takes_over(both: Desk) -> None:
    """Of several that see that one is gone, one catches up."""
    replicas = Replicas(both)
    third = Catching()
    replicas.watches.append(watch(both, third, replica(both, "third")))
    for _ in range(20):
        replicas.minutes(1, 1, 2)

    assert (len(replicas.second.since), len(third.since)) == (2, 2)  # the third at its own start


def test_a_replica_that_starts_beside_others(both: Desk) -> None:
    """Who starts looks back to the earliest moment of all: whom it follows may have died just now."""
    replicas = Replicas(both)
    died = both.time.now()
    replicas.minutes(1, 1)
    third = Catching()
    watch(both, third, replica(both, "third")).step()

    assert third.since == [died - MARGIN_MS]


def test_cut_off_and_back(both: Desk) -> None:
    """A replica that counted as gone and was not catches up for itself when it is back."""
    replicas = Replicas(both)
    replicas.stores[0].down = True
    replicas.minutes(10)
    replicas.stores[0].down = False
    replicas.minutes(2)

    assert replicas.first.since
    assert well(both) == 0


@given(st.lists(st.sampled_from(["beat", "refuse", "cut", "mend", "die"]), max_size=30))
def test_nothing_is_ever_hidden(shared_desk: Desk, acts: list[str]) -> None:
    """Whatever becomes of one replica beside one that is well, every refusal is looked for by a later catching up."""
    at = shared_desk
    at.store.write(lambda conn: conn.execute(schema.watches.delete()))
    replicas = Replicas(at)
    refused: list[int] = []
    looked: list[tuple[int, int]] = []
    for catching in (replicas.first, replicas.second):
        catching.looked = lambda since: looked.append((since, at.time.now()))
    dead = False
    for act in [*acts, "mend", *["beat"] * 10]:
        if act == "refuse" and not dead:
            refused.append(at.time.now())
            replicas.watches[0].refused()
        replicas.stores[0].down = act == "cut" or (replicas.stores[0].down and act != "mend")
        dead = dead or act == "die"
        replicas.minutes(1, 1) if dead else replicas.minutes(1)

    assert all(any(since <= one and now >= one + MINUTE_MS for since, now in looked) for one in refused)
    assert well(at) == 0


@pytest.fixture(name="shared_desk", scope="module")
def a_desk_for_many(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    with desk(tmp_path_factory.mktemp("watch")) as one:
        yield one


def test_what_is_logged(at: Desk, caplog: pytest.LogCaptureFixture) -> None:
    """A line says what was found."""
    was_well(at, ago=HOUR_MS)
    with caplog.at_level(logging.INFO):
        watch(at, Catching(Report(hooks=2, taken=9, late=3, known=4, lost=1))).step()

    assert (
        "caught up: 2 hooks, 9 missed deliveries taken in, 3 of them late; 4 were here already, 1 are lost"
        in caplog.text
    )


def test_run(at: Desk) -> None:
    """It watches until somebody wants it to stop."""
    stopping, catching = threading.Event(), Catching()
    was_well(at, ago=HOUR_MS)

    def once(since: int) -> Report:
        stopping.set()
        return catching(since)

    one = Watch(at.store, once, HOURS, lambda: 0.0)
    one.run(stopping)
    one.run(stopping)

    assert (len(catching.since), well(at)) == (1, 0)
