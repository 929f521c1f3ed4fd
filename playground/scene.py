"""Where an act of the playground happens: who does it, on which merge request or issue."""

from collections.abc import Iterable
from dataclasses import dataclass

from playground.gitlab.objects import Award, Issue, MergeRequest, Note, Project, Thing, User
from playground.gitlab.state import GitLab
from playground.mattermost.faults import Faults


class NotNow(Exception):  # noqa: N818 - a sentence for whoever pressed the button
    """GitLab would not let anybody do that now; the text says why, and what to do first."""


@dataclass(frozen=True, slots=True)
class Scene:
    """The stage as somebody who presses a button has set it.

    `chosen` is who shall act, None where the act's own choice will do; `mr` and `issue` are what it shall happen to.
    `people` are the members of the project, in a fixed order; `mattermost` holds the faults of the other stand-in.
    """

    gitlab: GitLab
    project: Project
    people: tuple[User, ...]
    mr: MergeRequest
    issue: Issue
    mattermost: Faults
    chosen: User | None = None

    def actor(self, usual: User | None) -> User:
        """Return who acts: whoever was chosen, else the usual one."""
        return self.chosen or usual or self.people[0]

    def others(self, *but: User) -> list[User]:
        """Return the members who are none of these, in order."""
        return [user for user in self.people if user not in but]

    def somebody(self, *but: User, rather_not: Iterable[User] = ()) -> User:
        """Return the first member who is none of these; one of `rather_not` only where nobody else is left."""
        return [*self.others(*but, *rather_not), *self.others(*but)][0]

    def reviewer(self) -> User:
        """Return who reviews, if nobody was chosen: the first reviewer, else somebody who is not the author."""
        usual = next((user for user in self.mr.reviewers if user is not self.mr.author), None)
        return self.actor(usual or self.somebody(self.mr.author))

    def opened(self) -> MergeRequest:
        """Return the merge request if it is open; raise `NotNow` otherwise."""
        if self.mr.state != "opened":
            raise NotNow(f"!{self.mr.iid} is {self.mr.state}. Open a new one, or reopen it.")
        return self.mr

    def by_somebody_else(self, thing: MergeRequest | Issue) -> User:
        """Return who acts, if nobody was chosen: somebody who neither wrote it nor is assigned."""
        return self.actor(self.somebody(thing.author, rather_not=thing.assignees))


def last_note(thing: Thing, but: User | None = None) -> Note:
    """Return the newest comment, by anybody but one; raise `NotNow` where there is none."""
    for note in reversed(thing.notes):
        if note.author is not but:
            return note
    raise NotNow("There is no comment here yet to do that to. Write one first.")


def last_award(thing: Thing, by: User | None) -> Award:
    """Return the newest emoji, by one user or anybody; raise `NotNow` where there is none."""
    for award in reversed(thing.awards):
        if by in (None, award.user):
            return award
    raise NotNow("There is no emoji here to take back. Give one first.")


def names(users: Iterable[User]) -> str:
    """Write names as a list: "Ben Okafor and 김하늘"."""
    *first, last = [user.name for user in users]
    return f"{', '.join(first)} and {last}" if first else last
