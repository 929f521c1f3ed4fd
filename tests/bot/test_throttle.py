"""How many mailboxes are in work while Mattermost is well, and while it is not."""

import pytest

from bot.throttle import Throttle


def fail(throttle: Throttle, *people: str, now: float = 0.0) -> None:
    for person in people:
        throttle.failed(person, now, None)


@pytest.mark.parametrize(("in_hand", "room"), [(0, 8), (3, 5), (4, 0), (8, 0)])
def test_at_full_width_each_thread_has_its_next_at_hand(in_hand: int, room: int) -> None:
    """Four threads hold up to eight mailboxes, and no more are taken until one of the threads is free."""
    assert Throttle(4).room(in_hand, 0.0) == room


def test_one_person_who_fails_slows_nobody() -> None:
    """Failures of one person, or of two, say nothing about the server."""
    throttle = Throttle(4)
    fail(throttle, "a", "a", "a", "a", "b")

    assert (throttle.probing, throttle.room(0, 0.0)) == (False, 8)


def test_three_people_in_a_row_mean_the_server() -> None:
    """Then nothing is taken for a second, and after that one mailbox at a time."""
    throttle = Throttle(4)
    fail(throttle, "a", "b", "c")

    assert throttle.probing
    assert [throttle.room(0, now) for now in (0.0, 0.9, 1.0)] == [0, 0, 1]
    assert throttle.room(1, 1.0) == 0
    assert [throttle.wait(now) for now in (0.0, 0.5, 9.0)] == [1.0, 0.5, 0.0]


def test_a_success_in_between_starts_the_count_over() -> None:
    """Only failures with nothing arriving between them are a sign."""
    throttle = Throttle(4)
    fail(throttle, "a", "b")
    throttle.succeeded()
    fail(throttle, "c", "d")

    assert not throttle.probing


def test_pauses_double_up_to_a_minute() -> None:
    """Each probe that fails doubles the pause; what was under way when it began does not."""
    throttle = Throttle(4)
    fail(throttle, "a", "b", "c", "d", "e")
    pauses, now = [throttle.wait(0.0)], 0.0
    for _ in range(7):
        now += throttle.wait(now)
        fail(throttle, "f", now=now)
        pauses.append(throttle.wait(now))

    assert pauses == [1, 2, 4, 8, 16, 32, 60, 60]


def test_a_server_may_be_away_for_days() -> None:
    """However long it fails, it is probed once a minute."""
    throttle, now = Throttle(4), 0.0
    fail(throttle, "a", "b", "c")
    for _ in range(3 * 24 * 60):
        now += throttle.wait(now)
        fail(throttle, "d", now=now)

    assert throttle.wait(now) == 60.0


def test_the_servers_wish_lengthens_a_pause() -> None:
    """Where many are told to come back later (429), the next probe waits as long."""
    throttle = Throttle(4)
    for person in "abc":
        throttle.failed(person, 0.0, 30.0)

    assert throttle.wait(0.0) == 30.0


def test_recovery_is_gentle() -> None:
    """After the first success two are in work at a time, then four, then all."""
    throttle = Throttle(8)
    fail(throttle, "a", "b", "c")
    widths = []
    for _ in range(4):
        throttle.succeeded()
        widths.append(throttle.room(0, 0.0))

    assert widths == [2, 4, 16, 16]


def test_trouble_is_said_until_something_arrives() -> None:
    """A fault of the configuration is named, narrows at once, and is forgotten with the first success."""
    throttle = Throttle(4)
    throttle.misconfigured("login: 401", 0.0)
    assert (throttle.trouble, throttle.room(0, 0.0), throttle.room(0, 1.0)) == ("login: 401", 0, 1)

    throttle.succeeded()
    assert throttle.trouble is None


def test_one_thread_probes_too() -> None:
    """With a single thread a pause holds as well, and full width is one in work and one at hand."""
    throttle = Throttle(1)
    assert throttle.room(0, 0.0) == 2
    fail(throttle, "a", "b", "c")

    assert [throttle.room(0, now) for now in (0.0, 1.0)] == [0, 1]
