"""Works through one person's mailbox: freeze or edit, send, note what came of it, and so on to the end."""

import logging
import random
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

from sqlalchemy import Connection

from bot import due, edits, mailbox, posts
from bot.due import Release
from bot.edits import Edit
from bot.errors import Misconfigured, OutsideError, Refused, RootGone, TryLater
from bot.log import about
from bot.mailbox import Lease, LeaseLostError
from bot.messages import EDIT
from bot.pace import Pace
from bot.posts import Design, Frozen
from bot.retry import next_try
from bot.sender import Sender
from bot.store import Store
from bot.throttle import Throttle

LEASE_MS = 15_000
"""Short enough that another process takes over within the 30 s for which Mattermost remembers a key."""

ANSWER_MS = 14_500
"""The longest that connecting and an answer may take: no post starts unless the lease outlives it."""

log = logging.getLogger(__name__)

Note = Callable[[Connection], None]
"""What is written of a task in the transaction that moves on to the next."""

Task = Frozen | Edit
"""What is asked of Mattermost in one go: a post, or the change of one."""


@dataclass(frozen=True, slots=True)
class Turn:
    """What a courier has to do for a mailbox next, not before `at`; the lease ends at `until`.

    Without a task the mailbox has been given back, or `more` of it has to be looked at. Milliseconds since 1970.
    """

    task: Task | None
    at: int
    until: int
    more: bool = False


@dataclass(frozen=True, slots=True)
class Sources:
    """What comes from nowhere: seconds of a clock that nobody sets, a number from 0 to 1, an unguessable text."""

    monotonic: Callable[[], float] = time.monotonic
    jitter: Callable[[], float] = random.random
    token: Callable[[], str] = secrets.token_urlsafe


REAL = Sources()


@dataclass(slots=True)
class Tally:
    """Posts that arrived, tries after the first, posts that were refused; why the last try failed, "" if it did not."""

    sent: int = 0
    retried: int = 0
    dead: int = 0
    failing: str = ""


