"""What a courier does for a mailbox in one go, and how a mailbox is put back where that came to nothing."""

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import Connection

from bot import edits, mailbox, posts
from bot.edits import Edit
from bot.mailbox import Lease
from bot.posts import Frozen

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


def put_back(conn: Connection, lease: Lease, task: Task, why: str, again: int, attempts: int, until: int) -> None:
    """Note why a task failed, and let its mailbox wait until `again`; `until` is when the lease ends else."""
    mailbox.hold(conn, lease, until)
    if isinstance(task, Edit):
        edits.tried(conn, task, why)
    else:
        posts.tried(conn, task, why)
    mailbox.postpone(conn, lease, again, attempts)


def give_up(conn: Connection, lease: Lease, post: Frozen, why: str, until: int) -> None:
    """Make a post a dead letter, and give its mailbox back; `until` is when the lease ends else."""
    mailbox.hold(conn, lease, until)
    posts.dead(conn, post, why)
    mailbox.release(conn, lease)
