"""The courier: everybody gets what is theirs, once, in order, whatever fails."""

import logging
import threading
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from sqlalchemy import Connection, update

from bot import outbox
from bot.controls import Handle
from bot.courier import Courier
from bot.errors import Misconfigured, OutsideError, Refused, TryLater
from bot.mattermost import ChannelId, Posted, PostId
from bot.messages import Card
from bot.outbox import Send, Waiting
from bot.posts import Design
from bot.sources import Sources
from bot.store.schema import mailbox, posts
from bot.store.schema import outbox as table
from tests.bot.engine import Engine, engine, left_behind, message, one_by_one, send_all
from tests.bot.fakes import Crash, FakeMattermost, Fault, Time, lost_answer, older_post

NO_ROOM = {
    "sqlite": ["CREATE TRIGGER no_room BEFORE UPDATE ON posts BEGIN SELECT RAISE(ABORT, 'no room'); END"],
    "postgresql": [
        "CREATE OR REPLACE FUNCTION no_room() RETURNS trigger AS $$ BEGIN RAISE 'no room'; END $$ LANGUAGE plpgsql",
        "CREATE TRIGGER no_room BEFORE UPDATE ON posts EXECUTE FUNCTION no_room()",
    ],
}
ROOM = {"sqlite": "DROP TRIGGER no_room", "postgresql": "DROP TRIGGER no_room ON posts"}
LATER = TryLater("POST /posts: 503")
SECOND = 2


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def fake(time: Time) -> FakeMattermost:
    return FakeMattermost(time)


@pytest.fixture
def one(database: str, time: Time, fake: FakeMattermost) -> Iterator[Engine]:
    with engine(database, time, fake) as running:
        yield running


def retry_after(one: Engine, ms: int) -> None:
    one.time.pass_ms(ms)
    one.drain()


# ------------------------------------------------------------------ what a post is


def test_a_group_leaves_as_one_post(one: Engine, fake: FakeMattermost) -> None:
    """What one actor did to one object within the batch is one post: headlines above, a card each."""
    one.put(message("note:1", actor="bob"), message("note:2", actor="bob"))
    retry_after(one, 3_000)

    (post,) = fake.channels[ChannelId("dm-mina")]
    assert post.message == "note:1\nnote:2"
    assert [card["text"] for card in post.props["attachments"]] == ["card of note:1", "card of note:2"]
    assert one.rows(table, "state") == [("sent",), ("sent",)]
    assert one.rows(posts, "state", "channel", "post_id") == [("sent", "dm-mina", post.id)]
    assert one.courier.sent == 1


def test_groups_leave_in_the_order_of_their_first_messages(one: Engine, fake: FakeMattermost) -> None:
    """Each group is a post of its own, the oldest first."""
    one.put(message("note:1", lane="mr:2"), message("note:2", lane="mr:1"), message("note:3", lane="mr:2"))
    one.drain()

    assert fake.seen_by("mina") == ["note:1\nnote:3", "note:2"]


def test_a_group_never_overtakes_within_an_object(one: Engine, fake: FakeMattermost) -> None:
    """Bob, Carol, Bob on one merge request are three posts, though Bob's are one group."""
    for number, actor in enumerate(("bob", "carol", "bob")):
        one.put(message(f"note:{number}", actor=actor))
    retry_after(one, 3_000)

    assert fake.seen_by("mina") == ["note:0", "note:1", "note:2"]


def test_a_group_too_large_for_one_post_leaves_as_several(one: Engine, fake: FakeMattermost) -> None:
    """Size alone cuts a group."""
    one.put(*(message(f"note:{number}", actor="bob", card=Card("x" * 3_000)) for number in range(5)))
    retry_after(one, 3_000)

    assert fake.seen_by("mina") == ["note:0\nnote:1", "note:2\nnote:3", "note:4"]


# ------------------------------------------------------------------ exactly once, as seen by people


def test_a_lost_answer_is_looked_for(one: Engine, fake: FakeMattermost) -> None:
    """After a failure that does not tell whether the post was saved, the next try looks, and finds it."""
    fake.faults.append(lost_answer())
    one.put(message("note:1"))
    one.drain()
    assert one.rows(posts, "state") == [("frozen",)]

    retry_after(one, 1_000)
    assert (fake.seen_by("mina"), fake.looks, fake.tries) == (["note:1"], 1, 1)
    assert one.rows(posts, "state", "post_id") == [("sent", "post0")]
    assert one.courier.retried == 1


