"""Which roles hear of what: the default rows, and a team's own rows laid over them."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from gitlab_hooks.notices import Notice, Role

A, R, M, T = Role.ASSIGNEE, Role.REVIEWER, Role.MENTIONED, Role.THREAD
G = Role.GROUP
W, S = Role.AUTHOR, Role.STARTER
FA, FR = Role.FORMER_ASSIGNEE, Role.FORMER_REVIEWER


@dataclass(frozen=True, slots=True)
class Row:
    """One rule: who hears of it by default, and who may be chosen to."""

    roles: tuple[Role, ...]
    choice: tuple[Role, ...]


ROWS: Mapping[str, Row] = {
    "merge_request.opened": Row((A, R, M, G), (A, R, M, G)),
    "merge_request.assigned": Row((A,), (A,)),
    "merge_request.unassigned": Row((FA,), (FA,)),
    "merge_request.review_requested": Row((R,), (R,)),
    "merge_request.review_removed": Row((FR,), (FR,)),
    "merge_request.edited": Row((M, G), (M, G)),
    "merge_request.approved": Row((W, A), (W, A, R)),
    "merge_request.unapproved": Row((W, A), (W, A, R)),
    "merge_request.changes_requested": Row((W, A), (W, A, R)),
    "merge_request.merged": Row((W, A, R), (W, A, R)),
    "merge_request.closed": Row((W, A, R), (W, A, R)),
    "merge_request.reopened": Row((W, A, R), (W, A, R)),
    "merge_request.pushed": Row((), (W, A, R)),
    "note.merge_request": Row((M, G, T, W, A), (M, G, T, W, A, R)),
    "note.issue": Row((M, G, T, W, A), (M, G, T, W, A)),
    "note.commit": Row((M, G, T, W), (M, G, T, W)),
    "note.snippet": Row((M, G, T, W), (M, G, T, W)),
    "note.edited": Row((M, G), (M, G)),
    "issue.opened": Row((A, M, G), (A, M, G)),
    "issue.assigned": Row((A,), (A,)),
    "issue.unassigned": Row((FA,), (FA,)),
    "issue.edited": Row((M, G), (M, G)),
    "issue.closed": Row((W, A), (W, A)),
    "issue.reopened": Row((W, A), (W, A)),
    "emoji.awarded": Row((W,), (W,)),
    "pipeline.failed": Row((S, W), (S, W)),
    "pipeline.fixed": Row((S, W), (S, W)),
    "deployment.failed": Row((S,), (S,)),
    "release.published": Row((), (M, G)),
    "tag.pushed": Row((), (W,)),
    "push.mentioned": Row((), (M, G)),
    "wiki.changed": Row((), (M, G)),
}
"""The table of who is told what, by rule key; the keys are fixed: switches, journal and `preview` use them."""

ONCE = frozenset({"merge_request.opened"})
"""Rules under which a person is told of a merge request once for ever, however often its draft flag goes."""

ANNOUNCING = ONCE | {"merge_request.assigned", "merge_request.review_requested", "merge_request.edited"}
"""Rules whose message tells a person of a merge request, so that its opening need not be told to them again."""

ASKING = ANNOUNCING | {"issue.opened", "issue.assigned", "issue.edited"}
"""Rules that ask for something: once that is settled, they need not be told any more."""

EDITS = frozenset({"merge_request.edited", "issue.edited"})
"""Rules of which those hear whom a text did not mention before."""

DRAFT_TALK = frozenset({"note.merge_request", "note.edited"})
"""Rules that a draft does not silence while `draft_comments` is on."""

DRAFT_PASSES = frozenset({"emoji.awarded", "pipeline.failed", "pipeline.fixed"})
"""Rules that a draft never silences."""

DRAFT_ENDS = frozenset({"merge_request.closed", "merge_request.reopened"})
"""Rules that a draft silences for those only who were never told of the merge request."""

Rules = Mapping[str, frozenset[Role]]

DEFAULTS: Rules = {key: frozenset(row.roles) for key, row in ROWS.items()}


def heard(found: Iterable[Notice], rules: Rules) -> Iterator[Notice]:
    """Yield the notices whose role stands in their rule's row; nobody is looked up for the others."""
    return (notice for notice in found if notice.role in rules.get(notice.rule, frozenset()))


def in_force(own: Mapping[str, frozenset[Role]]) -> Rules:
    """Return the default rows with a team's own rows in their place."""
    return {**DEFAULTS, **own}
