"""Threads: who wants it gets what comes later about one object as replies to the first, and nothing else changes."""

import shutil
import tempfile
from collections import deque
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, text

from bot import edits, outbox
from bot.errors import Refused, RootGone, TryLater
from bot.mattermost import ChannelId, PostId
from bot.messages import Change
from bot.outbox import Hold, Send, Waiting
from bot.people import PersonKey
from bot.store.schema import outbox as table
from bot.store.schema import posts
from tests.bot.engine import Engine, empty_database, engine, message
from tests.bot.fakes import Crash, FakeMattermost, Fault, Time, lost_answer

MINA = ChannelId("dm-mina")


@dataclass
class Wishes:
    """What a person wants: threads or none."""

    threads: bool = True

    def __call__(self, _conn: Connection, _waiting: Waiting) -> outbox.Decision:
        return Send(self.threads)


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def fake(time: Time) -> FakeMattermost:
    return FakeMattermost(time)


@pytest.fixture
def wishes() -> Wishes:
    return Wishes()


@pytest.fixture
def one(tmp_path: Path, time: Time, fake: FakeMattermost, wishes: Wishes) -> Iterator[Engine]:
    with engine(tmp_path / "n.db", time, fake, release=wishes) as running:
        yield running


def say(one: Engine, fact: str, lane: str = "mr:1", **more: Any) -> None:
    one.put(message(fact, lane=lane, **more))
    one.drain()


def retry_after(one: Engine, ms: int) -> None:
    one.time.pass_ms(ms)
    one.drain()


def first_post(fake: FakeMattermost) -> PostId:
    return fake.channels[MINA][0].id


# ------------------------------------------------------------------ where a post goes


def test_what_comes_later_replies_to_the_first(one: Engine, fake: FakeMattermost) -> None:
    """Everything about one object is one thread; another object and another person have their own."""
    for fact, lane in (("a1", "mr:1"), ("b1", "mr:2"), ("a2", "mr:1"), ("a3", "mr:1"), ("b2", "mr:2")):
        say(one, fact, lane)
    say(one, "z1", person="zoe")

    assert fake.threads_of("mina") == [("a1", ""), ("b1", ""), ("a2", "a1"), ("a3", "a1"), ("b2", "b1")]
    assert fake.threads_of("zoe") == [("z1", "")]


def test_who_does_not_want_threads_gets_none(one: Engine, fake: FakeMattermost, wishes: Wishes) -> None:
    """The choice counts when a message leaves, and the first is the first, whatever was chosen then."""
    wishes.threads = False
    say(one, "a1")
    say(one, "a2")
    wishes.threads = True
    say(one, "a3")
    wishes.threads = False
    say(one, "a4")

    assert fake.threads_of("mina") == [("a1", ""), ("a2", ""), ("a3", "a1"), ("a4", "")]


def test_a_post_about_several_objects_is_in_no_thread(tmp_path: Path, time: Time, fake: FakeMattermost) -> None:
    """What was held leaves as one post in the channel itself, and begins no thread: it is about more than one thing."""
    end = time.ms + 60_000

    def held(_conn: Connection, _waiting: Waiting) -> outbox.Decision:
        return Hold(end) if time.ms < end else Send(threaded=True)

    with engine(tmp_path / "n.db", time, fake, release=held) as one:
        one.put(message("a1"), message("b1", lane="mr:2"))
        one.drain()
        retry_after(one, 60_000)
        say(one, "a2")
        say(one, "a3")
        assert one.rows(posts, "subject", "root") == [(None, None), ("mr:1", None), ("mr:1", "post1")]

    assert fake.threads_of("mina") == [("a1\nb1", ""), ("a2", ""), ("a3", "a2")]


def test_a_group_about_one_object_is_in_its_thread(one: Engine, fake: FakeMattermost) -> None:
    """A review of several comments is one reply."""
    say(one, "a1")
    one.put(message("a2", actor="bob"), message("a3", actor="bob"))
    retry_after(one, 3_000)

    assert fake.threads_of("mina") == [("a1", ""), ("a2\na3", "a1")]


def test_only_what_arrived_has_replies(one: Engine, fake: FakeMattermost) -> None:
    """A post that was refused begins no thread; when it is retried it replies to the one that did."""
    fake.faults.append(Fault(Refused("POST /posts: 400 too long")))
    say(one, "a1")
    say(one, "a2")
    say(one, "a3")
    one.write(lambda conn: outbox.retry(conn, 1, one.time.ms))
    one.drain()

    assert fake.threads_of("mina") == [("a2", ""), ("a3", "a2"), ("a1", "a2")]


