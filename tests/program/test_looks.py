"""How messages look, by each person's own choice: as replies to the first about a thing, and with how much quoted."""

from collections.abc import Iterator

import pytest

from playground.chat import ACCOUNT
from playground.gitlab.objects import MergeRequest
from playground.world import COMMAND
from tests.program.conftest import MakeHouse
from tests.program.running import House, cards, eventually, opened, say


def typed(house: House, person: str, line: str) -> str:
    """Type a command in the direct channel with the shared account and return the answer."""
    channel = house.world.mattermost.direct_channel(person, ACCOUNT)["id"]
    return str(house.world.mattermost.execute(person, channel, f"/{COMMAND} {line}")["text"])


@pytest.fixture
def threads(house: House) -> Iterator[House]:
    """Let Anna have threads for a while."""
    house.settle()
    assert "replies to the first message" in typed(house, "anna.berg", "threads on")
    yield house
    house.settle()
    typed(house, "anna.berg", "threads off")


def places(house: House, mr: MergeRequest) -> list[tuple[str, str]]:
    """Return each post that Anna sees about a merge request, and what it replies to."""
    return [
        (post["id"], post["root_id"])
        for post in house.posts("anna.berg")
        if f"/merge_requests/{mr.iid}" in post["message"]
    ]


def test_later_news_reply_to_the_first(threads: House) -> None:
    """What is said of one merge request is one thread, of another one another; each reply lights the badge."""
    first, second = opened(threads), opened(threads)
    with threads.telling() as told:
        for mr in (first, second, first, first):
            say(threads, mr, "What about zero?")
            threads.settle()

    assert told == {"anna.berg": 4}
    (root, nothing), *replies = places(threads, first)
    assert (nothing, [to for _, to in replies]) == ("", [root, root])
    assert [to for _, to in places(threads, second)] == [""]
    assert "- Threads: on" in typed(threads, "anna.berg", "status")


def test_the_first_is_deleted(threads: House) -> None:
    """Where somebody deletes a thread, the next message arrives once by itself, and those after it reply to it."""
    mr = opened(threads)
    say(threads, mr, "One")
    threads.settle()
    threads.world.mattermost.delete(places(threads, mr)[0][0])
    with threads.telling() as told:
        for text in ("Two", "Three"):
            say(threads, mr, text)
            threads.settle()

    assert told == {"anna.berg": 2}
    (root, nothing), (_, to) = places(threads, mr)
    assert (nothing, to) == ("", root)
    assert threads.program.ready()["degraded"] == []


def test_killed_with_an_answer_outstanding(build: MakeHouse) -> None:
    """A reply whose answer was lost with the process is found in its thread by the next one, and not sent again."""
    house: House = build()
    house.start()
    mr = opened(house)
    typed(house, "anna.berg", "threads on")
    say(house, mr, "One")
    house.settle()
    house.world.mattermost.faults.lose_answers = 1
    say(house, mr, "Two")
    eventually(lambda: len(places(house, mr)) == 2)
    house.program.kill()
    house.restart()
    house.settle()
    say(house, mr, "Three")
    house.settle()

    (root, _), *replies = places(house, mr)
    assert [to for _, to in replies] == [root, root]


def test_quote(house: House) -> None:
    """A comment is quoted whole, in part or not at all, from the next message on."""
    mr, text = opened(house), "\n\n".join(f"Part {number}: {'and so on ' * 9}" for number in range(9))
    parts = {}
    for line in ("quote full", "quote off", "quote short"):
        typed(house, "anna.berg", line)
        say(house, mr, text)
        house.settle()
        parts[line] = cards(house.posts("anna.berg")[-1])[0]["text"].count("Part ")

    assert parts == {"quote full": 9, "quote off": 0, "quote short": 3}
