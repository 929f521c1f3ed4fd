"""Mentions of groups and of everybody: whom they reach, whom not and why, and how a person stops them."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.directory import Directory
from bot.errors import Misconfigured, OutsideError, TryLater
from bot.mutes import Mute
from bot.people import Member
from bot.preferences import Choices
from bot.store import schema
from gitlab_hooks.gather import Memory
from gitlab_hooks.groups import Crowd, spread, within
from gitlab_hooks.house import Outcome
from gitlab_hooks.lookups import Group, GroupId, Involved, Subject, User, UserId
from gitlab_hooks.notices import Notice, Reason, Role, Who
from tests.gitlab_hooks.desk import desk
from tests.gitlab_hooks.gitlab_fake import FakeGitLab
from tests.gitlab_hooks.team import MEMBERS as MEMBERS_HERE
from tests.gitlab_hooks.team import SHOP, gitlab, house, key, not_told, outcome, payload, told, user

COMMENT = "note_hook__merge_request"
"""By carla on a merge request of anna's, which is assigned to jlee."""

MR = "[!42 Show prices with tax](https://gitlab.example.com/web/shop/-/merge_requests/42#note_9901)"

WEB, TOOLS, FAR, QUIET, EMPTY, HIDDEN, OPEN = map(GroupId, range(40, 47))
MEMBERS: dict[GroupId, tuple[int, ...]] = {
    WEB: (1, 2, 3),
    TOOLS: (3, 4, 6),
    FAR: (2, 3),
    QUIET: (2, 3),
    EMPTY: (),
    OPEN: (2, 7),
}
GROUPS = (
    Group(WEB, "web", "private"),
    Group(TOOLS, "Web/Tools", "private"),
    Group(FAR, "far", "private"),
    Group(QUIET, "quiet", "public", mentionable=False),
    Group(EMPTY, "empty", "internal"),
    Group(HIDDEN, "hidden", "internal"),
    Group(OPEN, "open", "public"),
)


def server() -> FakeGitLab:
    """Return the team's GitLab with some groups; the members of `hidden` are not for the token, `far` not for carla."""
    found = gitlab()
    found.groups = {group.path.lower(): group for group in GROUPS}
    found.group_rows = {group: tuple(map(user, members)) for group, members in MEMBERS.items()}
    found.group_levels = {(TOOLS, user(number).id): 30 for number in (1, 5)}
    return found


def comment(text: str, name: str = COMMENT, **changes: Any) -> Any:
    return payload(name, {"object_attributes.note": text, **changes})


def roles(found: Outcome) -> dict[str, list[str]]:
    """Return in which roles each person is told."""
    return {one.candidate.user.username: [notice.role.value for notice in one.notices] for one in told_of(found)}


def told_of(found: Outcome) -> list[Any]:
    return [one for one in found.results if one.message]


def whys(found: Outcome) -> dict[str, tuple[str, str]]:
    """Return whom nothing was told, with the verdict and what the journal says beside it."""
    rest = [one for one in found.results if not one.message]
    return {one.candidate.user.username: (one.verdict.value, one.candidate.match.why) for one in rest}


# ---- whom they reach


@pytest.mark.parametrize(
    ("text", "group", "english", "korean"),
    [
        ("@web", ["ben.okafor", "haneul"], "your group **web**", "내가 속한 **web** 그룹을"),
        ("@WEB/tools", ["haneul"], "your group **Web/Tools**", "내가 속한 **Web/Tools** 그룹을"),
        ("@open", ["ben.okafor"], "your group **open**", "내가 속한 **open** 그룹을"),
        ("@all", ["ben.okafor", "haneul"], "everybody", "모두를"),
        ("Hello @web, @web and @WEB", ["ben.okafor", "haneul"], "your group **web**", "내가 속한 **web** 그룹을"),
        ("@haneul and @web", ["ben.okafor"], "your group **web**", "내가 속한 **web** 그룹을"),
        ("@web and @web/tools", ["ben.okafor", "haneul"], "your group **web**", "내가 속한 **web** 그룹을"),
    ],
)
def test_reached(text: str, group: list[str], english: str, korean: str) -> None:
    """A group's own members are told as mentioned, and by which name; who is mentioned by name is told that instead."""
    found = told(comment(text), server())

    for name in group:
        assert found[name].reason == "mentioned"
        assert found[name].en == f"**Carla Rossi** mentioned {english} in {MR}"
        assert found[name].ko == f"**Carla Rossi** 님이 {korean} 멘션했어요: {MR}"
    if "@haneul" in text:
        assert found["haneul"].en == f"**Carla Rossi** mentioned you in {MR}"


