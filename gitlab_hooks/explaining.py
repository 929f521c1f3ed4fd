"""Why somebody was told, for who presses "Why?": what the journal says of it, and the commands that change it."""

from collections.abc import Callable

from sqlalchemy import Connection, Row, select

from bot.asking import Reply
from bot.markdown import Markdown, link
from bot.mutes import thing_of
from bot.pressed import Pressed
from bot.store.schema import journal

_COLUMNS = ("at", "rule", "label", "link", "actor", "reason", "also")


def explain(conn: Connection, pressed: Pressed, clock: Callable[[int], object]) -> Reply:
    """Return the reply to "Why?"; `clock` gives a time in milliseconds as the person's own clock shows it."""
    found = _line(conn, pressed)
    return Reply(
        "pressed",
        {
            "reason": pressed.reason,
            "also": tuple(filter(None, found.also.split(","))) if found else (),
            "actor": found.actor if found else "",
            "what": link(found.label, found.link) if found and found.label else Markdown(),
            "rule": found.rule if found else "",
            "at": clock(found.at if found else pressed.created),
            "topic": pressed.topic,
            "switch": pressed.switch or pressed.reason,
            "thing": Markdown(thing_of(pressed.about)),
        },
        words="why",
    )


def _line(conn: Connection, pressed: Pressed) -> Row[tuple[object, ...]] | None:
    """Return the line of the journal that a message was made with; of a reminder, that of what it reminds of."""
    same = (journal.c.delivery == pressed.delivery) & (journal.c.person == pressed.person)
    told = same & (journal.c.reason == pressed.reason) & (journal.c.rule != "")
    by_fact = (journal.c.fact == pressed.fact).desc()
    columns = (journal.c[name] for name in _COLUMNS)
    return conn.execute(select(*columns).where(told).order_by(by_fact, journal.c.id).limit(1)).first()
