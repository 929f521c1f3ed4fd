"""The slash command, typed in Mattermost and answered by the running program."""

import pytest
import requests

from playground.chat import ACCOUNT
from playground.gitlab import comments, merge_requests
from playground.gitlab.faults import Fault
from playground.mattermost.errors import ApiError
from playground.world import COMMAND, TEAM
from tests.program.running import House, cards, eventually, opened, say


def typed(house: House, person: str, line: str) -> str:
    """Type a line in the direct channel with the shared account; return what is answered to this person alone."""
    channel = house.world.mattermost.direct_channel(person, ACCOUNT)["id"]
    others = {one: len(house.posts(one)) for one in house.badges()}
    answer = house.world.mattermost.execute(person, channel, line)

    assert answer["response_type"] == "ephemeral"
    assert house.world.mattermost.ephemeral_posts(person)[-1]["message"] == answer["text"]
    assert {one: len(house.posts(one)) for one in house.badges()} == others
    return str(answer["text"])


@pytest.fixture(autouse=True)
def _as_before(house: House) -> None:
    """Begin with everything on, in Mattermost's language."""
    house.settle()
    for person in ("carla", "haneul"):
        for line in ("on", "on mentions comments reviews assignments merge_requests issues reactions pipelines"):
            typed(house, person, f"/{COMMAND} {line}")
        typed(house, person, f"/{COMMAND} language auto")


@pytest.mark.parametrize(
    ("line", "english", "korean"),
    [
        ("off", "You are **off**", "알림이 **꺼져** 있어요"),
        ("on", "You are **on**", "알림이 **켜져** 있어요"),
        ("off reactions", "`reactions`: now **off**", "**껐어요**: `reactions`"),
        ("status", "- Off: ", "- 꺼짐: "),
        ("help", "`/nudge language ko`", "`/nudge language ko`"),
        ("", "`/nudge language ko`", "`/nudge language ko`"),
        ("dance", "I do not know “dance”, and nothing was changed.", "바뀐 것은 없어요"),
    ],
)
def test_answers(house: House, line: str, english: str, korean: str) -> None:
    """Everything is answered at once, to the person alone, in their language, with what now holds."""
    typed(house, "carla", f"/{COMMAND} off pipelines")
    typed(house, "haneul", f"/{COMMAND} off pipelines")

    assert english in typed(house, "carla", f"/{COMMAND} {line}")
    assert korean in typed(house, "haneul", f"/{COMMAND} {line}")


def test_language(house: House) -> None:
    """Messages come in the language that was chosen, from the next one on."""
    mr = opened(house)
    typed(house, "carla", f"/{COMMAND} language ko")
    say(house, mr, "@carla?")
    house.settle()
    assert "멘션" in house.heard("carla")[-1]

    typed(house, "carla", f"/{COMMAND} language en")
    say(house, mr, "@carla!")
    house.settle()
    assert "mentioned you" in house.heard("carla")[-1]


def test_topic(house: House) -> None:
    """One topic off keeps the rest."""
    mr = opened(house)
    typed(house, "carla", f"/{COMMAND} off reactions")
    with house.telling() as told:
        note = comments.comment(house.world.gitlab, mr, house.user("carla"), "Mine")
        comments.award(house.world.gitlab, mr, house.user("ben"), "tada", note)
        say(house, mr, "@carla?")

    assert told["carla"] == 1
    assert "mentioned you" in house.heard("carla")[-1]


def test_group_mentions(house: House) -> None:
    """A mention of a group reaches its members, but for whom it is switched off, and those still hear of their name."""
    mr = opened(house)
    typed(house, "carla", f"/{COMMAND} off group mentions")
    with house.telling() as told:
        say(house, mr, "@web and @carla?", "@web!")

    assert told == {
        "anna.berg": told["anna.berg"],
        "carla": 1,
        "haneul": told["haneul"],
        "junho.lee": told["junho.lee"],
    }
    assert "mentioned you" in house.heard("carla")[-1]
    assert "내가 속한 **web** 그룹을 멘션했어요" in house.heard("haneul")[-1]