def test_roles() -> None:
    """A mention by a group is a reason beside the others, weaker than one by name and stronger than a comment."""
    found = outcome(comment("@web @web/tools"), house(server()))

    assert roles(found) == {
        "ben.okafor": ["group"],
        "haneul": ["group"],
        "anna.berg": ["group", "author"],
        "jlee": ["group", "assignee"],
    }


def test_the_last_line_names_group_and_switch() -> None:
    """The last line says which group it was and how to hear no more of groups, and leaves mentions by name alone."""
    found = {one.candidate.user.username: one.message for one in told_of(outcome(comment("@web"), house(server())))}
    ben, jlee = found["ben.okafor"], found["jlee"]

    assert ben.card.because == "because you are in **web** · stop these: `/nudge off group_mentions`"
    assert (ben.reason, ben.topic, ben.switch) == ("mentioned", "mentions", "group_mentions")
    assert jlee.card.because.endswith("보내 드려요 · 그만 받기: `/nudge off comments`")
    assert (jlee.reason, jlee.topic, jlee.switch) == ("commented", "comments", "")


def test_a_user_of_that_name() -> None:
    """A name that is a user's is never a group's: both live in one namespace."""
    found = server()
    found.users[UserId(8)] = User(UserId(8), "WEB", "Wilma Ebner")

    assert roles(outcome(comment("@web"), house(found))) == {"anna.berg": ["author"], "jlee": ["assignee"]}
    assert ("group", "web") not in found.asked


def test_access() -> None:
    """Each member is checked as everybody is: who may not read it is not told, whatever group they are in."""
    assert not_told(comment("@web/tools"), server()) == {"zoe.martin": "no_access"}


@pytest.mark.parametrize("name", ["confidential_note_hook__internal", "confidential_note_hook__confidential_issue"])
def test_confidential(name: str) -> None:
    """In what is internal or confidential a group reaches those of its members who may read it."""
    found = server()
    found.levels[SHOP, user(3).id] = 10
    body = comment("@web/tools", name)

    assert "jlee" in told(body, found)
    assert not_told(body, found)["zoe.martin"] == "no_access"
    assert not_told(body, found).get("haneul") == ("no_access" if "internal" in name else None)


def test_all_counts_members_of_the_project() -> None:
    """`@all` reaches the members of the project and nobody beside them, blocked people and bots left out."""
    found = server()
    found.users[UserId(2)] = replace(user(2), active=False)

    assert roles(outcome(comment("@all"), house(found))) == {
        "anna.berg": ["group", "author"],
        "haneul": ["group"],
        "jlee": ["group", "assignee"],
    }
    assert not_told(comment("@all"), found) == {"olaf.lind": "not_matched"}


# ---- whom they do not reach, and why


@pytest.mark.parametrize(
    ("text", "name", "why"),
    [
        ("@quiet", "quiet", "the group's settings let nobody mention it"),
        ("@far", "far", "who wrote it does not see the group"),
        ("@empty", "empty", "it has no members"),
        ("@hidden", "hidden", "GITLAB_TOKEN may not see its members"),
        ("@nowhere", "nowhere", "GitLab shows no user or group called nowhere"),
        ("@web/nowhere", "web/nowhere", "GitLab shows no user or group called web/nowhere"),
    ],
)
def test_not_reached(text: str, name: str, why: str) -> None:
    """A group that reaches nobody is accounted for, with the reason."""
    found = outcome(comment(text), house(server()))

    assert whys(found) == {name: ("not_matched", why)}
    assert roles(found) == {"anna.berg": ["author"], "jlee": ["assignee"]}