UNDONE = TryLater("POST /posts: connection refused", undone=True)
FAILURES: list[tuple[OutsideError, bool, int]] = [
    (UNDONE, False, 0),
    (Misconfigured("POST /posts: 401"), False, 0),
    (LATER, False, 1),
    (LATER, True, 1),
]


@pytest.mark.parametrize(("error", "saved", "looks"), FAILURES)
def test_what_a_failure_proves(
    one: Engine, fake: FakeMattermost, error: OutsideError, looks: int, *, saved: bool
) -> None:
    """Only a failure which proves that nothing was saved is followed by a repeat without a look.

    So a server that is back within 20 s, and has forgotten the keys, shows no post twice.
    """
    fake.faults.append(Fault(error, after_saving=saved))
    one.put(message("note:1"))
    one.drain()
    fake.restart()
    retry_after(one, 2_000)

    assert (fake.seen_by("mina"), fake.looks, fake.tries) == (["note:1"], looks, 1 if saved else 2)


def test_one_unclear_failure_is_enough(one: Engine, fake: FakeMattermost) -> None:
    """Whatever proves that it saved nothing itself proves nothing of the try before it."""
    fake.faults.append(lost_answer())
    one.put(message("note:1"))
    one.drain()
    fake.restart()
    fake.down = UNDONE
    retry_after(one, 2_000)
    fake.down = None
    retry_after(one, 4_000)

    assert (fake.seen_by("mina"), fake.looks, fake.tries) == (["note:1"], 2, 1)


def test_what_another_process_tried_is_looked_for(database: str, time: Time, fake: FakeMattermost) -> None:
    """A process whose own tries saved nothing looks all the same once another had the mailbox between."""
    fake.faults.extend([Fault(UNDONE), lost_answer()])
    with engine(database, time, fake) as one:
        one.put(message("note:1"))
        one.drain()
        one.time.pass_ms(2_000)
        other = Courier(one.store, fake, one_by_one(send_all), sources=Sources(time.monotonic, lambda: 0.0))
        other.step()
        fake.restart()
        retry_after(one, 4_000)

        assert (fake.seen_by("mina"), fake.looks, fake.tries) == (["note:1"], 2, 2)


def test_a_post_that_arrives_makes_the_pauses_short_again(one: Engine, fake: FakeMattermost) -> None:
    """Failures count in a row: after a post that arrived the next failure is the first."""
    fake.faults.extend([Fault(LATER), Fault(LATER)])
    one.put(message("note:1"), message("note:2", lane="mr:2"))
    one.drain()
    retry_after(one, 1_000)
    assert one.rows(mailbox, "attempts") == [(2,)]

    fake.before = lambda text: fake.faults.append(Fault(LATER)) if text == "note:2" else None
    retry_after(one, 4_000)

    assert fake.seen_by("mina") == ["note:1"]
    assert one.rows(mailbox, "attempts") == [(1,)]


def test_what_arrives_between_two_tries_goes_into_the_next_post(one: Engine, fake: FakeMattermost) -> None:
    """A retry sends exactly what was frozen, though its group has grown meanwhile."""
    fake.faults.append(lost_answer())
    one.put(message("note:1", actor="bob"))
    retry_after(one, 3_000)
    one.put(message("note:2", actor="bob"))
    retry_after(one, 3_000)

    assert fake.seen_by("mina") == ["note:1", "note:2"]


def test_after_20_s_the_channel_is_looked_at_first(one: Engine, fake: FakeMattermost) -> None:
    """31 s after a lost answer the server has forgotten the key; the look finds the post and nothing is repeated."""
    fake.faults.append(lost_answer())
    one.put(message("note:1"))
    one.drain()
    retry_after(one, 31_000)

    assert (fake.seen_by("mina"), fake.looks, fake.tries) == (["note:1"], 1, 1)
    assert one.rows(posts, "state", "post_id") == [("sent", "post0")]


def test_a_post_that_never_arrived_is_sent_after_a_look(one: Engine, fake: FakeMattermost) -> None:
    """Where the look finds nothing, the same post goes out with the same key."""
    fake.faults.append(Fault(LATER))
    one.put(message("note:1"))
    one.drain()
    retry_after(one, 31_000)

    assert (fake.seen_by("mina"), fake.looks, fake.tries) == (["note:1"], 1, 2)


