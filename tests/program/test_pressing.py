"""Buttons and the settings dialog, pressed and filled in in Mattermost and answered by the running program."""

from typing import Any

import pytest
import requests

from playground.chat import ACCOUNT
from playground.gitlab import comments, merge_requests
from playground.gitlab.objects import MergeRequest
from playground.mattermost.errors import ApiError
from playground.world import COMMAND
from tests.program.conftest import MakeHouse
from tests.program.running import House, cards, eventually, opened, say


@pytest.fixture(name="house")
def reached(build: MakeHouse) -> House:
    """Give a house whose program says in `public_url` where it really is: known since its first start."""
    house = build()
    house.start()
    house.program.stop()
    house.restart()
    return house


def last(house: House, person: str = "carla") -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the last post that a person has got, and its card."""
    post = house.posts(person)[-1]
    return post, cards(post)[-1]


def press(house: House, name: str, option: str = "", person: str = "carla") -> None:
    """Press what has a name below the last card."""
    post, card = last(house, person)
    action = next(one for one in card["actions"] if one["name"] == name)
    house.world.mattermost.click(person, post["id"], action["id"], option)


def note(house: House, person: str = "carla") -> str:
    """Return what the last card says that was done."""
    return "\n".join(field["value"] for field in last(house, person)[1]["fields"] or ())


@pytest.fixture(name="mr")
def mentioned(house: House) -> MergeRequest:
    """Tell Carla of a merge request."""
    mr = opened(house)
    say(house, mr, "@carla?")
    house.settle()
    return mr


def test_mute(house: House, mr: MergeRequest) -> None:
    """Who mutes a thing by the button sees so in the card at once, and hears no more of it until they press again."""
    key = f"{mr.project.full_path}!{mr.iid}"
    press(house, "Mute this")
    eventually(lambda: note(house) == f"🔕 muted · `/nudge unmute {key}`")
    with house.telling() as told:
        mine = comments.comment(house.world.gitlab, mr, house.user("carla"), "Mine")
        comments.award(house.world.gitlab, mr, house.user("ben"), "tada", mine)
    assert told["carla"] == 0

    press(house, "Unmute")
    eventually(lambda: not note(house))
    with house.telling() as told:
        comments.award(house.world.gitlab, mr, house.user("ben"), "heart", mine)
    assert told["carla"] == 1


def test_why(house: House, mr: MergeRequest) -> None:
    """Why is answered to the person alone."""
    press(house, "Why?")

    said = house.world.mattermost.ephemeral_posts("carla")[-1]["message"]
    assert said.startswith("Why you were told: **mention**.")
    assert f"`/nudge mute {mr.project.full_path}!{mr.iid}`" in said
    assert house.world.mattermost.badge("carla") == 1


def remind(house: House) -> None:
    """Ask to be reminded, and let that time come while the program does not run."""
    press(house, "Remind me", "hour")
    eventually(lambda: note(house).startswith("⏰ reminder: "))
    house.settle()


def let_time_pass(house: House) -> None:
    house.program.stop()
    house.write("UPDATE outbox SET due = 1 WHERE kind = 'reminder'")
    house.write("UPDATE mailbox SET due = 1 WHERE EXISTS (SELECT 1 FROM outbox WHERE state = 'waiting')")
    house.restart()


def test_a_reminder_comes_once(house: House, mr: MergeRequest) -> None:
    """A reminder outlives the program, lights the badge once, and never comes again."""
    remind(house)
    let_time_pass(house)
    eventually(lambda: len(house.posts("carla")) > 1)
    let_time_pass(house)
    say(house, mr, "@carla!")
    eventually(lambda: "mentioned" in house.heard("carla")[-1])
    house.settle()

    headlines = house.heard("carla")
    assert headlines == [headlines[0], f"⏰ Reminder: {headlines[0]}", headlines[2]]
    assert house.world.mattermost.badge("carla") == 3


def test_nobody_is_reminded_of_what_is_merged(house: House, mr: MergeRequest) -> None:
    """What was merged meanwhile is not reminded of."""
    remind(house)
    merge_requests.merge(house.world.gitlab, mr, house.user("ben"))
    house.settle()
    before = len(house.posts("carla"))
    let_time_pass(house)
    eventually(lambda: house.rows("SELECT 1 FROM outbox WHERE kind = 'reminder' AND state = 'dropped'"))

    assert len(house.posts("carla")) == before


def test_nobody_else_can_press_it(house: House, mr: MergeRequest) -> None:
    """Whoever calls the program with the button of somebody else, or one of their own making, changes nothing."""
    state = house.world.mattermost.state
    post, card = last(house)
    (raw,) = state.posts[post["id"]].props["attachments"]
    context = raw["actions"][0]["integration"]["context"]
    assert "integration" not in card["actions"][0]
    for user, forged in (("ben", context), ("carla", context | {"act": "unmute"}), ("carla", context | {"signed": ""})):
        body = {"user_id": state.user(user).id, "post_id": post["id"], "context": forged}
        assert requests.post(f"{house.program.url}/mattermost/action", json=body, timeout=10).status_code == 403
    assert mr.iid
    assert house.rows("SELECT count(*) FROM preferences") == [(0,)]


def test_a_button_of_before(house: House, mr: MergeRequest) -> None:
    """A button works after the program has started anew, and is an error to who presses it while it is down."""
    house.program.stop()
    with pytest.raises(ApiError):
        press(house, "Mute this")
    house.restart()
    press(house, "Mute this")

    eventually(lambda: str(mr.iid) in note(house))


def test_settings(house: House) -> None:
    """What is filled in is kept, and what then holds is said where the command was typed."""
    mattermost = house.world.mattermost
    channel = mattermost.direct_channel("carla", ACCOUNT)["id"]
    assert "Your settings are open" in str(mattermost.execute("carla", channel, f"/{COMMAND} settings")["text"])
    (form,) = mattermost.dialogs("carla")
    assert form["url"] == f"{house.program.url}/mattermost/dialog"

    assert mattermost.submit("carla", channel, form, {"quiet": "soon"})["errors"]["quiet"].startswith("These are no")
    assert mattermost.submit("carla", channel, form, {"reactions": False, "quiet": "22:00-07:00"}) == {}
    said = mattermost.ephemeral_posts("carla")[-1]["message"]
    assert "- Off: `reactions`" in said
    assert "- Quiet time: 22:00–07:00 every day" in said
    assert len(house.posts("carla")) == 0
    with pytest.raises(ApiError):
        mattermost.submit("ben", channel, form, {})


def test_without_an_address(build: MakeHouse) -> None:
    """Without `public_url` cards have no buttons, nobody answers for any, and settings says what to do instead."""
    house = build()
    house.program.toml = house.program.toml.replace("public_url", "# public_url")
    house.start()
    say(house, opened(house), "@carla?")
    house.settle()
    channel = house.world.mattermost.direct_channel("carla", ACCOUNT)["id"]

    assert "actions" not in last(house)[1]
    assert "no settings form here" in str(
        house.world.mattermost.execute("carla", channel, f"/{COMMAND} settings")["text"]
    )
    for path in ("action", "dialog"):
        assert requests.post(f"{house.program.url}/mattermost/{path}", json={}, timeout=10).status_code == 404
