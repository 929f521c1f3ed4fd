"""How each project's webhook fares: what is wrong with it, what was answered lately, and when that was last no 2xx."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

import msgspec

from bot.console import when
from bot.errors import Refused, TryLater
from gitlab_hooks.gitlab_admin import SINCE
from gitlab_hooks.hook_admin import Attempt, Home
from gitlab_hooks.hook_plan import Plan, Step, Wish
from gitlab_hooks.hook_sync import HookSync
from gitlab_hooks.missed import has_failed

ADVICE: Mapping[str, str] = {
    "ok": "",
    "missing": "run hooks sync",
    "wrong": "run hooks sync",
    "disabled": "see why in the project's Settings → Webhooks, then run hooks sync",
    "paused": "GitLab tries again by itself; hooks sync does it at once",
    "failing": "answers of 401: hooks sync --again sets the secret; others: can GitLab reach [server] public_url?",
    "unknown": "",
}
"""What a webhook may be like, and what to do about it."""


class Status(msgspec.Struct, frozen=True):
    """One line of `hooks status`; `answers` are the newest first, times are UTC."""

    project: str
    hook: int | None
    state: str
    wrong: list[str] = []
    disabled_until: str | None = None
    answers: list[str] = []
    last_failure: str | None = None
    trouble: str = ""


@dataclass(frozen=True, slots=True)
class Statuses:
    """Asks GitLab how the webhooks fare; nothing is changed."""

    sync: HookSync

    def run(self, troubles: list[str], looked: Callable[[int, int, str], None]) -> list[Status]:
        """Return all webhooks, project by project; what could not be found is added to `troubles`."""
        asking, found = self.sync.patience(), list[Status]()
        wish = self.sync.wish(asking)
        logs = asking(self.sync.admin.version) >= SINCE
        homes = self.sync.homes(asking, troubles)
        for done, home in enumerate(homes, start=1):
            try:
                found += asking(partial(self._of, home, wish, logs=logs))
            except (Refused, TryLater) as wrong:
                found.append(Status(home.path, None, "unknown", trouble=str(wrong)))
            looked(done, len(homes), home.path)
        return found

    def _of(self, home: Home, wish: Wish, *, logs: bool) -> list[Status]:
        return [self._status(home, plan, logs=logs) for plan in self.sync.plans(home, wish)]

    def _status(self, home: Home, plan: Plan, *, logs: bool) -> Status:
        if plan.hook is None:
            return Status(home.path, None, "missing")
        until = plan.hook.shape.disabled_until
        recent = self.sync.admin.recent(plan.hook) if logs else []
        failed = next(filter(has_failed, recent), None)
        if logs and failed is None:
            failed = next(iter(self.sync.admin.failed(plan.hook)), None)
        return Status(
            project=home.path,
            hook=plan.hook.id,
            state=state_of(plan, recent[0] if recent else None),
            wrong=list(plan.wrong),
            disabled_until=None if until is None else when(until),
            answers=[one.status for one in recent],
            last_failure=f"{when(failed.at) if failed.at else '?'}: {failed.status or '?'}" if failed else None,
        )


def state_of(plan: Plan, newest: Attempt | None) -> str:
    """Return in a word what a webhook is like; what keeps more from arriving is said before what keeps less."""
    alert = plan.hook.shape.alert if plan.hook else ""
    states = (
        ("missing", plan.hook is None),
        ("paused", alert == "temporarily_disabled"),
        ("disabled", alert not in {"", "executable"}),
        ("wrong", plan.step is Step.REPAIR),
        ("failing", newest is not None and has_failed(newest)),
    )
    return next((state for state, so in states if so), "ok")
