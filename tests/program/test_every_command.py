"""Every command there is, as a real Mattermost sends it, answered by the running program in both languages."""

import json
import re
from pathlib import Path
from urllib.parse import parse_qsl, urlencode

import pytest
import requests

from bot.commands import COMMANDS
from playground.mattermost import triggers
from playground.world import COMMAND
from tests.program.running import House
from tests.program.typed import TYPED, asked_to_review

RECORDINGS = Path(__file__).parents[1] / "recordings" / "mattermost_slash.json"
READERS = {"carla": "English", "haneul": "Korean"}


def recorded(name: str) -> tuple[dict[str, str], dict[str, str]]:
    """Return the headers and the form, in its order, with which a real Mattermost called for a command."""
    exchanges = {one["name"]: one for one in json.loads(RECORDINGS.read_text(encoding="utf-8"))}
    (call,) = exchanges[name]["calls"]
    return call["headers"], dict(parse_qsl(call["body"], keep_blank_values=True))


def sent(house: House, person: str, text: str, name: str = "slash_in_dm_with_bot") -> str:
    """Send what a recording holds, but for who types what, and the secret; return what the person is shown."""
    headers, form = recorded(name)
    state, token = house.world.mattermost.state, house.program.environ["MATTERMOST_COMMAND_TOKEN"]
    user = state.user(person)
    hook = form["response_url"].partition("/hooks/")[2]
    ours = {
        "command": f"/{COMMAND}",
        "response_url": f"{house.world.url}/hooks/{hook}",
        "text": text,
        "token": token,
        "trigger_id": triggers.make(state, user)[1],
        "user_id": user.id,
        "user_name": person,
    }
    assert set(ours) <= set(form)
    url, body = f"{house.program.url}/mattermost/command", urlencode(form | ours)
    answer = requests.post(url, body, headers=headers | {"Authorization": f"Token {token}"}, timeout=20)
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/json")
    assert answer.json().keys() == {"response_type", "text"}
    assert answer.json()["response_type"] == "ephemeral"
    return str(answer.json()["text"])


def test_every_command(office: House) -> None:
    """Each line of the table is answered at once, in the person's language, with what now holds."""
    names = asked_to_review(office, *READERS)
    wrong = [
        (person, typed, answer)
        for column, person in enumerate(READERS)
        for typed, *begins in TYPED
        if not (answer := sent(office, person, typed.format(**names))).startswith(begins[column].format(**names))
    ]

    assert wrong == []
    assert {len(office.world.mattermost.dialogs(person)) for person in READERS} == {1}


def test_no_command_is_left_out() -> None:
    """The table names every command that there is."""
    assert {one.name for one in COMMANDS} <= {typed.partition(" ")[0] for typed, *_ in TYPED}


@pytest.mark.parametrize("name", ["slash_basic_json_ephemeral", "slash_in_thread", "slash_no_text", "slash_in_channel"])
def test_wherever_it_is_typed(house: House, name: str) -> None:
    """In a channel, in a thread, with mentions beside it, or with nothing behind it, it is the same command."""
    assert re.match(r"You are \*\*on\*\*", sent(house, "ben", "status", name))
