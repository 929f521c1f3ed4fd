"""The kinds of event that are read: one row each; everything else is acknowledged and journalled."""

from gitlab_hooks.event import Kinds
from gitlab_hooks.events import emoji, issue, merge_request, note

KINDS: Kinds = {
    "merge_request": merge_request.KIND,
    "note": note.KIND,
    "issue": issue.KIND,
    "work_item": issue.KIND,
    "emoji": emoji.KIND,
}
"""By the payload's `object_kind`."""
