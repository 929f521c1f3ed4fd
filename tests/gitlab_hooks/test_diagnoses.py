"""What is made of how things are found on the GitLab side: a row a finding."""

import pytest

from bot.diagnoses import DAY
from bot.findings import Finding, Level
from bot.matching import How, Match
from bot.people import Member, PersonKey
from gitlab_hooks import diagnoses
from gitlab_hooks.authenticity import Secrets
from gitlab_hooks.hook_admin import Attempt, Home
from gitlab_hooks.instance import HookState, Token
from gitlab_hooks.lookups import User, UserId

URL = "https://nudge.example.com/gitlab"
SHOP, SITE = Home("project", 7, "web/shop"), Home("project", 8, "web/site")
KIM = Member(PersonKey("k"), "kim")
OK, WARNING, FAULT = Level.OK, Level.WARNING, Level.FAULT


def told(findings: object) -> list[tuple[Level, str]]:
    """Return level and text of findings, each of which says what to do unless all is well."""
    found: list[Finding] = list(findings)  # type: ignore[call-overload]  # whatever yields findings
    assert all(one.mend for one in found if one.level is FAULT)
    return [(one.level, one.says) for one in found]


@pytest.mark.parametrize(
    ("version", "levels"),
    [
        ("19.3.0-ee", [OK]),
        ("18.6.1", [OK]),
        ("18.5.0", [OK, WARNING]),
        ("17.2.9-ee", [OK, WARNING, WARNING]),
        ("16.10.0", [OK, WARNING, WARNING, WARNING]),
        ("16.3.0", [OK, WARNING, WARNING, WARNING, WARNING]),
        ("12.9.0", [FAULT]),
        ("tomorrow's", [OK]),
    ],
)
def test_version(version: str, levels: list[Level]) -> None:
    """What an older GitLab cannot do is said, each with the version in which it came."""
    assert [level for level, _ in told(diagnoses.version(version, Secrets(("t",))))] == levels


@pytest.mark.parametrize(
    ("version", "secrets", "wrong"),
    [
        ("18.11.0", Secrets((), ("s",)), True),
        ("18.11.0", Secrets(("t",), ("s",)), False),
        ("19.0.0", Secrets((), ("s",)), False),
    ],
)
def test_signing(version: str, secrets: Secrets, wrong: bool) -> None:
    """A GitLab that does not sign needs a token, or everything it sends is refused."""
    levels = [level for level, _ in told(diagnoses.version(version, secrets))]

    assert (FAULT in levels) is wrong


@pytest.mark.parametrize(
    ("token", "needs", "findings"),
    [
        (None, "read_api", [(WARNING, "it works; this GitLab does not tell what it may do and when it ends")]),
        (Token(frozenset({"read_api"})), "read_api", [(OK, "it has the scope read_api"), (OK, "it does not end")]),
        (
            Token(frozenset({"api"}), 130 * DAY),
            "read_api",
            [(WARNING, "it may do more than it needs (api)"), (OK, "it holds for 30 more days")],
        ),
        (
            Token(frozenset({"api"}), 110 * DAY),
            "api",
            [(OK, "it has the scope api"), (WARNING, "it holds for 10 more days")],
        ),
        (
            Token(frozenset({"read_user", "read_api"}), 99 * DAY),
            "api",
            [(FAULT, "it has not the scope api, only read_api, read_user"), (FAULT, "it has ended")],
        ),
        (Token(frozenset()), "api", [(FAULT, "it has not the scope api, only none"), (OK, "it does not end")]),
    ],
)
def test_token(token: Token | None, needs: str, findings: list[tuple[Level, str]]) -> None:
    """A token has the scope it needs and no more, and does not end soon."""
    assert told(diagnoses.token(token, needs, 100 * DAY)) == findings


WANTED = frozenset({"note_events", "emoji_events"})


@pytest.mark.parametrize(
    ("states", "lacking", "findings"),
    [
        ([HookState(SHOP, 1, URL)], [], [(OK, f"1 webhooks send to {URL}")]),
        ([], ["web/shop"], [(FAULT, f"no webhook sends to {URL} from web/shop")]),
        ([], [], []),
        (
            [HookState(SHOP, 1, URL, alert="disabled"), HookState(SITE, 2, URL, alert="x", until="tomorrow")],
            [],
            [
                (FAULT, "GitLab has disabled the webhook of web/shop, web/site (until tomorrow)"),
                (OK, f"2 webhooks send to {URL}"),
            ],
        ),
        (
            [HookState(SHOP, 1, URL, off=frozenset({"emoji_events", "push_events"})), HookState(SITE, 2, URL)],
            [],
            [(FAULT, "emoji_events are off in the webhook of web/shop"), (OK, f"2 webhooks send to {URL}")],
        ),
        (
            [HookState(SHOP, 1, URL, verifies=False), HookState(SITE, 2, "http://nudge/gitlab", verifies=False)],
            [],
            [
                (WARNING, "the webhook of web/shop does not check the bot's certificate"),
                (OK, f"2 webhooks send to {URL}"),
            ],
        ),
    ],
)
def test_hooks(states: list[HookState], lacking: list[str], findings: list[tuple[Level, str]]) -> None:
    """Every project has a hook that sends what the rules need, is not disabled, and checks whom it talks to."""
    assert told(diagnoses.hooks(states, lacking, URL, WANTED)) == findings


def attempt(status: str) -> Attempt:
    return Attempt(1, 5, status, {}, None)


@pytest.mark.parametrize(
    ("logs", "findings"),
    [
        ([], []),
        ([("web/shop", [])], [(OK, "GitLab has delivered everything in the last day")]),
        (
            [("web/shop", [attempt("503"), attempt("internal error")]), ("web/site", [])],
            [(WARNING, "in the last day GitLab could not deliver: web/shop (2, the last with 503)")],
        ),
    ],
)
def test_deliveries(logs: list[tuple[str, list[Attempt]]], findings: list[tuple[Level, str]]) -> None:
    """What could not be delivered is counted for each project, with the newest answer."""
    assert told(diagnoses.deliveries(logs)) == findings


def test_person() -> None:
    """Who is matched needs no word; a conflict says which, and nobody is told who could be meant."""
    kim, conflict = User(UserId(1), "kim"), Match(How.CONFLICT, why="two have the same address")

    assert told(diagnoses.person(KIM, [kim], [], [])) == []
    assert told(diagnoses.person(KIM, [], [conflict], ["kimmy"])) == [(WARNING, "@kim: two have the same address")]
    assert told(diagnoses.person(KIM, [], [], ["kimmy", "kim2"])) == [
        (WARNING, "@kim is nobody in GitLab by address or name; nearest in GitLab: kimmy, kim2")
    ]
    assert told(diagnoses.person(KIM, [], [], [])) == [(WARNING, "@kim is nobody in GitLab by address or name")]


@pytest.mark.parametrize(
    ("number", "shown"), [(0, ""), (1, "a"), (5, "a, b, c, d, e"), (7, "a, b, c, d, e and 2 more")]
)
def test_listed(number: int, shown: str) -> None:
    """Of many names the first are shown, and the others counted."""
    assert diagnoses.listed("abcdefg"[:number]) == shown
