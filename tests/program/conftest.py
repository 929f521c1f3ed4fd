"""Houses for the tests of the whole program: one that many share, and some for a test alone."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.program.running import AT_ONCE, House, Program, eventually

MakeHouse = Callable[..., House]


@pytest.fixture(scope="session")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """Share a house in which everything works with all tests that leave it so."""
    with closing(House(tmp_path_factory.mktemp("house"))) as shared:
        shared.start()
        eventually(lambda: not shared.program.degraded())
        yield shared


@pytest.fixture
def build(tmp_path: Path) -> Iterator[MakeHouse]:
    """Return what makes a house for this test alone, not yet started."""
    with ExitStack() as stack:

        def make(**options: Any) -> House:
            return stack.enter_context(closing(House(tmp_path, **options)))

        yield make


@pytest.fixture
def office(build: MakeHouse) -> House:
    """Run a house for this test alone in which Carla and 하늘 are administrators."""
    made = build(toml=f'{AT_ONCE}[admin]\npeople = ["carla", "haneul"]\n')
    made.start()
    eventually(lambda: not made.program.degraded())
    return made


@dataclass
class Rivals:
    """A house whose program runs, and a second program that would serve the same database."""

    house: House
    second: Program


@pytest.fixture(scope="session", autouse=True)
def rivals(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rivals]:
    """Begin two programs on one database first of all: the second waits half a minute while other tests run."""
    with closing(House(tmp_path_factory.mktemp("rivals"))) as first:
        first.start()
        second = first.program.twin()
        second.begin()
        yield Rivals(first, second)
        second.end()
