"""Which events a webhook has to send, so that every rule that somebody hears of can work."""

from gitlab_hooks.rules import Rules

EVENTS = {
    "merge_request": ("merge_requests_events",),
    "note": ("note_events", "confidential_note_events"),
    "issue": ("issues_events", "confidential_issues_events"),
    "emoji": ("emoji_events",),
    "pipeline": ("pipeline_events",),
    "deployment": ("deployment_events",),
    "release": ("releases_events",),
    "tag": ("tag_push_events",),
    "push": ("push_events",),
    "wiki": ("wiki_page_events",),
}
"""The switches of a hook (https://docs.gitlab.com/api/project_webhooks/) by the first word of a rule's key."""


def wanted(rules: Rules) -> frozenset[str]:
    """Return the switches that have to be on for the rules that somebody hears of."""
    kinds = {rule.partition(".")[0] for rule, roles in rules.items() if roles}
    return frozenset(flag for kind in kinds for flag in EVENTS[kind])