@pytest.mark.parametrize("after_saving", [True, False])
def test_a_crash_in_the_middle_of_a_try(database: str, time: Time, fake: FakeMattermost, *, after_saving: bool) -> None:
    """The next process, as soon as what was in hand is free, looks first and finds the post or sends it."""
    fake.faults.append(Fault(Crash(), after_saving=after_saving))
    with engine(database, time, fake) as first:
        first.put(message("note:1"))
        with pytest.raises(Crash):
            first.drain()
    fake.restart()
    time.pass_ms(left_behind(database))

    with engine(database, time, fake) as second:
        second.drain()
        assert second.rows(posts, "state") == [("sent",)]
    assert (fake.seen_by("mina"), fake.looks) == (["note:1"], 1)


@pytest.mark.parametrize("jump", [-3_600_000, 3_600_000])
def test_a_clock_that_was_set_is_not_believed(one: Engine, fake: FakeMattermost, jump: int) -> None:
    """A repeat is blind by a clock that nobody sets: 21 s are 21 s, also when the wall clock jumped an hour."""
    fake.faults.append(lost_answer())
    one.put(message("note:1"))
    one.drain()
    one.time.ms += jump
    fake.restart()
    retry_after(one, 21_000)
    retry_after(one, 3_600_000)

    assert fake.seen_by("mina") == ["note:1"]
    assert fake.looks == 1


def test_a_clock_that_is_set_back_during_the_try_hides_nothing(one: Engine, fake: FakeMattermost) -> None:
    """Where the first try was noted by a clock an hour ahead, the look still goes back far enough."""

    def set_back(_message: str) -> None:
        one.time.ms -= 3_600_000

    fake.before = set_back
    fake.faults.append(lost_answer())
    one.put(message("note:1"))
    one.drain()
    fake.restart()
    retry_after(one, 21_000)

    assert (fake.seen_by("mina"), fake.looks, one.rows(posts, "state")) == (["note:1"], 1, [("sent",)])


def test_an_answer_that_is_another_post_is_no_success(one: Engine, fake: FakeMattermost) -> None:
    """A key that the server knows for an older post gives that back: unclear, so look, and try until it is ours."""

    def poison(_message: str) -> None:
        (row,) = one.rows(posts, "pending_post_id")
        older_post(fake, row[0], ChannelId("dm-mina"))
        fake.before = lambda _message: None

    fake.before = poison
    one.put(message("note:1"))
    one.drain()
    assert one.rows(posts, "state") == [("frozen",)]

    retry_after(one, 1_000)
    assert (one.rows(posts, "state"), fake.looks) == ([("frozen",)], 1)
    retry_after(one, 31_000)
    assert (fake.seen_by("mina"), one.rows(posts, "state")) == (["note:1"], [("sent",)])


def test_a_text_that_the_server_changed_is_found_by_its_key(one: Engine, fake: FakeMattermost) -> None:
    """A plugin that rewrites posts makes the answer unclear; the look goes by the key alone."""
    save = fake._save

    def rewrite(channel: ChannelId, message: str, props: Mapping[str, Any], key: str, root: PostId | None) -> Posted:
        return save(channel, "rewritten", props, key, root)

    fake._save = rewrite  # type: ignore[method-assign]
    one.put(message("note:1"))
    one.drain()
    retry_after(one, 1_000)

    assert (fake.seen_by("mina"), one.rows(posts, "state")) == (["rewritten"], [("sent",)])


def test_white_space_at_the_ends_is_no_difference(one: Engine, fake: FakeMattermost) -> None:
    """A message is frozen without white space around it, as every server keeps it."""
    one.put(message("note:1", headline="  Mina, look \n"))
    one.drain()

    assert (fake.seen_by("mina"), fake.tries) == (["Mina, look"], 1)


def test_several_mattermost_nodes_mean_a_wait(database: str, time: Time, fake: FakeMattermost) -> None:
    """With `cluster = true` each node remembers for itself: a look is believed only once no node can be at a try."""
    fake.faults.append(Fault(LATER))
    with engine(database, time, fake, cluster=True) as one:
        one.put(message("note:1"))
        one.drain()
        retry_after(one, 1_000)
        assert (fake.looks, fake.tries) == (1, 1)
        retry_after(one, 18_999)
        assert (fake.looks, fake.tries) == (1, 1)
        retry_after(one, 1)

    assert (fake.seen_by("mina"), fake.looks, fake.tries) == (["note:1"], 2, 2)


