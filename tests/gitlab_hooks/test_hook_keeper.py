"""Looking for projects without a webhook while the bot runs: how often, by whom, and what is said of it."""

import logging
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.errors import Misconfigured
from gitlab_hooks.hook_keeper import HookKeeper
from gitlab_hooks.hook_plan import Step
from gitlab_hooks.hook_sync import Result, Synced
from tests.gitlab_hooks.desk import Desk, desk

HOUR = 3_600_000


@pytest.fixture(name="at")
def a_desk(tmp_path: Path) -> Iterator[Desk]:
    with desk(tmp_path) as one:
        yield one


def test_one_at_a_time(at: Desk) -> None:
    """Of several replicas one looks, and none again before the time has come."""
    looked: list[str] = []

    def replica(name: str, every: int = HOUR) -> HookKeeper:
        def sync() -> Synced:
            looked.append(name)
            return Synced()

        return HookKeeper(at.store, sync, every)

    for name in ("a", "b", "a"):
        replica(name).step()
    assert looked == ["a"]
    replica("b", every=0).step()
    assert looked == ["a", "b"]


def test_what_is_said(at: Desk, caplog: pytest.LogCaptureFixture) -> None:
    """What was done is counted in the log, and what failed is named there and as what does not work just now."""
    done = Synced([Result("a", Step.CREATE), Result("b", Step.CREATE, trouble="may not")])
    outcomes: Iterator[Synced | Misconfigured] = iter([done, Misconfigured("401"), Synced()])

    def sync() -> Synced:
        outcome = next(outcomes)
        if isinstance(outcome, Misconfigured):
            raise outcome
        return outcome

    keeper, seen = HookKeeper(at.store, sync, 0), []
    with caplog.at_level(logging.INFO):
        for _ in range(3):
            keeper.step()
            seen.append(keeper.trouble)

    assert seen == ["b: may not", "401", ""]
    assert "webhooks: 1 created, 0 repaired, 0 enabled again, 0 left as they are" in caplog.text
    assert "could not be looked at: 401" in caplog.text


def test_until_it_is_stopped(at: Desk) -> None:
    """It looks until it is asked to stop, and not at all after that."""
    stopping, looked = threading.Event(), []

    def sync() -> Synced:
        looked.append(1)
        if len(looked) == 3:
            stopping.set()
        return Synced()

    HookKeeper(at.store, sync, 0, pause=0).run(stopping)
    assert len(looked) == 3
