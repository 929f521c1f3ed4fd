"""The team of the payloads in `tests/payloads`: who they are in GitLab and in Mattermost, and their house rules."""

import copy
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from bot.matching import match, roster
from bot.people import Member, PersonKey
from bot.preferences import Defaults
from bot.templates import Templates
from gitlab_hooks.delivery import Delivery
from gitlab_hooks.events import KINDS
from gitlab_hooks.flow import flow
from gitlab_hooks.gather import Memory, access
from gitlab_hooks.house import House, Outcome
from gitlab_hooks.judge import Policy
from gitlab_hooks.lookups import GitLab, Project, ProjectId, User, UserId
from gitlab_hooks.notices import Role
from gitlab_hooks.parts import COMMAND, WORDS
from gitlab_hooks.rules import in_force
from gitlab_hooks.wording import Wording
from tests.gitlab_hooks.gitlab_fake import FakeGitLab

PAYLOADS = Path(__file__).parents[1] / "payloads"
NAMES = sorted(path.stem for path in PAYLOADS.glob("*.json"))
URL = "https://gitlab.example.com"
SHOP = ProjectId(7)
NOW = int(datetime(2026, 11, 24, 10, 0, tzinfo=UTC).timestamp() * 1000)
"""Within the hour of everything that happens in the payloads of today's GitLab."""
DAY = 24 * 60 * 60 * 1000

USERS = {
    UserId(number): User(UserId(number), username, name, email, bot=number >= 90)
    for number, username, name, email in (
        (1, "anna.berg", "Anna Berg", ""),
        (2, "ben.okafor", "Ben Okafor", ""),
        (3, "haneul", "김하늘", ""),
        (4, "jlee", "이준호", "junho@shop.example"),
        (5, "carla.rossi", "Carla Rossi", ""),
        (6, "zoe.martin", "Zoe Martin", ""),
        (7, "olaf.lind", "Olaf Lind", ""),
        (90, "project_7_bot_4f1c8e", "Roulette", ""),
        (91, "service_account_group_3_9ad1", "Release helper", ""),
        (92, "ghost", "Ghost User", ""),
    )
}
LEVELS = {1: 40, 2: 30, 3: 30, 4: 30, 5: 30, 7: 30, 90: 30, 91: 30}

MEMBERS = tuple(
    Member(PersonKey(f"key-of-{name}"), name, email, locale)
    for name, email, locale in (
        ("anna.berg", "", "en"),
        ("ben.okafor", "", "en"),
        ("haneul", "", "ko"),
        ("junho.lee", "junho@shop.example", "ko"),
        ("carla.rossi", "", "de"),
        ("zoe.martin", "", "en-GB"),
    )
)
"""`jlee` is `junho.lee` here, by the address; `olaf.lind` is not here at all."""

TEMPLATES = Templates(*WORDS)


def key(name: str) -> PersonKey:
    """Return the key of a member by their name in Mattermost."""
    return next(member.key for member in MEMBERS if member.name == name)


def user(number: int) -> User:
    """Return one of the team by their id in GitLab."""
    return USERS[UserId(number)]


def gitlab() -> FakeGitLab:
    """Return the team's GitLab: one private project, which everybody but zoe may read."""
    levels = {(SHOP, UserId(number)): level for number, level in LEVELS.items()}
    return FakeGitLab(dict(USERS), {SHOP: Project(SHOP, "private")}, levels)


def policy(rules: Mapping[str, list[str]] | None = None, **more: Any) -> Policy:
    """Return the default policy with some rows of `[rules]` in place of ours."""
    own = {name: frozenset(map(Role, roles)) for name, roles in (rules or {}).items()}
    options: dict[str, Any] = {
        "stale_after": DAY,
        "draft_comments": True,
        "group_mentions": 100,
        "all_mentions": True,
        "bots": frozenset(),
        **more,
    }
    return Policy(in_force(own), **options)


def wording(defaults: Defaults, *, images: bool = True) -> Wording:
    """Return our own words."""
    known = {member.name: member.name for member in MEMBERS}
    return Wording(TEMPLATES, defaults, URL, COMMAND, images, known.get)


def house(
    of: GitLab | None = None,
    *,
    memory: Memory = Memory(),  # noqa: B008 - it is frozen
    language: str = "auto",
    links: Mapping[str, str] | None = None,
    **options: Any,
) -> House:
    """Return the team's house; `memory` is what it remembers of everybody, the rest are options of `policy`."""
    asked = of or gitlab()
    defaults = Defaults(language=language)  # type: ignore[arg-type]  # a test names one of them
    return House(
        kinds=KINDS,
        gitlab=asked,
        match=partial(match, roster(MEMBERS), links or {}),
        remember=lambda _thing, _facts, _persons: memory,
        may_read=access,
        policy=policy(**options),
        defaults=defaults,
        words=wording(defaults),
    )


def payload(name: str, changes: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Return one of our payloads, with some of its keys changed (`object_attributes.title`)."""
    found: dict[str, Any] = copy.deepcopy(_LOADED[name])
    for path, value in (changes or {}).items():
        *way, last = path.split(".")
        place = found
        for step in way:
            place = place.setdefault(step, {})
        place[last] = value
    return found


_LOADED = {name: json.loads((PAYLOADS / f"{name}.json").read_text()) for name in NAMES}


def delivery(body: Any, received: int = NOW) -> Delivery:
    """Return a payload as the inbox keeps it."""
    return Delivery(id=1, object="", received=received, body=json.dumps(body).encode())


def outcome(body: Any, of: House | None = None) -> Outcome:
    """Let a payload flow through a house."""
    return flow(delivery(body), of or house())


class Told(NamedTuple):
    """What one person is told: why, in which words, and which other reasons are named."""

    reason: str
    en: str
    ko: str
    also: tuple[str, ...] = ()


def told(body: Any, of: FakeGitLab | None = None, **options: Any) -> dict[str, Told]:
    """Return who is told what by a payload, in both languages, by user name in GitLab."""
    english, korean = (outcome(body, house(of, language=language, **options)) for language in ("en", "ko"))
    found = {}
    for one, other in zip(english.results, korean.results, strict=True):
        if one.message and other.message:
            first, *also = dict.fromkeys(notice.reason.value for notice in one.notices)
            found[one.candidate.user.username] = Told(first, one.message.headline, other.message.headline, tuple(also))
    return found


def not_told(body: Any, of: FakeGitLab | None = None, **options: Any) -> dict[str, str]:
    """Return whom the rules in force concern and who is yet not told by a payload, and why, by user name in GitLab."""
    asked = house(of, **options)
    concerned = [
        one
        for one in outcome(body, asked).results
        if any(notice.role in asked.policy.rules[notice.rule] for notice in one.notices)
    ]
    return {one.candidate.user.username: one.verdict.value for one in concerned if not one.message}
