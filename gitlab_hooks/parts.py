"""The single parts of the program, each made from the settings alone."""

import time
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path

import bot
from bot import mattermost_driver
from bot.directory import Directory
from bot.http_session import Observe, unobserved
from bot.mattermost import Mattermost
from bot.outbox import Batching
from bot.people import Member, PersonKey
from bot.retention import rules
from bot.settings import Settings
from bot.store import Store
from bot.templates import Templates
from bot.trimmer import Trimmer
from gitlab_hooks import gitlab, retention
from gitlab_hooks.lookups import GitLab
from gitlab_hooks.settings import Settings as GitLabSettings
from gitlab_hooks.wording import Wording

COMMAND = "/nudge"
"""The trigger under which the last line of a message names the slash command."""

WORDS = (Path(__file__).parent / "words", Path(bot.__file__).parent / "words")


def mattermost_of(settings: Settings, observe: Observe = unobserved) -> Mattermost:
    """Return the adapter to Mattermost; nothing is asked of the server yet. `observe` takes note of each call."""
    return mattermost_driver.connect(
        settings.mattermost.url,
        login_id=settings.mattermost.login_id,
        password=settings.password,
        token=settings.token,
        verify=settings.verify,
        observe=observe,
    )


def gitlab_of(settings: GitLabSettings, observe: Observe = unobserved) -> GitLab:
    """Return the adapter to GitLab; nothing is asked of the server yet. `observe` takes note of each call."""
    return gitlab.connect(settings.gitlab.url, settings.token, verify=settings.verify, observe=observe)


def directory_of(
    settings: Settings, mattermost: Mattermost, linked: Callable[[], Mapping[str, PersonKey]]
) -> Directory:
    """Return the directory of the notification channel, not yet loaded; `linked` reads what people have linked."""
    return Directory(partial(_people_in_channel, settings, mattermost), settings.people, time.monotonic, linked)


def _people_in_channel(settings: Settings, mattermost: Mattermost) -> Iterator[Member]:
    """Yield the members of the notification channel, the shared account itself aside."""
    section, me = settings.mattermost, mattermost.me()
    members = mattermost.members(section.team, section.notification_channel)
    return (member for member in members if member.key != me.key)


def trimmer_of(settings: Settings, store: Store) -> Trimmer:
    """Return what lets old rows go, ours and the other side's."""
    return Trimmer(store, (*retention.RULES, *rules(settings.store.keep_days, retention.NO_MORE_EDITS)))


def templates_of(settings: Settings, overrides: Path | None = None) -> Templates:
    """Return the words of both sides, a team's own before them."""
    own = settings.messages.templates
    return Templates(*WORDS, overrides=overrides or (Path(own) if own else None))


def batching_of(settings: Settings) -> Batching:
    """Return how long messages wait for more of the same."""
    defaults = settings.defaults
    return Batching(round(defaults.batch_seconds * 1000), round(defaults.batch_at_most_seconds * 1000))


def wording_of(
    settings: Settings, gitlab_settings: GitLabSettings, templates: Templates, directory: Directory
) -> Wording:
    """Return what puts notices into words."""
    url, images = gitlab_settings.gitlab.url, settings.messages.images
    return Wording(templates, settings.defaults, url, COMMAND, images, directory.known, gitlab_settings.policy.bots)