def test_several_mattermost_nodes_mean_a_look_each_time(database: str, time: Time, fake: FakeMattermost) -> None:
    """What a node saved is found, whichever node is asked."""
    fake.faults.append(lost_answer())
    with engine(database, time, fake, cluster=True) as one:
        one.put(message("note:1"))
        one.drain()
        fake.restart()
        retry_after(one, 1_000)

    assert (fake.seen_by("mina"), fake.looks) == (["note:1"], 1)


def test_somebody_elses_props_are_not_ours(one: Engine, fake: FakeMattermost) -> None:
    """Whatever people put into the props of their posts, the look goes on to ours."""
    channel = ChannelId("dm-mina")
    fake.direct_channel(message("x").person)
    theirs: list[dict[str, Any]] = [{}, {"nudge": "x"}, {"nudge": {"post": 5}}, {"nudge": {"post": "other"}}]
    for number, props in enumerate(theirs):
        fake.post(channel, "hello", props, f"key{number}")
    fake.faults.append(lost_answer())
    one.put(message("note:1"))
    one.drain()
    retry_after(one, 31_000)

    assert fake.seen_by("mina")[4:] == ["note:1"]


def test_a_post_that_could_not_be_noted_is_not_sent_again(one: Engine, fake: FakeMattermost) -> None:
    """If the disk fills up between the post and its note, the post is found when there is room again."""

    def fill(_message: str) -> None:
        one.write(lambda conn: [conn.exec_driver_sql(statement) for statement in NO_ROOM[conn.dialect.name]])

    fake.before = fill
    one.put(message("note:1"))
    one.drain()
    one.write(lambda conn: conn.exec_driver_sql(ROOM[conn.dialect.name]))
    fake.before = lambda _message: None
    fake.restart()
    retry_after(one, 15_000)

    assert (fake.seen_by("mina"), fake.looks, one.rows(posts, "state")) == (["note:1"], 1, [("sent",)])


# ------------------------------------------------------------------ failures


def test_only_the_person_whose_post_failed_waits(one: Engine, fake: FakeMattermost) -> None:
    """A failure holds up one mailbox, in order, for as long as the server asks; everybody else gets theirs."""
    fake.faults.append(Fault(TryLater("429", after=7)))
    one.put(message("note:1"), message("note:2", lane="mr:2"), message("note:3", person="zoe"))
    one.drain()
    assert (fake.seen_by("mina"), fake.seen_by("zoe")) == ([], ["note:3"])

    one.put(message("note:4", lane="mr:3"))  # does not bring the next try forward
    retry_after(one, 6_999)
    assert fake.seen_by("mina") == []
    retry_after(one, 1)
    assert fake.seen_by("mina") == ["note:1", "note:2", "note:4"]
    assert one.rows(table, "attempts", "error")[0] == (1, "")


def test_pauses_grow_until_something_arrives(one: Engine, fake: FakeMattermost) -> None:
    """Each failure in a row doubles the pause; a success starts it over."""
    fake.faults.extend([Fault(LATER)] * 3)
    one.put(message("note:1"))
    one.drain()
    pauses = []
    for _ in range(3):
        ((due,),) = one.rows(mailbox, "due")
        pauses.append(due - one.time.ms)
        retry_after(one, due - one.time.ms)

    assert pauses == [1_000, 2_000, 4_000]
    assert one.rows(mailbox, "attempts", "due", "lease") == [(0, None, 0)]


def test_a_refused_post_is_a_dead_letter_and_the_next_go_on(one: Engine, fake: FakeMattermost) -> None:
    """What will never work is put aside with the reason, visible, and can be retried or given up."""
    fake.faults.append(Fault(Refused("POST /posts: 400 too long")))
    one.put(message("note:1"), message("note:2", lane="mr:2"))
    one.drain()
    assert (fake.seen_by("mina"), one.courier.dead) == (["note:2"], 1)

    (letter,) = one.write(outbox.failed)
    assert (letter.fact, letter.person, letter.error) == ("note:1", "mina", "POST /posts: 400 too long")
    assert one.write(lambda conn: outbox.retry(conn, letter.id, one.time.ms)) is True
    one.drain()
    assert fake.seen_by("mina") == ["note:2", "note:1"]
    assert one.write(outbox.failed) == []


