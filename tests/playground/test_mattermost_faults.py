"""What can be made to go wrong, from Python and over HTTP."""

from collections.abc import Iterator
from typing import Any

import pytest
import requests

from tests.playground.mattermost_world import World

BOT = "gitlab-notify"


@pytest.fixture
def world() -> Iterator[World]:
    made = World()
    yield made
    made.close()


@pytest.fixture
def channel(world: World) -> str:
    return str(world.mattermost.direct_channel(BOT, "alice")["id"])


def post(world: World, channel: str, key: str = "") -> requests.Response:
    body = {"channel_id": channel, "message": "hello", "pending_post_id": key}
    return world.ask("POST", "/api/v4/posts", body, token=world.token(BOT))


def switch(world: World, **faults: Any) -> requests.Response:
    return world.ask("POST", "/playground/faults", faults)


def test_a_server_that_is_down_drops_every_connection(world: World, channel: str) -> None:
    """While `down` is on nobody gets an answer, and nothing is saved; the switch itself still works."""
    switch(world, down=True)
    with pytest.raises(requests.ConnectionError):
        post(world, channel)
    switch(world)

    assert post(world, channel).status_code == 201
    assert len(world.mattermost.direct_posts("alice")) == 1


def test_a_lost_answer_leaves_a_saved_post(world: World, channel: str) -> None:
    """A post whose answer is lost is there with its badge, and a repeat with the same key gives it back."""
    switch(world, lose_answers=1)
    with pytest.raises(requests.ConnectionError):
        post(world, channel, "key")
    again = post(world, channel, "key")

    assert again.status_code == 201
    assert [one["id"] for one in world.mattermost.direct_posts("alice")] == [again.json()["id"]]
    assert world.mattermost.badge("alice") == 1


def test_a_slow_server_saves_first_and_counts_last(world: World, channel: str) -> None:
    """While a slow answer is awaited the post is already there, and its badge is not."""
    seen: list[tuple[int, int]] = []
    mattermost = world.mattermost
    mattermost.state.sleep = lambda _: seen.append((len(mattermost.direct_posts("alice")), mattermost.badge("alice")))
    switch(world, slow=5)
    post(world, channel)

    assert seen == [(1, 0)]
    assert world.mattermost.badge("alice") == 1


def test_a_newer_slow_server_saves_last(world: World, channel: str) -> None:
    """With `slow_before_saving` the post is not there yet while the answer is awaited."""
    seen: list[int] = []
    world.mattermost.state.sleep = lambda _: seen.append(len(world.mattermost.direct_posts("alice")))
    switch(world, slow=5, slow_before_saving=True)
    post(world, channel)

    assert seen == [0]
    assert len(world.mattermost.direct_posts("alice")) == 1


def test_a_rate_limit_ends_after_so_many_requests(world: World, channel: str) -> None:
    """The next so many requests get 429 with the time to wait, and the one after that passes."""
    switch(world, rate_limited=2)
    answers = [post(world, channel) for _ in range(3)]

    assert [one.status_code for one in answers] == [429, 429, 201]
    assert answers[0].headers["Retry-After"] == "1"
    assert answers[0].text == "limit exceeded\n"


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_a_broken_server_answers_as_a_proxy_would(status: int, world: World, channel: str) -> None:
    """With `broken` every answer is an HTML page of that status."""
    switch(world, broken=status)
    answer = post(world, channel)

    assert answer.status_code == status
    assert answer.headers["Content-Type"] == "text/html"


def crashing(world: World, channel: str, *, before_saving: bool) -> None:
    """Post while the server is slow, and let it crash meanwhile; it is up again afterwards."""
    world.mattermost.state.sleep = lambda _: world.mattermost.crash()
    switch(world, slow=5, slow_before_saving=before_saving)
    with pytest.raises(requests.ConnectionError):
        post(world, channel, "key")
    with pytest.raises(requests.ConnectionError):
        post(world, channel, "key")
    switch(world)


def test_a_crash_leaves_a_saved_post_without_a_badge(world: World, channel: str) -> None:
    """A server that crashes while it is slow has saved the post, and a repeat with the same key makes a second one."""
    crashing(world, channel, before_saving=False)

    assert len(world.mattermost.direct_posts("alice")) == 1
    assert world.mattermost.badge("alice") == 0
    assert post(world, channel, "key").status_code == 201
    assert len(world.mattermost.direct_posts("alice")) == 2


def test_a_crash_ends_what_is_not_yet_saved(world: World, channel: str) -> None:
    """A newer server that crashes while it is slow never saves the post, and its key is free again."""
    crashing(world, channel, before_saving=True)

    assert not world.mattermost.direct_posts("alice")
    assert post(world, channel, "key").status_code == 201
    assert world.mattermost.badge("alice") == 1


@pytest.mark.parametrize("body", [{"nonsense": 1}, {"slow": "very"}, [1], "{"])
def test_unknown_faults_are_refused(body: object, world: World) -> None:
    """A fault that does not exist is answered 400 and changes nothing."""
    answer = world.ask("POST", "/playground/faults", body)

    assert answer.status_code == 400
    assert not any(world.ask("GET", "/playground/faults").json().values())


def test_only_counted_faults_can_be_used_up(world: World) -> None:
    """Asking to use up a fault that is no count is a mistake of the caller."""
    with pytest.raises(KeyError):
        world.mattermost.faults.take("down")


def test_the_database_comes_back(world: World, channel: str) -> None:
    """After the database was down everything is as before, and everybody is still logged in."""
    post(world, channel)
    switch(world, database_down=True)
    lies = {
        post(world, channel).status_code,
        world.ask("GET", "/api/v4/users/me", token=world.token("bob")).status_code,
    }
    switch(world)

    assert lies == {400, 401}
    assert post(world, channel).status_code == 201


def test_a_null_field_spoils_the_whole_channel(world: World, channel: str) -> None:
    """A post with a null field is saved without an answer, and from then on the channel's posts cannot be read."""
    body = {"channel_id": channel, "props": {"attachments": [{"fields": [None]}]}}
    with pytest.raises(requests.ConnectionError):
        world.ask("POST", "/api/v4/posts", body, token=world.token(BOT))
    with pytest.raises(requests.ConnectionError):
        world.ask("GET", f"/api/v4/channels/{channel}/posts", token=world.token(BOT))

    assert world.mattermost.badge("alice") == 1
