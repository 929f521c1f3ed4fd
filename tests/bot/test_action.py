"""Buttons below a card: what they do, that they do it once, and for nobody but the person whose message it is."""

import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from sqlalchemy import delete, select, update

from bot import edits
from bot.action import LIMIT
from bot.errors import Refused, TryLater
from bot.messages import Card, Change
from bot.mutes import Mute
from bot.muting import MOST
from bot.people import PersonKey
from bot.preferences import Choices
from bot.quiet import Quiet
from bot.retention import rules
from bot.store.schema import outbox
from bot.together import Whole
from bot.trimmer import Trimmer
from tests.bot.counter import HOUR, Counter
from tests.bot.engine import message
from tests.bot.fakes import Fault, lost_answer

ABOUT = ("web/shop!12", "web/shop", "web", "@kim")
ALL = ["Mute this", "Remind me", "Why?"]


@pytest.fixture
def counter(tmp_path: Path) -> Iterator[Counter]:
    made = Counter(tmp_path / "nudge.db")
    yield made
    made.close()


@pytest.fixture
def told(counter: Counter) -> Counter:
    """Tell Mina of a merge request."""
    counter.engine.put(message("asked", about=ABOUT))
    counter.engine.drain()
    return counter


# ------------------------------------------------------------------ what can be pressed


def test_a_card_has_its_buttons(told: Counter) -> None:
    """Below a card stand mute, remind and why, with ids of letters and digits that no other action of the post has."""
    (card,) = told.seen()

    assert told.names() == ALL
    assert "fields" not in card
    assert [action["type"] for action in card["actions"]] == ["button", "select", "button"]
    assert [option["text"] for option in card["actions"][1]["options"]] == ["in an hour", "tomorrow at 9:00"]
    ids = [action["id"] for action in card["actions"]]
    assert all(one.isalnum() for one in ids)
    assert len(set(ids)) == len(ids)


def test_they_speak_the_persons_language(counter: Counter) -> None:
    """The names are in the language of the person."""
    counter.engine.put(message("asked", about=ABOUT, person="joon"))
    counter.engine.drain()

    assert counter.names("joon") == ["음소거", "다시 알림", "왜 왔나요?"]


def test_what_is_about_no_one_thing_cannot_be_muted(counter: Counter) -> None:
    """A pipeline of a branch is about a project: that is not muted by a button below one of its pipelines."""
    counter.engine.put(message("failed", about=("web/shop", "web")))
    counter.engine.drain()

    assert counter.names() == ["Remind me", "Why?"]


def test_a_message_without_a_card_has_none(counter: Counter) -> None:
    """Where there is no card there is nothing to press."""
    counter.engine.put(message("bare", card=Card(), about=ABOUT))
    counter.engine.drain()

    assert counter.seen() == []


def test_a_post_of_one_thing_has_one_set(tmp_path: Path) -> None:
    """A review that is worded as a whole has its buttons below the last card, and what they do is shown there."""
    counter = Counter(
        tmp_path / "nudge.db", together=lambda many: Whole("Bob approved", ("Comment",) * len(many), "", "why")
    )
    counter.engine.put(*(message(f"said {number}", actor="bob", about=ABOUT) for number in range(2)))
    counter.pass_ms(HOUR)
    first, last = counter.seen()

    assert ("actions" in first, counter.names()) == (False, ALL)
    counter.press("Mute this")
    assert counter.seen() == [
        first,
        last | {"actions": counter.seen()[1]["actions"], "fields": counter.seen()[1]["fields"]},
    ]
    assert "muted" in counter.note()
    counter.close()


def test_a_post_of_several_things_has_a_set_for_each(counter: Counter) -> None:
    """Of what was held each thing has its buttons below its last card."""
    counter.choose(Choices(snoozed=counter.time.ms + HOUR))
    for number in (1, 1, 2):
        lane = f"mr:{number}"
        counter.engine.put(message(f"{counter.time.ms}", lane=lane, about=(f"web/shop!{number}", "web/shop")))
        counter.pass_ms(1)
    counter.pass_ms(HOUR)

    assert [len(card.get("actions", [])) for card in counter.seen()] == [0, 3, 3]
    counter.press("Mute this", card=1)
    assert [one.what for one in counter.chosen().mutes] == ["web/shop!1"]
    assert ["fields" in card for card in counter.seen()] == [False, True, False]


# ------------------------------------------------------------------ mute


def test_mute_and_unmute(told: Counter) -> None:
    """Mute keeps away what follows and says so in the card, with the command and the button that undo it."""
    assert told.press("Mute this") == ""
    assert [one.what for one in told.chosen().mutes] == ["web/shop!12"]
    assert told.note() == "🔕 muted · `/nudge unmute web/shop!12`"
    assert told.names() == ["Unmute", "Remind me", "Why?"]
    told.engine.put(message("more", about=ABOUT))
    told.engine.drain()
    assert told.mattermost.seen_by("mina") == ["asked"]

    assert told.press("Unmute") == ""
    assert (told.chosen().mutes, told.note(), told.names()) == ((), "", ALL)


