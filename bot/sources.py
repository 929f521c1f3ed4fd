"""What comes from nowhere: a clock, chance, unguessable texts; handed over, so that tests can choose them."""

import random
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Sources:
    """What comes from nowhere: seconds of a clock that nobody sets, a number from 0 to 1, an unguessable text."""

    monotonic: Callable[[], float] = time.monotonic
    jitter: Callable[[], float] = random.random
    token: Callable[[], str] = secrets.token_urlsafe


REAL = Sources()
