"""How a sentence calls people and things, at a length that fits into one."""

from bot.markdown import Markdown, link, percent_encoded
from gitlab_hooks.event import Thing
from gitlab_hooks.lookups import User

LONGEST = 255
"""Code points of a title or a name: GitLab's own limit, which the first line of a commit's message does not know."""

LONGEST_ADDRESS = 1_000
"""Code points of a link's target, which may become nine times as long by percent-encoding."""

OF_JOB = 60
"""Code points of a word about a job: many stand in one list."""

IN_LIST, ADDRESS_IN_LIST = 120, 500
"""Code points of a title and an address of which many stand in one answer."""


def label(thing: Thing) -> str:
    """Return how people call a thing: `!42 Fix login`."""
    return shortened(f"{thing.ref} {thing.title}".strip())


def called(user: User | None) -> str:
    """Return how people call somebody: by name, else by user name."""
    return shortened(user.name or user.username) if user else ""


def address(thing: Thing) -> str:
    """Return where a thing is on the web, "" where that is longer than any address of GitLab's."""
    return thing.url if len(thing.url) <= LONGEST_ADDRESS else ""


def shortened(text: str, longest: int = LONGEST) -> str:
    """Cut a text that is longer than a title may be."""
    return text if len(text) <= longest else f"{text[: longest - 1]}…"


def listed(label: str, url: str) -> Markdown:
    """Return a link for a list in which many stand: shortened, and without an address that is too long for it."""
    return link(shortened(label, IN_LIST), url if len(percent_encoded(url)) <= ADDRESS_IN_LIST else "")