def test_the_same_press_twice_is_one(told: Counter) -> None:
    """A press that comes again, long after another, has the result that it had."""
    mute = told.callback("Mute this")
    for _ in range(2):
        assert told.call("action", mute).json == {}
    told.engine.drain()
    unmute = told.callback("Unmute")
    for _ in range(2):
        assert told.call("action", unmute).json == {}
    told.engine.drain()

    assert (told.chosen().mutes, told.names()) == ((), ALL)
    assert told.call("action", mute).json == {}
    assert len(told.chosen().mutes) == 1


def test_what_the_card_cannot_show_is_said(told: Counter) -> None:
    """Who has muted all that can be is told that nothing was changed."""
    told.choose(Choices(mutes=tuple(Mute(f"web/shop#{number}") for number in range(MOST))))

    assert f"{MOST} things are muted already" in told.press("Mute this")
    assert told.names() == ALL


def test_other_news_stay_in_the_card(told: Counter) -> None:
    """What becomes of the thing and what the person did about it both stand in the card, whichever came first."""
    told.press("Mute this")
    told.engine.write(
        lambda conn: edits.change(
            conn, [Change(1, PersonKey("mina"), "mr:1:merged", "merged", "**merged**", "#7759c2")], delivery=9, now=0
        )
    )
    told.engine.drain()
    told.press("Remind me", "hour")
    (card,) = told.seen()

    assert (card["text"], card["color"]) == ("card of asked\n\n**merged**", "#7759c2")
    assert told.note().splitlines()[0] == "🔕 muted · `/nudge unmute web/shop!12`"
    assert told.note().splitlines()[1].startswith("⏰ reminder: ")


# ------------------------------------------------------------------ remind


def test_a_reminder_comes_once(told: Counter) -> None:
    """Whoever asks for it in an hour, however often, gets what they were told once more in an hour, once."""
    for _ in range(3):
        told.press("Remind me", "hour")
    due = told.time.ms + HOUR
    assert told.reminders() == [("waiting", due)]
    assert told.note().startswith("⏰ reminder: ")
    told.pass_ms(HOUR - 1)
    assert told.mattermost.seen_by("mina") == ["asked"]
    told.pass_ms(1)
    told.pass_ms(48 * HOUR)

    assert told.mattermost.seen_by("mina") == ["asked", "⏰ Reminder: asked"]
    assert told.seen()[-1]["text"] == "because you asked to be reminded"
    assert told.names() == ALL


def test_the_last_time_that_was_chosen_counts(told: Counter) -> None:
    """Another time takes the place of the first, and a reminder may be taken back."""
    told.press("Remind me", "hour")
    told.press("Remind me", "tomorrow")
    ((state, due),) = told.reminders()
    assert (state, f"{datetime.fromtimestamp(due / 1000, ZoneInfo('Europe/Berlin')):%H:%M}") == ("waiting", "09:00")
    assert 0 < due - told.time.ms < 48 * HOUR

    told.press("Remind me", "never")
    assert (told.reminders(), told.note()) == ([("withdrawn", due)], "")
    told.press("Remind me", "never")
    told.press("Remind me", "hour")
    assert told.reminders()[1:] == [("waiting", told.time.ms + HOUR)]


@pytest.mark.parametrize("option", ["", "yesterday", "1h"])
def test_what_is_not_offered_does_nothing(told: Counter, option: str) -> None:
    """The server passes on whatever a client sends: what the menu does not offer is no reminder."""
    assert told.press("Remind me", option) == ""
    assert told.reminders() == []


def test_a_reminder_stands_alone(told: Counter) -> None:
    """News of the thing neither bring its reminder forward nor wait for it."""
    told.press("Remind me", "hour")
    told.engine.put(message("more", about=ABOUT))
    told.engine.drain()

    assert told.mattermost.seen_by("mina") == ["asked", "more"]
    told.pass_ms(HOUR)
    assert told.mattermost.seen_by("mina")[-1] == "⏰ Reminder: asked"


@pytest.mark.parametrize(("settled", "comes"), [("merged", False), ("reopened", True)])
def test_nobody_is_reminded_of_what_is_over(told: Counter, settled: str, comes: bool) -> None:
    """A reminder is left out once there is nothing to do any more, and that is no line of the journal."""
    told.press("Remind me", "hour")
    (reminder,) = told.engine.write(lambda conn: edits.announcements(conn, "mr:1"))
    change = Change(reminder.id, PersonKey("mina"), "mr:1:it", settled, "**it**", "")
    told.engine.write(lambda conn: edits.change(conn, [change], delivery=9, now=0))
    told.pass_ms(HOUR)

    assert (len(told.mattermost.seen_by("mina")) > 1) is comes


