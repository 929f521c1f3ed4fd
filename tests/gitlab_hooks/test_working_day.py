"""A working day of two hundred people, from thousands of deliveries in disorder to what each of them was sent."""

import random
import re
import statistics
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec
import pytest
from sqlalchemy import Connection, select

from bot import mailbox
from bot.choices import choices_of, choose
from bot.courier import Courier
from bot.matching import match, roster
from bot.outbox import Batching, Decision, Waiting
from bot.people import PersonKey
from bot.posts import Design
from bot.preferences import Choices, Defaults
from bot.release import release
from bot.sources import Sources
from bot.store.schema import inbox, journal, outbox, posts
from gitlab_hooks.access import GUEST
from gitlab_hooks.delivery import content
from gitlab_hooks.lookups import UserId
from gitlab_hooks.parts import COMMAND
from gitlab_hooks.reader import Reader
from gitlab_hooks.together import Gathered
from tests.bot.fakes import FakeMattermost
from tests.gitlab_hooks.desk import Desk, desk
from tests.gitlab_hooks.office import HOURS, MORNING, Act, Office, day
from tests.gitlab_hooks.team import TEMPLATES

SEED = 20261124
MERGE_REQUESTS, ISSUES = 65, 50
DISORDER = 4_000
"""Milliseconds that a delivery may take: GitLab's jobs run side by side, and a later one may be the first."""

BATCHING = Batching(3_000, 15_000)
MEMORY = Path("/dev/shm")
NOTE = re.compile(r"#note_(\d+)\)")

Told = Counter[tuple[UserId, int]]
"""(person, number of the act) → how often."""


@dataclass(frozen=True, order=True)
class Arrival:
    """A delivery on its way: when it comes, of which act, and its `Idempotency-Key` (none before GitLab 17.4)."""

    at: int
    act: int
    key: str | None = None


def arrivals(acts: Sequence[Act], rng: random.Random) -> Iterator[Arrival]:
    """Yield every delivery: late by seconds, twice where group and project have a hook, again where it is resent."""
    for number, act in enumerate(acts):
        keyed = act.body["project"]["id"] % 2 == 0
        for hook in range(1 + (rng.random() < 0.3)):
            key = f"{number}-{hook}" if keyed else None
            yield Arrival(act.at + rng.randrange(DISORDER), number, key)
            if rng.random() < 0.05:
                yield Arrival(act.at + rng.randrange(60_000, 2 * HOURS), number, key)


@dataclass
class Day:
    """The whole program but its servers, and what it does with a day's deliveries."""

    at: Desk
    office: Office
    acts: Sequence[Act]
    mattermost: FakeMattermost = field(init=False)

    def __post_init__(self) -> None:
        at = self.at
        people = roster(self.office.members.values())
        self.people = {member.key: who for who, member in self.office.members.items()}
        at.time.ms, at.gitlab = MORNING, self.office.gitlab()
        house = replace(at.house, gitlab=at.gitlab, match=partial(match, people, {}))
        self.reader = Reader(at.store, house, BATCHING, lambda: None, lambda: 0.0)
        self.mattermost = FakeMattermost(at.time)

        def choice(conn: Connection, person: PersonKey) -> Callable[[Waiting], Decision]:
            chosen = choices_of(conn, [person]).get(person, Choices())
            return lambda waiting: release(waiting, chosen, Defaults(), people.by_key.get(person), at.time.ms)

        sources = Sources(at.time.monotonic, lambda: 0.0)
        self.courier = Courier(
            at.store, self.mattermost, choice, Design(Gathered.of(TEMPLATES, COMMAND)), sources=sources
        )
        for who in self.office.opted_out:
            key = self.office.members[who].key
            at.store.write(partial(choose, person=key, choices=Choices(opted_in=False), at=MORNING))

    def pass_by(self, deliveries: Sequence[Arrival]) -> None:
        """Let the day pass: everything is done, comes and is sent at its time."""
        writing = ((act.at, -1, number) for number, act in enumerate(self.acts) if act.wrote_in)
        coming = ((one.at, order, one.act) for order, one in enumerate(deliveries))
        for now, order, number in sorted([*writing, *coming]):
            self._send_until(now)
            if order < 0:
                self._write(self.acts[number])
            else:
                self._receive(deliveries[order])
        self._send_until(MORNING + 24 * HOURS)

    def _write(self, act: Act) -> None:
        if act.wrote_in:
            threads, writer = self.at.gitlab.threads, self.office.users[act.actor]
            threads[act.wrote_in] = tuple(dict.fromkeys((*threads.get(act.wrote_in, ()), writer)))

    def _receive(self, one: Arrival) -> None:
        if self.at.accept(self.acts[one.act].body, delivery_id=one.key):
            self.reader.step()

    def _send_until(self, end: int) -> None:
        """Move the clock on, with a stop wherever something becomes due."""
        time = self.at.time
        while (due := self._due()) is not None and due <= end:
            time.pass_ms(max(0, due - time.ms))
            self.courier.step()
        time.pass_ms(max(0, end - time.ms))

    def _due(self) -> int | None:
        return self.at.store.read(partial(mailbox.next_due, now=self.at.time.now()))

    def told(self) -> Told:
        """Count what arrived, by person and act: through the message's delivery and the post it was part of."""
        numbers = {content(msgspec.json.encode(act.body)).digest: number for number, act in enumerate(self.acts)}
        arrived = Counter(
            (PersonKey(channel.removeprefix("dm-")), post.props["nudge"]["post"])
            for channel, written in self.mattermost.channels.items()
            for post in written
        )
        columns = select(outbox.c.person, inbox.c.digest, posts.c.props)
        joined = outbox.join(inbox, outbox.c.delivery == inbox.c.id).join(posts, outbox.c.post == posts.c.id)
        new = columns.select_from(joined).where(outbox.c.kind == "new")
        found: Told = Counter()
        for person, digest, props in self.at.store.read(lambda conn: conn.execute(new).all()):
            copies = arrived[person, msgspec.json.decode(props)["nudge"]["post"]]
            found[self.people[person], numbers[digest]] += copies
        return found

    def linked(self) -> Counter[tuple[UserId, int]]:
        """Count the posts of each person that link to each comment."""
        return Counter(
            (self.people[PersonKey(channel.removeprefix("dm-"))], int(note))
            for channel, written in self.mattermost.channels.items()
            for post in written
            for note in set(NOTE.findall(f"{post.message} {post.props}"))
        )


