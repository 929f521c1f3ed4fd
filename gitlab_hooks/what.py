"""What people name when they mute something, as the key that messages carry (`gitlab_hooks.about`)."""

import re
from urllib.parse import unquote, urlsplit

from bot.mutes import BOTS

PATH = r"[\w.-]+(?:/[\w.-]+)*"
_NAMED = re.compile(rf"{PATH}(?:[!#]\d{{1,18}})?")
_PERSON = re.compile(r"@[\w.-]+")
_PAGE = re.compile(r"/-/(?P<what>merge_requests|issues|work_items)/(?P<iid>\d{1,18})")
"""https://docs.gitlab.com/development/routing/: what belongs to a project stands behind `/-/`."""

MARKS = {"merge_requests": "!", "issues": "#", "work_items": "#"}
BOTS_TOO = frozenset({BOTS, "bot", "봇", "봇들"})


def key_of(gitlab: str, named: str) -> str | None:
    """Return the key of a project, a group, a merge request, an issue, a person or `bots`; None for nothing of these.

    `gitlab` is the address of the instance: a link to one of its pages will do, whatever follows there.
    """
    plain = named.strip("<>").lower()
    if plain in BOTS_TOO:
        return BOTS
    if plain.startswith(("http://", "https://")):
        return _of_link(gitlab.lower().rstrip("/"), plain)
    plain = plain.strip("/")
    return plain if _PERSON.fullmatch(plain) or _NAMED.fullmatch(plain) else None


def _of_link(gitlab: str, link: str) -> str | None:
    """Read a link to a page of the instance, which may itself be below a path."""
    here, there = urlsplit(gitlab), urlsplit(link)
    path = unquote(there.path)
    if here.netloc != there.netloc or not f"{path}/".startswith(f"{here.path}/"):
        return None
    path = path.removeprefix(here.path)
    project = path.partition("/-/")[0].strip("/")
    if not re.fullmatch(PATH, project):
        return None
    page = _PAGE.match(path[path.find("/-/") :]) if "/-/" in path else None
    return f"{project}{MARKS[page['what']]}{page['iid']}" if page else project.removeprefix("groups/")
