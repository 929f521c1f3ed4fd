"""The stand-in answers as a real Mattermost 5.37 was recorded to (`tests/recordings/README.md`)."""

from collections.abc import Callable, Iterator
from functools import cache

import pytest

from tests.playground.mattermost_replay import Replay, Seen, names, recorded
from tests.playground.mattermost_stories import BEFORE, GROUPS
from tests.playground.mattermost_world import World

Group = dict[str, tuple[Seen, Seen]]


@pytest.fixture(scope="module")
def replayed() -> Iterator[Callable[[str], Group]]:
    """Replay a whole group in its order against a server of its own, when first asked for it."""
    worlds: list[World] = []

    @cache
    def run(group: str) -> Group:
        world = World()
        worlds.append(world)
        GROUPS[group](world)
        replay = Replay(world, BEFORE)
        return {exchange["name"]: replay.run(exchange) for exchange in recorded(group)}

    yield run
    for world in worlds:
        world.close()


@pytest.mark.parametrize(("group", "name"), names(GROUPS))
def test_answers_as_recorded(group: str, name: str, replayed: Callable[[str], Group]) -> None:
    """Status, headers, body, the requests to the integration and what people see are those of the real server."""
    expected, got = replayed(group)[name]

    assert got == expected
