"""What decides who may read something that happened, kept in the journal so that it can be asked again later."""

import msgspec

from gitlab_hooks.event import Event, Place, Thing
from gitlab_hooks.lookups import User, UserId
from gitlab_hooks.notices import Who


class Ground(msgspec.Struct, frozen=True, omit_defaults=True):
    """As much of an event as `gitlab_hooks.gather.access` and `gitlab_hooks.about` read: no title, no text."""

    feature: str
    place: Place | None = None
    ref: str = ""
    author: Who | None = None
    assignees: tuple[Who, ...] = ()
    named: tuple[Who, ...] = ()
    confidential: bool = False
    internal: bool = False

    def event(self, actor: str = "") -> Event:
        """Return an event of which no more is known than this, and the user name of who did it."""
        thing = Thing(
            key="",
            kind="",
            ref=self.ref,
            title="",
            url="",
            place=self.place,
            subject=None,
            feature=self.feature,
            author=self.author,
            assignees=self.assignees,
            confidential=self.confidential,
            internal=self.internal,
        )
        return Event(kind="", action="", thing=thing, actor=User(UserId(0), actor) if actor else None, named=self.named)


def ground_of(event: Event) -> str:
    """Return, as JSON, on what ground an event may be read."""
    thing = event.thing
    ground = Ground(
        feature=thing.feature,
        place=thing.place,
        ref=thing.ref,
        author=thing.author,
        assignees=thing.assignees or (),
        named=event.named,
        confidential=thing.confidential,
        internal=thing.internal,
    )
    return msgspec.json.encode(ground).decode()


def event_on(ground: str, actor: str) -> Event:
    """Return the event that `ground_of` kept so much of, done by somebody of this user name."""
    return msgspec.json.decode(ground, type=Ground).event(actor)
