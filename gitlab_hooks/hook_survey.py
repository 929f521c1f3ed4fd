"""How the webhooks of all projects stand: which send to the bot, who has none, what could not be looked at."""

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial

from bot.errors import OutsideError
from gitlab_hooks.hook_admin import Home, HookAdmin
from gitlab_hooks.instance import HookState, Instance
from gitlab_hooks.missed import is_ours

AT_ONCE = 8
"""Projects that are asked for side by side."""


@dataclass(slots=True)
class Survey:
    """Our hooks, the paths of projects that neither have one nor are below a group that has one, and what failed."""

    ours: list[HookState] = field(default_factory=list)
    lacking: list[str] = field(default_factory=list)
    troubles: list[str] = field(default_factory=list)


def survey(admin: HookAdmin, instance: Instance, places: Iterable[tuple[str, str]], public_url: str) -> Survey:
    """Look at the hooks of groups and projects, given as kind and path, and go on where one of them fails."""
    found, projects = Survey(), dict[Home, None]()
    ours = partial(_ours, instance, public_url)
    for kind, path in places:
        try:
            home = admin.group(path) if kind == "group" else admin.project(path)
            own = ours(home) if kind == "group" else []
            found.ours += own
            projects |= {} if own else dict.fromkeys(admin.projects_of(home) if kind == "group" else [home])
        except OutsideError as wrong:
            found.troubles.append(str(wrong))
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for home, states in zip(
            projects, pool.map(partial(_tried, found, public_url, instance), projects), strict=True
        ):
            found.ours += states or []
            found.lacking += [home.path] if states == [] else []
    return found


def _tried(found: Survey, public_url: str, instance: Instance, home: Home) -> list[HookState] | None:
    """Return our hooks of a project, None where it could not be looked at."""
    try:
        return _ours(instance, public_url, home)
    except OutsideError as wrong:
        found.troubles.append(f"{home.path}: {wrong}")
        return None


def _ours(instance: Instance, public_url: str, home: Home) -> list[HookState]:
    return [state for state in instance.hooks(home) if is_ours(state.url, public_url)]
