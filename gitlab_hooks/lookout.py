"""What an operator watches the bot by, put together: the figures of `/metrics`, and what administrators are told."""

from collections.abc import Callable, Iterable, Sequence
from functools import partial

from prometheus_client import CollectorRegistry, ProcessCollector

from bot.courier import Courier
from bot.directory import Directory
from bot.http_session import Observe
from bot.metrics import Latency, Metrics
from bot.people import Member
from bot.settings import Settings
from bot.slash import SlashCommand
from bot.store import Store
from bot.tally import Tally
from bot.templates import Templates
from bot.web import Trouble
from gitlab_hooks import gitlab_admin, tokens
from gitlab_hooks.alarm import AlarmWords
from gitlab_hooks.alarms import Alarms, Watched
from gitlab_hooks.catch_up import Where
from gitlab_hooks.figures import Counts, Figures
from gitlab_hooks.gitlab_client import Client
from gitlab_hooks.hook import GitLabHook
from gitlab_hooks.hook_admin import Hook
from gitlab_hooks.parts import COMMAND
from gitlab_hooks.reader import Reader
from gitlab_hooks.settings import Settings as GitLabSettings
from gitlab_hooks.switched_off import switched_off
from gitlab_hooks.tokens import Tokens

SERVERS = ("mattermost", "gitlab")


class Lookout:
    """The registry of this process, and what fills it; `mattermost` and `gitlab` take note of requests to them."""

    def __init__(self, settings: Settings, gitlab_settings: GitLabSettings) -> None:
        self._settings, self._gitlab_settings = settings, gitlab_settings
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)
        latency = Latency(self._registry, SERVERS)
        self.mattermost, self.gitlab = map(latency.of, SERVERS)
        self._tokens = tokens_of(gitlab_settings, self.gitlab)

    def metrics(
        self,
        store: Store,
        parts: tuple[GitLabHook, SlashCommand, Reader, Courier],
        troubles: Callable[[], Iterable[Trouble]],
        pressed: Sequence[Tally],
    ) -> Metrics:
        """Return the resource that shows the figures of these parts."""
        hook, slash, reader, courier = parts
        counts = Counts(hook.counts, reader.outcomes, slash.counts, pressed)
        days_left = lambda: self._tokens.days_left(store.now())  # noqa: E731 - the store alone knows what time it is
        self._registry.register(Figures(store, counts, courier, troubles, days_left))
        return Metrics(self._registry, self._settings.metrics_tokens)

    def alarms(self, store: Store, directory: Directory, templates: Templates, told: Callable[[], None]) -> Alarms:
        """Return what tells the administrators; `told` is called after each message."""
        settings = self._gitlab_settings
        watched = Watched(self._tokens, hooks_off_of(self._settings, settings), settings.gitlab.url)
        words = AlarmWords(templates, self._settings.defaults, COMMAND)
        return Alarms(store, watched, partial(admins, directory, self._settings.admin.people), words, told)


def tokens_of(settings: GitLabSettings, observe: Observe) -> Tokens:
    """Return what knows when our tokens for GitLab expire; nothing is asked yet."""
    held = {"GITLAB_TOKEN": settings.token, gitlab_admin.SECRET: settings.hooks_token}
    return Tokens(
        {
            name: Client(
                settings.gitlab.url, token, tokens.SECONDS, verify=settings.verify, secret=name, observe=observe
            )
            for name, token in held.items()
            if token
        }
    )


def hooks_off_of(settings: Settings, gitlab_settings: GitLabSettings) -> Callable[[], Sequence[Hook]] | None:
    """Return what asks which of our hooks are off, or None where the settings do not tell which are ours."""
    section, token = gitlab_settings.gitlab, gitlab_settings.hooks_token
    where = Where(section.groups, section.projects, settings.server.public_url)
    if not token or not where.public_url or not (where.groups or where.projects):
        return None
    admin = gitlab_admin.connect(section.url, token, verify=gitlab_settings.verify)
    return lambda: list(switched_off(admin, where))


def admins(directory: Directory, names: Iterable[str]) -> list[Member]:
    """Return those of `[admin] people` who are in the channel, as far as its members are known by now."""
    found = (directory.roster.by_name.get(name.lower().lstrip("@")) for name in names)
    return [member for member in found if member and member.active]
