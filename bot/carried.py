"""What a courier has done so far, in numbers."""

import threading
from dataclasses import dataclass, field


@dataclass(slots=True)
class Carried:
    """Posts that arrived, tries after the first, posts that were refused; why the last try failed, "" if it did not.

    `faults` is how often the program itself stumbled.
    """

    sent: int = 0
    retried: int = 0
    dead: int = 0
    faults: int = 0
    failing: str = ""
    _counting: threading.Lock = field(default_factory=threading.Lock)

    def count(self, *, sent: int = 0, retried: int = 0, dead: int = 0, faults: int = 0) -> None:
        """Add to the numbers; threads may share it."""
        with self._counting:
            self.sent += sent
            self.retried += retried
            self.dead += dead
            self.faults += faults
