"""What the first team asked for, line by line, from GitLab's webhook to the badge in Mattermost."""

from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest
import requests

from playground.gitlab import comments, issuables, issues, merge_requests
from playground.gitlab.objects import Issue, MergeRequest
from playground.world import CHANNEL
from tests.program.running import House, eventually


def opened(house: House, **more: Any) -> MergeRequest:
    """Open a merge request of Anna's, assigned to Carla."""
    given = {"assignees": [house.user("carla")], **more}
    return merge_requests.open_merge_request(
        house.world.gitlab, house.world.project, house.user("anna.berg"), "Round once", **given
    )


def filed(house: House) -> Issue:
    """File an issue of Ben's, assigned to Carla."""
    return issues.open_issue(
        house.world.gitlab, house.world.project, house.user("ben"), "Rounded twice", assignees=[house.user("carla")]
    )


def test_comment_on_merge_request(house: House) -> None:
    """A comment on a merge request reaches its author and assignee with a badge, and not who wrote it."""
    mr = opened(house)
    with house.telling() as told:
        comments.comment(house.world.gitlab, mr, house.user("ben"), "What about zero?")

    assert told == {"anna.berg": 1, "carla": 1}
    assert house.heard("carla")[-1].startswith("**Ben Okafor** commented on [")
    assert "What about zero?" in house.posts("carla")[-1]["props"]["attachments"][0]["text"]


def test_comment_on_issue(house: House) -> None:
    """A comment on an issue reaches its author and assignee with a badge, each in their own language."""
    issue = issues.open_issue(
        house.world.gitlab, house.world.project, house.user("haneul"), "Rounded twice", assignees=[house.user("carla")]
    )
    with house.telling() as told:
        comments.comment(house.world.gitlab, issue, house.user("ben"), "I can see it too.")

    assert told == {"haneul": 1, "carla": 1}
    assert "댓글" in house.heard("haneul")[-1]
    assert "commented" in house.heard("carla")[-1]


def test_merge_request_opened(house: House) -> None:
    """A merge request that is opened reaches its assignees and reviewers."""
    with house.telling() as told:
        opened(house, reviewers=[house.user("ben")])

    assert told == {"carla": 1, "ben": 1}


@pytest.mark.parametrize("act", [merge_requests.merge, issuables.close], ids=["merged", "closed"])
def test_merge_request_ends(house: House, act: Any) -> None:
    """A merge request that is merged or closed reaches author, assignees and reviewers, but for who did it."""
    mr = opened(house, reviewers=[house.user("ben"), house.user("haneul")])
    with house.telling() as told:
        act(house.world.gitlab, mr, house.user("ben"))

    assert told == {"anna.berg": 1, "carla": 1, "haneul": 1}


@pytest.mark.parametrize("make", [opened, filed], ids=["merge request", "issue"])
def test_mention(house: House, make: Any) -> None:
    """Somebody mentioned in a comment is told, whoever they are in the merge request or issue, and once only."""
    thing = make(house)
    with house.telling() as told:
        comments.comment(house.world.gitlab, thing, house.user("ben"), "@haneul, @haneul: have you seen this?")

    assert told["haneul"] == 1
    assert "회원님을 언급" in house.heard("haneul")[-1] or "멘션" in house.heard("haneul")[-1]


@pytest.mark.parametrize("make", [opened, filed], ids=["merge request", "issue"])
def test_emoji(house: House, make: Any) -> None:
    """An emoji on a comment, a merge request or an issue is told to its author alone."""
    thing = make(house)
    note = comments.comment(house.world.gitlab, thing, house.user("haneul"), "Done.")
    with house.telling() as told:
        comments.award(house.world.gitlab, thing, house.user("carla"), "thumbsup", note)
        comments.award(house.world.gitlab, thing, house.user("carla"), "tada")

    assert told == {"haneul": 1, thing.author.username: 1}


def test_draft(house: House) -> None:
    """A draft is silent; when its flag goes each is told once, and never again however often it flips back."""
    gitlab, anna = house.world.gitlab, house.user("anna.berg")
    with house.telling() as told:
        mr = opened(house, draft=True, reviewers=[house.user("ben")])
        issuables.assign(gitlab, mr, anna, house.user("haneul"))
        merge_requests.push(gitlab, mr, anna, "More")
    assert told == {}

    with house.telling() as told:
        merge_requests.mark_ready(gitlab, mr, anna)
    assert told == {"carla": 1, "ben": 1, "haneul": 1}

    with house.telling() as told:
        for _ in range(3):
            merge_requests.mark_draft(gitlab, mr, anna)
            merge_requests.mark_ready(gitlab, mr, anna)
    assert told == {}


