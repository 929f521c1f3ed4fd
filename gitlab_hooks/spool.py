"""Deliveries read back from GitLab's log, newest first and hook by hook, put into the order in which they failed."""

from collections.abc import Iterator
from io import SEEK_END
from tempfile import SpooledTemporaryFile
from typing import Self

import msgspec

from gitlab_hooks.hook_admin import Attempt

IN_MEMORY = 16 * 1024 * 1024
"""Bytes; what is beyond waits in a file without a name."""


class Spool:
    """Takes deliveries in any order and gives them back oldest first; one that is put twice is there once.

    Only where each of them lies is kept in memory: after a long outage there may be a hundred thousand.
    """

    def __init__(self) -> None:
        self._file = SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115 - `__exit__` closes it
        self._places: dict[int, tuple[int, int, int]] = {}

    def __enter__(self) -> Self:
        """Begin."""
        return self

    def __exit__(self, *_: object) -> None:
        """Leave nothing behind."""
        self._file.close()

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self._places)

    def put(self, attempt: Attempt) -> None:
        """Take one; its number is unique in its GitLab."""
        if attempt.id not in self._places:
            start = self._file.seek(0, SEEK_END)
            size = self._file.write(msgspec.msgpack.encode(attempt))
            self._places[attempt.id] = (attempt.at or 0, start, size)

    def __iter__(self) -> Iterator[Attempt]:
        """Yield all by when they failed, then by number; those without a time come first."""
        for _, (_, start, size) in sorted(self._places.items(), key=lambda item: (item[1][0], item[0])):
            self._file.seek(start)
            yield msgspec.msgpack.decode(self._file.read(size), type=Attempt)
