"""How `doctor` looks at people: who in the channel is whom in GitLab, and who could be meant where nothing matches."""

from collections.abc import Iterator
from itertools import islice

from bot.findings import Finding, ok, warning
from gitlab_hooks import diagnoses
from gitlab_hooks.examined import Patient
from gitlab_hooks.lookups import User
from gitlab_hooks.nearest import nearest
from gitlab_hooks.people import Known, everybody

MOST_CANDIDATES = 5_000
"""Members of a group or a project who are compared with those whom nothing matches."""


def people(patient: Patient) -> Iterator[Finding]:
    """See who in the channel is whom in GitLab."""
    if not patient.gitlabs.token:
        yield warning("who is who in GitLab can be asked with GITLAB_TOKEN only: people are matched by name")
        return
    known = list(everybody(patient.whois))
    lost = [one for one in known if not one.mine]
    yield ok(f"{len(known) - len(lost)} of {len(known)} people are matched")
    candidates = [user for kind, path in patient.places for user in _members(patient, kind, path)] if lost else []
    for one in known:
        yield from _person(one, candidates)
    for name, member in patient.settings.people.items():
        if member.lower() not in patient.whois.directory.roster.by_name:
            yield warning(f"[people] says that {name} is @{member}, who is not in the channel", "mend the name")


def _members(patient: Patient, kind: str, path: str) -> Iterator[User]:
    return islice(patient.reading.members(kind, path), MOST_CANDIDATES)


def _person(one: Known, candidates: list[User]) -> Iterator[Finding]:
    mine, conflicts = [user for user, _ in one.mine], [match for _, match in one.conflicts]
    return diagnoses.person(one.member, mine, conflicts, nearest(one.member, candidates))
