"""What people do in GitLab during a storm: each act sends webhooks, and says by what it will be known, and to whom."""

from collections.abc import Callable
from random import Random

from bench.storm.crowd import OUTSIDER
from bench.storm.place import Place, Said
from playground.gitlab import ci, comments, issuables, merge_requests
from playground.gitlab.objects import DRAFT, MergeRequest

TAKEN_BACK = 0.2
"""The share of emoji that are taken back at once."""

Act = Callable[[Place, Random], list[Said]]


def comment(place: Place, chance: Random) -> list[Said]:
    """Comment, sometimes with a mention of somebody, or of her who may not read it."""
    by, other = place.people(chance, 2)
    mentioned = chance.choice(("", "", other.username, OUTSIDER))
    note = comments.comment(place.gitlab, place.thing, by, f"@{mentioned}, why?" if mentioned else "What about zero?")
    people = [*place.owners, *([other] if mentioned == other.username else [])]
    return [Said(f"#note_{note.id}", place.thing, place.told(people, by))]


def reply(place: Place, chance: Random) -> list[Said]:
    """Reply in a thread.

    Nobody else than the thing's author or the thread's: who is in a thread is found out when GitLab answers, which may
    be after somebody else has come.
    """
    first = chance.choice([note for note in place.thing.notes if note.type is None][-10:])
    by = chance.choice((place.thing.author, first.author))
    note = comments.reply(place.gitlab, place.thing, by, "Nothing.", first)
    return [Said(f"#note_{note.id}", place.thing, place.told([*place.owners, first.author], by))]


def react(place: Place, chance: Random) -> list[Said]:
    """Give the first emoji to a comment, whose author is told by its link; sometimes take it back at once."""
    note = next((note for note in reversed(place.thing.notes) if note.id not in place.reacted), None)
    if note is None:
        return comment(place, chance)
    place.reacted.add(note.id)
    by = place.somebody(chance, note.author)
    award = comments.award(place.gitlab, place.thing, by, chance.choice(("thumbsup", "tada", "heart")), note)
    if taken_back := chance.random() < TAKEN_BACK:
        comments.revoke(place.gitlab, place.thing, award)
    return [Said(f"#note_{note.id}", place.thing, place.told([note.author], by), taken_back=taken_back)]


def close_or_reopen(place: Place, chance: Random) -> list[Said]:
    """Close what is open, reopen what is closed."""
    by = place.somebody(chance)
    act = issuables.close if place.thing.state == "opened" else issuables.reopen
    with place.marked(place.thing) as marker:
        act(place.gitlab, place.thing, by)
    return [Said(marker, place.thing, place.told(place.concerned, by))]


def assign_or_unassign(place: Place, chance: Random) -> list[Said]:
    """Assign one more, or take everybody away who is assigned."""
    by, assigned = place.somebody(chance), list(place.thing.assignees)
    away = len(assigned) > 1
    changed = assigned if away else [place.somebody(chance, *assigned)]
    act = issuables.unassign if away else issuables.assign
    with place.marked(place.thing) as marker:
        act(place.gitlab, place.thing, by, *changed)
    return [Said(marker, place.thing, place.told(changed, by))]


def fail_pipeline(place: Place, chance: Random) -> list[Said]:
    """Let a pipeline of a merge request fail; who started it is told, too."""
    if not isinstance(place.thing, MergeRequest):
        return comment(place, chance)
    mr, by = place.thing, place.somebody(chance)
    run = ci.pipeline(place.gitlab, mr.last_commit, by, "failed", mr=mr)
    return [Said(f"/pipelines/{run.id}", mr, place.told([by, mr.author], None), webhook=1)]


def from_draft_to_merged(place: Place, chance: Random) -> list[Said]:
    """Open a draft, of which nobody is told; make it ready, approve it and merge it, of which some are."""
    author, reviewer, assignee = place.people(chance, 3)
    mr = merge_requests.open_merge_request(
        place.gitlab, place.thing.project, author, "New", draft=True, reviewers=[reviewer], assignees=[assignee]
    )
    with place.marked(mr) as ready:
        mr.title = f"{DRAFT}{mr.title}"
        merge_requests.mark_ready(place.gitlab, mr, author)
    mr.title = "New"
    with place.marked(mr) as approved:
        merge_requests.approve(place.gitlab, mr, reviewer)
    with place.marked(mr) as merged:
        merge_requests.merge(place.gitlab, mr, assignee)
    return [
        Said(ready, mr, place.told([reviewer, assignee], author), webhook=1),
        Said(approved, mr, place.told([author, assignee], reviewer), webhook=2),
        Said(merged, mr, place.told([author, reviewer], assignee), webhook=3),
    ]


ACTS: dict[Act, int] = {
    comment: 8,
    reply: 4,
    react: 4,
    close_or_reopen: 2,
    assign_or_unassign: 2,
    fail_pipeline: 2,
    from_draft_to_merged: 1,
}
"""Act → how often, against the others."""
