"""What becomes of what people were asked: whose messages change, to which last line, and what stays as it is."""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import pytest

from bot.choices import choose
from bot.edits import announcements
from bot.errors import TryLater
from bot.matching import roster
from bot.messages import EDIT, Card
from bot.people import PersonKey
from bot.preferences import Choices
from bot.store.schema import inbox, outbox
from gitlab_hooks.draft import made_draft, made_ready
from gitlab_hooks.events.merge_request import parse, settled
from gitlab_hooks.house import House
from gitlab_hooks.notices import Reason
from gitlab_hooks.settlement import CONCERNED, FINAL, State, settles
from gitlab_hooks.settling import LOOKS_LIKE, Settling
from tests.gitlab_hooks.desk import Desk, desk
from tests.gitlab_hooks.team import MEMBERS, TEMPLATES, delivery, house, key, outcome, payload, user

HOOK = "merge_request_hook__"
OPENED = HOOK + "opened"
ORANGE, BLUE, PURPLE, GREEN, RED, GREY = "#e9730c", "#1f75cb", "#7759c2", "#108548", "#dd2b0e", "#737278"
ASKED = {"ben.okafor": ORANGE, "haneul": ORANGE, "junho.lee": ORANGE, "carla.rossi": BLUE}
"""Who is told of the merge request, and in which colour: two reviewers, an assignee, somebody mentioned."""

LINES: dict[str, dict[str, tuple[str, str, str]]] = {
    "merged": {
        **dict.fromkeys(ASKED, ("✓ merged by **Ben Okafor**", "✓ **Ben Okafor** 님이 머지했어요", PURPLE)),
        "ben.okafor": ("✓ you merged it", "✓ 내가 머지했어요", PURPLE),
    },
    "merged_by_service_account": dict.fromkeys(
        ASKED, ("✓ merged by **Release helper**", "✓ **Release helper** 님이 머지했어요", PURPLE)
    ),
    "closed": {
        **dict.fromkeys(ASKED, ("closed by **Carla Rossi**", "**Carla Rossi** 님이 닫았어요", RED)),
        "carla.rossi": ("you closed it", "내가 닫았어요", RED),
    },
    "reopened": {
        **{name: ("reopened by **Carla Rossi**", "**Carla Rossi** 님이 다시 열었어요", ASKED[name]) for name in ASKED},
        "carla.rossi": ("you reopened it", "내가 다시 열었어요", BLUE),
    },
    "made_draft": dict.fromkeys(ASKED, ("a draft again", "다시 드래프트가 됐어요", GREY)),
    "made_ready": {name: ("ready again", "다시 준비됐어요", ASKED[name]) for name in ASKED},
    "approved": {"ben.okafor": ("✓ you approved", "✓ 내가 승인했어요", GREEN)},
    "approval": {"ben.okafor": ("✓ you approved", "✓ 내가 승인했어요", GREEN)},
    "unapproved": {"ben.okafor": ("you withdrew your approval", "내가 승인을 취소했어요", ORANGE)},
    "unapproval": {"ben.okafor": ("you withdrew your approval", "내가 승인을 취소했어요", ORANGE)},
    "changes_requested": {"ben.okafor": ("you requested changes", "내가 수정을 요청했어요", RED)},
    "review_removed": {"haneul": ("no longer your review", "이제 리뷰하지 않아도 돼요", GREY)},
    "unassigned": {"junho.lee": ("no longer assigned to you", "이제 담당자가 아니에요", GREY)},
    "approvals_reset": {},
    "approved_in_review": {},
    "edited": {},
    "labelled": {},
    "pushed": {},
    "re_requested": {},
    "test": {},
}

Cards = dict[str, tuple[str, str]]
"""The last line and the colour of the message that told each person of the merge request first."""


def settling(at: Desk) -> House:
    """Return the desk's house, in which what is settled changes messages."""
    of = at.house
    member = roster(MEMBERS).by_key.get
    asked = partial(_announcements, at)
    return replace(of, settle=Settling(TEMPLATES, of.defaults, of.match, member, of.remember, asked))


def _announcements(at: Desk, thing: str) -> Any:
    return at.store.read(partial(announcements, thing=thing))


def sit(at: Desk) -> Desk:
    at.house = settling(at)
    at.reader = at.new_reader()
    return at


@pytest.fixture(name="at")
def a_desk(tmp_path: Path) -> Iterator[Desk]:
    with desk(tmp_path, language="en") as one:
        yield sit(one)


