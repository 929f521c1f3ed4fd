"""What does not work as it should just now, for `/readyz`: each part with why."""

from collections.abc import Iterator
from contextlib import suppress

from bot import outbox
from bot.courier import Courier
from bot.directory import Directory
from bot.errors import OutsideError
from bot.store import Store
from bot.web import Trouble
from gitlab_hooks import inbox
from gitlab_hooks.hook_keeper import HookKeeper
from gitlab_hooks.reader import Reader
from gitlab_hooks.watch import Watch


def troubles(
    store: Store, directory: Directory, courier: Courier, reader: Reader, watch: Watch, keeper: HookKeeper | None
) -> Iterator[Trouble]:
    """Yield the parts that fail just now; what the members of the channel fail at is not told as GitLab's too."""
    if courier.failing:
        yield Trouble("mattermost", courier.failing)
    if directory.trouble or not directory.loaded:
        yield Trouble("directory", directory.trouble or "the members have not been read yet")
    yield from _left_behind(store)
    if reader.trouble and reader.trouble != directory.trouble:
        yield Trouble("gitlab", reader.trouble)
    if watch.trouble:
        yield Trouble("catch_up", watch.trouble)
    if keeper and keeper.trouble:
        yield Trouble("hooks", keeper.trouble)


def _left_behind(store: Store) -> Iterator[Trouble]:
    """Yield what waits for somebody to look at it."""
    with suppress(OutsideError):  # the store's own trouble is told beside this
        if letters := store.read(outbox.failed):
            yield Trouble("outbox", f"Mattermost refused {len(letters)} messages: see `outbox list`")
        if deliveries := store.read(inbox.failed):
            yield Trouble("inbox", f"{len(deliveries)} deliveries could not be worked through: see `inbox list`")
