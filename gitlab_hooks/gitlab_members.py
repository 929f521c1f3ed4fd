"""What the adapter asks GitLab about the members of a project or a group: the list, page by page."""

from datetime import date

from gitlab_hooks.access import GUEST
from gitlab_hooks.gate import Client
from gitlab_hooks.gitlab_answers import MemberAnswer, in_force, member_of
from gitlab_hooks.lookups import User

PAGE = 100
"""Rows of a page: the most that GitLab gives. A shorter page is the last one."""


def members(client: Client, path: str, most: int, today: date) -> tuple[User, ...] | None:
    """Read pages until there are enough; bots, and members below guest, are nobody whom a mention reaches."""
    found: list[User] = []
    page, is_last = 0, False
    while not is_last and len(found) < most:
        page += 1
        rows = client.get(path, list[MemberAnswer], {"per_page": str(PAGE), "page": str(page)})
        if rows is None:
            return None
        counting = (row for row in rows if row.access_level >= GUEST and in_force(row, today))
        found += [user for user in map(member_of, counting) if not user.bot]
        is_last = len(rows) < PAGE
    return tuple(found[:most])