def test_a_dead_letter_can_be_given_up(one: Engine, fake: FakeMattermost) -> None:
    """A dead letter that is dropped is not sent; a letter that is not dead is neither dropped nor retried."""
    fake.faults.append(Fault(Refused("no")))
    one.put(message("note:1"), message("note:2", lane="mr:2"))
    one.drain()

    assert one.write(lambda conn: [outbox.drop(conn, id_) for id_ in (1, 1, 2)]) == [True, False, False]
    assert one.write(lambda conn: outbox.retry(conn, 1, one.time.ms)) is False
    assert one.rows(table, "state") == [("dropped",), ("sent",)]


def test_a_channel_that_is_refused_is_a_dead_letter_too(one: Engine, fake: FakeMattermost) -> None:
    """Where Mattermost opens no direct channel with somebody, their messages are put aside, with the reason."""
    fake.down = Refused("team_restricted_error")
    one.put(message("note:1"))
    one.drain()

    assert one.rows(table, "state", "error") == [("dead", "team_restricted_error")]


def test_misconfigured_stops_all_sending_and_keeps_everything(one: Engine, fake: FakeMattermost) -> None:
    """A fault that somebody has to mend stops the courier, is said, is probed gently, and clears by itself."""
    one.put(*(message("note:1", person=f"p{number}") for number in range(9)))
    fake.down = Misconfigured("login: 401")
    one.drain()
    assert str(one.courier.trouble) == "login: 401"
    assert set(one.rows(table, "state")) == {("waiting",)}

    tries = []
    for _ in range(60):
        one.time.pass_ms(1_000)
        tries.append(one.courier.step())
    assert max(tries) == 1
    assert 4 <= sum(tries) <= 6  # after 1, 2, 4, 8, 16, 32 seconds

    fake.down = None
    for _ in range(60):
        retry_after(one, 1_000)
    assert one.courier.trouble is None
    assert [len(fake.seen_by(f"p{number}")) for number in range(9)] == [1] * 9


def test_a_server_that_is_down_is_probed_by_one(one: Engine, fake: FakeMattermost) -> None:
    """When three people in a row fail, one mailbox at a time is tried; when it answers, everybody's turn comes soon."""
    one.put(*(message("note:1", person=f"p{number:02}") for number in range(40)))
    fake.down = TryLater("connection refused")
    for _ in range(600):
        retry_after(one, 1_000)
    assert one.courier.retried < 60

    fake.down = None
    for _ in range(64):
        retry_after(one, 1_000)
    assert [len(fake.seen_by(f"p{number:02}")) for number in range(40)] == [1] * 40


def test_an_error_of_our_own_stops_nobody_else(database: str, time: Time, fake: FakeMattermost) -> None:
    """A fault in the program meets one mailbox; the others go on, and nothing is lost."""

    def broken_for_mina(_conn: Connection, waiting: Waiting) -> outbox.Decision:
        if waiting.person == "mina":
            raise KeyError(waiting.person)
        return Send()

    with engine(database, time, fake, release=broken_for_mina) as one:
        one.put(message("note:1"), message("note:1", person="joon"))
        one.drain()
        assert one.rows(table, "person", "state") == [("mina", "waiting"), ("joon", "sent")]


def test_one_message_stumbles_alone(
    database: str, time: Time, fake: FakeMattermost, caplog: pytest.LogCaptureFixture
) -> None:
    """What the program stumbles over waits ever longer, with what follows on its object; the person's others go on.

    Where it stumbled is said once; after a day the message is a dead letter, and what waited behind it goes.
    """

    def broken(_conn: Connection, waiting: Waiting) -> outbox.Decision:
        if waiting.fact == "note:1":
            raise KeyError("secret plan")
        return Send()

    with engine(database, time, fake, release=broken) as one:
        one.put(message("note:1"), message("note:2"), message("note:3", lane="mr:2"))
        one.drain()
        assert fake.seen_by("mina") == ["note:3"]
        pauses = []
        for _ in range(3):
            pauses.append(one.rows(table, "due")[0][0] - one.time.ms)
            retry_after(one, pauses[-1])
        assert pauses == [1_000, 2_000, 4_000]
        assert one.rows(table, "attempts", "error")[0] == (4, "KeyError in the program itself; see the log")
        for _ in range(24 * 6 + 1):
            retry_after(one, 600_000)
        assert fake.seen_by("mina") == ["note:3", "note:2"]
        assert one.rows(table, "state") == [("dead",), ("sent",), ("sent",)]
        assert one.courier.faults > len(pauses)

    assert caplog.text.count("KeyError at ") == 1
    assert "secret" not in caplog.text


