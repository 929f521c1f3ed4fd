"""Which events a webhook has to send."""

from gitlab_hooks.notices import Role
from gitlab_hooks.rules import DEFAULTS, ROWS
from gitlab_hooks.wanted_events import EVENTS, wanted


def test_as_shipped() -> None:
    """The rules as shipped need eight events, those that README.md names."""
    assert wanted(DEFAULTS) == {
        *("merge_requests_events", "note_events", "confidential_note_events"),
        *("issues_events", "confidential_issues_events"),
        *("emoji_events", "pipeline_events", "deployment_events"),
    }


def test_what_nobody_hears() -> None:
    """What nobody hears of need not be sent, and what somebody hears of has to be."""
    assert wanted({"emoji.awarded": frozenset(), "tag.pushed": frozenset({Role.AUTHOR})}) == {"tag_push_events"}


def test_every_rule() -> None:
    """Every rule has its events."""
    assert {rule.partition(".")[0] for rule in ROWS} == EVENTS.keys()
