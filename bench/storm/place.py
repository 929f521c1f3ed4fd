"""The things that people work on in a storm, and how a post will tell of what they do there."""

import itertools
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from random import Random

from bench.storm.crowd import gather
from playground.gitlab import comments, issues, merge_requests
from playground.gitlab.objects import Issuable, MergeRequest, User
from playground.gitlab.state import GitLab
from playground.world import World

MERGE_REQUESTS, ISSUES = 20, 12


@dataclass(frozen=True, slots=True)
class Said:
    """What posts will know an act by, what it happened to, and whom it concerns, by user names of Mattermost.

    `webhook` says which of the act's webhooks tells it; `taken_back` that the next one takes it back.
    """

    marker: str
    thing: Issuable
    people: frozenset[str]
    webhook: int = 0
    taken_back: bool = False


@dataclass(eq=False, slots=True)
class Place:
    """A merge request or an issue on which people work, one at a time.

    `names` are everybody's in Mattermost, `numbers` those of marked titles, `reacted` the comments that have an emoji.
    """

    gitlab: GitLab
    thing: Issuable
    names: Mapping[User, str]
    numbers: Iterator[int]
    lock: threading.Lock = field(default_factory=threading.Lock)
    reacted: set[int] = field(default_factory=set)

    @property
    def owners(self) -> list[User]:
        """Return whose it is: those whom comments concern."""
        return list(dict.fromkeys((self.thing.author, *self.thing.assignees)))

    @property
    def concerned(self) -> list[User]:
        """Return whom its end concerns: the reviewers, too."""
        reviewers = list(self.thing.reviewers) if isinstance(self.thing, MergeRequest) else []
        return list(dict.fromkeys((*self.owners, *reviewers)))

    def people(self, chance: Random, number: int) -> list[User]:
        """Return so many different people."""
        return chance.sample(list(self.names), number)

    def somebody(self, chance: Random, *but: User) -> User:
        """Return one of the people."""
        return chance.choice([one for one in self.names if one not in but])

    def told(self, people: Sequence[User], by: User | None) -> frozenset[str]:
        """Return who of those concerned is told of what somebody did: not who did it."""
        return frozenset(self.names[one] for one in people if one is not by)

    @contextmanager
    def marked(self, thing: Issuable) -> Iterator[str]:
        """Give a thing a title of its own for one webhook, for acts that posts know by nothing else."""
        before, marker = thing.title, f"Storm{next(self.numbers):06}"
        thing.title = f"{marker} {before}"
        try:
            yield marker
        finally:
            thing.title = before


def places(world: World) -> list[Place]:
    """Open what a crowd will work on; nobody is told of that while no webhook is registered."""
    names, numbers = gather(world), itertools.count(1)
    return [Place(world.gitlab, thing, names, numbers) for thing in _things(world, list(names))]


def _things(world: World, people: Sequence[User]) -> Iterator[Issuable]:
    thing: Issuable
    for one in range(MERGE_REQUESTS + ISSUES):
        author, other, third = (people[(one + step) % len(people)] for step in range(3))
        where = world.gitlab, world.project, author
        if one < MERGE_REQUESTS:
            thing = merge_requests.open_merge_request(*where, f"Round {one}", reviewers=[other])
        else:
            thing = issues.open_issue(*where, f"Rounded {one}", assignees=[other])
        comments.comment(world.gitlab, thing, third, "Where does it begin?")
        yield thing