def test_a_card_in_a_thread_stays_true(one: Engine, fake: FakeMattermost) -> None:
    """A reply is edited like every other post, and stays where it is."""
    say(one, "a1")
    say(one, "a2")
    change = Change(2, PersonKey("mina"), "mr:1:merged", "merged", "**merged**", "#108548")
    one.write(lambda conn: edits.change(conn, [change], delivery=None, now=one.time.ms))
    one.drain()

    assert [card["text"] for card in fake.cards_of("mina")] == ["card of a1", "card of a2\n\n**merged**"]
    assert fake.threads_of("mina") == [("a1", ""), ("a2", "a1")]


def test_the_first_is_found_by_an_index(one: Engine) -> None:
    """However many posts a person has got, one about an object is found without reading the others."""
    query = (
        "EXPLAIN QUERY PLAN SELECT coalesce(root, post_id) FROM posts "
        "WHERE person = 'mina' AND subject = 'mr:1' AND state = 'sent' ORDER BY id LIMIT 1"
    )
    plan = one.write(lambda conn: [row[-1] for row in conn.execute(text(query))])

    assert plan == ["SEARCH posts USING INDEX ix_posts_subject (person=? AND subject=?)"]


# ------------------------------------------------------------------ the first is gone


def test_a_reply_to_what_was_deleted_arrives_once_outside(one: Engine, fake: FakeMattermost) -> None:
    """A post whose root is gone stands in the channel itself, and begins the thread of what follows."""
    say(one, "a1")
    say(one, "a2")
    fake.delete(first_post(fake))
    for fact in ("a3", "a4", "a5"):
        say(one, fact)

    assert fake.threads_of("mina") == [("a3", ""), ("a4", "a3"), ("a5", "a3")]
    assert one.rows(table, "state", "attempts", "error") == [("sent", 0, "")] * 5
    assert (fake.tries, fake.looks, one.courier.dead) == (6, 0, 0)


def test_a_reply_that_is_gone_leaves_the_thread_alone(one: Engine, fake: FakeMattermost) -> None:
    """Where one reply was deleted, the next one still goes to the thread."""
    say(one, "a1")
    say(one, "a2")
    fake.delete(fake.channels[MINA][1].id)
    say(one, "a3")

    assert fake.threads_of("mina") == [("a1", ""), ("a3", "a1")]


def test_only_the_thread_that_is_gone_is_over(one: Engine, fake: FakeMattermost) -> None:
    """The threads of other objects, and of other people, are not touched."""
    for person, lane in (("mina", "mr:1"), ("mina", "mr:2"), ("zoe", "mr:1")):
        say(one, f"{person} {lane}", lane, person=person)
    fake.delete(first_post(fake))
    for person, lane in (("mina", "mr:1"), ("mina", "mr:2"), ("zoe", "mr:1")):
        say(one, f"{person} {lane} again", lane, person=person)

    assert fake.threads_of("mina") == [
        ("mina mr:2", ""),
        ("mina mr:1 again", ""),
        ("mina mr:2 again", "mina mr:2"),
    ]
    assert fake.threads_of("zoe") == [("zoe mr:1", ""), ("zoe mr:1 again", "zoe mr:1")]


def test_every_try_is_the_same_reply(one: Engine, fake: FakeMattermost, wishes: Wishes) -> None:
    """What a post replies to is frozen with it: a choice that changes between two tries changes the next post alone."""
    say(one, "a1")
    fake.faults.append(Fault(TryLater("503")))
    say(one, "a2")
    wishes.threads = False
    retry_after(one, 1_000)
    say(one, "a3")

    assert fake.threads_of("mina") == [("a1", ""), ("a2", "a1"), ("a3", "")]


def test_a_lost_answer_to_a_reply_is_found(one: Engine, fake: FakeMattermost) -> None:
    """Half a minute after a lost answer the look finds the reply in its thread, and nothing is repeated."""
    say(one, "a1")
    fake.faults.append(lost_answer())
    say(one, "a2")
    retry_after(one, 31_000)

    assert (fake.threads_of("mina"), fake.looks, fake.tries) == ([("a1", ""), ("a2", "a1")], 1, 2)


