"""Which of our webhooks GitLab has switched off, because it could not deliver to them.

https://docs.gitlab.com/user/project/integrations/webhooks/#auto-disabled-webhooks
"""

import logging
from collections.abc import Iterator

from bot.errors import Refused
from gitlab_hooks.catch_up import Where
from gitlab_hooks.hook_admin import Home, Hook, HookAdmin
from gitlab_hooks.missed import is_ours

log = logging.getLogger(__name__)


def switched_off(admin: HookAdmin, where: Where) -> Iterator[Hook]:
    """Yield the hooks that send to us and are off, for good or for a while; what we may not see is left out.

    Raises:
        bot.errors.TryLater, bot.errors.Misconfigured: GitLab does not answer.

    """
    for home in dict.fromkeys(_homes(admin, where)):
        try:
            yield from (hook for hook in admin.hooks(home) if hook.off and is_ours(hook.url, where.public_url))
        except Refused as wrong:
            log.info("whether hooks are switched off: %s", wrong)


def _homes(admin: HookAdmin, where: Where) -> Iterator[Home]:
    for path in where.groups:
        try:
            group = admin.group(path)
            yield group
            yield from admin.projects_of(group)
        except Refused as wrong:
            log.info("whether hooks are switched off: %s", wrong)
    for path in where.projects:
        try:
            yield admin.project(path)
        except Refused as wrong:
            log.info("whether hooks are switched off: %s", wrong)


def page_of(hook: Hook, url: str) -> str:
    """Return the address of a hook's page in GitLab, whose own is `url`."""
    place = hook.home.path if hook.home.kind == "project" else f"groups/{hook.home.path}"
    return f"{url.rstrip('/')}/{place}/-/hooks/{hook.id}/edit"
