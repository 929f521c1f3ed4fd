"""The figures of `/metrics`: read from the parts and the store at the moment in which Prometheus asks."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from bot import __version__
from bot.courier import Courier
from bot.errors import OutsideError
from bot.store import Store
from bot.tally import Tally
from bot.web import Trouble
from gitlab_hooks.backlog import backlog
from gitlab_hooks.notices import Reason, Verdict
from gitlab_hooks.outcomes import Outcomes

REFUSALS = {"too_large": "413", "unauthorized": "401", "not_json": "400", "not_kept": "503"}
"""Why a webhook is refused, and the status it is answered with."""

COMMANDS = ("answered", "forged", "forged_response_url")
PRESSED = ("answered", "forged", "gone")

TOLD = frozenset({Verdict.TOLD, Verdict.HELD})

PARTS = ("store", "mattermost", "directory", "outbox", "inbox", "gitlab", "catch_up", "hooks")
"""What `/readyz` may call degraded."""


@dataclass(frozen=True, slots=True)
class Counts:
    """What the parts have counted since the process began: requests, people told and not, commands, and buttons."""

    hook: Tally
    outcomes: Outcomes
    commands: Tally
    pressed: Sequence[Tally] = ()


class Figures(Collector):
    """Gives every figure there is; what the store cannot tell just now is left out, and it counts as degraded.

    `troubles` says what is degraded, `days_left` how many days each token has, by its name.
    """

    def __init__(
        self,
        store: Store,
        counts: Counts,
        courier: Courier,
        troubles: Callable[[], Iterable[Trouble]],
        days_left: Callable[[], Mapping[str, float]],
    ) -> None:
        self._store = store
        self._counts = counts
        self._courier = courier
        self._troubles = troubles
        self._days_left = days_left

    def describe(self) -> Iterable[Metric]:
        """Say nothing beforehand, so that registering asks nobody anything."""
        return ()

    def collect(self) -> Iterator[Metric]:
        """Yield every figure."""
        yield gauge("nudge_build_info", "The version that runs", "version", {__version__: 1})
        yield from self._counted()
        yield from self._sent()
        yield gauge("nudge_token_days_left", "Days until a token expires", "token", self._days_left())
        degraded = {trouble.part for trouble in self._troubles()}
        try:
            yield from self._waiting()
        except OutsideError:
            degraded.add("store")
        yield gauge(
            "nudge_degraded", "1 for a part that does not work", "part", {part: part in degraded for part in PARTS}
        )

    def _counted(self) -> Iterator[Metric]:
        hook, verdicts = self._counts.hook.so_far(), [verdict for verdict in Verdict if verdict not in TOLD]
        yield total("nudge_deliveries_accepted", "New deliveries, kept", hook.get("accepted", 0))
        yield total("nudge_deliveries_duplicate", "Deliveries that were there already", hook.get("duplicate", 0))
        refused = {cause: hook.get(status, 0) for cause, status in REFUSALS.items()}
        yield totals("nudge_deliveries_refused", "Requests to /gitlab that were refused", "cause", refused)
        outcomes = self._counts.outcomes
        yield totals("nudge_told", "Who was told of something", "reason", of(outcomes.by_reason, Reason))
        yield totals("nudge_not_told", "Who was not, or nobody was", "verdict", of(outcomes.by_verdict, verdicts))
        yield totals("nudge_commands", "Slash commands", "outcome", of(self._counts.commands, COMMANDS))
        pressed = {one: sum(tally.so_far().get(one, 0) for tally in self._counts.pressed) for one in PRESSED}
        yield totals("nudge_pressed", "Buttons and settings dialogs", "outcome", pressed)

    def _sent(self) -> Iterator[Metric]:
        yield total("nudge_posts_sent", "Posts that have arrived", self._courier.sent)
        yield total("nudge_posts_refused", "Posts that Mattermost refused for good", self._courier.dead)
        yield total("nudge_retries", "Tries of a post after its first", self._courier.retried)

    def _waiting(self) -> Iterator[Metric]:
        queues, now = self._store.read(backlog), self._store.now()
        waiting = {name: queue.waiting for name, queue in queues.items()}
        oldest = {name: queue.oldest(now) for name, queue in queues.items()}
        dead = {name: queue.dead for name, queue in queues.items()}
        yield gauge("nudge_waiting", "Deliveries and messages on their way, of all replicas", "queue", waiting)
        yield gauge("nudge_oldest_waiting_seconds", "For how long the oldest of them is due", "queue", oldest)
        yield gauge("nudge_dead", "What waits for somebody to decide, of all replicas", "queue", dead)


def of(tally: Tally, names: Iterable[str]) -> dict[str, int]:
    """Return the counts of a closed list of names, those that never happened too."""
    counted = tally.so_far()
    return {str(name): counted.get(name, 0) for name in names}


def total(name: str, help_: str, value: int) -> Metric:
    """Return a count since the process began."""
    return CounterMetricFamily(name, help_, value=value)


def totals(name: str, help_: str, label: str, values: Mapping[str, int]) -> Metric:
    """Return counts by a label."""
    family = CounterMetricFamily(name, help_, labels=[label])
    for labelled, value in values.items():
        family.add_metric([labelled], value)
    return family


def gauge(name: str, help_: str, label: str, values: Mapping[str, float]) -> Metric:
    """Return how things stand, by a label."""
    family = GaugeMetricFamily(name, help_, labels=[label])
    for labelled, value in values.items():
        family.add_metric([labelled], value)
    return family
