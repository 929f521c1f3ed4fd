"""The house that `serve` works in, put together: whom to ask, what is remembered, how it is worded."""

from collections.abc import Iterable, Sequence
from functools import partial

from bot.directory import Directory
from bot.edits import announcements
from bot.people import PersonKey
from bot.settings import Settings
from bot.store import Store
from bot.templates import Templates
from gitlab_hooks import memory
from gitlab_hooks.events import KINDS
from gitlab_hooks.gather import Memory, access
from gitlab_hooks.house import House
from gitlab_hooks.lookups import GitLab
from gitlab_hooks.parts import wording_of
from gitlab_hooks.settings import Settings as GitLabSettings
from gitlab_hooks.settling import Settling


def house_of(
    settings: Settings,
    gitlab_settings: GitLabSettings,
    store: Store,
    gitlab: GitLab,
    directory: Directory,
    templates: Templates,
) -> House:
    """Return the house; nobody is asked anything yet."""

    def remember(thing: str, facts: Iterable[str], persons: Sequence[PersonKey]) -> Memory:
        return store.read(partial(memory.recall, thing=thing, facts=facts, persons=persons))

    return House(
        kinds=KINDS,
        gitlab=gitlab,
        match=directory.match,
        remember=remember,
        may_read=access,
        policy=gitlab_settings.policy,
        defaults=settings.defaults,
        words=wording_of(settings, gitlab_settings, templates, directory),
        settle=Settling(
            templates,
            settings.defaults,
            directory.match,
            directory.member,
            remember,
            lambda thing: store.read(partial(announcements, thing=thing)),
        ),
        shown=directory.known,
        expect=directory.expect,
    )
