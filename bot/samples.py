"""Puts a sample into the outbox, like every other message."""

from sqlalchemy import Connection

from bot import outbox
from bot.asking import Reply
from bot.choices import choices_of
from bot.matching import Roster
from bot.outbox import Batching
from bot.preferences import Choices, Defaults, language
from bot.sampling import message
from bot.templates import Templates


def put(
    conn: Connection, reply: Reply, known: Roster, templates: Templates, defaults: Defaults, key: str, now: int
) -> Reply:
    """Put the sample that a reply promises into the outbox, or return that there is nobody of that name to send it to.

    `key` is new for each sample, `now` milliseconds since 1970.
    """
    member = known.by_name.get(reply.sample_for.lower())
    if member is None or not member.active:
        return Reply("no_such_member", {"name": reply.sample_for})
    spoken = language(choices_of(conn, [member.key]).get(member.key, Choices()), defaults, member)
    text = str(templates.render(spoken, "nudge", "sample"))
    outbox.put(conn, [message(member.key, text, key)], delivery=None, now=now, batching=Batching())
    return reply
