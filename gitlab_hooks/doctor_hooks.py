"""How `doctor` looks at webhooks: those that send to the bot, and what they could not deliver."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import islice

from bot.errors import OutsideError
from bot.findings import Finding, warning
from gitlab_hooks import diagnoses
from gitlab_hooks.examined import Patient
from gitlab_hooks.hook_admin import Attempt, Hook
from gitlab_hooks.hook_plan import needed
from gitlab_hooks.instance import HookState
from gitlab_hooks.missed import missed

AT_ONCE = 8
"""Logs that are read side by side."""

FRESH = 24 * 3_600_000
"""Milliseconds; deliveries that failed longer ago are no news."""

PAGE = 20
"""Failed deliveries of a hook that are read: as many as GitLab gives at once."""


def hooks(patient: Patient) -> Iterator[Finding]:
    """See how our webhooks stand, where there is a token that may."""
    if not _has_hooks(patient):
        return
    survey, url = patient.survey, f"{patient.public_url}/gitlab"
    yield from map(warning, survey.troubles)
    yield from diagnoses.hooks(survey.ours, survey.lacking, url, needed(patient.gitlabs.policy.rules))


def deliveries(patient: Patient) -> Iterator[Finding]:
    """See what could not be delivered in the last day; one log that cannot be read hides no other."""
    if not _has_hooks(patient):
        return
    with ThreadPoolExecutor(AT_ONCE) as pool:
        logs = dict(zip(patient.survey.ours, pool.map(partial(_failures, patient), patient.survey.ours), strict=True))
    yield from (warning(why) for why in dict.fromkeys(log for log in logs.values() if isinstance(log, str)))
    yield from diagnoses.deliveries([(hook.home.path, log) for hook, log in logs.items() if not isinstance(log, str)])


def _failures(patient: Patient, state: HookState) -> list[Attempt] | str:
    """Return the newest deliveries of a hook that failed, one page of them, or why they cannot be read."""
    newest_first = patient.hooks.failed(Hook(state.home, state.id, state.url))
    try:
        return list(missed(islice(newest_first, PAGE), patient.now() - FRESH))
    except OutsideError as wrong:
        return str(wrong)


def _has_hooks(patient: Patient) -> bool:
    return bool(patient.gitlabs.hooks_token and patient.public_url and patient.places)
