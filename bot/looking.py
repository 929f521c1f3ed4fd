"""Answers for which something has to be looked up: at once where that is quick, else as soon as it is known."""

import logging
import threading
import traceback
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from functools import partial

from bot.asking import Look, Reply
from bot.errors import OutsideError
from bot.follow_up import FollowUp
from bot.patience import Patience
from bot.people import Member, PersonKey
from bot.preferences import Choices

LookUp = Callable[[Member, Choices, tuple[str, ...]], Reply]
"""(who asks, their choices, the words behind the command) → what is answered; may raise `bot.errors.OutsideError`."""

Say = Callable[[Reply], str]
"""Puts a reply into words."""

MOMENT = Reply("moment", {})
BUSY = Reply("busy", {})
TROUBLE = Reply("trouble", {})

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Asking:
    """Who asks, what they have chosen, and where a later answer may go, "" for nowhere."""

    member: Member
    choices: Choices
    address: str


@dataclass(frozen=True, slots=True)
class Looking:
    """Looks things up by `table`, with a `patience` of its own: nobody's `status` waits behind a long list.

    Whoever is still waiting for one answer is asked to wait before they get a second.
    """

    table: Mapping[str, LookUp]
    patience: Patience
    follow_up: FollowUp
    _waiting: set[PersonKey] = field(default_factory=set)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def answer(self, look: Look, asking: Asking, say: Say) -> Reply:
        """Return what is answered now; what takes longer is put into words by `say` and sent to the address."""
        with self._lock:
            if asking.member.key in self._waiting:
                return BUSY
            self._waiting.add(asking.member.key)
        question = partial(self._looked_up, look, asking)
        later = partial(self._later, asking.address, say) if asking.address else None
        return self.patience.answer_or_later(question, later) or (MOMENT if later else TROUBLE)

    def _looked_up(self, look: Look, asking: Asking) -> Reply:
        try:
            return self.table[look.name](asking.member, asking.choices, look.words)
        except OutsideError as wrong:
            log.warning("%s could not be looked up: %s", look.name, wrong)
        except Exception as wrong:  # noqa: BLE001 - the top of a thread, and somebody waits
            where = traceback.extract_tb(wrong.__traceback__)[-1]
            log.error("%s: %s at %s:%s", look.name, type(wrong).__name__, where.filename, where.lineno)  # noqa: TRY400 - a traceback may quote a text
        finally:
            with self._lock:
                self._waiting.discard(asking.member.key)
        return TROUBLE

    def _later(self, address: str, say: Say, asked: Future[Reply]) -> None:
        if asked.cancelled():  # the program ends
            return
        try:
            self.follow_up.send(address, say(asked.result()))
        except OutsideError as wrong:
            log.warning("a later answer did not arrive: %s", wrong)
