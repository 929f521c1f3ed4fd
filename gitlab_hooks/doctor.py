"""What `doctor` looks at: the table of all checks, in the order in which one thing needs another."""

from collections.abc import Iterator
from contextlib import closing
from functools import partial

from bot import diagnoses as bot_diagnoses
from bot import doctor
from bot.findings import Check, Finding, fault, ok, warning
from gitlab_hooks import diagnoses, doctor_hooks, doctor_people, inbox
from gitlab_hooks.configured import warnings
from gitlab_hooks.examined import Patient

OK, UNAUTHORIZED = 200, 401
UNREADABLE = ("cannot be read", "is not TOML")
PARTS = {
    "[server]": ("[server]",),
    "[mattermost]": ("[mattermost]", "MATTERMOST_"),
    "[gitlab]": ("[gitlab]", "GITLAB_TOKEN", "GITLAB_HOOKS_TOKEN"),
    "[store]": ("[store]",),
}
"""Which faults of the configuration stand in the way of what; the others stand in the way of `serve` alone."""


def _file(patient: Patient) -> Iterator[Finding]:
    found = [one for one in patient.faults if any(word in one for word in UNREADABLE)]
    for one in found:
        yield fault(one, "copy the bot.toml that ships with the bot into this folder, or run `setup`")
    if not found:
        yield ok(f"{patient.path} is read")
        yield from map(warning, warnings(patient.settings, patient.gitlabs))


def _rest(patient: Patient) -> Iterator[Finding]:
    """Tell the faults that are of no part."""
    yield from map(fault, [one for one in patient.faults if not any(_is_of(part, one) for part in PARTS)])


def _part(part: str, patient: Patient) -> Iterator[Finding]:
    yield from map(fault, [one for one in patient.faults if _is_of(part, one)])


def _is_of(part: str, text: str) -> bool:
    return any(word in text for word in PARTS[part])


def _left_behind(patient: Patient) -> Iterator[Finding]:
    """Tell what could not be worked through; without a database nothing was."""
    if not doctor.has_database(patient):
        return
    with closing(patient.open()) as store:
        failed = store.read(inbox.failed)
    if failed:
        yield warning(f"{len(failed)} deliveries could not be worked through", "see `inbox list`, then `inbox retry`")


def _gitlab(patient: Patient) -> Iterator[Finding]:
    """See whether GitLab answers; without a token it says 401 to everybody."""
    url = patient.gitlabs.gitlab.url.rstrip("/")
    found = patient.outside.ask(f"{url}/api/v4/version", verify=patient.gitlabs.verify)
    itself = (found.status == OK and "version" in found.body) or (found.status == UNAUTHORIZED and bool(found.body))
    yield bot_diagnoses.reached("GitLab", url, found.status, found.location, itself=itself)


def _reading(patient: Patient) -> Iterator[Finding]:
    if patient.gitlabs.token:
        yield from diagnoses.token(patient.reading.token(), "read_api", patient.now())


def _keeping(patient: Patient) -> Iterator[Finding]:
    if patient.gitlabs.hooks_token:
        yield from diagnoses.token(patient.keeping.token(), "api", patient.now())
    else:
        mend = "set a token with the scope api and the role Maintainer, if that shall not be"
        yield warning("it is not set: what happens while the bot is down is lost", mend)


def _version(patient: Patient) -> Iterator[Finding]:
    if patient.gitlabs.token:
        yield from diagnoses.version(patient.reading.version(), patient.gitlabs.secrets)


def _sight(patient: Patient) -> Iterator[Finding]:
    """See whether the token sees the groups and projects that are named."""
    if not patient.gitlabs.token:
        return
    hidden = [path for kind, path in patient.places if not patient.reading.sees(kind, path)]
    if hidden:
        mend = "make the token's owner a member (Reporter), or mend [gitlab] groups and projects"
        yield fault(f"GITLAB_TOKEN does not see {diagnoses.listed(hidden)}: nobody is told of it", mend)
    elif patient.places:
        yield ok(f"GITLAB_TOKEN sees all {len(patient.places)} groups and projects of bot.toml")


def _gitlab_clock(patient: Patient) -> Iterator[Finding]:
    return doctor.clock("GitLab", "/api/v4/version", patient, patient.gitlabs.gitlab.url)


def _gitlab_tls(patient: Patient) -> Iterator[Finding]:
    return doctor.tls(patient, patient.gitlabs.gitlab.url)


CONFIGURATION: tuple[Check[Patient], ...] = (
    Check("Configuration", "bot.toml", _file),
    *(Check("Configuration", part, partial(_part, part), ("bot.toml",)) for part in PARTS),
    Check("Configuration", "everything else", _rest, ("bot.toml",)),
    Check("Configuration", "public_url", doctor.public_address, ("[server]",)),
)

STORE: tuple[Check[Patient], ...] = (
    *doctor.STORE,
    Check("Store", "deliveries", _left_behind, ("database",)),
)

GITLAB: tuple[Check[Patient], ...] = (
    Check("GitLab", "GitLab", _gitlab, ("[gitlab]",)),
    Check("GitLab", "GITLAB_TOKEN", _reading, ("GitLab",)),
    Check("GitLab", "version", _version, ("GITLAB_TOKEN",)),
    Check("GitLab", "sight", _sight, ("GITLAB_TOKEN",)),
    Check("GitLab", "GITLAB_HOOKS_TOKEN", _keeping, ("GitLab",)),
)

HOOKS: tuple[Check[Patient], ...] = (
    Check("Webhooks", "webhooks", doctor_hooks.hooks, ("GITLAB_HOOKS_TOKEN",)),
    Check("Webhooks", "failures", doctor_hooks.deliveries, ("GITLAB_HOOKS_TOKEN",)),
)

PEOPLE: tuple[Check[Patient], ...] = (Check("People", "people", doctor_people.people, ("channel", "GITLAB_TOKEN")),)

CLOCKS: tuple[Check[Patient], ...] = (*doctor.CLOCK, Check("Clock", "GitLab's clock", _gitlab_clock, ("GitLab",)))

TLS: tuple[Check[Patient], ...] = (*doctor.TLS, Check("TLS", "to GitLab", _gitlab_tls, ("[gitlab]",)))

CHECKS: tuple[Check[Patient], ...] = (
    *CONFIGURATION,
    *STORE,
    *doctor.MATTERMOST,
    *GITLAB,
    *HOOKS,
    *PEOPLE,
    *CLOCKS,
    *TLS,
)
