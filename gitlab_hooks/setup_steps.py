"""What `setup` does once the configuration stands: slash command, webhooks, people, and a first message."""

from collections.abc import Callable, Iterator

from bot.doctor import way_back
from bot.findings import Check, Finding, examine, fault, ok, warning
from bot.preferences import Choices, language
from bot.setup_command import command
from bot.talk import Talk
from gitlab_hooks import doctor_people, setup_hooks
from gitlab_hooks.examined import Patient
from gitlab_hooks.parts import templates_of
from gitlab_hooks.setup_draft import Draft

TRIGGERS = "README.md says which events"


def make_command(draft: Draft, talk: Talk) -> Draft:
    """Make the slash command; its token is one of the secrets that are new then."""
    made: dict[str, str] = {}

    def run(patient: Patient) -> Iterator[Finding]:
        done = command(patient)
        made.update(done.variables)
        yield done.finding

    _show(talk, draft.patient, "slash command", run)
    for name, value in made.items():
        draft = draft.having(("", name), value)
    return draft


def make_hooks(draft: Draft, talk: Talk) -> bool:
    """Make the webhooks, or say how to; return whether that went well."""
    return _show(talk, draft.patient, "webhooks", _hooks)


def _hooks(patient: Patient) -> Iterator[Finding]:
    if patient.gitlabs.hooks_token and patient.places:
        yield from setup_hooks.make(patient)
        return
    lacking = "GITLAB_HOOKS_TOKEN is not set" if patient.places else "no group and no project is named"
    url = f"{patient.public_url}/gitlab"
    known_by = "its Secret token is GITLAB_WEBHOOK_TOKEN (or its Signing token GITLAB_SIGNING_TOKEN)"
    yield warning(
        f"none are made: {lacking}", f"make one yourself under Settings → Webhooks: URL {url}; {known_by}; {TRIGGERS}"
    )


def show_way_back(draft: Draft, talk: Talk) -> bool:
    """Show whether Mattermost gets out to the bot, and return whether it does."""
    return _show(talk, draft.patient, "way back", way_back)


def show_people(draft: Draft, talk: Talk) -> None:
    """Show who is matched, and who is not."""
    _show(talk, draft.patient, "people", doctor_people.people)


def greet(draft: Draft, talk: Talk, name: str, key: str) -> bool:
    """Send a sample to one of the people, and return whether that went well; `key` is new for each."""

    def run(patient: Patient) -> Iterator[Finding]:
        wanted = name.strip().lstrip("@").lower()
        member = next((one for one in patient.people if one.name == wanted), None)
        if member is None:
            channel = patient.settings.mattermost.notification_channel
            yield fault(f"@{wanted} is not among the people in {channel}", "add them, then run this again with --me")
            return
        spoken = language(Choices(), patient.settings.defaults, member)
        text = templates_of(patient.settings).render(spoken, "nudge", "sample")
        patient.mattermost.post(patient.mattermost.direct_channel(member.key), str(text), {}, key)
        yield ok(f"a sample is with @{wanted}")

    return _show(talk, draft.patient, "first message", run)


def _show(talk: Talk, patient: Patient, name: str, run: Callable[[Patient], Iterator[Finding]]) -> bool:
    """Run a step and show what becomes of it; return whether nothing failed."""
    results = talk.show(examine([Check("", name, run)], patient))
    return not any(result.finding.level == "fault" for result in results)
