"""What catches up with missed deliveries, made from the settings alone: for the command line, and for `serve`."""

import logging
import random
import threading
from collections.abc import Callable

from bot.errors import Misconfigured
from bot.messages import CATCH_UP, HELD
from bot.settings import Settings
from bot.store import Store
from bot.templates import Templates
from bot.together import Together, by_kind
from gitlab_hooks import gitlab_admin
from gitlab_hooks.catch_up import CatchUp, Where
from gitlab_hooks.parts import COMMAND
from gitlab_hooks.settings import Settings as GitLabSettings
from gitlab_hooks.summary import Held, Summary
from gitlab_hooks.together import Gathered
from gitlab_hooks.watch import Watch

log = logging.getLogger(__name__)


def catch_up_of(
    settings: Settings,
    gitlab_settings: GitLabSettings,
    store: Store,
    pause: Callable[[float], bool],
    accepted: Callable[[], None],
) -> CatchUp:
    """Return what catches up with missed deliveries.

    Raises:
        bot.errors.Misconfigured: something it needs is not set; the sentence says what.

    """
    section, token = gitlab_settings.gitlab, gitlab_settings.hooks_token
    where = Where(section.groups, section.projects, settings.server.public_url, gitlab_settings.summary_after)
    for there, missing in (
        (token, "GITLAB_HOOKS_TOKEN is not set: it needs the scope api and the role Maintainer"),
        (where.public_url, "[server] public_url is not set: by it the bot knows its own hooks"),
        (where.groups or where.projects, "[gitlab] names no groups and no projects whose hooks could be looked at"),
    ):
        if not there:
            raise Misconfigured(missing)
    admin = gitlab_admin.connect(section.url, token, verify=gitlab_settings.verify)
    return CatchUp(store, admin, where, pause, random.random, accepted)


def watch_of(
    settings: Settings,
    gitlab_settings: GitLabSettings,
    store: Store,
    stopping: threading.Event,
    accepted: Callable[[], None],
) -> Watch:
    """Return what notes that the bot is well, and catches up after it was not, where the settings let it."""
    try:
        catch_up = catch_up_of(settings, gitlab_settings, store, stopping.wait, accepted).run
    except Misconfigured as wrong:
        log.info("what GitLab cannot deliver while the bot is away is not caught up with: %s", wrong)
        catch_up = None
    return Watch(store, catch_up, gitlab_settings.gitlab.catch_up_hours, random.random)


def together_of(templates: Templates) -> Together:
    """Return what puts several messages into one post: a summary of what comes late or was held, what else gathers."""
    summary, gathered = Summary(templates, COMMAND), Gathered.of(templates, COMMAND)
    return by_kind({CATCH_UP: summary, HELD: Held(summary, gathered)}, gathered)
