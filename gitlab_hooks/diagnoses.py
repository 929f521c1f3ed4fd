"""What it means how GitLab, its tokens, its webhooks and the people there are found, and what to do about it."""

import re
from collections.abc import Collection, Iterator, Sequence

from bot.diagnoses import expiry
from bot.findings import Finding, fault, ok, warning
from bot.matching import Match
from bot.people import Member
from gitlab_hooks.authenticity import Secrets
from gitlab_hooks.hook_admin import Attempt
from gitlab_hooks.instance import WORKS, HookState, Token
from gitlab_hooks.lookups import User

SHOWN = 5
"""Names in one line; the others are counted."""

OLDEST = (13, 0)

SINCE = (
    ((16, 4), "it has no emoji webhooks, so nobody is told of reactions"),
    ((16, 11), "it sends no edited comments, so nobody is told of a mention that is added later"),
    ((17, 3), "it keeps no log for us, so what happens while the bot is down is lost"),
    ((18, 6), "it does not say who was asked for a review again"),
)
"""What came with which version of GitLab, and what lacks before."""

SIGNING = (19, 0)
UPDATE = "update GitLab when you can"
RENEW = "make a new token under Access tokens, and set it"


def version(text: str, secrets: Secrets) -> Iterator[Finding]:
    """Judge GitLab's version."""
    found = re.match(r"(\d+)\.(\d+)", text)
    number = (int(found[1]), int(found[2])) if found else SIGNING
    yield fault(f"GitLab {text} is too old", UPDATE) if number < OLDEST else ok(f"GitLab {text}")
    for since, lacking in SINCE:
        if OLDEST <= number < since:
            yield warning(f"{lacking} (that came with {since[0]}.{since[1]})", UPDATE)
    if number < SIGNING and secrets.signing and not secrets.tokens:
        yield fault(
            "it signs no webhooks (that came with 19.0), and GITLAB_WEBHOOK_TOKEN is not set: all are refused",
            "set GITLAB_WEBHOOK_TOKEN, and the same Secret token in the webhooks",
        )


def token(found: Token | None, needs: str, now: int) -> Iterator[Finding]:
    """Judge a token: `needs` is the scope it has to have ("api" holds "read_api"), `now` milliseconds since 1970."""
    if found is None:
        yield warning("it works; this GitLab does not tell what it may do and when it ends")
        return
    scopes = ", ".join(sorted(found.scopes))
    if not found.scopes & {needs, "api"}:
        yield fault(f"it has not the scope {needs}, only {scopes or 'none'}", RENEW)
    elif needs not in found.scopes:
        yield warning(f"it may do more than it needs ({scopes})", f"a token with the scope {needs} is safer")
    else:
        yield ok(f"it has the scope {needs}")
    if found.ends is None:
        yield ok("it does not end")
    else:
        yield expiry("it", found.ends, now, RENEW)


def hooks(states: Collection[HookState], homes: Collection[str], url: str, wanted: frozenset[str]) -> Iterator[Finding]:
    """Judge our webhooks: `states` are those that send to `url`, `homes` the projects that need one and have none."""
    if homes:
        yield fault(
            f"no webhook sends to {url} from {listed(homes)}", "make it under Settings → Webhooks, as README.md says"
        )
    for judge in (_disabled, _deaf, _unverified):
        yield from judge(states, wanted)
    if states:
        yield ok(f"{len(states)} webhooks send to {url}")


def _disabled(states: Collection[HookState], _wanted: frozenset[str]) -> Iterator[Finding]:
    found = [_until(state) for state in states if state.alert != WORKS]
    if found:
        mend = "see that the bot answers, then press Test in the webhook's settings: GitLab sends again after an answer"
        yield fault(f"GitLab has disabled the webhook of {listed(found)}", mend)


def _until(state: HookState) -> str:
    return f"{state.home.path} (until {state.until})" if state.until else state.home.path


def _deaf(states: Collection[HookState], wanted: frozenset[str]) -> Iterator[Finding]:
    for flag in sorted(wanted):
        found = [state.home.path for state in states if flag in state.off]
        if found:
            yield fault(f"{flag} are off in the webhook of {listed(found)}", "switch them on in its settings")


def _unverified(states: Collection[HookState], _wanted: frozenset[str]) -> Iterator[Finding]:
    found = [state.home.path for state in states if not state.verifies and state.url.startswith("https:")]
    if found:
        mend = "switch SSL verification on: it is what keeps the secret from others"
        yield warning(f"the webhook of {listed(found)} does not check the bot's certificate", mend)


def deliveries(logs: Collection[tuple[str, Sequence[Attempt]]]) -> Iterator[Finding]:
    """Judge what was not delivered of late: pairs of a project and what failed there, newest first."""
    found = [f"{path} ({len(failed)}, the last with {failed[0].status})" for path, failed in logs if failed]
    if found:
        mend = "`serve` catches up when it starts; `hooks catch-up --since 24h` does it now"
        yield warning(f"in the last day GitLab could not deliver: {listed(found)}", mend)
    elif logs:
        yield ok("GitLab has delivered everything in the last day")


def person(member: Member, mine: Sequence[User], conflicts: Sequence[Match], near: Sequence[str]) -> Iterator[Finding]:
    """Judge a member: the accounts that are theirs, those nobody decided, and names that are near."""
    for match in conflicts:
        yield warning(f"@{member.name}: {match.why}", "say in [people] who is who, or let them type /nudge link")
    if not mine and not conflicts:
        guess = f"; nearest in GitLab: {', '.join(near)}" if near else ""
        mend = "write who it is into [people], or let them type /nudge link"
        yield warning(f"@{member.name} is nobody in GitLab by address or name{guess}", mend)


def listed(names: Collection[str]) -> str:
    """Name the first of many, and count the others."""
    first, more = list(names)[:SHOWN], len(names) - SHOWN
    return ", ".join(first) + (f" and {more} more" if more > 0 else "")
