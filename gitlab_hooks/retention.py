"""What of our own tables may go, and when; `bot.retention` has the others and says how."""

from bot.retention import Rule
from bot.store.schema import ends, failing, inbox, is_state
from gitlab_hooks.settlement import FINAL, State

INBOX_DAYS = 10
"""A delivery that comes again is known by its keys: GitLab keeps its log, from which deliveries can be sent again, for
seven days (https://docs.gitlab.com/user/project/integrations/webhooks/#view-webhook-request-history)."""

FAILING_DAYS = 365
"""A pipeline that passes is news after a failure however long ago; after a year nobody waits for it."""

NO_MORE_EDITS = FINAL | {State.CLOSED}
"""What has become of a merge request whose messages need not be edited any more."""

# What became of things is kept for as long as an older delivery about them can come: by GitLab's log, a week.
RULES = (
    Rule(inbox, inbox.c.id, inbox.c.received, INBOX_DAYS, is_state(inbox, "done")),
    Rule(ends, ends.c.at, ends.c.at, INBOX_DAYS),
    Rule(failing, failing.c.object, failing.c.ended, FAILING_DAYS, failing.c.ended > 0, in_time=False),
)
"""Not here: `accounts`, one row a user of GitLab that payloads have shown, `hooks`,
one row a webhook, and deliveries that wait or failed."""
