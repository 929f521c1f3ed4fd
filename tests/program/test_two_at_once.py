"""Two of the program on one database: never at the same time."""

from tests.program.conftest import MakeHouse, Rivals
from tests.program.running import eventually, opened, say, told_of


def test_second_one_refuses(rivals: Rivals) -> None:
    """A second `serve` on the same file waits for half a minute, then says what to do and ends with 2."""
    assert rivals.second.process.wait(60) == 2
    assert rivals.second.log().splitlines()[-1] == (
        "another nudge serves nudge.db: stop it first, or give this one a [store] url of its own"
    )
    assert rivals.house.program.ready()["ready"]


def test_second_one_takes_over(build: MakeHouse) -> None:
    """A `serve` that is started while another one is stopping takes its place."""
    house = build()
    house.start()
    mr = opened(house)
    second = house.program.twin()
    second.begin()
    try:
        assert house.program.stop() == 0
        eventually(lambda: "listening on" in second.said())
        said = say(house, mr, "One")
        house.settle()
        assert told_of(house, mr) == said
    finally:
        second.end()
