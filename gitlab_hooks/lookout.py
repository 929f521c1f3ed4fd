"""What an operator watches the bot by, put together: the figures of `/metrics`."""

from collections.abc import Callable, Iterable

from prometheus_client import CollectorRegistry, ProcessCollector

from bot.courier import Courier
from bot.metrics import Latency, Metrics
from bot.settings import Settings
from bot.slash import SlashCommand
from bot.store import Store
from bot.web import Trouble
from gitlab_hooks.figures import Counts, Figures
from gitlab_hooks.hook import GitLabHook
from gitlab_hooks.reader import Reader

SERVERS = ("mattermost", "gitlab")


class Lookout:
    """The registry of this process, and what fills it; `mattermost` and `gitlab` take note of requests to them."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)
        latency = Latency(self._registry, SERVERS)
        self.mattermost, self.gitlab = map(latency.of, SERVERS)

    def metrics(
        self,
        settings: Settings,
        store: Store,
        parts: tuple[GitLabHook, SlashCommand, Reader, Courier],
        troubles: Callable[[], Iterable[Trouble]],
    ) -> Metrics:
        """Return the resource that shows the figures of these parts."""
        hook, slash, reader, courier = parts
        counts = Counts(hook.counts, reader.by_reason, reader.by_verdict, slash.counts)
        self._registry.register(Figures(store, counts, courier, troubles, dict))
        return Metrics(self._registry, settings.metrics_tokens)