def test_what_was_over_before_is_reminded_of_all_the_same(told: Counter) -> None:
    """Who asks to be reminded of what is merged already wants that."""
    change = Change(1, PersonKey("mina"), "mr:1:merged", "merged", "**merged**", "")
    told.engine.write(lambda conn: edits.change(conn, [change], delivery=9, now=0))
    told.engine.drain()
    told.press("Remind me", "hour")
    told.pass_ms(HOUR)

    assert told.mattermost.seen_by("mina")[-1] == "⏰ Reminder: asked"


def test_a_muted_thing_is_reminded_of(told: Counter) -> None:
    """Mute now and remind me tomorrow go together: the reminder was asked for."""
    told.press("Mute this")
    told.press("Remind me", "hour")
    told.pass_ms(HOUR)

    assert told.mattermost.seen_by("mina")[-1] == "⏰ Reminder: asked"
    assert told.note() == "🔕 muted · `/nudge unmute web/shop!12`"


def test_who_is_off_is_not_reminded(told: Counter) -> None:
    """Nothing arrives for who wants nothing at all."""
    told.press("Remind me", "hour")
    told.choose(Choices(opted_in=False))
    told.pass_ms(HOUR)

    assert told.reminders()[0][0] == "dropped"


def test_quiet_time_holds_a_reminder(told: Counter) -> None:
    """A reminder that falls into quiet time comes when that ends, and can still be moved or taken back meanwhile."""
    told.press("Remind me", "hour")
    told.choose(Choices(quiet=Quiet(0, 1439)))
    told.pass_ms(HOUR)
    assert (told.reminders()[0][0], told.mattermost.seen_by("mina")) == ("waiting", ["asked"])
    told.press("Remind me", "hour")
    assert told.reminders() == [("waiting", told.time.ms + HOUR)]
    told.choose(Choices())
    assert told.reminders() == [("waiting", told.time.ms + HOUR)]
    told.pass_ms(HOUR)
    assert told.mattermost.seen_by("mina")[-1] == "⏰ Reminder: asked"


def test_a_reminder_can_be_put_off(told: Counter) -> None:
    """A reminder has the same buttons, and what it brings again is the same message."""
    for _ in range(2):
        told.press("Remind me", "hour")
        told.pass_ms(HOUR)

    assert told.mattermost.seen_by("mina") == ["asked", "⏰ Reminder: asked", "⏰ Reminder: asked"]
    assert told.seen()[-1]["text"] == "because you asked to be reminded"


def test_a_sent_reminder_goes_with_the_rest(told: Counter) -> None:
    """A reminder is not kept for later edits, as the announcement of what is still open is."""
    told.engine.put(message("opened", lane="mr:2", announces="mr:2"))
    told.press("Remind me", "hour", card=0)
    told.pass_ms(HOUR)
    told.pass_ms(40 * 24 * HOUR)
    for _ in range(2):  # a message follows its last edit
        Trimmer(told.engine.store, rules(30, {"merged"})).trim()

    assert told.engine.rows(outbox, "headline", "kind") == [("opened", "new")]


# ------------------------------------------------------------------ why


def test_why(told: Counter) -> None:
    """Why is answered to the person alone, and changes nothing."""
    before = told.seen()

    assert "Why you were told: **mention**" in told.press("Why?")
    assert told.seen() == before
    assert told.mattermost.edits == 0


# ------------------------------------------------------------------ who may press


def test_only_whose_message_it_is(told: Counter) -> None:
    """The same press by somebody else, who can see the post, does nothing, is answered with an error and counted."""
    forged = told.callback("Mute this") | {"user_id": "joon"}

    assert told.call("action", forged).status_code == 403
    assert (told.chosen("joon").mutes, told.chosen().mutes) == ((), ())
    assert told.action.counts == {"forged": 1}


@pytest.fixture(scope="module", name="two")
def two_posts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Counter]:
    """Give two people two posts each."""
    made = Counter(tmp_path_factory.mktemp("forged") / "nudge.db")
    for person in ("mina", "joon"):
        for number in (1, 2):
            made.engine.put(message(f"asked {number}", lane=f"mr:{number}", person=person, about=ABOUT))
            made.engine.drain()
    yield made
    made.close()


