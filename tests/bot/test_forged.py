"""What nobody of ours has sent: a command, a button, a form, an address. Each is counted, and does nothing."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlencode

import pytest
from falcon.testing import Result, TestClient

from bot.asking import Reply
from bot.follow_up import FollowUp
from bot.looking import Looking
from bot.patience import Patience
from bot.people import Member
from bot.preferences import Choices
from bot.slash import SlashCommand
from bot.web import create_app
from tests.bot.counter import CHAT, TOKEN, Counter
from tests.bot.engine import message
from tests.servers import Answer, Scripted, scripted

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
NEVER_WRITTEN = {"id": "app.command_webhook.get.missing"}


@pytest.fixture
def counter(tmp_path: Path) -> Iterator[Counter]:
    """Give Mina a message with buttons, and let dialogs open."""
    made = Counter(tmp_path / "nudge.db")
    made.mattermost.triggers = {"t1"}
    made.engine.put(message("asked", about=("web/shop!12", "web/shop")))
    made.engine.drain()
    yield made
    made.close()


def typed(counter: Counter, **changed: str) -> Result:
    form = {"token": TOKEN, "user_id": "mina", "command": "/nudge", "text": "off", "trigger_id": "t1", **changed}
    return counter.client.simulate_post("/mattermost/command", body=urlencode(form), headers=FORM)


def guessed_token(counter: Counter) -> Result:
    return typed(counter, token="guessed")


def no_token(counter: Counter) -> Result:
    return typed(counter, token="")


def button_of_somebody_else(counter: Counter) -> Result:
    return counter.call("action", counter.callback("Mute this") | {"user_id": "joon"})


def button_of_ones_own_making(counter: Counter) -> Result:
    pressed = counter.callback("Mute this")
    return counter.call("action", pressed | {"context": pressed["context"] | {"signed": "0" * 64}})


def button_with_another_act(counter: Counter) -> Result:
    pressed = counter.callback("Why?")
    return counter.call("action", pressed | {"context": pressed["context"] | {"act": "mute"}})


def form_of_somebody_else(counter: Counter) -> Result:
    typed(counter, text="settings")
    return counter.call("dialog", _filled_in(counter) | {"user_id": "joon"})


def form_of_ones_own_making(counter: Counter) -> Result:
    typed(counter, text="settings")
    return counter.call("dialog", _filled_in(counter) | {"state": f"{counter.time.ms + 1}.{'0' * 64}."})


def _filled_in(counter: Counter) -> dict[str, object]:
    _, _, dialog = counter.mattermost.dialogs[-1]
    return {"user_id": "mina", "state": dialog["state"], "submission": {"on": False}}


@pytest.mark.parametrize(
    ("forge", "who", "status"),
    [
        (guessed_token, "slash", 401),
        (no_token, "slash", 401),
        (button_of_somebody_else, "action", 403),
        (button_of_ones_own_making, "action", 403),
        (button_with_another_act, "action", 403),
        (form_of_somebody_else, "dialog", 403),
        (form_of_ones_own_making, "dialog", 403),
    ],
)
def test_it_is_counted_and_does_nothing(
    counter: Counter, forge: Callable[[Counter], Result], who: str, status: int
) -> None:
    """What is forged is refused and counted as such, once; nobody's choices change, and nobody is shown anything."""
    before = counter.seen()

    assert forge(counter).status_code == status
    assert {name: getattr(counter, name).counts["forged"] for name in ("slash", "action", "dialog")} == {
        "slash": 0,
        "action": 0,
        "dialog": 0,
        who: 1,
    }
    assert counter.chosen() == counter.chosen("joon") == Choices()
    counter.engine.drain()
    assert (counter.seen(), counter.reminders()) == (before, [])


@pytest.fixture(name="elsewhere")
def a_server_of_somebody_else() -> Iterator[Scripted]:
    with scripted(Answer(NEVER_WRITTEN, 404)) as running:
        yield running


@pytest.mark.parametrize(
    "named",
    [
        "{elsewhere}/hooks/commands/abc",
        CHAT + "@{elsewhere}/hooks/commands/abc",
        "//{elsewhere}/hooks/commands/abc",
        "",
    ],
)
def test_an_answer_goes_nowhere_else(counter: Counter, elsewhere: Scripted, named: str) -> None:
    """What takes longer is not sent to an address that is not our Mattermost's; that is counted, and not promised."""
    found = threading.Event()

    def slowly(_member: Member, _choices: Choices, _words: tuple[str, ...]) -> Reply:
        found.wait(20)
        return Reply("opened", {}, words="settings")

    patience = Patience(threads=1, seconds=0.01)
    desk = replace(counter.desk, looking=Looking({"todo": slowly}, patience, FollowUp(CHAT)))
    slash = SlashCommand(desk, [TOKEN])
    counter.client = TestClient(create_app({"/mattermost/command": slash}))
    address = named.format(elsewhere=elsewhere.url if named.startswith("{") else elsewhere.url.partition("//")[2])
    answer = typed(counter, text="todo", response_url=address)
    found.set()
    patience._pool.shutdown()

    assert answer.json["text"].startswith("That did not work just now")
    assert slash.counts == {"answered": 1, "forged_response_url": 1}
    assert elsewhere.asked == []
