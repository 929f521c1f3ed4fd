"""The reader: takes deliveries from the inbox, lane by lane, and works each through in one transaction."""

import logging
import threading
import traceback
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from bot.errors import OutsideError, TryLater
from bot.log import about
from bot.outbox import Batching
from bot.retry import next_try
from bot.store import Store
from gitlab_hooks import inbox, lanes
from gitlab_hooks.apply import write_down
from gitlab_hooks.delivery import Delivery
from gitlab_hooks.flow import flow
from gitlab_hooks.house import House, Outcome
from gitlab_hooks.inbox import Lease
from gitlab_hooks.lanes import Hands
from gitlab_hooks.outcomes import Outcomes
from gitlab_hooks.patience import has_waited
from gitlab_hooks.trying import died_enough, rests_until, stumbled_enough

LEASE_MS = 10_000
"""How long a delivery of a process that is gone for good waits for another one."""

RENEW_MS = 3_000
"""How often the leases of what is in hand are renewed, however long the look-ups take."""

POLL_SECONDS = 2.0
"""How long another process's delivery may go unnoticed."""

SHORTEST_PAUSE = 0.05
"""Seconds; something may be due that may not be taken, because too many like it are in hand."""

log = logging.getLogger(__name__)


class Reader:
    """Works deliveries through with some threads, one at a time in each lane; most of what they do is wait for GitLab.

    At most a quarter of them is at deliveries that were tried before.

    `told` is called after messages were written, `jitter` gives numbers between 0 and 1, `now` is the store's clock.
    `turn` returns when a delivery may be begun. `trouble` says what GitLab or Mattermost fail at just now, "" for none.
    `outcomes` counts what came of the deliveries.
    """

    def __init__(
        self,
        store: Store,
        house: House,
        batching: Batching,
        told: Callable[[], None],
        jitter: Callable[[], float],
        threads: int = 16,
        turn: Callable[[], object] = lambda: None,
    ) -> None:
        self._store = store
        self._house = house
        self._batching = batching
        self._told = told
        self._jitter = jitter
        self._threads = threads
        self._turn = turn
        self._wake = threading.Event()
        self._stopping = threading.Event()
        self._in_hand: dict[int, Delivery] = {}
        self._owing: set[int] = set()
        self._renewed = 0
        self.trouble = ""
        self.outcomes = Outcomes()

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
                self._renew()
                leases = self._claim(self._threads - len(self._in_hand))
                for lease in leases:
                    self._in_hand[lease.delivery.id] = lease.delivery
                    pool.submit(self._work, lease)
                if not leases:
                    self._wake.wait(self._pause())

    def step(self) -> int:
        """Work through what is due, in the calling thread; return how many deliveries that were."""
        leases = self._claim(self._threads)
        for lease in leases:
            self._handle(lease)
        return len(leases)

    def give_back(self) -> None:
        """Let others have what is still in hand when the program ends without waiting for it any longer."""
        if deliveries := tuple(self._in_hand):
            try:
                self._store.write(partial(inbox.give_back, owner=self._store.owner, deliveries=deliveries))
            except OutsideError as wrong:
                log.warning("what is in hand is taken up again when its leases end: %s", wrong)

    def _work(self, lease: Lease) -> None:
        try:
            self._turn()
            self._handle(lease)
        except OutsideError as wrong:
            self._owing.add(lease.delivery.id)
            log.warning("delivery %d is taken up again when its lease ends: %s", lease.delivery.id, wrong)
        finally:
            self._in_hand.pop(lease.delivery.id, None)
            self._wake.set()

    def _renew(self) -> None:
        """Keep what is in hand, so that nobody takes over from who still works."""
        try:
            now = self._store.now()
            if self._in_hand and abs(now - self._renewed) >= RENEW_MS:
                self._renewed = now
                deliveries, until = tuple(self._in_hand), now + LEASE_MS
                self._store.write(partial(inbox.renew, owner=self._store.owner, deliveries=deliveries, until=until))
        except OutsideError as wrong:
            log.warning("what is in hand may be taken over by another process: %s", wrong)

    def _claim(self, limit: int) -> list[Lease]:
        mine = dict(self._in_hand)
        again = max(0, self._threads // 4 - sum(one.attempts > 1 for one in mine.values()))
        hands = Hands(tuple(mine), tuple(self._owing), suspects=0 if any(one.lapses for one in mine.values()) else 1)
        claim = partial(inbox.claim, owner=self._store.owner, lease_ms=LEASE_MS, limit=limit, again=again, hands=hands)
        try:
            taken = self._store.write(lambda conn: claim(conn, now=self._store.now())) if limit > 0 else []
        except OutsideError as wrong:
            log.warning("the inbox cannot be read: %s", wrong)
            return []
        self._owing.difference_update(lease.delivery.id for lease in taken)
        return taken

    def _pause(self) -> float:
        """How long to wait where nothing can be taken; whoever finishes a delivery wakes us."""
        if len(self._in_hand) >= self._threads:
            return POLL_SECONDS
        try:
            due = self._store.read(lanes.next_due)
        except OutsideError:
            return POLL_SECONDS
        return POLL_SECONDS if due is None else min(POLL_SECONDS, max(SHORTEST_PAUSE, (due - self._store.now()) / 1000))

    def _handle(self, lease: Lease) -> None:
        """One delivery's trouble is never another's: whatever is wrong is written on the delivery, and it waits."""
        with about(delivery=lease.delivery.id):
            if not self._stays_away(lease):
                self._work_through(lease)

    def _work_through(self, lease: Lease) -> None:
        try:
            self._write(lease, self._outcome(lease.delivery))
        except OutsideError as wrong:
            self._later(lease, str(wrong), wrong.after if isinstance(wrong, TryLater) else None, asked=wrong.asked)
        except Exception as wrong:  # noqa: BLE001 - the top of the loop: written down, and the next one's turn
            where = traceback.extract_tb(wrong.__traceback__)[-1]
            log.error("delivery %d: %s at %s:%s", lease.delivery.id, type(wrong).__name__, where.filename, where.lineno)  # noqa: TRY400 - a traceback may quote a text
            self._stumbled(lease, f"{type(wrong).__name__} in the program itself; see the log")

    def _stays_away(self, lease: Lease) -> bool:
        """Say whether a delivery over which processes died is not tried now, but rests or has failed for good."""
        delivery, now = lease.delivery, self._store.now()
        if died_enough(delivery):
            self._fail(lease, f"the program died {delivery.lapses} times in a row while it worked on this")
            return True
        if (until := rests_until(delivery, now)) > now:
            log.warning("delivery %d rests: the program died over it %d times", delivery.id, delivery.lapses)
            self._store.write(lambda conn: inbox.rest(conn, lease, until))
        return until > now

    def _outcome(self, delivery: Delivery) -> Outcome:
        """Work out what a delivery means; what has waited for a day is decided without what GitLab alone could tell."""
        try:
            outcome = flow(delivery, self._house)
        except OutsideError as wrong:
            self.trouble = str(wrong)
            if not has_waited(delivery, self._store.now(), asked=wrong.asked):
                raise
            log.warning("delivery %d goes out with what is known: %s", delivery.id, wrong)
            return flow(delivery, self._house.unasked())
        self.trouble = ""
        return outcome

    def _write(self, lease: Lease, outcome: Outcome) -> None:
        write = partial(write_down, lease=lease, outcome=outcome, batching=self._batching)
        if not self._store.write(lambda conn: write(conn, now=self._store.now())):
            log.warning("delivery %d: another reader has taken it over", lease.delivery.id)
            return
        log.info("delivery %d: %s, %d told", lease.delivery.id, outcome.verdict, outcome.told)
        self.outcomes.add(outcome)
        if outcome.told or outcome.changes:
            self._told()

    def _stumbled(self, lease: Lease, why: str) -> None:
        """Let a delivery over which the program itself stumbled wait, or end it as failed after a few such tries."""
        if stumbled_enough(lease.delivery):
            self._fail(lease, why)
        else:
            self._later(lease, why, own=True)

    def _fail(self, lease: Lease, why: str) -> None:
        log.error("delivery %d failed for good at try %d: %s", lease.delivery.id, lease.delivery.attempts, why)
        self._store.write(lambda conn: inbox.finish(conn, lease, "failed", why))

    def _later(self, lease: Lease, why: str, after: float | None = None, **tried: bool) -> None:
        """Let a delivery wait for its next try; how it was `tried` is as for `inbox.postpone`."""
        delivery = lease.delivery
        log.warning("delivery %d waits after try %d: %s", delivery.id, delivery.attempts, why)
        due = next_try(delivery.attempts - 1, after, self._store.now(), self._jitter())
        self._store.write(lambda conn: inbox.postpone(conn, lease, due, why, **tried))