def test_a_private_group_elsewhere() -> None:
    """A private group is mentioned by those who see it: its members, and who writes in a project of it."""
    found = server()
    found.group_levels[FAR, user(5).id] = 10

    assert {"ben.okafor", "haneul"} <= told(comment("@far"), found).keys()
    assert ("group_level", WEB, user(5).id) not in found.asked
    assert "haneul" in told(comment("@web"), found)


@pytest.mark.parametrize(
    ("level", "options", "why"),
    [
        (0, {}, "who wrote it is no member of the project"),
        (30, {"all_mentions": False}, "all_mentions is off in [rules]"),
        (30, {"group_mentions": 4}, "groups mention more than 4 people: group_mentions in [rules]"),
    ],
)
def test_all_is_not_for_all(level: int, options: dict[str, Any], why: str) -> None:
    """`@all` is for members of the project to write, unless the house has it off or they are too many."""
    found = server()
    found.levels[SHOP, user(5).id] = level

    assert whys(outcome(comment("@all"), house(found, **options)))["all"] == ("not_matched", why)


def test_no_project() -> None:
    """What belongs to no project has no members whom `@all` could reach."""
    body = payload("issue_hook__epic_opened", {"object_attributes.description": "@all"})

    assert whys(outcome(body, house(server())))["all"] == ("not_matched", "it belongs to no project")


def test_too_many() -> None:
    """Groups reach so many people by one text and no more; the one that goes beyond reaches nobody."""
    found = outcome(comment("@web @web/tools @open"), house(server(), group_mentions=4))

    assert roles(found).keys() == {"ben.okafor", "haneul", "anna.berg", "jlee"}
    assert whys(found) == {
        "Web/Tools": ("not_matched", "groups mention more than 4 people: group_mentions in [rules]"),
        "olaf.lind": ("not_matched", "nobody in the channel has this name"),
    }


@pytest.mark.parametrize("options", [{"group_mentions": 0}, {"rules": {"note.merge_request": ["mentioned", "author"]}}])
def test_off(options: dict[str, Any]) -> None:
    """Without groups in the rules, or with none allowed, none is asked for, and its name is nobody's."""
    found = server()
    names = {name for name, _ in not_told(comment("@web @all @haneul"), found, **options).items()}

    assert names == {"web", "all"}
    assert not {"group", "group_members", "project_members"} & {question[0] for question in found.asked}


def test_groups_alone() -> None:
    """A rule may hear of groups without hearing of people by name."""
    rules = {"note.merge_request": ["group"]}

    assert list(told(comment("@web @haneul"), server(), rules=rules)) == ["anna.berg", "ben.okafor"]


def test_without_a_token() -> None:
    """Without a token nobody is told by a group."""
    found = server()
    found.has_token = False

    assert list(told(comment("@web @all"), found)) == ["anna.berg", "jlee"]


@pytest.mark.parametrize("error", [TryLater("down"), Misconfigured("401")])
@pytest.mark.parametrize("question", ["group", "group_members", "project_members", "access_level"])
def test_no_answer(error: OutsideError, question: str) -> None:
    """Where GitLab does not say who is in a group the delivery waits, and nobody is told half of it."""
    found = server()
    found.down_for[question] = error

    with pytest.raises(type(error)):
        outcome(comment("@web @all"), house(found))


def test_a_crowd_of_strangers_waits_once() -> None:
    """However many of a group are not here, one look into the channel shows it, and the delivery waits for no more."""
    now, looks = [0.0], [0]

    def load() -> tuple[Member, ...]:
        looks[0] += 1
        return MEMBERS_HERE

    found = server()
    strangers = tuple(User(UserId(number), f"stranger{number}") for number in range(1000, 1060))
    found.users |= {one.id: one for one in strangers}
    found.group_rows[OPEN] = (*strangers, user(2))
    directory = Directory(load, {}, lambda: now[0])
    directory.refresh()
    of = replace(house(found), match=directory.match, expect=directory.expect)

    with pytest.raises(TryLater) as wait:
        outcome(comment("@open"), of)
    now[0] += wait.value.after or 0.0
    result = outcome(comment("@open"), of)

    assert roles(result)["ben.okafor"] == ["group"]
    assert len(whys(result)) == len(strangers)
    assert looks == [2]