@given(data=st.data())
def test_no_changed_press_is_taken(two: Counter, data: st.DataObject) -> None:
    """Whatever is changed of a press, be it taken from another real one, and however it is signed: it is refused."""
    real = two.callback("Mute this", person="mina", card=0)
    other = two.callback("음소거", person="joon", card=data.draw(st.sampled_from([0, 1])))
    context, strange = real["context"], other["context"]
    forged: dict[str, Any] = {
        "user_id": data.draw(st.sampled_from([real["user_id"], other["user_id"], ""])),
        "post_id": data.draw(st.sampled_from([real["post_id"], other["post_id"], ""])),
        "context": {
            "act": data.draw(st.sampled_from(["mute", "unmute", "remind", "why", "dance"])),
            "message": data.draw(st.sampled_from([context["message"], strange["message"], context["message"] + 1])),
            "signed": data.draw(st.sampled_from([context["signed"], strange["signed"], "", "é"]) | st.text()),
        },
    }
    assume(forged != {name: real[name] for name in forged} and forged != {name: other[name] for name in forged})

    assert two.call("action", forged).status_code == 403
    assert two.engine.rows(outbox, "kind") == [("new",)] * 4


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b'{"user_id": "mina"}', b"\xff"])
def test_what_no_button_sends(told: Counter, body: bytes) -> None:
    """A body of another shape is refused, and one that is too large is not read."""
    assert told.client.simulate_post("/mattermost/action", body=body).status_code == 400
    large = told.client.simulate_post("/mattermost/action", headers={"Content-Length": str(LIMIT + 1)})
    assert large.status_code == 413


def test_a_message_that_is_gone(told: Counter) -> None:
    """Where the message is no longer kept the person is told so, in their language."""
    mute = told.callback("Mute this")
    told.engine.write(lambda conn: conn.execute(delete(outbox)).rowcount)
    said = told.call("action", mute).json["ephemeral_text"]

    assert "I no longer have this message" in said
    assert told.action.counts == {"gone": 1}


def test_who_has_left_the_channel(told: Counter) -> None:
    """Who is no member any more changes nothing."""
    told.members.remove(told.members[0])
    told.directory.refresh()

    assert "I do not know you yet" in told.press("Mute this")
    assert told.chosen().mutes == ()


def test_nobody_is_known_yet(told: Counter) -> None:
    """While it cannot be looked up who presses, they are asked to try again."""
    told.members.clear()
    told.directory.refresh()
    told.time.pass_ms(HOUR)
    told.down = True

    assert "did not work just now" in told.press("Mute this")


# ------------------------------------------------------------------ while things go wrong


def test_a_press_before_the_answer_is_known(counter: Counter) -> None:
    """Who is quicker than the server's answer to the bot is heard: the card says so as soon as the post is known."""
    counter.mattermost.faults.append(lost_answer())
    counter.engine.put(message("asked", about=ABOUT))
    counter.engine.drain()
    counter.press("Mute this")
    counter.pass_ms(1000)

    assert [one.what for one in counter.chosen().mutes] == ["web/shop!12"]
    counter.pass_ms(HOUR)
    assert "muted" in counter.note()


@pytest.mark.parametrize("fault", [Fault(TryLater("PUT: no answer"), after_saving=True), Fault(Refused("PUT: 500"))])
def test_an_edit_that_fails_is_made_good(told: Counter, fault: Fault) -> None:
    """What was done is shown in the end, though Mattermost did not take the first edit."""
    told.mattermost.faults.append(fault)
    told.press("Mute this")
    told.pass_ms(HOUR)

    assert "muted" in told.note()


def test_a_post_never_says_more_than_the_tables(told: Counter) -> None:
    """What an edit shows is what holds when it is made: a press during another edit is not undone by that."""

    def meanwhile(_message: str) -> None:
        told.mattermost.before = lambda _message: None
        assert told.call("action", told.callback("Remind me", "hour")).json == {}

    told.mattermost.before = meanwhile
    told.press("Mute this")
    told.engine.drain()

    assert [line[:1] for line in told.note().splitlines()] == ["🔕", "⏰"]


def test_every_press_wakes_the_courier(told: Counter) -> None:
    """The card is changed at once."""
    told.press("Mute this")

    assert told.woken == 1


def test_nothing_of_a_message_reaches_the_log(told: Counter, caplog: pytest.LogCaptureFixture) -> None:
    """A failure is logged without a word of the message or the signature."""
    told.engine.write(lambda conn: conn.execute(update(outbox).values(headline="secret words")).rowcount)
    told.members.clear()
    told.directory.refresh()
    told.time.pass_ms(HOUR)
    told.down = True
    callback = told.callback("Mute this")
    told.call("action", callback)

    assert "a button could not be answered" in caplog.text
    assert "secret words" not in caplog.text
    assert callback["context"]["signed"] not in caplog.text


def test_what_can_be_pressed_carries_no_words(told: Counter) -> None:
    """A button names its message by number, and nothing of what that says."""
    for action in told.seen()[0]["actions"]:
        assert "asked" not in json.dumps(action["integration"])
        assert set(action["integration"]["context"]) == {"act", "message", "signed"}
    assert told.engine.store.read(lambda conn: conn.scalars(select(outbox.c.id)).all()) == [1]