def cards(at: Desk) -> Cards:
    found: Cards = {}
    for person, fact, written in at.rows(outbox, "person", "announces", "card"):
        card = msgspec.json.decode(written, type=Card)
        if fact:
            found.setdefault(name_of(person), (card.because, card.color))
    return found


def name_of(person: str) -> str:
    return next(member.name for member in MEMBERS if member.key == person)


def changed(at: Desk, before: Cards) -> Cards:
    return {name: card for name, card in cards(at).items() if card != before[name]}


# ------------------------------------------------------------------ from the event to the last line


@pytest.mark.parametrize("language", ["en", "ko"])
@pytest.mark.parametrize("case", LINES)
def test_last_lines(tmp_path: Path, case: str, language: str) -> None:
    """Each event changes exactly these people's messages, to this last line and colour, in their language."""
    with desk(tmp_path, language=language) as one:
        at = sit(one)
        at.deliver(payload(OPENED))
        before = cards(at)
        at.deliver(payload(HOOK + case))

        assert {name: color for name, (_, color) in before.items()} == ASKED
        assert changed(at, before) == {
            name: ((korean if language == "ko" else english), color)
            for name, (english, korean, color) in LINES[case].items()
        }


def test_only_the_last_line_and_the_colour_change(at: Desk) -> None:
    """The sentence stays, and with it what is quoted, the avatar and where it happened."""
    at.deliver(payload(OPENED))
    ((headline, before), *_) = at.rows(outbox, "headline", "card")
    at.deliver(payload(HOOK + "merged"))
    ((still, after), *_) = at.rows(outbox, "headline", "card")

    was, now = (msgspec.json.decode(card, type=Card) for card in (before, after))
    assert still == headline
    assert now == msgspec.structs.replace(was, because="✓ you merged it", color=PURPLE)


def test_a_message_that_is_made_by_the_same_event_is_not_settled(at: Desk) -> None:
    """Who is told first when the draft flag goes is told that it is ready, not that it is ready again."""
    at.deliver(payload(HOOK + "opened_draft"))
    at.deliver(payload(HOOK + "made_ready"))

    assert {line.split(" ")[0] for line, _ in cards(at).values()} == {"because"}
    assert {color for _, color in cards(at).values()} == {ORANGE, BLUE}


def test_the_way_of_a_merge_request(at: Desk) -> None:
    """The last state counts, whatever came before, until it is merged; nothing changes that any more."""
    at.deliver(payload(OPENED))
    lines: list[str] = []
    for case in ("made_draft", "made_ready", "approved", "closed", "reopened", "merged", "made_draft", "closed"):
        at.deliver({**payload(HOOK + case), "step": len(lines)})
        lines.append(cards(at)["ben.okafor"][0])

    assert lines == [
        "a draft again",
        "ready again",
        "✓ you approved",
        "closed by **Carla Rossi**",
        "reopened by **Carla Rossi**",
        *("✓ you merged it",) * 3,
    ]


def test_whose_review_it_no_longer_is(at: Desk) -> None:
    """Who was removed is not drawn in again by what happens later; asked anew, they get a message of their own."""
    at.deliver(payload(OPENED))
    at.deliver(payload(HOOK + "review_removed"))
    for case in ("made_draft", "made_ready", "review_requested", "merged"):
        at.deliver(payload(HOOK + case))

    assert [
        msgspec.json.decode(card, type=Card).because
        for person, thing, card in at.rows(outbox, "person", "announces", "card")
        if thing and person == key("haneul")
    ] == ["no longer your review", "✓ merged by **Ben Okafor**"]


def test_everybody_in_their_own_language(tmp_path: Path) -> None:
    """The last line is in the language that each person has chosen, or that of their Mattermost."""
    with desk(tmp_path) as one:
        at = sit(one)
        at.deliver(payload(OPENED))
        now = at.time.now()
        at.store.write(lambda conn: choose(conn, key("carla.rossi"), Choices(language="ko"), now))
        at.deliver(payload(HOOK + "merged"))

        assert {name: line for name, (line, _) in cards(at).items()} == {
            "ben.okafor": "✓ you merged it",
            "haneul": "✓ **Ben Okafor** 님이 머지했어요",
            "junho.lee": "✓ **Ben Okafor** 님이 머지했어요",
            "carla.rossi": "✓ **Ben Okafor** 님이 머지했어요",
        }


