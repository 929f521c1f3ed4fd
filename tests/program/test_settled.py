"""A message that stays true: what was asked for changes its last line when that is over, and no badge comes from it."""

import re

from playground.gitlab import issuables, merge_requests
from playground.gitlab.objects import MergeRequest
from tests.program.conftest import MakeHouse
from tests.program.running import House, cards, eventually

ORANGE, PURPLE, GREY = "#e9730c", "#7759c2", "#737278"


def opened(house: House) -> MergeRequest:
    """Open a merge request of Anna's, assigned to Carla and to be reviewed by Ben and Haneul."""
    return merge_requests.open_merge_request(
        house.world.gitlab,
        house.world.project,
        house.user("anna.berg"),
        "Round once",
        assignees=[house.user("carla")],
        reviewers=[house.user("ben"), house.user("haneul")],
    )


def first(house: House, person: str, mr: MergeRequest) -> tuple[str, str, str]:
    """Return the headline, the last line and the colour of what a person was told first of a merge request."""
    mine = re.compile(rf"/merge_requests/{mr.iid}\)")
    post = next(post for post in house.posts(person) if mine.search(post["message"]))
    (card,) = cards(post)
    return post["message"], card["text"].split("\n\n")[-1], card["color"]


def test_merged(house: House) -> None:
    """Who was asked sees in the same post that it is merged; the sentence stays, and the badge is that of the news."""
    mr = opened(house)
    house.settle()
    asked = {person: first(house, person, mr) for person in ("ben", "haneul", "carla")}
    assert [color for _, _, color in asked.values()] == [ORANGE] * 3
    posts = len(house.posts("ben"))

    with house.telling() as told:
        merge_requests.merge(house.world.gitlab, mr, house.user("ben"))

    assert first(house, "ben", mr) == (asked["ben"][0], "✓ you merged it", PURPLE)
    assert first(house, "haneul", mr) == (asked["haneul"][0], "✓ **Ben Okafor** 님이 머지했어요", PURPLE)
    assert first(house, "carla", mr) == (asked["carla"][0], "✓ merged by **Ben Okafor**", PURPLE)
    assert told == {"anna.berg": 1, "haneul": 1, "carla": 1}
    assert len(house.posts("ben")) == posts


def test_no_badge(house: House) -> None:
    """A draft flag that comes and goes changes what everybody sees and lights nobody's badge."""
    mr = opened(house)
    house.settle()
    with house.telling() as told:
        merge_requests.mark_draft(house.world.gitlab, mr, house.user("anna.berg"))
    draft = first(house, "ben", mr)[1:]
    with house.telling() as told_again:
        merge_requests.mark_ready(house.world.gitlab, mr, house.user("anna.berg"))

    assert (told, told_again) == ({}, {})
    assert draft == ("a draft again", GREY)
    assert first(house, "ben", mr)[1:] == ("ready again", ORANGE)


def test_one_reviewer(house: House) -> None:
    """An approval settles the reviewer's own message, a removal the removed one's, and nobody else's."""
    mr = opened(house)
    house.settle()
    merge_requests.approve(house.world.gitlab, mr, house.user("ben"))
    merge_requests.remove_reviewer(house.world.gitlab, mr, house.user("anna.berg"), house.user("haneul"))
    house.settle()

    assert first(house, "ben", mr)[1] == "✓ you approved"
    assert first(house, "haneul", mr)[1] == "이제 리뷰하지 않아도 돼요"
    assert first(house, "carla", mr)[1].startswith("because you are assigned")


def test_opted_out(house: House) -> None:
    """Who has switched everything off since is not told, but what they were told stays true."""
    mr = opened(house)
    house.settle()
    channel = house.world.mattermost.direct_channel("carla", "gitlab-bot")["id"]
    house.world.mattermost.execute("carla", channel, "/nudge off")
    with house.telling() as told:
        issuables.close(house.world.gitlab, mr, house.user("ben"))
    house.world.mattermost.execute("carla", channel, "/nudge on")

    assert told == {"anna.berg": 1, "haneul": 1}
    assert first(house, "carla", mr)[1] == "closed by **Ben Okafor**"


def test_settled_before_it_was_sent(build: MakeHouse) -> None:
    """What is settled while Mattermost is away arrives once, and says in the end what is true, also after a crash."""
    house: House = build()
    house.start()
    faults = house.world.mattermost.faults
    early = opened(house)
    house.settle()
    faults.down = True
    late = opened(house)
    merge_requests.approve(house.world.gitlab, late, house.user("ben"))
    merge_requests.mark_draft(house.world.gitlab, early, house.user("anna.berg"))
    eventually(lambda: house.rows("SELECT count(*) FROM inbox WHERE state = 'waiting'") == [(0,)])
    house.program.kill()
    faults.down = False
    house.restart()
    house.settle()

    assert first(house, "ben", late)[1] == "✓ you approved"
    assert first(house, "ben", early)[1] == "a draft again"
    assert house.badges()["ben"] == len(house.posts("ben")) == 2