class Carrier:
    """Sends for one mailbox at a time in each thread; a mailbox is given back before `work` returns.

    Once `stopping` is set, the post in hand is the last.
    """

    def __init__(
        self,
        store: Store,
        sender: Sender,
        release: Release,
        design: Design,
        throttle: Throttle,
        pace: Pace,
        sources: Sources,
    ) -> None:
        self.tally = Tally()
        self.stopping = threading.Event()
        self._counting = threading.Lock()
        self._store = store
        self._sender = sender
        self._release = release
        self._throttle = throttle
        self._pace = pace
        self._sources = sources
        self._freeze = partial(posts.freeze, design=design, token=sources.token)
        self._controls = design.controls

    def work(self, lease: Lease) -> None:
        """Send what is due for a person, until nothing is, or something fails."""
        try:
            self._carry(lease)
        except LeaseLostError as lost:
            log.warning("mailbox of %s: %s", lease.person, lost)
        except OutsideError as error:
            log.warning("mailbox of %s is taken up again when its lease ends: %s", lease.person, error)
        except Exception as error:  # noqa: BLE001 - one mailbox never stops the others; its lease runs out by itself
            log.error("mailbox of %s: %s", lease.person, type(error).__name__)  # noqa: TRY400 - no text in logs

    def _carry(self, lease: Lease) -> None:
        note: Note | None = None
        while (turn := self._next(lease, note)).task or turn.more:
            note = None
            if turn.task:
                with about(**turn.task.ids):
                    try:
                        note = self._do(turn.task, lease, partial(self._ready, lease, turn))
                    except (TryLater, Misconfigured) as error:
                        self._try_again(lease, turn.task, error)
                        return
                self.tally.failing = ""
                lease = replace(lease, attempts=0)

    def _next(self, lease: Lease, note: Note | None) -> Turn:
        """Write what came of the last task and take up the next, or give the mailbox back: one transaction."""
        now = self._store.now()

        def move_on(conn: Connection) -> Turn:
            mailbox.hold(conn, lease, now + LEASE_MS)
            if note:
                note(conn)
            if crowded := self._pace.crowded(conn, now):
                mailbox.postpone(conn, lease, crowded, lease.attempts)
                return Turn(None, now, now)
            task, more = (None, False) if self.stopping.is_set() else self._take_up(conn, lease, now)
            if task is None and not more:
                mailbox.release(conn, lease)
            return Turn(task, self._pace.take(conn, now) if task else now, now + LEASE_MS, more)

        return self._store.write(move_on)

    def _take_up(self, conn: Connection, lease: Lease, now: int) -> tuple[Task | None, bool]:
        """Return what is to be done next for a person, and whether there may be more where that is nothing.

        An unfinished post goes first; else the next one is frozen of what goes now, or the next edit is taken up, which
        stands in the same lane. Only so much is looked at in one transaction as makes nobody wait.
        """
        if post := posts.unfinished(conn, lease.person):
            return post, True
        messages = due.wanted(conn, lease.person, now, self._release)
        if not messages:
            return None, messages is not None
        if messages[0].kind == EDIT:
            return edits.take_up(conn, messages[0], self._controls), True
        return self._freeze(conn, messages, now=now), True

    def _do(self, task: Task, lease: Lease, ready: Callable[[], None]) -> Note:
        """Carry one task to Mattermost and return what is to be written of it."""
        return self._edit(task, ready) if isinstance(task, Edit) else self._send(task, lease, ready)

    def _send(self, post: Frozen, lease: Lease, ready: Callable[[], None]) -> Note:
        if not post.fresh:
            self._count(retried=1)
        try:
            posted = self._sender.send(post, ready, lease.epoch)
        except RootGone:
            log.info("%s: what it replies to is gone", post.name)
            return partial(posts.uproot, post=post)  # and the next task is this post again
        except Refused as error:
            self._count(dead=1)
            log.warning("%s: refused", post.name)
            note: Note = partial(posts.dead, post=post, why=str(error))
        else:
            self._count(sent=1)
            self._throttle.succeeded()
            log.info("%s: sent as %s", post.name, posted.id)
            note = partial(posts.sent, post=post, posted=posted)
        self._sender.forget(post)
        return note

    def _edit(self, edit: Edit, ready: Callable[[], None]) -> Note:
        try:
            self._sender.edit(edit, ready)
        except Refused as error:
            log.warning("%s: refused", edit.name)
            return partial(edits.refused, edit=edit, why=str(error), now=self._store.now())
        self._throttle.succeeded()
        log.info("%s: changed %s", edit.name, edit.post_id)
        return partial(edits.sent, edit=edit)

    def _ready(self, lease: Lease, turn: Turn) -> None:
        """Wait for our place among the posts, then see to it that the lease outlives the answer.

        Where the database is away nothing is sent, and Mattermost is not to blame: the lease counts as lost.
        """
        self.stopping.wait(max(0, turn.at - self._store.now()) / 1000)
        now = self._store.now()
        if turn.until - now < ANSWER_MS:
            try:
                self._store.write(partial(mailbox.hold, lease=lease, until=now + LEASE_MS))
            except OutsideError as error:
                raise LeaseLostError(f"the lease could not be renewed: {error}") from error

    def _try_again(self, lease: Lease, task: Task, error: TryLater | Misconfigured) -> None:
        """Put a mailbox back for later; while the server as a whole fails, no one person's pauses grow."""
        after = error.after if isinstance(error, TryLater) else None
        self.tally.failing = str(error)
        self._take_note(lease, error, after)
        attempts = lease.attempts if self._throttle.probing else lease.attempts + 1
        now = self._store.now()
        again = next_try(lease.attempts, after, now, self._sources.jitter())
        log.warning("%s: %s, try %d", task.name, type(error).__name__, lease.attempts + 1)
        tried = partial(edits.tried, edit=task) if isinstance(task, Edit) else partial(posts.tried, post=task)

        def put_back(conn: Connection) -> None:
            mailbox.hold(conn, lease, now + LEASE_MS)
            tried(conn, why=str(error))
            mailbox.postpone(conn, lease, again, attempts)

        self._store.write(put_back)

    def _take_note(self, lease: Lease, error: TryLater | Misconfigured, after: float | None) -> None:
        if isinstance(error, Misconfigured):
            self._throttle.misconfigured(str(error), self._sources.monotonic())
        else:
            self._throttle.failed(lease.person, self._sources.monotonic(), after)

    def _count(self, *, sent: int = 0, retried: int = 0, dead: int = 0) -> None:
        with self._counting:
            self.tally.sent += sent
            self.tally.retried += retried
            self.tally.dead += dead
