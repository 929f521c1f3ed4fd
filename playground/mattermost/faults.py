"""What can be made to go wrong, from Python or by `POST /playground/faults`."""

import msgspec

_COUNTED = ("lose_answers", "rate_limited")


class Faults(msgspec.Struct, forbid_unknown_fields=True):
    """The faults that are on; all of them are off at first.

    `down` drops every connection. `slow` waits so many seconds before `POST /posts` is answered, after the post is
    saved, as the server of 5.37 does while it fetches pictures; with `slow_before_saving` it waits first, as newer
    servers do. `lose_answers` drops the connection of the next so many posts after saving them. `rate_limited`
    answers the next so many requests with 429. `database_down` gives the misleading answers that a server without its
    database gives. `broken` answers everything with this 5xx status, as a proxy would.
    """

    down: bool = False
    slow: float = 0
    slow_before_saving: bool = False
    lose_answers: int = 0
    rate_limited: int = 0
    database_down: bool = False
    broken: int = 0

    def take(self, counted: str) -> bool:
        """Use up one of `lose_answers` or `rate_limited`; say whether there was one left. The caller holds the lock."""
        if counted not in _COUNTED:
            raise KeyError(counted)
        left: int = getattr(self, counted)
        setattr(self, counted, max(0, left - 1))
        return left > 0
