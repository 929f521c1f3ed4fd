"""The way of a delivery: what is parsed, asked, decided and worded, and what each step refuses."""

import json
from dataclasses import replace
from typing import Any

import pytest

from bot.errors import Misconfigured, OutsideError, TryLater
from bot.matching import Account, How, Match
from bot.mutes import Mute
from bot.preferences import Choices
from gitlab_hooks.delivery import Delivery
from gitlab_hooks.event import NOTHING_ASKED, Kind
from gitlab_hooks.flow import flow
from gitlab_hooks.gather import Candidate, Memory, matched
from gitlab_hooks.lookups import Project, User, UserId
from gitlab_hooks.notices import Notice, Reason, Role, Verdict, Who
from gitlab_hooks.remembered import Remembered
from tests.gitlab_hooks.gitlab_fake import FakeGitLab
from tests.gitlab_hooks.team import (
    DAY,
    MEMBERS,
    NAMES,
    NOW,
    SHOP,
    delivery,
    gitlab,
    house,
    key,
    not_told,
    outcome,
    payload,
    told,
    user,
)

OPENED = "merge_request_hook__opened"


def candidates(found: list[Notice], server: FakeGitLab, *shown: User) -> list[Candidate]:
    """Return who is a candidate where an event shows some users and its audience is a list of notices."""
    event = outcome(payload(OPENED)).event
    assert event
    seen = replace(event, actor=None, accounts=shown)
    kind = Kind("merge_request", lambda _body: seen, lambda _event, _gitlab: NOTHING_ASKED, lambda *_: found)
    return [one.candidate for one in outcome({"object_kind": "x"}, replace(house(server), kinds={"x": kind})).results]


def notice(who: Who, reason: Reason = Reason.ASSIGNED, role: Role = Role.ASSIGNEE) -> Notice:
    return Notice(who, role, reason, "merge_request.opened", "f")


@pytest.mark.parametrize(
    ("body", "verdict", "why"),
    [
        ({"object_kind": "milestone"}, Verdict.NO_RULE, "no rule reads milestone"),
        ({}, Verdict.NO_RULE, "no rule reads a body that names no kind"),
        ([], Verdict.NO_RULE, "no rule reads a body that names no kind"),
        ({"object_kind": "note"}, Verdict.UNREADABLE, "Object missing required field `object_attributes`"),
        ({"object_kind": "issue", "object_attributes": {"id": "x", "iid": 1}}, Verdict.UNREADABLE, "`int`"),
        (
            {"object_kind": "issue", "object_attributes": {"id": 1, "iid": 1}},
            Verdict.TEST,
            "no action: sent by the test button of GitLab's settings page",
        ),
    ],
)
def test_refusals(body: Any, verdict: Verdict, why: str) -> None:
    """What no rule reads, what cannot be read, and what is a test has its verdict and says why."""
    found = outcome(body)

    assert (found.verdict, found.results, found.told) == (verdict, (), 0)
    assert why in found.why


def test_no_json() -> None:
    """Bytes that got this far and are no JSON are of no kind."""
    assert flow(Delivery(1, "", NOW, b"\xff"), house()).verdict == "no_rule"


def test_remembers() -> None:
    """Everybody whom a payload shows in full is remembered, so that an id alone is understood later."""
    server = gitlab()
    outcome(payload(OPENED), house(server))

    assert {one.username for one in server.remembered} == {"anna.berg", "jlee", "ben.okafor", "haneul"}


@pytest.mark.parametrize("error", [TryLater("down"), Misconfigured("401")])
@pytest.mark.parametrize("name", [OPENED, "note_hook__merge_request_reply", "emoji_hook__awarded_note"])
def test_no_answer(name: str, error: OutsideError) -> None:
    """With a token and no answer nothing is decided: the delivery has to wait."""
    server = gitlab()
    server.down = error

    with pytest.raises(type(error)):
        outcome(payload(name), house(server))


