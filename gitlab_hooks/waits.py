"""What waits for a person, looked up: the lists of GitLab, and how far each merge request in them is."""

from collections.abc import Iterator

from gitlab_hooks.event import Place, who
from gitlab_hooks.gather import access
from gitlab_hooks.ground import Ground
from gitlab_hooks.lookups import GitLab, MergeRequest, Party, User
from gitlab_hooks.notices import Verdict
from gitlab_hooks.todo import Item, Todo, is_of, state_of, waits_for_review

LOOKED_AT = 20
"""Merge requests of each list that are looked at: each takes three questions, and who reads more than that?"""

ORDER = (Party.REVIEWER, Party.ASSIGNEE, Party.AUTHOR)


def todo_of(user: User, gitlab: GitLab) -> Todo:
    """Return what waits for a user, as much of it as they may read.

    Raises:
        bot.errors.OutsideError: GitLab gave no answer.

    """
    lists, more = {}, {}
    for party in ORDER:
        found = gitlab.merge_requests(party, user.id)
        mine = [one for one in found if is_of(party, one, user.id) and _may_read(one, user, gitlab)]
        lists[party] = tuple(_items(party, mine[:LOOKED_AT], user, gitlab))
        more[party] = len(mine[LOOKED_AT:])
    return Todo(lists, more)


def _items(party: Party, requests: list[MergeRequest], user: User, gitlab: GitLab) -> Iterator[Item]:
    for request in requests:
        progress = gitlab.progress(request.subject)
        if progress is None:  # it went meanwhile
            continue
        if party is not Party.REVIEWER:
            yield Item(request, state_of(request, progress))
        elif waits_for_review(request, progress, user.id):
            yield Item(request, "review")


def _may_read(request: MergeRequest, user: User, gitlab: GitLab) -> bool:
    """Say whether a user may read a merge request: somebody named in one may have left the project."""
    ground = Ground(
        feature="merge_requests",
        place=Place(request.project, request.path, ""),
        author=who(request.author) if request.author else None,
        assignees=tuple(map(who, request.assignees)),
    )
    return access(ground.event(), user, gitlab) is Verdict.TOLD
