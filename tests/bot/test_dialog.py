"""The settings dialog: opened for who typed `settings`, and taken from nobody else, for a while."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from bot.dialog import LIMIT, OPEN_MS
from bot.errors import TryLater
from bot.people import PersonKey
from bot.preferences import Choices
from tests.bot.counter import CHAT, TOKEN, URL, Counter


@pytest.fixture
def counter(tmp_path: Path) -> Iterator[Counter]:
    made = Counter(tmp_path / "nudge.db")
    made.mattermost.triggers = {"t1"}
    yield made
    made.close()


def say(counter: Counter, text: str = "settings", person: str = "mina", **more: str) -> str:
    """Type a command, and return what is shown."""
    form = {"token": TOKEN, "user_id": person, "command": "/nudge", "text": text, "trigger_id": "t1", **more}
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = counter.client.simulate_post("/mattermost/command", body=urlencode(form), headers=headers)
    return str(answer.json["text"])


def opened(counter: Counter, person: str = "mina", **more: str) -> dict[str, Any]:
    """Open the dialog, and return what Mattermost sends when it is saved as it is."""
    say(counter, person=person, **more)
    _, _, dialog = counter.mattermost.dialogs[-1]
    return {"type": "dialog_submission", "user_id": person, "state": dialog["state"], "submission": {}}


def submit(counter: Counter, of: dict[str, Any], **submission: Any) -> dict[str, Any]:
    answer = counter.call("dialog", of | {"submission": submission})
    assert answer.status_code == 200
    found: dict[str, Any] = answer.json
    return found


# ------------------------------------------------------------------ opening it


def test_settings_opens_the_dialog(counter: Counter) -> None:
    """`settings` opens a dialog that shows what holds, in the person's language, and is answered in words, too."""
    counter.choose(Choices(switches={"reviews": False}))
    assert "`/nudge status` shows what holds" in say(counter)
    ((trigger, url, dialog),) = counter.mattermost.dialogs

    assert (trigger, url) == ("t1", f"{URL}/mattermost/dialog")
    assert dialog["title"] == "What Nudge sends you"
    shown = {one["name"]: one["default"] for one in dialog["elements"]}
    assert (shown["on"], shown["reviews"], shown["language"], shown["quiet"]) == ("true", "false", "auto", "")
    assert not [one for one in dialog["elements"] if "`" in one.get("placeholder", "")]
    say(counter, "설정", "joon")
    assert counter.mattermost.dialogs[-1][2]["title"] == "Nudge 알림 설정"


def test_a_trigger_that_is_over(counter: Counter) -> None:
    """Where the dialog does not open in time, that is said, and nothing else happens."""
    assert "could not be opened just now" in say(counter, trigger_id="old")
    counter.mattermost.down = TryLater("POST: no answer")
    assert "could not be opened just now" in say(counter)
    assert counter.mattermost.dialogs == []


def test_where_mattermost_cannot_reach_the_bot(tmp_path: Path) -> None:
    """Without an address of the bot there is no dialog, and the answer names the commands that do the same."""
    counter = Counter(tmp_path / "n.db", shows=False)
    said = say(counter)

    assert "does not know where to reach me" in said
    assert "`/nudge help`" in said
    counter.close()


# ------------------------------------------------------------------ what is filled in


def test_what_is_filled_in_is_kept(counter: Counter) -> None:
    """Saving keeps the choices and wakes the courier, for what they let go."""
    form = opened(counter)

    assert submit(counter, form, reviews=False, quiet="19:00-08:00 mon-fri", language="ko") == {}
    chosen = counter.chosen()
    assert (chosen.switches, chosen.language, chosen.quiet is None) == ({"reviews": False}, "ko", False)
    assert counter.woken == 1


def test_saved_twice_is_saved_once(counter: Counter) -> None:
    """A form that comes again leaves everything as it is."""
    form = opened(counter)

    assert [submit(counter, form, on=False) for _ in range(2)] == [{}, {}]
    assert counter.chosen() == Choices(opted_in=False)


def test_what_is_wrong_is_said_at_its_element(counter: Counter) -> None:
    """Each element that cannot be understood says so in the person's language, and nothing is kept."""
    wrong = submit(counter, opened(counter, "joon"), on=False, quiet="밤새", quote="twice")

    assert wrong == {
        "errors": {
            "quiet": "시간을 알아듣지 못했어요. 19:00-08:00, 19:00-08:00 평일 주말, 주말처럼 적어 주세요.",
            "quote": "보기 중에서 골라 주세요.",
        }
    }
    assert counter.chosen("joon") == Choices()


