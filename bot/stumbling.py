"""What becomes of messages over which the program itself stumbles: that one waits ever longer, all others go on."""

import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from sqlalchemy import Connection, bindparam, select, update

from bot.errors import OutsideError
from bot.mailbox import LeaseLostError
from bot.outbox import FREE
from bot.people import PersonKey
from bot.retry import next_try
from bot.store.schema import outbox

LONGEST_MS = 24 * 60 * 60 * 1000
"""How long it is tried; then it is a dead letter, which an operator can retry once the program is mended."""

_MESSAGE = (outbox.c.id == bindparam("number")) & FREE

_ALONE = update(outbox).where(_MESSAGE).values(group=bindparam("gathered"))

_FOUND = select(outbox.c.person, outbox.c.object, outbox.c.attempts, outbox.c.created).where(_MESSAGE)

_COUNT = update(outbox).where(_MESSAGE).values(attempts=outbox.c.attempts + 1, error=bindparam("why"))

_DEAD = _COUNT.values(state="dead")

_LANE_WAITS = (
    update(outbox)
    .where(outbox.c.person == bindparam("who"), outbox.c.object == bindparam("lane"), FREE)
    .where(outbox.c.due < bindparam("until"))
    .values(due=bindparam("until"))
)


class StumbledError(Exception):
    """The program stumbled over some messages of a person; the cause is the error itself."""

    def __init__(self, messages: Sequence[int]) -> None:
        super().__init__(f"messages {', '.join(map(str, messages))}")
        self.messages = tuple(messages)


@contextmanager
def over(*messages: int) -> Iterator[None]:
    """Name the messages over which whatever is done here stumbles; what fails outside is not the program's fault."""
    try:
        yield
    except (OutsideError, LeaseLostError, StumbledError):
        raise
    except Exception as error:
        raise StumbledError(messages) from error


def place_of(error: BaseException) -> str:
    """Return type and place of an error, and no text of it: `KeyError at …/compose.py:41`."""
    where = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__} at {where.filename}:{where.lineno}"


def put_aside(conn: Connection, messages: Sequence[int], why: str, now: int, jitter: float) -> None:
    """Let messages be tried anew, in the transaction of who holds their person's mailbox.

    Several are parted, so that only the one that is at fault stumbles the next time. A single one waits, and with it
    what follows on its object, longer each time; after a day it is a dead letter.
    """
    if len(messages) > 1:
        conn.execute(_ALONE, [{"number": one, "gathered": f"alone:{one}"} for one in messages])
        return
    for number in messages:
        person, lane, attempts, created = conn.execute(_FOUND, {"number": number}).one()
        if now - created >= LONGEST_MS:
            conn.execute(_DEAD, {"number": number, "why": why})
        else:
            conn.execute(_COUNT, {"number": number, "why": why})
            _wait(conn, person, lane, next_try(attempts, None, now, jitter))


def _wait(conn: Connection, person: PersonKey, lane: str, until: int) -> None:
    conn.execute(_LANE_WAITS, {"who": person, "lane": lane, "until": until})