@pytest.mark.parametrize("after_ms", [1_000, 31_000])
def test_a_lost_answer_and_a_deleted_thread(one: Engine, fake: FakeMattermost, after_ms: int) -> None:
    """A reply that was written, and deleted with its thread before that was known, is not written again."""
    say(one, "a1")
    fake.faults.append(lost_answer())
    say(one, "a2")
    fake.delete(first_post(fake))
    for _ in range(3):
        retry_after(one, after_ms)
    retry_after(one, 31_000)
    say(one, "a3")

    assert fake.threads_of("mina") == [("a3", "")]
    assert [posted.message for posted in fake.deleted] == ["a1", "a2"]


def test_refused_as_a_reply_after_a_try_that_failed(one: Engine, fake: FakeMattermost) -> None:
    """Where the root is deleted between two tries, the third is none, with the same key, whenever it comes."""
    say(one, "a1")
    fake.faults.append(Fault(TryLater("503")))
    say(one, "a2")
    fake.delete(first_post(fake))
    keys = one.rows(posts, "pending_post_id")
    retry_after(one, 31_000)

    assert fake.threads_of("mina") == [("a2", "")]
    assert one.rows(posts, "pending_post_id") == keys
    assert one.rows(posts, "subject", "root", "state") == [(None, None, "sent"), ("mr:1", None, "sent")]


@pytest.mark.parametrize("after_saving", [True, False])
def test_a_crash_once_the_root_is_known_to_be_gone(
    tmp_path: Path, time: Time, fake: FakeMattermost, *, after_saving: bool
) -> None:
    """Whoever takes over finds the post that is no reply any more, or learns it again, and it arrives once."""
    with engine(tmp_path / "n.db", time, fake, release=Wishes()) as one:
        say(one, "a1")
        fake.delete(first_post(fake))
        fake.before = lambda text: _crash_at_the_second(fake, text, after_saving=after_saving)
        with pytest.raises(Crash):
            say(one, "a2")
        assert one.rows(posts, "root")[-1] == (None,)
    fake.before = lambda _text: None
    fake.restart()
    time.pass_ms(15_000)

    with engine(tmp_path / "n.db", time, fake, release=Wishes()) as two:
        two.drain()
        say(two, "a3")
    assert fake.threads_of("mina") == [("a2", ""), ("a3", "a2")]


def _crash_at_the_second(fake: FakeMattermost, text: str, *, after_saving: bool) -> None:
    if text == "a2" and fake.tries == 3:
        fake.faults.append(Fault(Crash(), after_saving=after_saving))


def test_who_lost_the_lease_changes_no_post(one: Engine, fake: FakeMattermost) -> None:
    """A refusal that comes when another courier has the mailbox leaves the frozen post to that one."""
    say(one, "a1")
    gone = first_post(fake)

    def overtaken(_text: str) -> None:
        fake.delete(gone)
        fake.before = lambda _text: None
        one.write(lambda conn: conn.execute(text("UPDATE mailbox SET epoch = epoch + 1, lease = 0")))

    fake.before = overtaken
    one.put(message("a2"))
    one.courier.step()
    assert one.rows(posts, "state", "root")[-1] == ("frozen", gone)

    one.drain()
    assert fake.threads_of("mina") == [("a2", "")]


def test_a_shutdown_between_refusal_and_repeat_loses_nothing(tmp_path: Path, time: Time, fake: FakeMattermost) -> None:
    """Asked to stop just then, the courier leaves the post to the next process."""
    with engine(tmp_path / "n.db", time, fake, release=Wishes()) as one:
        say(one, "a1")
        fake.delete(first_post(fake))
        fake.before = lambda _text: one.courier.stop()
        one.put(message("a2"))
        one.courier.step()
        assert one.rows(posts, "state", "root")[-1] == ("frozen", None)
    fake.before = lambda _text: None

    with engine(tmp_path / "n.db", time, fake, release=Wishes()) as two:
        two.drain()
    assert fake.threads_of("mina") == [("a2", "")]


def test_what_is_refused_for_itself_stays_refused(one: Engine, fake: FakeMattermost) -> None:
    """Outside of a thread that is gone a post may be refused for good, and is a dead letter like any other."""
    say(one, "a1")
    fake.faults.extend([Fault(RootGone("POST /posts: 400 root_id")), Fault(Refused("POST /posts: 400 too long"))])
    say(one, "a2")

    assert one.rows(table, "state", "error") == [("sent", ""), ("dead", "POST /posts: 400 too long")]


