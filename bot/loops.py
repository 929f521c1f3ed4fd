"""Work that goes on in the background: a thread for each, which no fault ends."""

import logging
import threading
import time
import traceback
from collections.abc import Callable, Mapping

from bot.errors import OutsideError

PAUSE_SECONDS = 1.0
"""Between a fault and the next beginning."""

log = logging.getLogger(__name__)


class Loops:
    """Runs each piece of work in a thread under its name, until `stopping` is set.

    What ends by a fault of our own, or because something outside failed, is begun again after a moment.
    """

    def __init__(self, work: Mapping[str, Callable[[], None]], stopping: threading.Event) -> None:
        self._stopping = stopping
        self._threads = [
            threading.Thread(target=self._keep_running, args=item, name=item[0], daemon=True) for item in work.items()
        ]

    def start(self) -> None:
        """Begin."""
        for thread in self._threads:
            thread.start()

    def join(self, seconds: float) -> None:
        """Wait for the ends of all, for so long together at most."""
        deadline = time.monotonic() + seconds
        for thread in self._threads:
            thread.join(max(0.0, deadline - time.monotonic()))

    def _keep_running(self, name: str, run: Callable[[], None]) -> None:
        while not self._stopping.is_set():
            try:
                run()
            except OutsideError as wrong:
                log.warning("%s: waits: %s", name, wrong)
                self._stopping.wait(PAUSE_SECONDS)
            except Exception as wrong:  # noqa: BLE001 - the top of a thread
                where = traceback.extract_tb(wrong.__traceback__)[-1]
                log.error("%s: %s at %s:%s", name, type(wrong).__name__, where.filename, where.lineno)  # noqa: TRY400 - a traceback may quote a text
                self._stopping.wait(PAUSE_SECONDS)