def test_off_while_messages_wait(house: House) -> None:
    """Who says off gets none of what waits, but for a post that Mattermost may have already."""
    mr = opened(house)
    carla = house.world.mattermost.state.user("carla").id
    with house.telling() as told:
        house.world.mattermost.faults.down = True
        try:
            say(house, mr, "@carla?")
            eventually(lambda: house.rows("SELECT 1 FROM posts WHERE state = 'frozen' AND person = ?", carla))
            say(house, mr, "@carla!", "@carla!!")
            eventually(lambda: house.rows("SELECT count(*) FROM inbox WHERE state = 'waiting'") == [(0,)])
            typed(house, "carla", f"/{COMMAND} off")
        finally:
            house.world.mattermost.faults.down = False

    assert told == {"carla": 1, "anna.berg": told["anna.berg"]}
    assert house.rows("SELECT verdict FROM journal ORDER BY id DESC LIMIT 1") == [("opted_out",)]


def test_snooze_and_wake(house: House) -> None:
    """Who snoozes gets nothing until they wake, then everything as one post."""
    mr = opened(house)
    assert "Everything waits until" in typed(house, "carla", f"/{COMMAND} snooze 3 days")
    with house.telling() as told:
        say(house, mr, "@carla?", "@carla!", "@carla!!")
    assert told["carla"] == 0
    assert "- Snoozed until" in typed(house, "carla", f"/{COMMAND} status")

    with house.telling() as told:
        assert "What waited comes now: 3." in typed(house, "carla", f"/{COMMAND} wake")
        eventually(lambda: house.rows("SELECT count(*) FROM outbox WHERE state = 'waiting'") == [(0,)])
    assert told["carla"] == 1


def test_a_long_snooze(house: House) -> None:
    """What a long snooze has held is one summary, with what was said by name in full."""
    mr = opened(house)
    typed(house, "anna.berg", f"/{COMMAND} snooze 3 days")
    with house.telling() as told:
        say(house, mr, *(f"Comment {number}" for number in range(6)), "@anna.berg?")
        comments.award(house.world.gitlab, mr, house.user("carla"), "tada")
    assert told["anna.berg"] == 0

    with house.telling() as told:
        typed(house, "anna.berg", f"/{COMMAND} wake")
        eventually(lambda: house.rows("SELECT count(*) FROM outbox WHERE state = 'waiting'") == [(0,)])
    summed_up, mention = house.heard("anna.berg")[-1].splitlines()
    assert told["anna.berg"] == 1
    assert summed_up == "While you were away, 8 things happened that concern you"
    assert "mentioned you" in mention
    full, summary = cards(house.posts("anna.berg")[-1])
    assert "anna.berg?" in full["text"]
    assert "**Ben Okafor** commented (×6) · **Carla Rossi** reacted" in summary["text"]


def test_mute(house: House) -> None:
    """Who mutes a merge request by its link hears of it only where a person mentions them."""
    mr = opened(house)
    with house.telling() as told:
        say(house, mr, "@carla?")
    assert told["carla"] == 1

    typed(house, "carla", f"/{COMMAND} mute {house.world.gitlab.url}/{mr.project.full_path}/-/merge_requests/{mr.iid}")
    with house.telling() as told:
        note = comments.comment(house.world.gitlab, mr, house.user("carla"), "Mine")
        comments.award(house.world.gitlab, mr, house.user("ben"), "tada", note)
    assert told["carla"] == 0
    with house.telling() as told:
        say(house, mr, "@carla!")
    assert told["carla"] == 1
    assert "no longer muted" in typed(house, "carla", f"/{COMMAND} unmute {mr.project.full_path}!{mr.iid}")


def test_todo(house: House) -> None:
    """`todo` lists what waits for a review, with a link, until it is approved."""
    mr = opened(house)
    merge_requests.request_review(house.world.gitlab, mr, house.user("anna.berg"), house.user("carla"))
    house.settle()
    link = f"{house.world.gitlab.url}/{mr.project.full_path}/-/merge_requests/{mr.iid})"
    assert link in typed(house, "carla", f"/{COMMAND} todo")

    merge_requests.request_changes(house.world.gitlab, mr, house.user("carla"))
    other = opened(house)
    merge_requests.request_review(house.world.gitlab, other, house.user("anna.berg"), house.user("carla"))
    merge_requests.approve(house.world.gitlab, other, house.user("carla"))
    house.settle()
    assert f"/{other.iid})" not in typed(house, "carla", f"/{COMMAND} todo")


