"""The rush: whoever can wait lets the webhooks pass, but not for ever."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from gitlab_hooks.rush import Rush


def test_nobody_waits_for_nothing() -> None:
    """While no webhook is being taken, nobody waits."""
    assert Rush().let_pass(60)


def test_the_last_one_ends_it() -> None:
    """Who lets pass goes on when the last webhook has been taken, and not before."""
    rush = Rush()
    with ThreadPoolExecutor() as pool:
        with rush:
            with rush:
                waiting = [pool.submit(rush.let_pass, 60) for _ in range(3)]
            assert not rush.let_pass(0)
            assert not any(one.done() for one in waiting)

        assert all(one.result() for one in waiting)


def test_patience_ends() -> None:
    """In a rush without end everybody goes on after a while."""
    rush = Rush()
    with rush:
        assert not rush.let_pass(0.01)


def test_a_webhook_that_fails_has_been_taken() -> None:
    """A webhook that is refused keeps nobody waiting."""
    rush = Rush()
    with pytest.raises(ValueError, match="no JSON"), rush:
        raise ValueError("no JSON")

    assert rush.let_pass(0)
