"""Works through one person's mailbox: freeze or edit, send, note what came of it, and so on to the end."""

import logging
import threading
from collections.abc import Callable
from dataclasses import replace
from functools import partial

from sqlalchemy import Connection

from bot import due, edits, mailbox, posts, stumbling
from bot.carried import Carried
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
from bot.sources import Sources
from bot.store import Store
from bot.stumbling import LONGEST_MS, StumbledError, over, place_of
from bot.throttle import Throttle
from bot.turns import Note, Task, Turn, give_up, put_back

LEASE_MS = 15_000
"""Short enough that another process takes over within the 30 s for which Mattermost remembers a key."""

ANSWER_MS = 14_500
"""The longest that connecting and an answer may take: no post starts unless the lease outlives it."""

log = logging.getLogger(__name__)


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
        self.tally = Carried()
        self.stopping = threading.Event()
        self._places: set[str] = set()
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
            self._tell(lease, error)

    def _carry(self, lease: Lease) -> None:
        note: Note | None = None
        while (turn := self._next(lease, note)).task or turn.more:
            note = None
            if turn.task:
                with about(**turn.task.ids):
                    note = self._tried(lease, turn, turn.task)
                if note is None:
                    return
                self.tally.failing = ""
                lease = replace(lease, attempts=0)

    def _tried(self, lease: Lease, turn: Turn, task: Task) -> Note | None:
        """Carry a task out and return what is to be written of it, None where it has to wait."""
        try:
            return self._do(task, lease, partial(self._ready, lease, turn))
        except (TryLater, Misconfigured) as error:
            self._try_again(lease, task, error)
        except (OutsideError, LeaseLostError):
            raise
        except Exception as error:  # noqa: BLE001 - one person's post never stops the others
            self._stumbled(lease, task, self._tell(lease, error))
        return None

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

        try:
            return self._store.write(move_on)
        except StumbledError as stumbled:
            return self._put_aside(lease, note, stumbled)

    def _put_aside(self, lease: Lease, note: Note | None, stumbled: StumbledError) -> Turn:
        """Write what came of the last task, and let what the program stumbled over wait; the next is looked at then."""
        why = self._tell(lease, stumbled.__cause__ or stumbled)
        now = self._store.now()

        def put_aside(conn: Connection) -> None:
            mailbox.hold(conn, lease, now + LEASE_MS)
            if note:
                note(conn)
            stumbling.put_aside(conn, stumbled.messages, why, now, self._sources.jitter())

        self._store.write(put_aside)
        return Turn(None, now, now + LEASE_MS, more=True)

    def _tell(self, lease: Lease, error: BaseException) -> str:
        """Log where the program stumbled, once for each place, and return what is said of it elsewhere."""
        self.tally.count(faults=1)
        place = place_of(error)
        if place not in self._places:
            self._places.add(place)
            log.error("mailbox of %s: %s", lease.person, place)
        return f"{type(error).__name__} in the program itself; see the log"

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
        with over(*(message.id for message in messages)):
            if messages[0].kind == EDIT:
                return edits.take_up(conn, messages[0], self._controls), True
            return self._freeze(conn, messages, now=now), True

    def _do(self, task: Task, lease: Lease, ready: Callable[[], None]) -> Note:
        """Carry one task to Mattermost and return what is to be written of it."""
        return self._edit(task, ready) if isinstance(task, Edit) else self._send(task, lease, ready)

    def _send(self, post: Frozen, lease: Lease, ready: Callable[[], None]) -> Note:
        if not post.fresh:
            self.tally.count(retried=1)
        try:
            posted = self._sender.send(post, ready, lease.epoch)
        except RootGone:
            log.info("%s: what it replies to is gone", post.name)
            return partial(posts.uproot, post=post)  # and the next task is this post again
        except Refused as error:
            self.tally.count(dead=1)
            log.warning("%s: refused", post.name)
            note: Note = partial(posts.dead, post=post, why=str(error))
        else:
            self.tally.count(sent=1)
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
        self._throttle.met(error, lease.person, self._sources.monotonic())
        log.warning("%s: %s, try %d", task.name, type(error).__name__, lease.attempts + 1)
        self._put_back(lease, task, str(error), lease.attempts + (not self._throttle.probing), after)

    def _stumbled(self, lease: Lease, task: Task, why: str) -> None:
        """Try a task over which the program stumbled again later; a post is a dead letter after a day."""
        now = self._store.now()
        if isinstance(task, Edit) or now - task.first_tried < LONGEST_MS:
            self._put_back(lease, task, why, lease.attempts + 1)
            return

        self._sender.forget(task)
        self.tally.count(dead=1)
        self._store.write(partial(give_up, lease=lease, post=task, why=why, until=now + LEASE_MS))

    def _put_back(self, lease: Lease, task: Task, why: str, attempts: int, after: float | None = None) -> None:
        now = self._store.now()
        again = next_try(lease.attempts, after, now, self._sources.jitter())
        back = partial(put_back, lease=lease, task=task, why=why, again=again, attempts=attempts, until=now + LEASE_MS)
        self._store.write(back)