def test_why(house: House) -> None:
    """`why` tells of a merge request what came, and why something did not."""
    mr = opened(house)
    say(house, mr, "@carla?")
    house.settle()
    typed(house, "carla", f"/{COMMAND} off mentions")
    say(house, mr, "@carla!")
    house.settle()
    shown = typed(house, "carla", f"/{COMMAND} why {mr.project.full_path}!{mr.iid}")

    assert "**told**" in shown
    assert f"not told: it was switched off (`/{COMMAND} on mentions` changes that)" in shown


def test_slow_gitlab(house: House) -> None:
    """While GitLab is slow the answer is promised at once, and follows to this person alone."""
    mr = opened(house)
    merge_requests.request_review(house.world.gitlab, mr, house.user("anna.berg"), house.user("carla"))
    house.settle()
    house.world.gitlab.fault = Fault("slow", delay=2.0)
    try:
        assert "One moment" in typed(house, "carla", f"/{COMMAND} todo")
    finally:
        house.world.gitlab.fault = None
    shown = house.world.mattermost.ephemeral_posts

    assert eventually(lambda: "Waiting for your review" in shown("carla")[-1]["message"])
    assert f"/merge_requests/{mr.iid})" in shown("carla")[-1]["message"]


def test_forged_response_url(house: House) -> None:
    """An answer that takes longer goes nowhere but to our own Mattermost, and is then not promised either."""
    carla = house.world.mattermost.state.user("carla").id
    form = {
        "token": house.program.environ["MATTERMOST_COMMAND_TOKEN"],
        "user_id": carla,
        "command": f"/{COMMAND}",
        "text": "todo",
        "response_url": f"{house.world.gitlab.url}/hooks/commands/abc",
    }
    house.world.gitlab.fault = Fault("slow", delay=2.0)
    try:
        answer = requests.post(f"{house.program.url}/mattermost/command", data=form, timeout=10)
    finally:
        house.world.gitlab.fault = None

    assert "did not work just now" in answer.json()["text"]
    assert "response_url" in house.program.log()
    eventually(lambda: "still looking" not in typed(house, "carla", f"/{COMMAND} todo"))


def test_account(house: House) -> None:
    """`status` names the account in GitLab and how it was found."""
    shown = typed(house, "junho.lee", f"/{COMMAND} status")

    assert "**jlee**" in shown


def test_gitlab_down(house: House) -> None:
    """While GitLab does not answer, commands are answered all the same."""
    house.world.gitlab.fault = Fault("down")
    try:
        assert "You are **off**" in typed(house, "carla", f"/{COMMAND} off")
    finally:
        house.world.gitlab.fault = None


def test_not_in_the_channel(house: House) -> None:
    """Who is not in the notification channel is told to join it, in a place where they can type."""
    mattermost = house.world.mattermost
    mattermost.add_user("guest", email="guest@shop.example")
    town = mattermost.add_channel(TEAM, "town", [ACCOUNT, "carla"])["id"]
    mattermost.join("guest", town)

    assert "Join it" in str(mattermost.execute("guest", town, f"/{COMMAND} off")["text"])


def test_wrong_token(house: House) -> None:
    """A command with another token is refused, and nothing changes."""
    carla = house.world.mattermost.state.user("carla").id
    form = {"token": "guessed", "user_id": carla, "command": f"/{COMMAND}", "text": "off"}
    answer = requests.post(f"{house.program.url}/mattermost/command", data=form, timeout=10)

    assert answer.status_code == 401
    assert "You are **on**" in typed(house, "carla", f"/{COMMAND} status")


def test_registered_with_another_token(house: House) -> None:
    """Mattermost shows an error where the command is registered with a token that the program does not know."""
    url = f"{house.program.url}/mattermost/command"
    house.world.mattermost.add_command(TEAM, "nudge-old", url, "another-token")
    channel = house.world.mattermost.direct_channel("carla", ACCOUNT)["id"]

    with pytest.raises(ApiError):
        house.world.mattermost.execute("carla", channel, "/nudge-old off")