def test_nothing_is_asked_for_nobody() -> None:
    """A delivery that concerns nobody costs no question."""
    server = gitlab()
    server.down = TryLater("down")

    assert outcome(payload("merge_request_hook__labelled"), house(server)).verdict == "no_rule"


def test_only_payloads_without_a_token() -> None:
    """Without a token the payload alone tells names, and assignees and reviewers are told by them."""
    of = house(Remembered())

    assert {one.candidate.user.username for one in outcome(payload(OPENED), of).results if one.message} == {
        "ben.okafor",
        "haneul",
    }


def test_jlee_without_a_token() -> None:
    """Without an address or an entry in `[people]`, another name on the other side finds nobody."""
    linked = house(Remembered(), links={"jlee": "junho.lee"})

    assert [one.candidate.match.how for one in outcome(payload(OPENED), house(Remembered())).results][3] is How.NONE
    assert [one.candidate.match.how for one in outcome(payload(OPENED), linked).results][3] is How.PEOPLE


@pytest.mark.parametrize("visibility", ["public", "internal", "private"])
def test_access(visibility: str) -> None:
    """Who is mentioned and may not read the project is not told."""
    server = gitlab()
    server.projects[SHOP] = Project(SHOP, visibility)
    body = payload("note_hook__issue", {"object_attributes.note": "@zoe.martin?"})

    assert ("zoe.martin" in told(body, server)) == (visibility != "private")
    assert not_told(body, server) == ({"zoe.martin": "no_access"} if visibility == "private" else {})


def test_opted_out_and_switched_off() -> None:
    """What a person has chosen counts; a second reason that is on is told when the strongest is off."""
    body = payload("note_hook__merge_request", {"object_attributes.note": "@jlee @haneul @anna.berg"})
    choices = {
        key("junho.lee"): Choices(switches={"mentions": False}),
        key("haneul"): Choices(opted_in=False),
        key("anna.berg"): Choices(switches={"mentions": False, "comments": False}),
    }
    memory = Memory(choices=choices)

    assert told(body, memory=memory)["jlee"].reason == "commented"
    assert not_told(body, memory=memory) == {"haneul": "opted_out", "anna.berg": "switched_off"}


def test_verdict_that_says_most() -> None:
    """Whom one reason does not concern under the rules in force, and another does, has the verdict on the other."""
    body = payload("note_hook__merge_request", {"object_attributes.note": "@anna.berg"})
    memory = Memory(choices={key("anna.berg"): Choices(opted_in=False)})
    found = not_told(body, memory=memory, rules={"note.merge_request": ["author"]})

    assert found["anna.berg"] == "opted_out"


def test_own_acts_for_who_wants_them() -> None:
    """Who wants to hear of their own acts is told of their own comment on their own merge request."""
    body = payload("note_hook__merge_request")
    body["user"] |= {"id": 1, "username": "anna.berg"}
    body["object_attributes"]["author_id"] = 1
    memory = Memory(choices={key("anna.berg"): Choices(own=True)})

    assert not_told(body)["anna.berg"] == "own_act"
    assert told(body, memory=memory)["anna.berg"].reason == "commented"


def test_language_of_each() -> None:
    """Everybody is told in their own language: that of their Mattermost, or the one they chose."""
    memory = Memory(choices={key("ben.okafor"): Choices(language="ko")})
    found = outcome(payload(OPENED), house(memory=memory)).results
    said = {one.candidate.user.username: one.message.headline for one in found if one.message}

    assert said["ben.okafor"].startswith("**Anna Berg** 님이")
    assert said["haneul"].startswith("**Anna Berg** 님이")
    assert said["carla.rossi"].startswith("**Anna Berg** mentioned")


