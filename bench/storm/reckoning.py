"""What became of everything: lost, twice, out of order, astray; pure, so that it can be shown to see all four."""

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

MARKER = re.compile(r"#note_\d+|/pipelines/\d+|\bStorm\d{6}\b")
"""What posts name a fact by: the link to a comment or to a pipeline, or a title that its object has for this fact."""


@dataclass(frozen=True, slots=True)
class Fact:
    """Something that was told to the bot by a webhook; times are seconds of one clock.

    `marker` is how a post names it, `people` whom it concerns; `begun` is when the webhook was first sent, `ended` when
    it was first acknowledged, or given up. Only what is `owed` has to arrive: it was acknowledged, and not taken back.
    """

    marker: str
    object: str
    people: frozenset[str]
    begun: float
    ended: float
    acknowledged: bool
    taken_back: bool = False

    @property
    def owed(self) -> bool:
        """Say whether it has to arrive."""
        return self.acknowledged and not self.taken_back


@dataclass(frozen=True, slots=True)
class Post:
    """A post as a person sees it: the markers in it, in their order, and when it was written."""

    markers: tuple[str, ...]
    at: float


@dataclass(frozen=True, slots=True)
class Reckoning:
    """The account: what was sent to the bot and what came of it; each fault is a line that names person and fact."""

    facts: int
    acknowledged: int
    owed: int
    arrived: int
    posts: int
    slowest: float
    lost: tuple[str, ...]
    twice: tuple[str, ...]
    out_of_order: tuple[str, ...]
    astray: tuple[str, ...]

    @property
    def sound(self) -> bool:
        """Say whether there is no fault in it."""
        return not (self.lost or self.twice or self.out_of_order or self.astray)


def post_of(shown: Mapping[str, Any]) -> Post:
    """Read a post as Mattermost shows it; `create_at` is milliseconds since 1970."""
    cards = shown["props"].get("attachments") or []
    texts = (shown["message"], *(str(card.get("text", "")) for card in cards))
    return Post(tuple(marker for text in texts for marker in MARKER.findall(text)), shown["create_at"] / 1000)


def reckon(facts: Sequence[Fact], posts: Mapping[str, Sequence[Post]]) -> Reckoning:
    """Hold what people see, each person's posts from the oldest on, against what the bot was told."""
    due = {(person, fact.marker): fact for fact in facts for person in fact.people}
    seen = Counter(_seen(posts))
    owed = {key for key, fact in due.items() if fact.owed}
    return Reckoning(
        facts=len(facts),
        acknowledged=sum(fact.acknowledged for fact in facts),
        owed=len(owed),
        arrived=len(owed & seen.keys()),
        posts=sum(map(len, posts.values())),
        slowest=max(_waits(due, posts), default=0.0),
        lost=_named(owed - seen.keys()),
        twice=_named(key for key, times in seen.items() if times > 1),
        out_of_order=_named(key for person, theirs in posts.items() for key in _overtaken(person, theirs, due)),
        astray=_named([*(seen.keys() - due.keys()), *_unmarked(posts)]),
    )


def missing(facts: Sequence[Fact], posts: Mapping[str, Sequence[Post]]) -> int:
    """Return how much has still to arrive."""
    owed = {(person, fact.marker) for fact in facts if fact.owed for person in fact.people}
    return len(owed.difference(_seen(posts)))


Key = tuple[str, str]
"""A person, and the marker of a fact."""


def _seen(posts: Mapping[str, Sequence[Post]]) -> Iterator[Key]:
    yield from ((person, marker) for person, theirs in posts.items() for post in theirs for marker in post.markers)


def _named(keys: Collection[Key] | Iterator[Key]) -> tuple[str, ...]:
    return tuple(sorted(f"{person}: {marker}" for person, marker in keys))


def _unmarked(posts: Mapping[str, Sequence[Post]]) -> Iterator[Key]:
    """Yield the posts that name no fact: a check that cannot read them could not fail by them."""
    bare = (person for person, theirs in posts.items() for post in theirs if not post.markers)
    yield from ((person, "a post about nothing") for person in bare)


def _waits(due: Mapping[Key, Fact], posts: Mapping[str, Sequence[Post]]) -> Iterator[float]:
    """Yield for everything owed how long it took from the acknowledgement to the post."""
    for person, theirs in posts.items():
        for post in theirs:
            found = (due.get((person, marker)) for marker in post.markers)
            yield from (post.at - fact.ended for fact in found if fact and fact.owed)


def _overtaken(person: str, posts: Sequence[Post], due: Mapping[Key, Fact]) -> Iterator[Key]:
    """Yield what came after something of the same object that was sent only once this had been acknowledged.

    Where two webhooks were under way at the same time either order is right.
    """
    newest: defaultdict[str, float] = defaultdict(float)
    for marker in dict.fromkeys(marker for post in posts for marker in post.markers):
        fact = due.get((person, marker))
        if fact is None or not fact.acknowledged:
            continue
        if fact.ended < newest[fact.object]:
            yield person, marker
        newest[fact.object] = max(newest[fact.object], fact.begun)