# ------------------------------------------------------------------ whatever happens


LANES = ("mr:1", "mr:2", "issue:1")
PUTS = st.lists(st.tuples(st.sampled_from(LANES), st.sampled_from(["", "bob", "carol"]), st.booleans()), max_size=12)
NEVER = 99


def sent(puts: list[tuple[str, str, bool]], threads_from: int) -> FakeMattermost:
    """Send numbered messages to a person, who holds back some and wants threads from a number on; return what came."""
    time = Time()
    fake = FakeMattermost(time)
    until = time.ms + 100_000

    def release(_conn: Connection, waiting: Waiting) -> outbox.Decision:
        number, held, _ = waiting.headline.split()
        return Hold(until) if held == "held" and time.ms < until else Send(int(number) >= threads_from)

    with tempfile.TemporaryDirectory() as folder:
        shutil.copy(empty_database(), Path(folder) / "n.db")
        with engine(Path(folder) / "n.db", time, fake, release=release) as one:
            for number, (lane, actor, held) in enumerate(puts):
                said = f"{number} {'held' if held else 'now'} {lane}"
                one.put(message(str(number), lane=lane, actor=actor, headline=said))
                retry_after(one, 1_000)
            retry_after(one, 100_000)
    return fake


def shown(fake: FakeMattermost) -> list[tuple[str, object]]:
    return [(posted.message, posted.props.get("attachments")) for posted in fake.channels.get(MINA, [])]


@settings(max_examples=20)
@given(puts=PUTS, threads_from=st.integers(0, 6))
def test_threads_change_where_and_never_what(puts: list[tuple[str, str, bool]], threads_from: int) -> None:
    """The same posts arrive in the same order; one about one object replies to the first about that object alone."""
    flat, threaded = sent(puts, NEVER), sent(puts, threads_from)
    first: dict[str, str] = {}

    assert shown(flat) == shown(threaded)
    assert not flat.roots
    for post, root in threaded.threads_of("mina"):
        lanes = {line.split()[-1] for line in post.split("\n")}
        lane = lanes.pop() if len(lanes) == 1 else ""
        assert root == (first.get(lane, "") if int(post.split()[0]) >= threads_from else "")
        if lane:
            first.setdefault(lane, post)


FAULTS = st.sampled_from(
    [
        lambda: Fault(TryLater("503")),
        lost_answer,
        lambda: Fault(Crash()),
        lambda: Fault(Crash(), after_saving=True),
    ]
)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("say"), st.sampled_from(LANES)),
        st.tuples(st.just("fault"), FAULTS),
        st.tuples(st.just("delete"), st.integers(0, 9)),
        st.tuples(st.just("wait"), st.sampled_from([1_000, 15_000, 31_000])),
    ),
    max_size=25,
)


@settings(max_examples=30)
@given(steps=STEPS)
def test_once_whatever_is_deleted_lost_or_crashes(steps: list[tuple[str, Any]]) -> None:
    """Every message is written once, in order for each object, whoever deletes threads and whatever fails meanwhile."""
    fake = FakeMattermost(Time())
    said: list[str] = []
    todo = deque([*steps, ("mend", None), *[("wait", 600_000)] * 3])
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "n.db"
        shutil.copy(empty_database(), path)
        while todo:
            with engine(path, fake.time, fake, release=Wishes()) as one, suppress(Crash):
                while todo:
                    _take(one, fake, said, *todo.popleft())

    seen = [posted.message for posted in (*fake.deleted, *fake.channels.get(MINA, []))]
    assert sorted("\n".join(seen).split("\n")) == sorted(said or [""])
    for lane in LANES:
        visible = [line for post in fake.seen_by("mina") for line in post.split("\n") if line.endswith(lane)]
        assert visible == sorted(visible, key=said.index)


def _take(one: Engine, fake: FakeMattermost, said: list[str], step: str, value: Any) -> None:
    match step:
        case "say":
            said.append(f"{len(said)} {value}")
            one.put(message(said[-1], lane=value))
        case "fault":
            fake.faults.append(value())
        case "wait":
            one.time.pass_ms(value)
        case "mend":
            fake.faults.clear()
        case _ if there := fake.channels.get(MINA):
            fake.delete(there[value % len(there)].id)
    one.drain()
