"""The reader: takes deliveries from the inbox, lane by lane, and works each through in one transaction."""

import logging
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from bot.errors import Misconfigured, OutsideError, TryLater
from bot.outbox import Batching
from bot.retry import next_try
from bot.store import Store
from gitlab_hooks import inbox
from gitlab_hooks.apply import write_down
from gitlab_hooks.flow import flow
from gitlab_hooks.house import House, Outcome
from gitlab_hooks.inbox import Lease

LEASE_MS = 120_000
"""Longer than all look-ups of one delivery can take; a delivery worked through twice is written down once."""

POLL_SECONDS = 2.0
"""How long another process's delivery may go unnoticed."""

FAULTS = 3
"""How often a delivery over which the program itself stumbles is tried."""

GIVE_UP_MS = 24 * 60 * 60 * 1000

log = logging.getLogger(__name__)


class Busy:
    """How many deliveries are in hand, counted by several threads."""

    def __init__(self) -> None:
        self.value = 0
        self._lock = threading.Lock()

    def add(self, more: int) -> None:
        """Count up or down."""
        with self._lock:
            self.value += more


class Reader:
    """Works deliveries through with a few threads, one at a time in each lane.

    `told` is called after messages were written, `jitter` gives numbers between 0 and 1, `now` is the store's clock.
    `trouble` says what GitLab or Mattermost fail at just now, "" for nothing.
    """

    def __init__(
        self,
        store: Store,
        house: House,
        batching: Batching,
        told: Callable[[], None],
        jitter: Callable[[], float],
        threads: int = 4,
    ) -> None:
        self._store = store
        self._house = house
        self._batching = batching
        self._told = told
        self._jitter = jitter
        self._threads = threads
        self._wake = threading.Event()
        self._stopping = threading.Event()
        self._busy = Busy()
        self.trouble = ""

    def wake(self) -> None:
        """Say that a delivery came."""
        self._wake.set()

    def stop(self) -> None:
        """Let `run` return when the deliveries in hand are done."""
        self._stopping.set()
        self._wake.set()

    def run(self) -> None:
        """Work until `stop` is called."""
        with ThreadPoolExecutor(self._threads, thread_name_prefix="reader") as pool:
            while not self._stopping.is_set():
                self._wake.clear()
                leases = self._claim(self._threads - self._busy.value)
                for lease in leases:
                    self._busy.add(1)
                    pool.submit(self._work, lease)
                if not leases:
                    self._wake.wait(self._pause())

    def step(self) -> int:
        """Work through what is due, in the calling thread; return how many deliveries that were."""
        leases = self._claim(self._threads)
        for lease in leases:
            self._handle(lease)
        return len(leases)

    def _work(self, lease: Lease) -> None:
        try:
            self._handle(lease)
        except OutsideError as wrong:
            log.warning("delivery %d is taken up again when its lease ends: %s", lease.delivery.id, wrong)
        finally:
            self._busy.add(-1)
            self._wake.set()

    def _claim(self, limit: int) -> list[Lease]:
        claim = partial(inbox.claim, owner=self._store.owner, lease_ms=LEASE_MS, limit=limit)
        try:
            return self._store.write(lambda conn: claim(conn, now=self._store.now())) if limit > 0 else []
        except OutsideError as wrong:
            log.warning("the inbox cannot be read: %s", wrong)
            return []

    def _pause(self) -> float:
        """How long to wait where nothing can be taken; whoever finishes a delivery wakes us."""
        if self._busy.value >= self._threads:
            return POLL_SECONDS
        try:
            due = self._store.read(inbox.next_due)
        except OutsideError:
            return POLL_SECONDS
        return POLL_SECONDS if due is None else min(POLL_SECONDS, max(0.0, (due - self._store.now()) / 1000))

    def _handle(self, lease: Lease) -> None:
        """One delivery's trouble is never another's: whatever is wrong is written on the delivery, and it waits."""
        try:
            self._write(lease, flow(lease.delivery, self._house))
            self.trouble = ""
        except TryLater as wrong:
            self._later(lease, wrong, wrong.after)
        except Misconfigured as wrong:
            self._later(lease, wrong, None)
        except Exception as wrong:
            log.exception("delivery %d: %s", lease.delivery.id, type(wrong).__name__)
            self._stumbled(lease, wrong)

    def _write(self, lease: Lease, outcome: Outcome) -> None:
        write = partial(write_down, lease=lease, outcome=outcome, batching=self._batching)
        if self._store.write(lambda conn: write(conn, now=self._store.now())):
            log.info("delivery %d: %s, %d told", lease.delivery.id, outcome.verdict, outcome.told)
        if outcome.told:
            self._told()

    def _later(self, lease: Lease, wrong: OutsideError, after: float | None) -> None:
        self.trouble = str(wrong)
        log.warning("delivery %d waits: %s", lease.delivery.id, wrong)
        now = self._store.now()
        if now - lease.delivery.received > GIVE_UP_MS:
            self._store.write(lambda conn: inbox.finish(conn, lease, "failed", str(wrong)))
            return
        due = next_try(lease.delivery.attempts, after, now, self._jitter())
        self._store.write(lambda conn: inbox.postpone(conn, lease, due, str(wrong)))

    def _stumbled(self, lease: Lease, wrong: Exception) -> None:
        why = f"{type(wrong).__name__} in the program itself; see the log"
        if lease.delivery.attempts + 1 >= FAULTS:
            self._store.write(lambda conn: inbox.finish(conn, lease, "failed", why))
            return
        due = next_try(lease.delivery.attempts, None, self._store.now(), self._jitter())
        self._store.write(lambda conn: inbox.postpone(conn, lease, due, why))
