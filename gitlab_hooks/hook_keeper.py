"""Looks now and then for projects without our webhook, one replica at a time, and mends what it finds."""

import logging
import threading
from collections.abc import Callable
from functools import partial

from bot.errors import OutsideError
from bot.moments import take
from bot.store import Store
from gitlab_hooks.hook_plan import Step
from gitlab_hooks.hook_sync import Synced

SYNCED = "hooks"
"""The moment at which somebody last began to look."""

PAUSE_SECONDS = 60.0
"""How often it is asked whether it is time; also how long GitLab has to reach the bot after a start."""

log = logging.getLogger(__name__)


class HookKeeper:
    """`sync` looks at all projects; that is begun `every` so many milliseconds, by whichever replica is first.

    `trouble` says what the last look of this one failed at, "" for nothing.
    """

    def __init__(self, store: Store, sync: Callable[[], Synced], every: int, pause: float = PAUSE_SECONDS) -> None:
        self._store = store
        self._sync = sync
        self._every = every
        self._pause = pause
        self.trouble = ""

    def run(self, stopping: threading.Event) -> None:
        """Look until `stopping` is set."""
        while not stopping.wait(self._pause):
            self.step()

    def step(self) -> None:
        """Look, if it is time.

        Raises:
            bot.errors.TryLater: the store failed.

        """
        if not self._store.write(partial(take, name=SYNCED, now=self._store.now(), every=self._every)):
            return
        try:
            synced = self._sync()
        except OutsideError as wrong:
            self.trouble = str(wrong)
            log.warning("the webhooks could not be looked at: %s", wrong)
            return
        for failed in synced.failed:
            log.warning("a webhook is not as it should be: %s", failed)
        self.trouble = synced.failed[-1] if synced.failed else ""
        log.info(
            "webhooks: %d created, %d repaired, %d enabled again, %d left as they are",
            *(synced.count(step) for step in (Step.CREATE, Step.REPAIR, Step.ENABLE, Step.KEEP)),
        )
