"""How `setup` makes webhooks: one for each project that has none, with exactly the events that the rules need."""

from collections.abc import Iterator, Mapping
from typing import Any

from bot.errors import OutsideError
from bot.findings import Finding, fault, ok, warning
from gitlab_hooks.examined import Patient
from gitlab_hooks.hook_answers import EVENTS
from gitlab_hooks.hook_plan import needed

SHOWN = {"name": "Nudge", "enable_ssl_verification": True}


def make(patient: Patient) -> Iterator[Finding]:
    """Make the webhooks that lack, and go on where one cannot be made."""
    survey = patient.survey
    yield from map(fault, survey.troubles)
    for path in survey.lacking:
        try:
            home = patient.hooks.project(path)
            signs = patient.keeping.make_hook(home, _body(patient))
        except OutsideError as wrong:
            yield fault(f"{path}: {wrong}", "see that the token's owner is a Maintainer there, then run this again")
        else:
            yield ok(f"made in {path}")
            yield from _judged(patient, path, signs=signs)
    if survey.ours:
        yield ok(f"{len(survey.ours)} are there already")


def _body(patient: Patient) -> Mapping[str, Any]:
    """Return what a hook is made of: the secrets that are set, and every switch on or off."""
    secrets, on = patient.gitlabs.secrets, needed(patient.gitlabs.policy.rules)
    flags = {event: event in on for event in EVENTS}
    token = {"token": secrets.tokens[0]} if secrets.tokens else {}
    signing = {"signing_token": secrets.signing[0]} if secrets.signing else {}
    return {"url": f"{patient.public_url}/gitlab", **SHOWN, **flags, **token, **signing}


def _judged(patient: Patient, path: str, *, signs: bool) -> Iterator[Finding]:
    secrets = patient.gitlabs.secrets
    if secrets.signing and not signs and not secrets.tokens:
        yield warning(
            f"this GitLab does not sign for {path}", "set GITLAB_WEBHOOK_TOKEN, and set it in the webhook, too"
        )
