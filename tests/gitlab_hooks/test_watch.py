"""The watch: until when all has arrived, and when it is caught up."""

import logging
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from bot.errors import Misconfigured, OutsideError
from bot.moments import reach
from gitlab_hooks.away import COMPLETE, complete
from gitlab_hooks.catch_up import Report
from gitlab_hooks.missed import HOUR_MS, MARGIN_MS
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

    def __call__(self, since: int) -> Report:
        self.since.append(since)
        if self.error:
            raise self.error
        return self.report


def watch(at: Desk, catching: Catching | None, store: FailingStore | None = None) -> Watch:
    return Watch(store or at.store, catching, HOURS, lambda: 0.0)


def was_well(at: Desk, ago: int) -> None:
    at.store.write(lambda conn: reach(conn, COMPLETE, NOW - ago))


def well(at: Desk) -> int | None:
    """Return how long ago all had arrived, in milliseconds."""
    until = at.store.read(complete)
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
    catching.report = Report()
    one.step()
    assert (well(at), one.trouble) == (0, "")


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
