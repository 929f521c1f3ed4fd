"""What is told late waits for its like: while deliveries are being caught up with, or wait to be worked through."""

from sqlalchemy import Connection

from bot.messages import catch_up_group
from bot.moments import moment, reach
from bot.outbox import Decision, Send, Wait, Waiting
from gitlab_hooks.inbox import late_waits

GATHERING = "gathering"

GATHERING_MS = 5_000
"""How long more deliveries may be expected after some were caught up with."""

LONGEST_MS = 15 * 60_000
"""How long a summary waits at most: one delivery for which GitLab has no answer holds it up no longer."""


def gathers(conn: Connection, now: int) -> None:
    """Note that deliveries are being caught up with, and more may follow."""
    reach(conn, GATHERING, now + GATHERING_MS)


def patiently(conn: Connection, waiting: Waiting, wish: Decision, now: int) -> Decision:
    """Return what becomes of a message that is due: as its person wishes, once nothing more comes to its summary."""
    gathered = waiting.group == catch_up_group(waiting.person) and now - waiting.created < LONGEST_MS
    return Wait(now + GATHERING_MS) if isinstance(wish, Send) and gathered and _more_comes(conn, now) else wish


def _more_comes(conn: Connection, now: int) -> bool:
    return (moment(conn, GATHERING) or 0) > now or late_waits(conn)
