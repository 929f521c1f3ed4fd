"""What gives projects their webhooks, made from the settings alone: for the command line, and for `serve`."""

import logging
import random
import threading
from collections.abc import Callable

from bot.errors import Misconfigured
from bot.settings import Settings
from bot.store import Store
from gitlab_hooks import gitlab_admin
from gitlab_hooks.hook_asking import Asking
from gitlab_hooks.hook_keeper import HookKeeper
from gitlab_hooks.hook_plan import Wish, needed
from gitlab_hooks.hook_sync import HookSync, Where
from gitlab_hooks.settings import Settings as GitLabSettings

log = logging.getLogger(__name__)


def hook_sync_of(
    settings: Settings,
    gitlab_settings: GitLabSettings,
    store: Store,
    pause: Callable[[float], bool],
    *,
    rotate: bool = False,
    again: bool = False,
) -> HookSync:
    """Return what gives every project its webhook.

    Raises:
        bot.errors.Misconfigured: something it needs is not set; the sentence says what.

    """
    section, public_url = gitlab_settings.gitlab, settings.server.public_url
    for there, missing in (
        (gitlab_settings.hooks_token, "GITLAB_HOOKS_TOKEN is not set: it needs the scope api and the role Maintainer"),
        (public_url, "[server] public_url is not set: GitLab's webhooks go to its /gitlab"),
        (section.groups or section.projects, "[gitlab] names no groups and no projects that should have webhooks"),
    ):
        if not there:
            raise Misconfigured(missing)
    wish = Wish(public_url, needed(gitlab_settings.policy.rules), (), section.hooks_verify_tls, rotate, again)
    admin = gitlab_admin.connect(section.url, gitlab_settings.hooks_token, verify=gitlab_settings.verify)
    where = Where(section.groups, section.projects, wish, gitlab_settings.secrets)
    return HookSync(store, admin, where, lambda: Asking(pause, random.random))


def keeper_of(
    settings: Settings, gitlab_settings: GitLabSettings, store: Store, stopping: threading.Event
) -> HookKeeper | None:
    """Return what looks now and then for projects without our webhook, where the settings let it."""
    if not gitlab_settings.sync_every:
        return None
    try:
        sync = hook_sync_of(settings, gitlab_settings, store, stopping.wait)
    except Misconfigured as wrong:
        log.info("nobody looks for projects without a webhook: %s", wrong)
        return None
    return HookKeeper(store, sync.run, gitlab_settings.sync_every)
