"""What it means how Mattermost, the slash command, clocks and certificates are found, and what to do about it."""

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from urllib.parse import urlsplit

from bot.findings import Finding, fault, ok, warning
from bot.mattermost_admin import SlashCommand
from bot.people import Member
from bot.reach import is_allowed, is_internal

SECOND = 1_000
DAY = 24 * 3600 * SECOND
CLOCK_WARNS, CLOCK_FAILS = 30 * SECOND, 300 * SECOND
"""Signed webhooks are refused where clocks are five minutes apart (Standard Webhooks)."""
DAYS_LEFT = 14
"""From when on an end that comes near is worth a warning."""

HIDDEN = (
    "Mattermost hides e-mail addresses: people are matched by user name, [people] and the slash command `link` only"
)
SHOW = "let an administrator switch on Site Configuration → Users and Teams → Show Email Address, if that may be"
NO_ZONE = "nobody has a time zone: quiet hours and digests go by UTC"
SET_ZONE = "people set it in Mattermost under Settings → Display → Timezone"
DEVELOPER = "System Console → Environment → Developer → Allow untrusted internal connections"


def reached(server: str, url: str, status: int, location: str, *, itself: bool) -> Finding:
    """Judge what a server answered; `itself` says whether the answer is one that only this kind of server gives."""
    section = f"[{server.lower()}] url"
    if itself:
        return ok(f"{url} answers")
    if location:
        return fault(f"{url} sends us on to {location}", f"write the address it sends to into {section}")
    if status // 100 == 5:  # noqa: PLR2004 - 5xx
        return fault(
            f"{url} answers {status}", f"the server, or the proxy before it, is in trouble: see its log; or {section}"
        )
    return fault(f"{url} answers {status}, but not as {server} does", f"check {section}: it may lack a sub-path")


def account(me: Member, version: str) -> Iterator[Finding]:
    """Judge as whom we are logged in."""
    kind = "a bot account" if me.bot else "an ordinary account"
    server = f"Mattermost {version}, " if version else ""
    if me.admin:
        yield warning(f"{server}as @{me.name}, a system administrator", "an ordinary account is enough, and safer")
    else:
        yield ok(f"{server}as @{me.name}, {kind}")


def channel(people: Collection[Member], name: str, team: str) -> Finding:
    """Judge who is in the notification channel, the shared account aside."""
    if not people:
        return warning(f"nobody is in {name} of {team}: nobody can be told", "add the people to the channel")
    return ok(f"{len(people)} people in {name} of {team}")


def addresses(people: Collection[Member]) -> Finding:
    """Judge whether e-mail addresses are shown to us."""
    seen = sum(bool(one.email) for one in people)
    return ok(f"seen of {seen} of {len(people)} people") if seen else warning(HIDDEN, SHOW)


def languages(people: Collection[Member]) -> Finding:
    """Judge the languages and time zones of people."""
    spoken = Counter(one.locale for one in people)
    zones = sum(bool(one.timezone) for one in people)
    if not zones:
        return warning(NO_ZONE, SET_ZONE)
    counted = ", ".join(f"{number} × {language}" for language, number in spoken.most_common())
    return ok(f"{counted}; the time zone of {zones} of {len(people)} people is known")


def way_back(public_url: str, resolved: Sequence[str], setting: str | None) -> Finding:
    """Judge whether Mattermost's requests get out to the bot.

    `resolved` are the addresses of the bot's host, `setting` is `AllowedUntrustedInternalConnections`, None where the
    account may not read it.
    """
    host = urlsplit(public_url).hostname or ""
    if not resolved:
        return warning(f"this machine knows no address of {host}", "see that Mattermost and GitLab know the name")
    if not any(map(is_internal, resolved)):
        return ok(f"{host} is a public address, which needs no leave")
    mend = f"let an administrator add {host} under {DEVELOPER}"
    if setting is None:
        return warning(f"{host} is an internal address; whether Mattermost may ask it only administrators see", mend)
    if is_allowed(host, resolved, setting):
        return ok(f"{host} is an internal address that Mattermost may ask")
    return fault(f"{host} is an internal address that Mattermost refuses to ask: no command and no button works", mend)


def command(commands: Collection[SlashCommand], wanted: SlashCommand, tokens: Collection[str]) -> Finding:
    """Judge the slash command; `wanted` has the trigger and the address it should have, `tokens` are those we take."""
    found = [one for one in commands if one.trigger == wanted.trigger]
    if not found:
        return _missing(commands, wanted, tokens)
    one = next((one for one in found if one.url == wanted.url), found[0])
    if not one.url:
        return ok(f"/{one.trigger} is there; its address and its token only those see who may manage it")
    if wanted.url and one.url != wanted.url:
        return fault(f"/{one.trigger} asks {one.url}", f"set its Request URL to {wanted.url}")
    if tokens and one.token and one.token not in tokens:
        return fault(
            f"/{one.trigger} has another token than MATTERMOST_COMMAND_TOKEN", "copy its token into the variable"
        )
    return ok(f"/{one.trigger} asks {one.url}")


def _missing(commands: Collection[SlashCommand], wanted: SlashCommand, tokens: Collection[str]) -> Finding:
    mend = f"create it under Integrations → Slash Commands, with the Request URL {wanted.url}"
    if commands and not any(one.url for one in commands):
        says = f"/{wanted.trigger} is not among the commands that are completed while typing"
        return warning(says, f"if it is not there at all, {mend}; else switch its Autocomplete on")
    return (fault if tokens else warning)(f"there is no /{wanted.trigger}", mend)


def clock(server: str, at: int | None, asked: int) -> Finding:
    """Judge how far a server's clock and ours are apart; both in milliseconds since 1970."""
    if at is None:
        return warning(f"{server} does not tell its time")
    apart = abs(at - asked)
    says = f"{server}'s clock and this one are {apart // SECOND} s apart"
    level = fault if apart >= CLOCK_FAILS else warning
    return ok(says) if apart < CLOCK_WARNS else level(says, "let both machines set their clocks by a time server (NTP)")


def unsafe(url: str, resolved: Sequence[str]) -> Finding:
    """Judge an address without TLS."""
    if resolved and all(one.startswith("127.") or one == "::1" for one in resolved):
        return ok(f"{url} stays on this machine, without TLS")
    return warning(f"{url} is without TLS: secrets and messages can be read on the way", "give it a https address")


def certificate(url: str, ends: int, now: int) -> Finding:
    """Judge until when a certificate holds; both in milliseconds since 1970."""
    return expiry(f"the certificate of {url}", ends, now, "renew it, or see why it does not renew itself")


def expiry(what: str, ends: int, now: int, mend: str) -> Finding:
    """Judge an end that comes near; both in milliseconds since 1970."""
    days = (ends - now) // DAY
    if days < 0:
        return fault(f"{what} has ended", mend)
    says = f"{what} holds for {days} more days"
    return ok(says) if days > DAYS_LEFT else warning(says, mend)
