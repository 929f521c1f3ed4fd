"""The table of who is told what."""

import pytest

from gitlab_hooks.notices import Role
from gitlab_hooks.rules import ANNOUNCING, DEFAULTS, DRAFT_ENDS, DRAFT_PASSES, DRAFT_TALK, ONCE, ROWS, in_force

PEOPLE_OF = {
    "merge_request.opened": "assignee reviewer mentioned group",
    "merge_request.assigned": "assignee",
    "merge_request.unassigned": "former_assignee",
    "merge_request.review_requested": "reviewer",
    "merge_request.review_removed": "former_reviewer",
    "merge_request.edited": "mentioned group",
    "merge_request.approved": "author assignee",
    "merge_request.unapproved": "author assignee",
    "merge_request.changes_requested": "author assignee",
    "merge_request.merged": "author assignee reviewer",
    "merge_request.closed": "author assignee reviewer",
    "merge_request.reopened": "author assignee reviewer",
    "merge_request.pushed": "",
    "note.merge_request": "mentioned group thread author assignee",
    "note.issue": "mentioned group thread author assignee",
    "note.commit": "mentioned group thread author",
    "note.snippet": "mentioned group thread author",
    "note.edited": "mentioned group",
    "issue.opened": "assignee mentioned group",
    "issue.assigned": "assignee",
    "issue.unassigned": "former_assignee",
    "issue.edited": "mentioned group",
    "issue.closed": "author assignee",
    "issue.reopened": "author assignee",
    "emoji.awarded": "author",
    "pipeline.failed": "starter author",
    "pipeline.fixed": "starter author",
    "deployment.failed": "starter",
    "release.published": "",
    "tag.pushed": "",
    "push.mentioned": "",
    "wiki.changed": "",
}


def test_defaults() -> None:
    """These are the rules, and who is told by default."""
    assert {key: {role.value for role in roles} for key, roles in DEFAULTS.items()} == {
        key: set(roles.split()) for key, roles in PEOPLE_OF.items()
    }


@pytest.mark.parametrize("key", ROWS)
def test_choice(key: str) -> None:
    """Whoever is told by default may also be chosen by name, and every rule has somebody to choose."""
    assert set(ROWS[key].roles) <= set(ROWS[key].choice)
    assert ROWS[key].choice


def test_in_force() -> None:
    """A team's own row takes the place of ours, the others stay."""
    found = in_force({"emoji.awarded": frozenset(), "note.issue": frozenset({Role.AUTHOR})})

    assert found["emoji.awarded"] == frozenset()
    assert found["note.issue"] == {Role.AUTHOR}
    assert {key: roles for key, roles in found.items() if key not in {"emoji.awarded", "note.issue"}} == {
        key: roles for key, roles in DEFAULTS.items() if key not in {"emoji.awarded", "note.issue"}
    }


def test_names() -> None:
    """Every rule that another table names exists."""
    assert ONCE <= ANNOUNCING
    assert set(ROWS) >= ANNOUNCING | DRAFT_TALK | DRAFT_PASSES | DRAFT_ENDS
