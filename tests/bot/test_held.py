"""What people hold back comes once, when they want it, and nothing of it is lost."""

from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import msgspec
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from sqlalchemy import Connection

from bot.choices import choices_of, choose
from bot.mutes import Mute
from bot.outbox import Decision, Waiting
from bot.people import Member, PersonKey
from bot.preferences import Choices, Defaults
from bot.quiet import Quiet
from bot.release import quiet_for, release
from bot.store.schema import journal, outbox
from tests.bot.engine import Engine, message
from tests.bot.fakes import FakeMattermost, Time

MINA = Member(PersonKey("mina"), "mina", timezone="Asia/Seoul")
HOUR = 3_600_000
SLEEPS = st.sampled_from([0, HOUR, 30 * HOUR])
NIGHTS = st.sampled_from([None, Quiet(19 * 60, 8 * 60), Quiet(12 * 60, 13 * 60, weekends=True)])


class Desk:
    """An engine whose release asks what mina has chosen."""

    def __init__(self, folder: Path) -> None:
        self.time = Time()
        self.engine = Engine(folder / "n.db", self.time, FakeMattermost(self.time), release=self.release)

    def release(self, conn: Connection, waiting: Waiting) -> Decision:
        chosen = choices_of(conn, [waiting.person]).get(waiting.person, Choices())
        return release(waiting, chosen, Defaults(), MINA, self.time.ms)

    def choose(self, **changes: Any) -> None:
        chosen = msgspec.structs.replace(self.chosen(), **changes)
        self.engine.write(lambda conn: choose(conn, MINA.key, chosen, self.time.ms))
        self.engine.drain()

    def chosen(self) -> Choices:
        found: dict[PersonKey, Choices] = self.engine.write(lambda conn: choices_of(conn, [MINA.key]))
        return found.get(MINA.key, Choices())

    def seen(self) -> list[str]:
        return [line for post in self.engine.mattermost.seen_by("mina") for line in post.splitlines()]


def test_waking_brings_what_was_held(tmp_path: Path) -> None:
    """Who wakes before the time gets what was held at once, as one post; the journal says that it was held, once."""
    desk = Desk(tmp_path)
    desk.choose(snoozed=desk.time.ms + 30 * HOUR)
    desk.engine.put(message("note:1"), message("note:2", lane="mr:2"), delivery=7)
    desk.engine.drain()
    assert desk.seen() == []

    desk.choose(snoozed=desk.time.ms + 20 * HOUR)
    assert desk.seen() == []

    desk.choose(snoozed=0)
    assert desk.engine.mattermost.seen_by("mina") == ["note:1\nnote:2"]
    assert desk.engine.rows(journal, "fact", "verdict") == [("note:1", "held"), ("note:2", "held")]
    desk.engine.close()


def test_muted_while_it_waited(tmp_path: Path) -> None:
    """What somebody mutes while it is held does not come, and the journal says why."""
    desk = Desk(tmp_path)
    desk.choose(snoozed=desk.time.ms + HOUR)
    desk.engine.put(message("note:1", about=("web/shop!1", "web/shop")), message("note:2", about=("api",)), delivery=7)
    desk.engine.drain()
    desk.choose(mutes=(Mute("web/shop"),), snoozed=0)

    assert desk.seen() == ["note:2"]
    assert ("note:1", "muted") in desk.engine.rows(journal, "fact", "verdict")
    desk.engine.close()


class Whims(RuleBasedStateMachine):
    """Somebody snoozes, sets quiet hours, wakes, opts out and in, while messages come and time passes."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = TemporaryDirectory()
        self.desk = Desk(Path(self.folder.name))
        self.given = 0
        self.late: list[str] = []

    def teardown(self) -> None:
        self.desk.choose(opted_in=True, snoozed=0, quiet=None, mutes=())
        self.desk.time.pass_ms(HOUR)
        self.desk.engine.drain()
        rows = self.desk.engine.rows(outbox, "fact", "state")
        dropped = {fact for fact, state in rows if state == "dropped"}
        seen = Counter(self.desk.seen())
        assert {state for _, state in rows} <= {"sent", "dropped"}
        assert seen == Counter(fact for fact, state in rows if state == "sent")
        told_why = {fact for fact, verdict in self.desk.engine.rows(journal, "fact", "verdict") if verdict != "held"}
        assert dropped <= told_why
        assert not self.late
        self.desk.engine.close()
        self.folder.cleanup()

    @rule(lane=st.sampled_from(["mr:1", "mr:2"]), batched=st.booleans())
    def a_message_comes(self, lane: str, batched: bool) -> None:
        self.given += 1
        actor = "bob" if batched else ""
        self.desk.engine.put(message(f"note:{self.given}", lane=lane, actor=actor, about=(lane,)), delivery=self.given)
        self.look()

    @rule(sleep=SLEEPS)
    def snooze_or_wake(self, sleep: int) -> None:
        self.desk.choose(snoozed=sleep and self.desk.time.ms + sleep)

    @rule(quiet=NIGHTS)
    def quiet(self, quiet: Quiet | None) -> None:
        self.desk.choose(quiet=quiet)

    @rule(on=st.booleans())
    def opt(self, on: bool) -> None:
        self.desk.choose(opted_in=on)

    @rule(mutes=st.sampled_from([(), (Mute("mr:1"),)]))
    def mute(self, mutes: tuple[Mute, ...]) -> None:
        self.desk.choose(mutes=mutes)

    @rule(hours=st.sampled_from([1, 5, 13]))
    def time_passes(self, hours: int) -> None:
        self.desk.time.pass_ms(hours * HOUR)
        self.look()

    def look(self) -> None:
        """Send what is due; nothing may appear while she wants to be left alone."""
        before = len(self.desk.seen())
        self.desk.engine.drain()
        if quiet_for(self.desk.chosen(), MINA, self.desk.time.ms) > self.desk.time.ms:
            self.late += self.desk.seen()[before:]

    @invariant()
    def nothing_twice(self) -> None:
        assert max(Counter(self.desk.seen()).values(), default=0) <= 1


TestWhims = Whims.TestCase
TestWhims.settings = settings(max_examples=20, stateful_step_count=25, suppress_health_check=list(HealthCheck))
