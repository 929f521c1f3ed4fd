"""Which of the projects and groups that `[gitlab]` names have no webhook of ours: nothing of them arrives."""

from collections.abc import Iterable, Iterator, Mapping

from gitlab_hooks.hook_admin import Home


def unhooked(named: Iterable[Home], ours: Mapping[Home, int], public_url: str) -> Iterator[str]:
    """Yield a sentence for each of those named for which no hook of ours was found.

    `ours` counts the hooks of every project and group that was looked into. A group's hook is one for all its projects,
    and a group whose projects have some, or one of them, is meant to be as it is.
    """
    for home in named:
        if home in ours and not any(number for place, number in ours.items() if _reaches(place, home)):
            where = f"the group {home.path}, or of a project in it," if home.kind == "group" else home.path
            yield (
                f"no webhook of {where} sends to {public_url.rstrip('/')}/gitlab: what happens there does not arrive,"
                " and cannot be caught up with; add one there, or mend [server] public_url"
            )


def _reaches(place: Home, home: Home) -> bool:
    return place == home or _holds(place, home) or _holds(home, place)


def _holds(group: Home, other: Home) -> bool:
    return group.kind == "group" and other.path.startswith(f"{group.path}/")
