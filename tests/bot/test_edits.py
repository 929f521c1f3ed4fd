"""Edits: a card says what has become of its message, whether that waits, is frozen or sent, and whatever fails."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import Connection

from bot import edits, outbox
from bot.edits import Announcement
from bot.errors import Misconfigured, OutsideError, Refused, TryLater
from bot.mattermost import ChannelId, PostId
from bot.messages import EDIT, Card, Change, Message
from bot.outbox import Drop, Hold, Send, Waiting
from bot.people import Member, PersonKey
from bot.preferences import Choices, Defaults
from bot.release import release
from bot.store.schema import journal, mailbox, posts
from bot.store.schema import outbox as table
from tests.bot.engine import Engine, engine, left_behind, message
from tests.bot.fakes import Crash, FakeMattermost, Fault, Time, lost_answer

CARD = Card("card", "because you are a reviewer", "#e9730c")
ASKED = "card\n\nbecause you are a reviewer"
LATER, REFUSED = TryLater("PUT: 503"), Refused("PUT: 403")


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


def asking(fact: str = "asked", **more: Any) -> Message:
    return message(fact, announces="mr:1", card=CARD, **more)


def changed(said: str, number: int = 1, *, person: str = "mina", fact: str = "") -> Change:
    return Change(number, PersonKey(person), fact or f"mr:1:{said}", said, f"**{said}**", "#108548")


def change(one: Engine, *changes: Change) -> None:
    now = one.time.now()
    one.write(lambda conn: edits.change(conn, changes, delivery=None, now=now))


def shown(fake: FakeMattermost) -> list[str]:
    return [card["text"] for card in fake.cards_of("mina")]


def retry_after(one: Engine, ms: int) -> None:
    one.time.pass_ms(ms)
    one.drain()


def edit_rows(one: Engine) -> list[tuple[Any, ...]]:
    return [row[1:] for row in one.rows(table, "edits", "fact", "state", "post") if row[0] is not None]


# ------------------------------------------------------------------ what is changed


def test_a_sent_card_changes_its_last_line_and_colour(one: Engine, fake: FakeMattermost) -> None:
    """The text of the post and what the card quotes stay; the last line and the colour are new, here and there."""
    one.put(asking())
    one.drain()
    change(one, changed("merged"))
    one.drain()

    (post,) = fake.channels[ChannelId("dm-mina")]
    assert (post.id, post.message) == ("post0", "asked")
    assert post.props["attachments"] == [{"fallback": "asked", "color": "#108548", "text": "card\n\n**merged**"}]
    assert one.rows(posts, "state", "message") == [("sent", "asked")]
    assert edit_rows(one) == [("mr:1:merged#1", "sent", 1)]
    assert one.rows(mailbox, "due", "lease") == [(None, 0)]
    assert one.courier.sent == 1


def test_our_own_props_are_kept_for_the_next_edit(one: Engine, fake: FakeMattermost) -> None:
    """What was sent last is what the next edit starts from; the key by which the post is found stays."""
    one.put(asking())
    one.drain()
    key = fake.channels[ChannelId("dm-mina")][0].props["nudge"]
    for said in ("closed", "reopened", "merged"):
        change(one, changed(said))
        one.drain()

    assert shown(fake) == ["card\n\n**merged**"]
    assert fake.channels[ChannelId("dm-mina")][0].props["nudge"] == key
    assert fake.edits == 3


def test_only_the_card_of_the_message_changes(one: Engine, fake: FakeMattermost) -> None:
    """In a post of several messages the other cards stay as they are; one that has no card is passed over."""
    other = {"group": "held:mina", "batched": True}
    rows = [msg_with(asking(f"{number}", lane=f"mr:{number}"), **other) for number in range(3)]
    one.put(msg_with(message("bare", lane="mr:9", card=Card()), **other), *rows)
    retry_after(one, 3_000)
    change(one, changed("merged", 3))
    one.drain()
    assert fake.seen_by("mina") == ["bare\n0\n1\n2"]
    assert shown(fake) == [ASKED, "card\n\n**merged**", ASKED]

    change(one, changed("closed", 1), changed("closed", 4))
    one.drain()
    assert shown(fake) == [ASKED, "card\n\n**merged**", "card\n\n**closed**"]


def msg_with(of: Message, **more: Any) -> Message:
    return Message(**{name: getattr(of, name) for name in of.__struct_fields__} | more)


def test_what_still_waits_is_changed_where_it_waits(one: Engine, fake: FakeMattermost) -> None:
    """A message that is not part of a post yet leaves as it is to be, and no edit follows."""
    one.put(asking(actor="ann"))
    change(one, changed("merged"))
    retry_after(one, 3_000)

    assert (shown(fake), fake.edits, edit_rows(one)) == (["card\n\n**merged**"], 0, [])


def test_what_is_frozen_is_sent_and_then_edited(one: Engine, fake: FakeMattermost) -> None:
    """A post whose answer was lost is found exactly as it was frozen; the edit comes after it."""
    seen: list[list[str]] = []
    fake.faults.append(lost_answer())
    one.put(asking())
    one.drain()
    change(one, changed("merged"))
    fake.before = lambda _message: seen.append(shown(fake))
    retry_after(one, 1_000)

    assert seen == [[ASKED]]
    assert (shown(fake), fake.tries, fake.edits) == (["card\n\n**merged**"], 1, 1)


def test_a_dead_letter_is_retried_as_it_is_to_be(one: Engine, fake: FakeMattermost) -> None:
    """What was refused and is retried by an operator says what has become of it meanwhile, by no edit."""
    fake.faults.extend([Fault(LATER), Fault(REFUSED)])
    one.put(asking())
    one.drain()
    change(one, changed("closed"))  # while the post is frozen
    retry_after(one, 1_000)
    assert edit_rows(one) == [("mr:1:closed#1", "withdrawn", None)]
    change(one, changed("merged"))  # while it is dead
    one.write(lambda conn: outbox.retry(conn, 1, one.time.ms))
    one.drain()

    assert (shown(fake), fake.edits) == (["card\n\n**merged**"], 0)


@pytest.mark.parametrize("state", ["withdrawn", "dropped"])
def test_what_never_leaves_is_not_changed(one: Engine, fake: FakeMattermost, state: str) -> None:
    """A message that was taken back or that nobody wanted stays as it was."""
    one.put(asking())
    one.write(lambda conn: outbox.end(conn, table.c.id == 1, state, ""))
    change(one, changed("merged"), changed("merged", 7))
    one.drain()

    assert (fake.tries, fake.edits, one.rows(table, "state", "settled")) == (0, 0, [(state, "")])


def test_announcements(one: Engine) -> None:
    """Whoever was told of an object, or will be, is found with what has become of it; others and edits are not."""
    one.put(asking(), asking("joon's", person="joon"), message("comment"), asking("else", lane="mr:2"), asking("gone"))
    one.drain()
    one.write(lambda conn: outbox.end(conn, table.c.id.in_([4, 5]), "withdrawn", ""))
    change(one, changed("closed"))

    assert one.write(lambda conn: edits.announcements(conn, "mr:1")) == [
        Announcement(1, PersonKey("mina"), "mentioned", "closed"),
        Announcement(2, PersonKey("joon"), "mentioned", ""),
    ]
    assert one.write(lambda conn: edits.announcements(conn, "")) == []


# ------------------------------------------------------------------ several changes


def test_the_last_of_several_wins(one: Engine, fake: FakeMattermost) -> None:
    """Of several edits that wait for one card, the last is sent and the others are withdrawn."""
    one.put(asking())
    one.drain()
    for said in ("draft", "ready", "merged"):
        change(one, changed(said))
    one.drain()

    assert (shown(fake), fake.edits) == (["card\n\n**merged**"], 1)
    assert [row[1] for row in edit_rows(one)] == ["withdrawn", "withdrawn", "sent"]


def test_a_change_during_an_edit_comes_after_it(one: Engine, fake: FakeMattermost) -> None:
    """What happens while an edit is under way is not lost: the next edit shows it."""

    def meanwhile(_message: str) -> None:
        fake.before = lambda _message: None
        change(one, changed("merged"))

    one.put(asking())
    one.drain()
    change(one, changed("closed"))
    fake.before = meanwhile
    one.drain()

    assert (shown(fake), fake.edits) == (["card\n\n**merged**"], 2)
    assert [row[1] for row in edit_rows(one)] == ["withdrawn", "sent"]


def test_the_same_change_twice_is_one(one: Engine, fake: FakeMattermost) -> None:
    """The same fact by another delivery changes nothing, whether it comes at once or after something else happened."""
    one.put(asking())
    one.drain()
    for said in ("closed", "closed", "reopened", "closed"):
        change(one, changed(said))
        one.drain()

    assert (shown(fake), fake.edits) == (["card\n\n**reopened**"], 2)
    assert one.rows(table, "settled")[0] == ("reopened",)


def test_the_same_change_twice_while_the_first_waits(one: Engine, fake: FakeMattermost) -> None:
    """A repeat does not withdraw the edit that it repeats."""
    one.put(asking())
    one.drain()
    change(one, changed("merged"))
    change(one, changed("merged"))
    one.drain()

    assert (shown(fake), fake.edits) == (["card\n\n**merged**"], 1)


def test_what_changes_nothing_is_no_edit(one: Engine, fake: FakeMattermost) -> None:
    """Another fact that would say the same as the card does is not sent."""
    one.put(asking())
    one.drain()
    for number in range(2):
        change(one, changed("merged", fact=f"merged by {number}"))
        one.drain()

    assert (shown(fake), fake.edits) == (["card\n\n**merged**"], 1)


def test_edits_stand_in_the_lane(one: Engine, fake: FakeMattermost) -> None:
    """An edit comes after what was told of the same object before it, and before what is told after it."""
    order: list[str] = []
    fake.before = lambda text: order.append(f"{text}{'*' * fake.edits}")
    one.put(asking())
    one.drain()
    one.put(message("before", actor="bob"))
    change(one, changed("merged"))
    one.put(message("after", actor="bob"))
    retry_after(one, 3_000)

    assert order == ["asked", "before", "asked*", "after*"]


# ------------------------------------------------------------------ whoever is quiet, off, or gone


@pytest.mark.parametrize(("decision", "edited"), [(Send(), True), (Drop("not_matched"), False)])
def test_release_is_asked_for_edits_too(
    database: str, time: Time, fake: FakeMattermost, decision: outbox.Decision, *, edited: bool
) -> None:
    """Who is no longer there gets no edit; nobody was to be told, so the journal has no line about it."""
    decisions: list[outbox.Decision] = [Send(), decision]
    with engine(database, time, fake, release=lambda _conn, _waiting: decisions.pop(0)) as one:
        one.put(asking())
        one.drain()
        change(one, changed("merged"))
        one.drain()

        assert (shown(fake) == ["card\n\n**merged**"]) is edited
        assert edit_rows(one)[0][1] == ("sent" if edited else "dropped")
        assert one.rows(journal, "verdict") == []


@pytest.mark.parametrize(
    ("member", "decision"),
    [
        (Member(PersonKey("mina"), "mina"), Send()),
        (Member(PersonKey("mina"), "mina", active=False), Drop("deactivated")),
        (None, Drop("not_matched")),
    ],
)
@pytest.mark.parametrize("choices", [Choices(), Choices(opted_in=False), Choices(switches={"mentions": False})])
def test_switches_are_for_news(choices: Choices, member: Member | None, decision: outbox.Decision) -> None:
    """Whoever switched off still sees what has become of what they were sent, but not who has left."""
    edit = Waiting(
        1, None, "f", PersonKey("mina"), EDIT, "g", "mr:1", "mentioned", "mentions", "h", CARD, False, "", 0, 0, edits=1
    )

    assert release(edit, choices, Defaults(), member, 0) == decision


def test_edits_pass_what_is_held(database: str, time: Time, fake: FakeMattermost) -> None:
    """Quiet time holds messages and no edits, and what is held stays so."""

    def quiet(_conn: Connection, waiting: Waiting) -> outbox.Decision:
        return Hold(time.ms + 3_600_000) if waiting.fact == "comment" else Send()

    with engine(database, time, fake, release=quiet) as one:
        one.put(asking())
        one.drain()
        one.put(message("comment"))
        change(one, changed("merged"))
        one.drain()

        assert (shown(fake), fake.seen_by("mina")) == (["card\n\n**merged**"], ["asked"])
        assert one.rows(mailbox, "due") == [(time.ms + 3_600_000,)]


def test_edits_do_not_count_as_waiting(one: Engine) -> None:
    """`status` shows how many messages wait; an edit is none."""
    one.put(asking())
    one.drain()
    change(one, changed("merged"))

    assert one.write(lambda conn: outbox.waiting(conn, PersonKey("mina"))) == 0


# ------------------------------------------------------------------ failures


@pytest.mark.parametrize("fault", [lambda: Fault(LATER), lambda: Fault(LATER, after_saving=True)])
def test_an_edit_is_repeated_until_it_is_answered(
    one: Engine, fake: FakeMattermost, fault: Callable[[], Fault]
) -> None:
    """An edit whose answer is lost is done again, which changes nothing; what follows it waits."""
    one.put(asking())
    one.drain()
    fake.faults.append(fault())
    change(one, changed("merged"))
    one.put(message("after", lane="mr:2"))
    one.drain()
    assert (fake.seen_by("mina"), edit_rows(one)[0][1]) == (["asked"], "waiting")

    retry_after(one, 1_000)
    assert (shown(fake)[0], fake.seen_by("mina")) == ("card\n\n**merged**", ["asked", "after"])
    assert (fake.edits, edit_rows(one)[0][1]) == (2, "sent")


@pytest.mark.parametrize("after_saving", [True, False])
def test_a_crash_in_the_middle_of_an_edit(
    database: str, time: Time, fake: FakeMattermost, *, after_saving: bool
) -> None:
    """The next process edits again, as soon as what was in hand is free."""
    with engine(database, time, fake) as first:
        first.put(asking())
        first.drain()
        change(first, changed("merged"))
        fake.faults.append(Fault(Crash(), after_saving=after_saving))
        with pytest.raises(Crash):
            first.drain()
    time.pass_ms(left_behind(database))

    with engine(database, time, fake) as second:
        second.drain()
        assert edit_rows(second)[0][1] == "sent"
    assert shown(fake) == ["card\n\n**merged**"]


def test_a_refused_edit_is_tried_twice_and_dropped_alone(one: Engine, fake: FakeMattermost) -> None:
    """A refusal has a second try a while later; then the edit alone is given up, and everything else goes on."""
    one.put(asking())
    one.drain()
    fake.faults.append(Fault(REFUSED))
    change(one, changed("merged"))
    one.put(message("after", lane="mr:2"))
    one.drain()
    assert (fake.edits, fake.seen_by("mina")) == (1, ["asked", "after"])

    fake.faults.append(Fault(REFUSED))
    retry_after(one, 10_000)
    assert (fake.edits, shown(fake)[0]) == (2, ASKED)
    assert one.rows(table, "state", "error")[1] == ("dropped", "PUT: 403")
    assert (one.courier.dead, one.write(outbox.failed)) == (0, [])


def test_a_second_try_may_succeed(one: Engine, fake: FakeMattermost) -> None:
    """A server that refused for want of its database takes the edit when it is back."""
    one.put(asking())
    one.drain()
    fake.faults.append(Fault(REFUSED))
    change(one, changed("merged"))
    one.drain()
    retry_after(one, 10_000)

    assert shown(fake) == ["card\n\n**merged**"]


def test_failures_for_later_are_no_refusals(one: Engine, fake: FakeMattermost) -> None:
    """However often a server was down, the first refusal is the first."""
    one.put(asking())
    one.drain()
    fake.faults.extend([Fault(LATER), Fault(LATER), Fault(REFUSED)])
    change(one, changed("merged"))
    one.drain()
    for _ in range(3):
        retry_after(one, 10_000)

    assert shown(fake) == ["card\n\n**merged**"]


def test_a_deleted_post_drops_the_edit(one: Engine, fake: FakeMattermost) -> None:
    """Who deleted the post is not written to again."""
    one.put(asking())
    one.drain()
    fake.delete(PostId("post0"))
    change(one, changed("merged"))
    one.drain()
    retry_after(one, 10_000)

    assert (fake.seen_by("mina"), edit_rows(one)) == ([], [("mr:1:merged#1", "dropped", None)])


@pytest.mark.parametrize("error", [TryLater("down"), Misconfigured("moved")])
def test_edits_wait_for_a_server_that_fails(one: Engine, fake: FakeMattermost, error: OutsideError) -> None:
    """A server that is down or misconfigured gets the edits when it is well again, however long that takes."""
    one.put(asking())
    one.drain()
    change(one, changed("merged"))
    fake.down = error
    for _ in range(20):
        retry_after(one, 5_000)
    fake.down = None
    for _ in range(20):
        retry_after(one, 60_000)

    assert (shown(fake), one.courier.trouble) == (["card\n\n**merged**"], None)


def test_a_post_of_an_older_version_is_left_alone(one: Engine, fake: FakeMattermost) -> None:
    """A post that does not say whose its cards are is not touched."""
    one.put(asking())
    one.drain()
    one.write(lambda conn: conn.execute(posts.update().values(props='{"nudge":{"post":"x"}}')))
    change(one, changed("merged"))
    one.drain()

    assert (fake.edits, edit_rows(one)) == (0, [("mr:1:merged#1", "withdrawn", None)])


def test_logs_name_edits_by_number(one: Engine, fake: FakeMattermost, caplog: pytest.LogCaptureFixture) -> None:
    """Neither the text of a card nor what the server said about it is logged."""
    caplog.set_level("DEBUG", logger="bot")
    one.put(asking())
    one.drain()
    fake.faults.extend([Fault(TryLater("secret")), Fault(Refused("secret"))])
    change(one, changed("secret"))
    one.drain()
    retry_after(one, 1_000)
    retry_after(one, 10_000)

    assert caplog.messages[1:] == ["edit 2: TryLater, try 1", "edit 2: refused", "edit 2: changed post0"]
