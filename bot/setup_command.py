"""How `setup` makes the slash command, or says how to make it by hand."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from bot.doctor import Patient
from bot.findings import Finding, ok, warning
from bot.mattermost_admin import SlashCommand
from bot.mattermost_admin_driver import SHOWN

VARIABLE = "MATTERMOST_COMMAND_TOKEN"
BY_HAND = (
    f"make it yourself under Integrations → Slash Commands: Title {SHOWN['display_name']},"
    " Command Trigger Word {trigger}, Request URL {url}, Request Method POST, Autocomplete on"
    f" (hint: {SHOWN['auto_complete_hint']}); then set {VARIABLE} to the token it shows"
)


@dataclass(frozen=True, slots=True)
class Made:
    """What became of the slash command, and its token, if that has to be set now."""

    finding: Finding
    variables: Mapping[str, str] = field(default_factory=dict, repr=False)


def command(patient: Patient) -> Made:
    """Make the slash command where there is none and the account may; take the token of one that is ours already.

    Raises:
        bot.errors.OutsideError: Mattermost did not answer, or refused it for another reason.

    """
    team = patient.settings.mattermost.team
    wanted = SlashCommand(patient.trigger, f"{patient.public_url}/mattermost/command")
    found = [one for one in patient.admin.commands(team) if one.trigger == wanted.trigger]
    one = next((one for one in found if one.url == wanted.url), None)
    if found and one is None:
        return _not_ours(patient, found[0], wanted)
    made = one or patient.admin.create_command(team, wanted)
    if made is None:
        by_hand = BY_HAND.format(trigger=wanted.trigger, url=wanted.url)
        return Made(warning("this account may not make slash commands", by_hand))
    says = "is there already" if one else "is made"
    known = patient.settings.command_tokens
    return Made(ok(f"/{made.trigger} {says}"), {} if made.token in known or not made.token else {VARIABLE: made.token})


def _not_ours(patient: Patient, found: SlashCommand, wanted: SlashCommand) -> Made:
    """Leave a command alone that asks somebody else, or whose address may not be seen."""
    if found.url:
        return Made(warning(f"/{found.trigger} asks {found.url}", f"set its Request URL to {wanted.url}"))
    if patient.settings.command_tokens:
        return Made(ok(f"/{found.trigger} is there already"))
    return Made(warning(f"/{found.trigger} is there, and its token is not shown to us", f"set {VARIABLE} to it"))