def test_own_group() -> None:
    """Nobody mentions themselves by a group of theirs, though it is no act of theirs that the payload names."""
    found = server()
    found.group_rows[WEB] = (user(5), user(2))
    found.named[Subject(SHOP, "release", "v1.2.0")] = Involved(author=user(2))
    chosen = {"release.published": ["group"]}

    assert "carla.rossi" not in whys(outcome(comment("@web"), house(found)))
    body = payload("release_hook__published", {"description": "@web @haneul"})
    assert list(told(body, found, rules=chosen)) == ["carla.rossi"]


# ---- edits and drafts


def edited(name: str, before: str, now: str) -> Any:
    change = {"description": {"previous": before, "current": now}}
    return payload(f"{name}__edited", {"object_attributes.description": now, "changes": change})


@pytest.mark.parametrize(
    ("before", "now", "expected"),
    [
        ("", "@web", {"ben.okafor", "haneul", "anna.berg"}),
        ("@web", "@web!", set()),
        ("@web", "@web @web/tools", {"jlee"}),
        ("@haneul", "@web", {"ben.okafor", "anna.berg"}),
        ("@Ben.Okafor @haneul", "@ben.okafor @haneul @web", {"anna.berg"}),
        ("@quiet", "@open", {"ben.okafor"}),
        ("@web", "@web @ben.okafor", {"ben.okafor"}),
    ],
)
@pytest.mark.parametrize("name", ["issue_hook", "merge_request_hook"])
def test_edits(name: str, before: str, now: str, expected: set[str]) -> None:
    """An edit tells those whom a new group brings, and nobody whom the text mentioned before, by name or by a group."""
    actor = {"issue_hook": "carla.rossi", "merge_request_hook": "anna.berg"}[name]

    assert told(edited(name, before, now), server()).keys() == expected - {actor}


def test_nothing_is_asked_of_what_was_there_before() -> None:
    """An edit that brings no group asks for none."""
    found = server()

    assert list(told(edited("issue_hook", "@web", "@web @ben.okafor"), found)) == ["ben.okafor"]
    assert not {"group", "group_members"} & {question[0] for question in found.asked}


def test_edited_comments() -> None:
    """A group in an edited comment tells those of its members who were not told of this comment."""
    memory = Memory(told=frozenset({("note:9901", key("haneul"))}))

    assert list(told(comment("@web", "note_hook__edited"), server(), memory=memory)) == ["anna.berg", "ben.okafor"]


@pytest.mark.parametrize(("name", "expected"), [("opened_draft", set()), ("made_ready", {"ben.okafor", "haneul"})])
def test_drafts(name: str, expected: set[str]) -> None:
    """A group in a draft's description tells nobody until the draft is ready, and then all of its members."""
    changes = {"object_attributes.description": "@web", "reviewers": [], "object_attributes.reviewer_ids": []}
    found = outcome(payload(f"merge_request_hook__{name}", changes), house(server()))

    assert {who for who, each in roles(found).items() if "group" in each} == expected
    assert all(one.message.announces for one in told_of(found))


# ---- how a person stops them


@pytest.mark.parametrize(
    ("switches", "ben", "haneul", "anna"),
    [
        ({}, "told", "told", ["group", "author"]),
        ({"group_mentions": False}, "switched_off", "told", ["author"]),
        ({"mentions": False}, "switched_off", "switched_off", ["author"]),
        ({"mentions": False, "group_mentions": True}, "told", "switched_off", ["group", "author"]),
        ({"mentioned": False}, "told", "switched_off", ["group", "author"]),
    ],
)
def test_switches(switches: dict[str, bool], ben: str, haneul: str, anna: list[str]) -> None:
    """A person may hear of mentions by name and not of groups; other reasons stay, and the topic switches both."""
    everybody = {key(name): Choices(switches=switches) for name in ("ben.okafor", "haneul", "anna.berg")}
    found = outcome(comment("@haneul @web"), house(server(), memory=Memory(choices=everybody)))
    verdicts = {one.candidate.user.username: one.verdict.value for one in found.results}

    assert (verdicts["ben.okafor"], verdicts["haneul"], roles(found)["anna.berg"]) == (ben, haneul, anna)