@pytest.fixture(name="passed", scope="module")
def a_day() -> Iterator[Day]:
    """Let the day pass once, in memory where there is such a place: what a crash leaves is another test's matter."""
    office = Office(random.Random(SEED))  # noqa: S311 - a simulation, not a secret
    acts = day(office, MERGE_REQUESTS, ISSUES)
    where = MEMORY if MEMORY.is_dir() else None
    with TemporaryDirectory(dir=where) as folder, desk(Path(folder), language="en") as at:
        one = Day(at, office, acts)
        one.pass_by(list(arrivals(acts, office.rng)))
        yield one


def expected(acts: Sequence[Act]) -> Told:
    return Counter({(who, number): 1 for number, act in enumerate(acts) for who in act.tell})


def test_everybody_is_told_exactly_what_is_theirs(passed: Day) -> None:
    """Each person hears of each act that is theirs, once, and of nothing else, whatever came twice or out of order."""
    told, theirs = passed.told(), expected(passed.acts)

    assert told - theirs == Counter(), "told too much"
    assert theirs - told == Counter(), "told too little"
    assert max(told.values()) == 1


def test_nobody_is_told_of_their_own_act(passed: Day) -> None:
    """Nobody hears of what they did themselves, but of their own pipelines."""
    own = {passed.acts[number].body["object_kind"] for who, number in passed.told() if passed.acts[number].actor == who}

    assert own == {"pipeline"}


def test_private_stays_private(passed: Day) -> None:
    """Of what happens in a private project its members alone hear, and guests of its issues only."""
    levels: dict[bool, list[int]] = {True: [], False: []}
    for who, number in passed.told():
        body = passed.acts[number].body
        project = passed.office.projects[body["project"]["id"]]
        if project.visibility == "private":
            issue = body["object_kind"] == "issue" or "issue" in body
            levels[issue].append(passed.office.levels.get((project.id, who), 0))

    assert len(levels[True]) > 50
    assert len(levels[False]) > 100
    assert min(levels[True]) == GUEST
    assert min(levels[False]) > GUEST


def test_drafts_do_not_leak(passed: Day) -> None:
    """Of what happens to a draft nobody hears, but comments, and the end of what was announced before."""
    silent = [
        number
        for number, act in enumerate(passed.acts)
        if act.in_draft
        and act.body["object_kind"] == "merge_request"
        and act.body["object_attributes"]["action"] != "close"
    ]

    assert len(silent) > 100
    assert not {number for _, number in passed.told()} & set(silent)


def test_every_mention_is_seen_once(passed: Day) -> None:
    """Whoever is mentioned and may read it finds the comment linked in exactly one of their posts."""
    linked = passed.linked()
    mentions = [(who, act.note) for act in passed.acts for who in act.mentions]

    assert len(mentions) > 200
    assert {linked[one] for one in mentions} == {1}


def test_what_the_day_holds(passed: Day) -> None:
    """The day is one that could go wrong: thousands of deliveries, duplicates, people outside, and who may not read."""
    verdicts = Counter(passed.at.rows(journal, "verdict"))
    duplicates = verdicts["duplicate",]

    assert len(passed.acts) > 2_000
    assert len(passed.at.rows(inbox, "id")) + duplicates > 2_500
    assert duplicates > 500
    for verdict in ("told", "own_act", "draft", "no_access", "not_matched", "opted_out", "told_before"):
        assert verdicts[verdict,] > 10, verdict
    for verdict in ("bot", "stale", "test", "no_rule"):
        assert verdicts[verdict,] > 0, verdict


def test_messages_per_person(passed: Day) -> None:
    """Batching makes fewer posts of the same messages; how many a person has in a day is printed."""
    messages = Counter(who for who, _ in passed.told())
    sent = {person: len(written) for person, written in passed.mattermost.channels.items()}

    assert sum(sent.values()) < sum(messages.values())
    sys.stdout.write(f"{len(passed.acts)} acts; posts a person and day:\n")
    sys.stdout.write(f"  without batching: {spread(list(messages.values()))}\n")
    sys.stdout.write(f"  with batching:    {spread(list(sent.values()))}\n")


def spread(numbers: Sequence[int]) -> str:
    tenths = statistics.quantiles(numbers, n=10)
    return f"mean {statistics.mean(numbers):.1f}, median {tenths[4]:.0f}, one in ten above {tenths[8]:.0f}"
