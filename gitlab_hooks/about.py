"""The keys by which a message can be muted, spelled as people write them."""

from collections.abc import Callable, Iterable, Iterator

from bot.mutes import BOTS
from gitlab_hooks.bots import is_bot
from gitlab_hooks.event import Event
from gitlab_hooks.lookups import User
from gitlab_hooks.notices import Notice, Reason, Role


def about(event: Event, bots: frozenset[str], shown: Callable[[str], str | None]) -> tuple[str, ...]:
    """Return what an event is about: its thing, the project, the groups above, who did it.

    For a comment on `!12` of `web/tools/shop` by kim: `web/tools/shop!12`, `web/tools/shop`, `web/tools`, `web`,
    `@kim`. Case does not matter, as it does not in GitLab. `shown` gives the Mattermost name of a known GitLab name:
    people may be called by either.
    """
    keys = (*_places(event), *_actors(event.actor, bots, shown))
    return tuple(dict.fromkeys(key.lower() for key in keys))


def _places(event: Event) -> Iterator[str]:
    thing = event.thing
    if thing.place is None:
        return
    if thing.ref[:1] in {"!", "#"}:
        yield f"{thing.place.path}{thing.ref}"
    path = thing.place.path
    while path:
        yield path
        path = path.rpartition("/")[0]


def _actors(actor: User | None, bots: frozenset[str], shown: Callable[[str], str | None]) -> Iterator[str]:
    if actor and actor.username:
        yield f"@{actor.username}"
        yield f"@{shown(actor.username) or actor.username}"
    if is_bot(actor, bots):
        yield BOTS


def calls_by_name(event: Event, told: Iterable[Notice], bots: frozenset[str]) -> bool:
    """Say whether a person mentions the reader by name, not a group; that comes through what they have muted."""
    by_name = any(notice.reason is Reason.MENTIONED and notice.role is not Role.GROUP for notice in told)
    return by_name and not is_bot(event.actor, bots)
