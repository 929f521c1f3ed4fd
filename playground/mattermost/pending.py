"""Remembers for 30 seconds which post a `pending_post_id` made, so that a repeated request makes no second one.

Measured on 5.37: the memory is global, over all users and channels, holds the 25,000 latest keys, and a hit does not
prolong an entry. A second request while the first one is still being saved is rejected.
"""

from collections import OrderedDict

from playground.mattermost import errors
from playground.mattermost.errors import ApiError

KEPT_MS = 30_000
KEPT_MOST = 25_000
_BEING_SAVED = ""


class Pending:
    """The keys seen lately; the caller holds the lock."""

    def __init__(self) -> None:
        self._seen: OrderedDict[str, tuple[str, int]] = OrderedDict()

    def claim(self, key: str, now: int) -> str | None:
        """Return the id of the post this key made, or claim the key; raise `ApiError` while somebody else does."""
        post_id, until = self._seen.get(key, (_BEING_SAVED, 0))
        if now < until:
            if post_id == _BEING_SAVED:
                raise ApiError(errors.PENDING)
            return post_id
        self._put(key, _BEING_SAVED, now)
        return None

    def made(self, key: str, post_id: str, now: int) -> None:
        """Remember what the key made, from now on for 30 seconds."""
        self._put(key, post_id, now)

    def free(self, key: str) -> None:
        """Forget a key whose post could not be saved."""
        self._seen.pop(key, None)

    def _put(self, key: str, post_id: str, now: int) -> None:
        self._seen[key] = (post_id, now + KEPT_MS)
        self._seen.move_to_end(key)
        if len(self._seen) > KEPT_MOST:
            self._seen.popitem(last=False)
