"""The desk at which the slash command is answered with what we look up, and the digests, which tell it unasked."""

from collections.abc import Callable
from functools import partial

from bot.directory import Directory
from bot.follow_up import FollowUp
from bot.looking import Looking, LookUp
from bot.patience import Patience
from bot.settings import Settings
from bot.slash import Desk
from bot.store import Store
from bot.templates import Templates
from gitlab_hooks.admin import Admin
from gitlab_hooks.digester import Digester, DigestWords
from gitlab_hooks.linking import Linking
from gitlab_hooks.lookups import GitLab
from gitlab_hooks.notices import topics
from gitlab_hooks.parts import COMMAND
from gitlab_hooks.settings import Settings as GitLabSettings
from gitlab_hooks.todo_words import Lists
from gitlab_hooks.waiting_for import WaitingFor
from gitlab_hooks.what import key_of
from gitlab_hooks.whois import Whois
from gitlab_hooks.why import Why


def desk_of(
    settings: Settings,
    gitlab_settings: GitLabSettings,
    store: Store,
    gitlab: GitLab,
    directory: Directory,
    templates: Templates,
    work: Callable[[], None],
) -> Desk:
    """Return the desk; nobody is asked anything yet. `work` is called where something is due."""
    whois = Whois(gitlab, directory, settings.people)
    url, bots = gitlab_settings.gitlab.url, gitlab_settings.policy.bots
    linking = Linking(store, gitlab, directory, bots)
    admin = Admin(store, whois, work)
    table: dict[str, LookUp] = {
        "why": Why(store, gitlab, whois, settings.defaults, url, bots, directory.known),
        "todo": WaitingFor(gitlab, whois, Lists(url), store.now),
        "link": linking.link,
        "unlink": linking.unlink,
        "admin people": admin.people,
        "admin failed": admin.failed,
        "admin retry": admin.retry,
    }
    follow_up = FollowUp(settings.mattermost.url, verify=settings.verify)
    return Desk(
        store,
        directory,
        templates,
        topics(),
        settings.defaults,
        frozenset(name.lower().lstrip("@") for name in settings.admin.people),
        partial(key_of, url),
        whois.account_of,
        Patience(),
        Looking(table, Patience(), follow_up),
        work,
    )


def digester_of(
    settings: Settings,
    gitlab_settings: GitLabSettings,
    store: Store,
    gitlab: GitLab,
    directory: Directory,
    templates: Templates,
    told: Callable[[], None],
) -> Digester:
    """Return what makes the daily digests; `told` is called after each."""
    words = DigestWords(templates, settings.defaults, Lists(gitlab_settings.gitlab.url), COMMAND)
    whois = Whois(gitlab, directory, settings.people)
    return Digester(store, gitlab, whois, lambda: directory.roster.by_key, words, told)