def test_muted() -> None:
    """Who has muted a project hears there of mentions by name, and not of those of a group."""
    everybody = {key(name): Choices(mutes=(Mute("web/shop"),)) for name in ("ben.okafor", "haneul")}
    found = outcome(comment("@haneul @web"), house(server(), memory=Memory(choices=everybody)))
    verdicts = {one.candidate.user.username: one.verdict.value for one in found.results}

    assert (verdicts["ben.okafor"], verdicts["haneul"]) == ("muted", "told")


def test_the_journal_names_the_group(tmp_path: Path) -> None:
    """The journal says by which group somebody was told, and why a group reached nobody."""
    with desk(tmp_path) as at:
        found = server()
        at.gitlab.groups, at.gitlab.group_rows = found.groups, found.group_rows
        at.deliver(comment("@open @quiet @haneul"))

        assert at.rows(schema.journal, "account", "verdict", "reason", "detail")[:4] == [
            ("ben.okafor", "told", "mentioned", "mentioned by open"),
            ("olaf.lind", "not_matched", "mentioned", "nobody in the channel has this name"),
            ("quiet", "not_matched", "mentioned", "the group's settings let nobody mention it"),
            ("haneul", "told", "mentioned", ""),
        ]
        assert dict(at.rows(schema.outbox, "person", "switch"))[key("ben.okafor")] == "group_mentions"


# ---- any crowds, any notices

CROWD_NAMES = ("web", "tools", "far")
USER_NAMES = ("anna", "ben", "carla", "dan", "eve")
PEOPLE = st.lists(st.sampled_from(range(5)), unique=True).map(
    lambda numbers: tuple(User(UserId(number + 1), USER_NAMES[number]) for number in numbers)
)
CROWDS = st.dictionaries(st.sampled_from(CROWD_NAMES), PEOPLE).map(
    lambda found: {name: Crowd(name.title(), people, "" if people else "empty") for name, people in found.items()}
)
RULES = st.sampled_from(["issue.opened", "issue.edited", "note.issue"])
NOTICES = st.lists(
    st.builds(
        Notice,
        st.builds(Who, username=st.sampled_from((*CROWD_NAMES, *USER_NAMES))),
        st.sampled_from([Role.MENTIONED, Role.AUTHOR]),
        st.just(Reason.MENTIONED),
        RULES,
        st.sampled_from(["a", "b"]),
    ),
    unique=True,
)


@given(CROWDS, st.integers(0, 6))
def test_within(crowds: dict[str, Crowd], most: int) -> None:
    """Crowds reach at most so many people together; one that is dropped would have gone beyond, and says so."""
    found = list(within(most, crowds.values()))
    reached = {user.id for crowd in found for user in crowd.people}

    assert len(reached) <= most
    for before, after in zip(crowds.values(), found, strict=True):
        assert after == before or (after.people == () and str(most) in after.why)
        if after != before:
            assert len(reached | {user.id for user in before.people}) > most or len(before.people) > most


@given(NOTICES, CROWDS, st.frozensets(st.sampled_from(USER_NAMES)), st.frozensets(RULES))
def test_spread(found: list[Notice], crowds: dict[str, Crowd], before: frozenset[str], hearing: frozenset[str]) -> None:
    """Everybody in a crowd is named for each fact by it or by their own name, once; nothing else is changed."""
    result = list(spread(found, crowds, before, hearing))
    brought = [one for one in result if one.role is Role.GROUP]
    by_name = {(one.rule, one.fact, one.who.username) for one in found if one.role is Role.MENTIONED}
    keys = [(one.rule, one.fact, one.who.username) for one in brought]

    assert [one for one in result if one not in brought] == [
        one for one in found if not (one.role is Role.MENTIONED and one.who.username in crowds and one.rule in hearing)
    ]
    assert len(set(keys)) == len(keys)
    assert not set(keys) & {one for one in by_name if one[2] not in crowds}
    assert not [one for one in brought if one.rule == "issue.edited" and one.who.username in before]
    for rule, fact, name in by_name:
        for member in crowds[name].people if name in crowds and rule in hearing else ():
            skipped = rule == "issue.edited" and member.username in before
            assert skipped or (rule, fact, member.username) in {*keys, *by_name}