def test_cancelling_changes_nothing(counter: Counter) -> None:
    """Who closes the dialog has chosen nothing."""
    form = opened(counter) | {"cancelled": True, "submission": {"on": False}}

    assert counter.call("dialog", form).json == {}
    assert counter.chosen() == Choices()


def test_a_form_is_good_for_a_while(counter: Counter) -> None:
    """To the last moment of a quarter of an hour a form is taken, then the person is told to open another."""
    form = opened(counter)
    counter.time.pass_ms(OPEN_MS)
    assert submit(counter, form, on=False) == {}
    counter.time.pass_ms(1)

    assert submit(counter, form, on=True)["error"].startswith("This form was open for too long")
    assert counter.chosen() == Choices(opted_in=False)


def test_who_has_left_the_channel(counter: Counter) -> None:
    """Who is no member any more keeps nothing."""
    form = opened(counter)
    counter.members.clear()
    counter.directory.refresh()
    counter.time.pass_ms(60_000)

    assert submit(counter, form, on=False)["error"].startswith("I do not know you yet")
    counter.time.pass_ms(60_000)
    counter.down = True
    assert "did not work just now" in submit(counter, form, on=False)["error"]


def test_the_form_knows_where_it_is_answered(counter: Counter, caplog: pytest.LogCaptureFixture) -> None:
    """The address for later answers is kept with the form; where nobody answers there, the choices hold."""
    form = opened(counter, response_url=f"{CHAT}/hooks/commands/abc")
    assert form["state"].endswith(f".{CHAT}/hooks/commands/abc")
    assert submit(counter, form, on=False) == {}
    assert counter.chosen() == Choices(opted_in=False)
    assert "what holds after a dialog could not be shown" in caplog.text
    assert "hooks/commands/abc" not in caplog.text

    assert opened(counter, response_url="https://evil.example/hooks/commands/abc")["state"].endswith(".")
    assert counter.slash.counts["forged_response_url"] == 1


# ------------------------------------------------------------------ whose it is


@pytest.fixture(scope="module", name="two")
def two_forms(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Counter]:
    """Open a dialog for two people."""
    made = Counter(tmp_path_factory.mktemp("forged") / "n.db")
    made.mattermost.triggers = {"t1"}
    yield made
    made.close()


@given(data=st.data())
def test_no_changed_form_is_taken(two: Counter, data: st.DataObject) -> None:
    """A form whose state was changed anywhere, or is another's, is refused, is counted, and changes nothing."""
    mina, joon = opened(two), opened(two, "joon")
    state = mina["state"]
    place = data.draw(st.integers(0, len(state)))
    inserted = data.draw(st.text(max_size=2))
    changed = state[:place] + inserted + state[place + data.draw(st.integers(0, 3)) :]
    forged = data.draw(st.sampled_from([changed, joon["state"], "", "1.2", f"{two.time.ms}..", "é.é.é"]))
    assume(forged != state)
    before = two.dialog.counts["forged"]

    assert two.call("dialog", mina | {"state": forged, "submission": {"on": False}}).status_code == 403
    assert two.call("dialog", joon | {"state": state, "submission": {"on": False}}).status_code == 403
    assert two.dialog.counts["forged"] == before + 2
    assert two.chosen() == two.chosen("joon") == Choices()


def test_a_button_is_no_form(counter: Counter) -> None:
    """What is signed for one purpose is none for the other."""
    until = str(counter.time.ms + 1)
    state = f"{until}.{counter.dialogs.state(PersonKey('mina'), '').split('.')[1]}."

    assert counter.call("dialog", {"user_id": "mina", "state": state}).status_code == 403


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b"{}", b'{"user_id": "mina", "submission": {"on": []}}', b"\xff"])
def test_what_no_dialog_sends(counter: Counter, body: bytes) -> None:
    """A body of another shape is refused, and one that is too large is not read."""
    assert counter.client.simulate_post("/mattermost/dialog", body=body).status_code == 400
    large = counter.client.simulate_post("/mattermost/dialog", headers={"Content-Length": str(LIMIT + 1)})
    assert large.status_code == 413
