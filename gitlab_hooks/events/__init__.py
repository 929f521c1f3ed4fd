"""The kinds of event that are read: one row each; everything else is acknowledged and journalled."""

from gitlab_hooks.event import Kinds
from gitlab_hooks.events import deployment, emoji, issue, merge_request, note, pipeline, push, release, tag, wiki

KINDS: Kinds = {
    "merge_request": merge_request.KIND,
    "note": note.KIND,
    "issue": issue.KIND,
    "work_item": issue.KIND,
    "emoji": emoji.KIND,
    "pipeline": pipeline.KIND,
    "deployment": deployment.KIND,
    "release": release.KIND,
    "tag_push": tag.KIND,
    "push": push.KIND,
    "wiki_page": wiki.KIND,
}
"""By the payload's `object_kind`."""