def test_messages_that_stumble_together_are_parted(database: str, time: Time, fake: FakeMattermost) -> None:
    """Of messages of which no post can be made together, all leave but the one that is at fault."""

    def broken(_conn: Connection, handle: Handle) -> Mapping[str, Any]:
        if handle.message == SECOND:
            raise ValueError
        return {}

    with engine(database, time, fake, design=Design(controls=broken)) as one:
        one.put(*(message(f"note:{number}", lane=f"mr:{number}") for number in (1, 2, 3)))
        one.write(lambda conn: conn.execute(update(table).values(group="held:mina")))
        one.drain()

        assert fake.seen_by("mina") == ["note:1", "note:3"]
        assert one.rows(table, "state", "attempts") == [("sent", 0), ("waiting", 1), ("sent", 0)]


def test_a_post_that_stumbles(one: Engine, fake: FakeMattermost) -> None:
    """A post over which the program stumbles is tried for a day, ever more seldom, and then is a dead letter."""
    fake.before = broken_by_ours
    one.put(message("note:1"), message("note:2", lane="mr:2"))
    one.drain()
    assert one.rows(mailbox, "attempts", "due") == [(1, one.time.ms + 1_000)]
    for _ in range(24 * 6 + 1):
        retry_after(one, 600_000)
    fake.before = lambda _message: None
    for _ in range(24 * 6 + 1):
        retry_after(one, 600_000)

    assert one.rows(table, "state", "error") == [("dead", "KeyError in the program itself; see the log"), ("sent", "")]
    assert one.courier.trouble is None


def broken_by_ours(message: str) -> None:
    raise KeyError(message)


def test_a_card_that_cannot_be_read(one: Engine, fake: FakeMattermost) -> None:
    """A row that nobody can read holds up none of its person's other messages."""
    one.put(message("note:1"), message("note:2", lane="mr:2"))
    one.write(lambda conn: conn.execute(update(table).where(table.c.id == 1).values(card='{"text": 5}')))
    one.drain()

    assert fake.seen_by("mina") == ["note:2"]


def test_logs_hold_ids_and_no_text(one: Engine, fake: FakeMattermost, caplog: pytest.LogCaptureFixture) -> None:
    """Neither the text of a message nor what the server said about it is ever logged."""
    caplog.set_level(logging.DEBUG, logger="bot")
    fake.faults.extend([Fault(TryLater("secret answer")), Fault(Refused("secret answer"))])
    one.put(message("note:1", headline="secret plan"), message("note:2", lane="mr:2", headline="secret plan"))
    one.drain()
    retry_after(one, 1_000)

    assert len(caplog.messages) == 3
    assert "secret" not in caplog.text


# ------------------------------------------------------------------ leases


def lease_of(one: Engine) -> int:
    ((lease,),) = one.rows(mailbox, "lease")
    assert isinstance(lease, int)
    return lease


def test_no_post_starts_unless_the_lease_outlives_the_answer(one: Engine, fake: FakeMattermost) -> None:
    """Where opening the channel took long, the lease is renewed before the post."""
    left: list[int] = []
    open_channel = fake.direct_channel

    def slow(person: Any) -> ChannelId:
        one.time.pass_ms(9_000)
        return open_channel(person)

    fake.direct_channel = slow  # type: ignore[method-assign]
    fake.before = lambda _message: left.append(lease_of(one) - one.time.ms)
    one.put(message("note:1"))
    one.drain()

    assert left == [15_000]