def test_own_acts_by_another_name(at: Desk) -> None:
    """Who has another name in Mattermost is told of their own act as such: they are known by their address."""
    at.deliver(payload(OPENED))
    at.deliver({**payload(HOOK + "merged"), "user": {"id": 4, "username": "jlee", "name": "이준호"}})

    assert cards(at)["junho.lee"][0] == "✓ you merged it"
    assert cards(at)["haneul"][0] == "✓ merged by **이준호**"


def test_who_opted_out(at: Desk) -> None:
    """What somebody was sent stays true, though they hear nothing any more."""
    at.deliver(payload(OPENED))
    now = at.time.now()
    at.store.write(lambda conn: choose(conn, key("haneul"), Choices(opted_in=False), now))

    assert "haneul" not in at.deliver(payload(HOOK + "merged"))
    assert cards(at)["haneul"][0] == "✓ merged by **Ben Okafor**"


def test_who_left(at: Desk) -> None:
    """Who is no longer in the notification channel is told nothing, not even by an edit."""
    at.deliver(payload(OPENED))
    settle = at.house.settle
    assert isinstance(settle, Settling)
    gone = partial(_but, key("haneul"), settle)
    at.reader = at.new_reader(replace(at.house, settle=replace(settle, member=gone)))
    before = cards(at)
    at.deliver(payload(HOOK + "merged"))

    assert set(changed(at, before)) == set(ASKED) - {"haneul"}


def _but(gone: PersonKey, settle: Settling, person: PersonKey) -> Any:
    return None if person == gone else settle.member(person)


def test_other_things_stay(at: Desk) -> None:
    """Messages about comments, issues and other merge requests say what they said."""
    at.deliver(payload("note_hook__merge_request"))
    at.deliver(payload("issue_hook__opened"))
    at.deliver(payload(OPENED, {"object_attributes.id": 4201, "object_attributes.iid": 43}))
    before = at.rows(outbox, "card")
    at.deliver(payload(HOOK + "merged"))

    assert at.rows(outbox, "card")[: len(before)] == before


def test_nobody_is_looked_up_for_nothing(at: Desk) -> None:
    """Where nobody was asked, nobody is matched; and who is meant is not asked where no message could be theirs."""
    settle = at.house.settle
    assert isinstance(settle, Settling)

    def nobody(_account: object) -> Any:
        raise AssertionError(_account)

    aloof = replace(settle, match=nobody)
    event = parse(delivery(payload(HOOK + "unassigned")).body)
    assert aloof(event, settled(event), at.gitlab) == ()

    at.deliver(payload(HOOK + "review_requested"))
    assert aloof(event, settled(event), at.gitlab) == ()


def test_a_look_up_that_fails_lets_the_delivery_wait(at: Desk) -> None:
    """While GitLab does not say who was removed, nothing of the delivery is written."""
    at.deliver(payload(OPENED))
    before, at.gitlab.down = cards(at), TryLater("503")
    at.deliver(payload(HOOK + "review_removed"))
    assert (changed(at, before), at.rows(inbox, "state")[-1]) == ({}, ("waiting",))

    at.gitlab.down = None
    at.time.pass_ms(600_000)
    at.read()
    assert set(changed(at, before)) == {"haneul"}


def test_the_courier_is_woken_for_edits_too(at: Desk) -> None:
    """A delivery that tells nobody anything new still has something to send."""
    at.deliver(payload(OPENED))
    woken = at.woken
    assert at.deliver(payload(HOOK + "made_draft")) == set()

    assert at.woken == woken + 1


def test_what_is_part_of_a_post_is_edited(at: Desk) -> None:
    """What has left is brought in line by an edit, which has the fact's name, and its delivery's number."""
    at.deliver(payload(OPENED))
    at.store.write(
        lambda conn: conn.exec_driver_sql(
            "INSERT INTO posts (person, message, props, pending_post_id, first_tried) VALUES ('p', '', '{}', 'k', 1)"
        )
    )
    at.store.write(lambda conn: conn.execute(outbox.update().values(post=1)))
    at.deliver(payload(HOOK + "approved"))

    (edit,) = [row for row in at.rows(outbox, "kind", "edits", "fact", "delivery", "person") if row[0] == EDIT]
    assert edit == (EDIT, 1, "mr:4200:approved:2:2026-11-24T09:16:00.000Z#1", 2, key("ben.okafor"))


def test_a_house_without_messages() -> None:
    """A house without an outbox changes nothing."""
    assert outcome(payload(HOOK + "merged"), house()).changes == ()