def test_members_of_the_channel_are_the_people(house: House) -> None:
    """Who is not in the notification channel is told nothing, and hears of the next thing once they have joined."""
    mattermost, gitlab = house.world.mattermost, house.world.gitlab
    channel = mattermost.state.channel_names[next(iter(mattermost.state.teams)), CHANNEL]
    mattermost.add_user("yuna", email="yuna@shop.example")
    yuna = gitlab.add_user("yuna", "Yuna Seo", email="yuna@shop.example")
    house.world.project.members[yuna.id] = 30
    mr = opened(house)
    comments.comment(gitlab, mr, house.user("ben"), "@yuna?")
    house.settle()
    assert mattermost.badge("yuna") == 0

    mattermost.join("yuna", channel.id)

    def told() -> int:
        comments.comment(gitlab, mr, house.user("ben"), "@yuna!")
        house.settle()
        return mattermost.badge("yuna")

    assert eventually(told) == 1


def test_matching_by_email(house: House) -> None:
    """Somebody with another name in GitLab is found by the e-mail address that both sides know."""
    with house.telling() as told:
        opened(house, assignees=[house.user("jlee")])

    assert told == {"junho.lee": 1}


def test_shared_account(house: House) -> None:
    """Messages stand in real direct channels between the shared account and one person, and nowhere else."""
    opened(house, reviewers=[house.user("ben")])
    house.settle()
    state = house.world.mattermost.state
    written = [post for log in state.logs.values() for post in log.order if post.user.username == "gitlab-bot"]

    assert {post.channel.type for post in written} == {"D"}
    assert not any("from_webhook" in post.props for post in written)


def test_pictures(house: House) -> None:
    """No picture is loaded but one avatar a message at most, by https: pictures in comments become links."""
    mr = opened(house)
    comments.comment(
        house.world.gitlab, mr, house.user("ben"), "![chart](/uploads/1/chart.png) ![x](http://x.example/y)"
    )
    house.settle()
    cards = house.posts("carla")[-1]["props"]["attachments"]

    assert not any(card["image_url"] or card["thumb_url"] for card in cards)
    assert all((card["author_icon"] or "https://").startswith("https://") for card in cards)
    assert "![" not in str(cards)
    assert "chart" in cards[0]["text"]


def test_opting_out_and_in(house: House) -> None:
    """Who opts out by the slash command hears nothing, until they opt in again."""
    mr = opened(house)
    house.settle()
    type_in(house, "carla", "/nudge off")
    with house.telling() as told:
        comments.comment(house.world.gitlab, mr, house.user("ben"), "One")
    assert told == {"anna.berg": 1}

    type_in(house, "carla", "/nudge on")
    with house.telling() as told:
        comments.comment(house.world.gitlab, mr, house.user("ben"), "Two")
    assert told == {"anna.berg": 1, "carla": 1}


def type_in(house: House, person: str, line: str) -> str:
    """Type a command in the direct channel with the shared account and return the answer's text."""
    channel = house.world.mattermost.direct_channel(person, "gitlab-bot")["id"]
    answer = house.world.mattermost.execute(person, channel, line)
    assert answer["response_type"] == "ephemeral"
    return str(answer["text"])


@pytest.fixture(scope="module")
def abused(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """Share a house that keeps what could not be worked through, and says so, with nobody who leaves it well."""
    with closing(House(tmp_path_factory.mktemp("abused"))) as shared:
        shared.start()
        yield shared


@pytest.mark.parametrize(
    ("body", "headers", "status"),
    [
        (b"{}", {"X-Gitlab-Token": "guessed"}, 401),
        (b"{}", {}, 401),
        (b'{"half', {}, 401),
        (b'{"half', None, 400),
        (b"[]", None, 204),
        (b'"text"', None, 204),
        (b'{"object_kind": "merge_request"}', None, 204),
        (b'{"object_kind": {"of": "course"}}', None, 204),
        (b"[" * 100_000 + b"]" * 100_000, None, 204),
    ],
)
def test_bad_input(abused: House, body: bytes, headers: dict[str, str] | None, status: int) -> None:
    """The secret decides first, then whether it is JSON; any authentic JSON is taken, and nobody is told."""
    right = {"X-Gitlab-Token": abused.world.secrets.webhook}
    with abused.telling() as told:
        answer = requests.post(
            f"{abused.program.url}/gitlab", data=body, headers=right if headers is None else headers, timeout=20
        )

    assert answer.status_code == status
    assert told == {}