@pytest.mark.parametrize(("until", "verdict"), [(NOW - 1, "told"), (NOW + 1, "muted")])
def test_muted_by_now(until: int, verdict: str) -> None:
    """What is caught up with is muted by what holds when it is worked through, not by what held when it failed."""
    ben = Memory(choices={key("ben.okafor"): Choices(mutes=(Mute("web/shop", until=until, mentions=True),))})
    missed = replace(delivery(payload(OPENED)), received=NOW - DAY, taken=NOW)
    found = flow(missed, house(memory=ben))

    assert {one.candidate.user.username: one.verdict.value for one in found.results}["ben.okafor"] == verdict


@pytest.mark.parametrize("name", NAMES)
def test_stale_is_never_asked_of_states(name: str) -> None:
    """A delivery that comes a month late is stale only for comments, emoji and pipelines."""
    late = flow(Delivery(1, "", NOW + 30 * DAY, json.dumps(payload(name)).encode()), house())
    stale = [one for one in late.results if one.verdict == "stale"]

    assert not stale or name.startswith(("note", "confidential_note", "emoji", "pipeline", "deployment"))


def test_candidates() -> None:
    """One user named in several ways is one candidate, in the order of the first naming, strongest reason first."""
    server = gitlab()
    found = [
        notice(Who(UserId(4)), Reason.ASSIGNED),
        notice(Who(username="Ben.Okafor"), Reason.MENTIONED),
        notice(Who(UserId(4), "jlee"), Reason.REVIEW_REQUESTED),
        notice(Who(UserId(2)), Reason.COMMENTED),
        notice(Who(username="JLEE"), Reason.MENTIONED),
    ]
    people = candidates(found, server)

    assert [one.user.username for one in people] == ["jlee", "ben.okafor"]
    assert [[one.reason for one in person.notices] for person in people] == [
        ["review_requested", "assigned", "mentioned"],
        ["mentioned", "commented"],
    ]


def test_candidates_whom_gitlab_does_not_know() -> None:
    """Who is unknown to GitLab is what the payload shows, or the little that is known of them."""
    shown = User(UserId(60), "new.colleague", "New Colleague")
    found = [
        notice(Who(UserId(60))),
        notice(Who(UserId(61), "gone")),
        notice(Who(username="Typo")),
        notice(Who(username="typo")),
    ]

    people = [one.user for one in candidates(found, FakeGitLab(), shown)]

    assert people[:2] == [shown, User(UserId(61), "gone")]
    assert [one.username.lower() for one in people[2:]] == ["typo"]


def match(_account: Account) -> Match:
    return Match(How.NAME, replace(MEMBERS[1], email="ben@shop.example"))


def test_matched_by_name_alone() -> None:
    """Equal names are no match where the member's address is that of somebody else in GitLab."""
    server = gitlab()
    server.users[UserId(8)] = User(UserId(8), "ben.two", email="ben@shop.example")

    assert matched(user(2), match, server).how is How.CONFLICT
    assert "ben.two" in matched(user(2), match, server).why
    assert matched(replace(user(2), email="other@shop.example"), match, server).how is How.NAME


def test_matched_by_name_whose_address_is_their_own() -> None:
    """The same user found again by the address, or nobody, is no conflict."""
    server = gitlab()
    assert matched(user(2), match, server).how is How.NAME

    server.users[UserId(2)] = replace(user(2), email="ben@shop.example")
    assert matched(user(2), match, server).how is How.NAME


def test_nameless() -> None:
    """A user whose name GitLab does not tell is matched with nobody, and the reason says so."""
    found = matched(User(UserId(9), ""), match, gitlab())

    assert found == Match(How.NONE, why="GitLab does not tell the name of user 9")


def test_conflict() -> None:
    """Two members with the address of one user: nobody is told until somebody decides."""
    of = replace(house(), match=lambda _account: Match(How.CONFLICT, why="two of them"))
    found = outcome(payload("merge_request_hook__assigned"), of)

    assert [(one.verdict, one.candidate.match.why) for one in found.results] == [("conflict", "two of them")]
