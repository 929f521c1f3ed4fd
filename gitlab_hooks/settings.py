"""The sections of `bot.toml` and the secrets that the GitLab side reads."""

import base64
import binascii
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from bot.config import Source, near
from bot.settings import certificates, is_address
from gitlab_hooks.authenticity import Secrets
from gitlab_hooks.judge import Policy
from gitlab_hooks.notices import Role
from gitlab_hooks.rules import ROWS, in_force

SIGNING_PREFIX = "whsec_"
SIGNING_BYTES = 32
MOST_PEOPLE = 1_000
"""Whom groups may reach at most: each of them costs GitLab a few look-ups."""
UNITS = {"s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}
_DURATION = re.compile(r"(\d+)\s*([smhd]?)")


class GitLabSection(msgspec.Struct, frozen=True):
    """`[gitlab]`: which instance, which projects get hooks, and who else is a bot there."""

    url: str = ""
    groups: list[str] = []
    projects: list[str] = []
    bots: list[str] = []
    catch_up_hours: Annotated[int, Meta(ge=0)] = 72
    catch_up_summary_after: str = "4h"
    hooks_sync_every: str = "1h"
    hooks_verify_tls: bool = True


@dataclass(frozen=True, slots=True)
class Settings:
    """What the GitLab side is told; secrets are never shown by `repr`.

    `summary_after` and `sync_every` are milliseconds, 0 for never.
    """

    gitlab: GitLabSection
    policy: Policy
    secrets: Secrets
    token: str = field(repr=False)
    hooks_token: str = field(repr=False, default="")
    summary_after: int = 0
    verify: bool | str = True
    sync_every: int = 0


SECTIONS = frozenset({"gitlab", "rules"})


def read(source: Source) -> Settings:
    """Read the sections and secrets; what is wrong is noted in `source.faults`."""
    gitlab = source.section("gitlab", GitLabSection)
    if not is_address(gitlab.url):
        source.fault("gitlab", "url", f"expected the instance's address (https://…), found {gitlab.url!r}")
    summary_after, sync_every = (
        _duration(source, key, getattr(gitlab, key)) for key in ("catch_up_summary_after", "hooks_sync_every")
    )
    return Settings(
        gitlab,
        policy(source, gitlab.bots),
        _secrets(source),
        _token(source, "GITLAB_TOKEN"),
        _token(source, "GITLAB_HOOKS_TOKEN"),
        summary_after,
        certificates(source),
        sync_every,
    )


def _duration(source: Source, key: str, text: str) -> int:
    found = milliseconds(text)
    if found is None:
        source.fault("gitlab", key, 'expected a duration such as "4h", "30m" or "0" for never')
    return found or 0


def _token(source: Source, name: str) -> str:
    token = source.secret(name)
    if len(token.split()) > 1:
        source.faults.append(f"{name}: expected one token, without white space in it")
    return token


def _secrets(source: Source) -> Secrets:
    tokens = source.secret("GITLAB_WEBHOOK_TOKEN").split()
    signing = source.secret("GITLAB_SIGNING_TOKEN").split()
    if not tokens and not signing:
        source.faults.append(
            "GITLAB_WEBHOOK_TOKEN or GITLAB_SIGNING_TOKEN: expected the secret of the webhooks; neither is set"
        )
    if not all(map(is_signing_token, signing)):
        source.faults.append(f"GITLAB_SIGNING_TOKEN: expected {SIGNING_PREFIX} and the base64 of {SIGNING_BYTES} bytes")
    return Secrets(tuple(tokens), tuple(signing))


def is_signing_token(text: str) -> bool:
    """Say whether a text is a signing token as GitLab 19.0 takes it."""
    try:
        key = base64.b64decode(text.removeprefix(SIGNING_PREFIX), validate=True)
    except (binascii.Error, ValueError):
        return False
    return text.startswith(SIGNING_PREFIX) and len(key) == SIGNING_BYTES


def policy(source: Source, bots: list[str]) -> Policy:
    """Read `[rules]`; what is wrong is noted in `source.faults`."""
    table = dict(source.table("rules"))
    own = frozenset(table) & frozenset(OPTIONS)
    options = {key: _option(source, key, table.pop(key, option.default)) for key, option in OPTIONS.items()}
    rows = _rows(source, table)
    names = frozenset(name.lower() for name in bots)
    return Policy(in_force(rows), bots=names, own=own | frozenset(rows), **options)


def _option(source: Source, key: str, value: object) -> Any:
    """Return what a key means; one that is wrong is noted, and then its default counts."""
    option = OPTIONS[key]
    found = option.read(value)
    if found is None:
        source.fault("rules", key, f"expected {option.expected}")
    return option.read(option.default) if found is None else found


def milliseconds(text: object) -> int | None:
    """Read a duration (`24h`, `30m`, `0`; a bare number is seconds) as milliseconds; None where it is none."""
    found = _DURATION.fullmatch(str(text).strip())
    return int(found[1]) * UNITS[found[2] or "s"] if found else None


def _yes_or_no(value: object) -> bool | None:
    return value if isinstance(value, bool) else None


def _number_of_people(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MOST_PEOPLE else None


@dataclass(frozen=True, slots=True)
class Option:
    """A key of `[rules]` that is no row; `read` gives None for what is not as `expected`."""

    default: object
    read: Callable[[object], Any]
    expected: str


OPTIONS = {
    "stale_after": Option("24h", milliseconds, 'a duration such as "24h", "30m" or "0" for never'),
    "draft_comments": Option(True, _yes_or_no, "true or false"),
    "group_mentions": Option(100, _number_of_people, f"a number of people up to {MOST_PEOPLE}, 0 for none"),
    "all_mentions": Option(True, _yes_or_no, "true or false"),
}
"""The keys of `[rules]` beside its rows, as `Policy` has them."""


def _rows(source: Source, table: Mapping[str, Any]) -> dict[str, frozenset[Role]]:
    """Read rows however TOML has them: `"note.issue" = […]`, or `note.issue = […]`, which is a table in a table."""
    flat: dict[str, Any] = {}
    for key, value in table.items():
        flat |= {f"{key}.{below}": roles for below, roles in value.items()} if isinstance(value, dict) else {key: value}
    return {key: row for key, roles in flat.items() if (row := _row(source, key, roles)) is not None}


def _row(source: Source, key: str, roles: object) -> frozenset[Role] | None:
    if key not in ROWS:
        meant = near(key, ROWS) or f"; expected one of {', '.join(ROWS)}"
        source.fault("rules", key, f"no such rule{meant}")
        return None
    choice = {role.value: role for role in ROWS[key].choice}
    if not isinstance(roles, list) or not all(isinstance(role, str) and role in choice for role in roles):
        source.fault("rules", key, f"expected a list of some of {', '.join(choice)}")
        return None
    return frozenset(choice[role] for role in roles)