def test_who_lost_the_lease_notes_nothing(one: Engine, fake: FakeMattermost) -> None:
    """A courier that was overtaken while it waited for an answer leaves the outcome to the one that overtook it."""

    def overtake(_message: str) -> None:
        one.write(lambda conn: conn.execute(update(mailbox).values(epoch=mailbox.c.epoch + 1, lease=0)))
        fake.before = lambda _message: None

    fake.before = overtake
    one.put(message("note:1"))
    one.courier.step()
    assert one.rows(posts, "state") == [("frozen",)]

    one.drain()
    assert (fake.seen_by("mina"), one.rows(posts, "state")) == (["note:1"], [("sent",)])


# ------------------------------------------------------------------ threads


def test_run_sends_side_by_side_and_each_persons_in_order(database: str, time: Time, fake: FakeMattermost) -> None:
    """Eight people are posted to at the same moment, and nobody's messages overtake each other."""
    together = threading.Barrier(8, timeout=30)
    all_there = threading.Event()
    arrived: list[str] = []

    def wait_for_the_others(text: str) -> None:
        if text == "first":
            together.wait()
        arrived.append(text)
        if len(arrived) == 24:
            all_there.set()

    fake.before = wait_for_the_others
    with engine(database, time, fake) as one:
        running = threading.Thread(target=one.courier.run)
        running.start()
        people = [f"p{number}" for number in range(8)]
        words = ("first", "second", "third")
        one.put(
            *(
                message(f"{word}:{person}", person=person, lane=word, headline=word)
                for word in words
                for person in people
            )
        )
        one.courier.wake()
        assert all_there.wait(30)
        one.courier.stop()
        running.join(30)
        assert not running.is_alive()
        assert set(one.rows(table, "state")) == {("sent",)}

    assert [fake.seen_by(person) for person in people] == [["first", "second", "third"]] * 8


def test_stop_finishes_the_post_in_hand_and_leaves_the_rest(database: str, time: Time, fake: FakeMattermost) -> None:
    """After `stop`, the post that is under way is finished and noted, and the next process goes on from there."""
    with engine(database, time, fake) as one:
        fake.before = lambda _message: one.courier.stop()
        one.put(message("note:1"), message("note:2", lane="mr:2"))
        one.courier.step()
        assert one.rows(table, "state") == [("sent",), ("waiting",)]
        assert one.rows(mailbox, "lease", "due") == [(0, time.ms)]
        one.courier.run()  # is over at once

    fake.before = lambda _message: None
    with engine(database, time, fake) as two:
        two.drain()
    assert fake.seen_by("mina") == ["note:1", "note:2"]


@pytest.mark.parametrize("error", [TryLater("x"), Misconfigured("x")])
def test_the_dispatcher_waits_for_the_next_probe(one: Engine, fake: FakeMattermost, error: OutsideError) -> None:
    """While the server fails nothing is claimed before the pause is over."""
    fake.down = error
    one.put(*(message("note:1", person=f"p{number}") for number in range(4)))
    one.courier.step()

    assert one.courier.step() == 0
    assert 0 < one.courier._pause() <= 1


def test_the_dispatcher_outlives_a_database_that_does_not_answer(
    database: str, time: Time, fake: FakeMattermost
) -> None:
    """A failing disk stops neither the courier nor, later, its messages."""
    waiting = threading.Event()

    class Broken:
        def __init__(self, store: Any) -> None:
            self.store = store
            self.broken = True

        def write(self, op: Any) -> Any:
            if self.broken:
                waiting.set()
                raise TryLater("disk full")
            return self.store.write(op)

        def __getattr__(self, name: str) -> Any:
            return getattr(self.store, name)

    sent = threading.Event()
    fake.before = lambda _message: sent.set()
    with engine(database, time, fake, wrap=Broken) as one:
        one.put(message("note:1"))
        running = threading.Thread(target=one.courier.run)
        running.start()
        assert waiting.wait(30)
        one.store.broken = False  # type: ignore[attr-defined]
        one.courier.wake()
        assert sent.wait(30)
        one.courier.stop()
        running.join(30)

    assert fake.seen_by("mina") == ["note:1"]


def test_posts_per_second_keeps_fewer_threads_than_places(database: str, time: Time, fake: FakeMattermost) -> None:
    """With a limit of two posts a second, no more than two mailboxes are worked on at a time."""
    with engine(database, time, fake, posts_per_second=2) as one:
        one.put(*(message("note:1", person=f"p{number}") for number in range(9)))
        assert one.courier._claim() != []
        assert len(one.courier._in_hand) == 4  # two in work, two at hand