# ------------------------------------------------------------------ the rules


@pytest.mark.parametrize(
    ("case", "expected"),
    [
        ("merged", [("merged", None)]),
        ("closed", [("closed", None)]),
        ("closed_by_ghost", [("closed", None)]),
        ("reopened", [("reopened", None)]),
        ("made_draft", [("draft", None)]),
        ("made_ready", [("ready", None)]),
        ("made_ready_before_16_3", [("ready", None)]),
        ("approved", [("approved", [2])]),
        ("approval", [("approved", [2])]),
        ("unapproved", [("unapproved", [2])]),
        ("changes_requested", [("changes_requested", [2])]),
        ("review_removed", [("review_removed", [3])]),
        ("unassigned", [("unassigned", [4])]),
        ("approvals_reset", []),
        ("opened", []),
        ("opened_draft", []),
        ("edited", []),
    ],
)
def test_rule(case: str, expected: list[tuple[str, list[int] | None]]) -> None:
    """What an event settles, and for whom: None is everybody who was told of the merge request."""
    found = settled(parse(delivery(payload(HOOK + case)).body))

    assert [(one.state.value, one.whom and [who.id for who in one.whom]) for one in found] == expected


def test_without_an_actor() -> None:
    """An approval that names nobody settles nothing; a merge is one, whoever did it, and the line has no name."""
    approved, merged = ({**payload(HOOK + case), "user": None} for case in ("approved", "merged"))

    assert settled(parse(delivery(approved).body)) == ()
    assert [one.state for one in settled(parse(delivery(merged).body))] == [State.MERGED]
    for language, line in (("en", "✓ merged"), ("ko", "✓ 머지됐어요")):
        assert TEMPLATES.render(language, "settled", "merged", own=False, actor="") == line


def test_two_at_once() -> None:
    """An update that removes a reviewer and sets the draft flag settles both, the removal last."""
    changes = {**payload(HOOK + "review_removed")["changes"], **payload(HOOK + "made_draft")["changes"]}
    event = parse(delivery(payload(HOOK + "made_draft", {"changes": changes})).body)

    assert [one.state for one in settled(event)] == [State.DRAFT, State.REVIEW_REMOVED]


def test_facts() -> None:
    """The same act told twice is one fact; the next one of its kind is another."""
    (first,), (again,), (other,) = (
        settled(parse(delivery(payload(HOOK + case, changes)).body))
        for case, changes in (
            ("approved", {}),
            ("approval", {}),
            ("approved", {"object_attributes.updated_at": "2026-11-25T09:16:00.000Z"}),
        )
    )

    assert first.fact == again.fact != other.fact
    assert str(user(2).id) in first.fact


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("reason", [Reason.REVIEW_REQUESTED, Reason.ASSIGNED, Reason.MENTIONED])
def test_settles(state: State, reason: Reason) -> None:
    """A state settles the messages it concerns, in whatever state they are, but for those that are final."""
    concerned = reason in CONCERNED.get(state, Reason)

    assert {before: settles(state, reason, before) for before in ("", *State)} == {
        before: concerned and before not in FINAL for before in ("", *State)
    }


@pytest.mark.parametrize("language", ["en", "ko"])
def test_every_state_has_words(language: str) -> None:
    """No state is without its line, no line without its state."""
    assert TEMPLATES.blocks(language, "settled") == frozenset(State)
    assert set(LOOKS_LIKE) == set(State) - {State.READY, State.REOPENED, State.UNAPPROVED}


@pytest.mark.parametrize(
    "changes",
    [
        None,
        {},
        {"draft": {"previous": False, "current": True}},
        {"draft": {"previous": True, "current": False}},
        {"draft": [False, True]},
        {"title": {"previous": "T", "current": "Draft: T"}},
        {"title": {"previous": "WIP: T", "current": "T"}},
        {"title": {"previous": "Draft: T", "current": "Draft: U"}},
        {"title": {"previous": "T", "current": "Draft: T"}, "draft": {"previous": True, "current": False}},
    ],
)
def test_made_draft(changes: dict[str, Any] | None) -> None:
    """A flag that came is one that would have gone, had everything happened the other way round."""
    backwards = {key: _backwards(both) for key, both in (changes or {}).items()}

    assert made_draft(changes) is made_ready(backwards)
    assert not (made_draft(changes) and made_ready(changes))


def _backwards(both: Any) -> Any:
    return both[::-1] if isinstance(both, list) else {"previous": both["current"], "current": both["previous"]}
