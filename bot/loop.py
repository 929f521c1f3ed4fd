"""Keeps a thread's work going: no fault of our own ends it in silence."""

import logging
import threading
import traceback
from collections.abc import Callable

PAUSE = 1.0
"""Seconds before work begins again after a fault."""

log = logging.getLogger(__name__)


def keep_running(name: str, run: Callable[[], None], stopping: threading.Event, pause: float = PAUSE) -> None:
    """Run something until `stopping` is set; a fault is logged by its kind and place, and the work begins again."""
    while not stopping.is_set():
        try:
            run()
        except Exception as wrong:  # noqa: BLE001 - the top of a thread
            where = traceback.extract_tb(wrong.__traceback__)[-1]
            log.error("%s: %s at %s:%s", name, type(wrong).__name__, where.filename, where.lineno)  # noqa: TRY400 - a traceback may quote a text
            stopping.wait(pause)
