"""Sends what is due: for each person in order, for all people side by side.

One dispatcher takes mailboxes that are due and hands them to posting threads. A mailbox belongs to one thread at a
time, by a lease in the database, so that a person's posts never overtake each other, whoever crashes.
"""

import logging
import threading
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from bot import mailbox
from bot.carrier import LEASE_MS, Carrier
from bot.due import Release
from bot.errors import OutsideError
from bot.mailbox import Lease
from bot.mattermost import Mattermost
from bot.pace import Pace
from bot.posts import PLAIN, Design
from bot.sender import Sender
from bot.sources import REAL, Sources
from bot.store import Store
from bot.throttle import Throttle

POLL_SECONDS = 1.0
"""How soon what another process wrote is noticed, and that the lease of one that is gone has ended."""

RENEW_MS = 4_000
"""How often the leases of what is in hand are renewed; an answer may take several requests."""

log = logging.getLogger(__name__)


class Courier:
    """Sends the outbox.

    `release` says what a person's preferences make of a message that is due, `design` how a post is made of those that
    go. `cluster` says that Mattermost runs on several nodes; 0 `posts_per_second` that only Mattermost limits us.
    """

    def __init__(
        self,
        store: Store,
        mattermost: Mattermost,
        release: Release,
        design: Design = PLAIN,
        *,
        threads: int = 8,
        posts_per_second: float = 0,
        cluster: bool = False,
        sources: Sources = REAL,
    ) -> None:
        # fewer threads than posts a second, so that none waits longer for its place than its lease lasts
        self._threads = min(threads, max(1, int(posts_per_second))) if posts_per_second else threads
        self._store = store
        self._monotonic = sources.monotonic
        self._throttle = Throttle(self._threads)
        self._carrier = Carrier(
            store,
            Sender(mattermost, now=store.now, monotonic=sources.monotonic, cluster=cluster),
            release,
            design,
            self._throttle,
            Pace(posts_per_second),
            sources,
        )
        self._in_hand: set[Lease] = set()
        self._renewed = 0
        self._waking = threading.Event()

    @property
    def trouble(self) -> str | None:
        """What somebody has to mend before anything can be sent; None while all is well."""
        return self._throttle.trouble

    @property
    def failing(self) -> str:
        """Why Mattermost did not take the last post, "" if it did; what has to be mended first of all."""
        return self.trouble or self._carrier.tally.failing

    @property
    def sent(self) -> int:
        """How many posts have arrived."""
        return self._carrier.tally.sent

    @property
    def retried(self) -> int:
        """How many tries there were after a first one."""
        return self._carrier.tally.retried

    @property
    def dead(self) -> int:
        """How many posts were refused."""
        return self._carrier.tally.dead

    @property
    def faults(self) -> int:
        """How often the program itself stumbled over a message."""
        return self._carrier.tally.faults

    def wake(self) -> None:
        """Look at once whether something is due."""
        self._waking.set()

    def stop(self) -> None:
        """Let `run` finish the posts in hand and return."""
        self._carrier.stopping.set()
        self._waking.set()

    def run(self) -> None:
        """Send until `stop`."""
        with ThreadPoolExecutor(self._threads, thread_name_prefix="courier") as pool:
            while not self._carrier.stopping.is_set():
                self._waking.clear()
                self._waking.wait(self._dispatch(pool))

    def step(self) -> int:
        """Send for the mailboxes that are due now, in this thread; return how many there were."""
        leases = self._claim()
        for lease in leases:
            self._work(lease)
        return len(leases)

    def _dispatch(self, pool: ThreadPoolExecutor) -> float:
        """Hand out what is due, and return the seconds until more may be."""
        try:
            self._renew()
            leases = self._claim()
            for lease in leases:
                pool.submit(self._work, lease)
            return 0.0 if leases else self._pause()
        except OutsideError as error:
            log.warning("the courier waits: %s", error)
            return POLL_SECONDS

    def _renew(self) -> None:
        """Keep what is in hand, so that nobody takes over from who still works."""
        now = self._store.now()
        if abs(now - self._renewed) >= RENEW_MS:
            self._renewed = now
            if people := sorted({lease.person for lease in tuple(self._in_hand)}):
                renew = partial(mailbox.renew, owner=self._store.owner, people=people, until=now + LEASE_MS)
                self._store.write(renew)

    def _claim(self) -> list[Lease]:
        room = self._throttle.room(len(self._in_hand), self._monotonic())
        if not room:
            return []
        claim = partial(mailbox.claim, owner=self._store.owner, now=self._store.now(), lease_ms=LEASE_MS, limit=room)
        leases = self._store.write(claim)
        self._in_hand.update(leases)
        return leases

    def _work(self, lease: Lease) -> None:
        try:
            self._carrier.work(lease)
        finally:
            self._in_hand.discard(lease)
            self._waking.set()

    def _pause(self) -> float:
        """Return the seconds until something is due; a thread that becomes free wakes the dispatcher before that."""
        if not self._throttle.room(len(self._in_hand), self._monotonic()):
            return min(POLL_SECONDS, self._throttle.wait(self._monotonic()) or POLL_SECONDS)
        now = self._store.now()
        due = self._store.read(partial(mailbox.next_due, now=now))
        return POLL_SECONDS if due is None else min(POLL_SECONDS, max(0.0, (due - now) / 1000))
