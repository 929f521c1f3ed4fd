"""The buttons of the playground: what each does, and that none of them can be pressed at a wrong time."""

from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from playground import stage
from playground.acts import ACTS, SCOPES
from playground.cast import CAST, populate
from playground.gitlab.hooks import EVENTS
from playground.gitlab.objects import Project
from playground.gitlab.state import GitLab
from playground.mattermost.faults import Faults
from tests.playground.gitlab_support import Receiver

MEMBERS = ["", *(person.username for person in CAST if person.level)]
ACT = st.tuples(st.sampled_from(sorted(ACTS)), st.sampled_from(MEMBERS))

FIRST = "anna.berg"
NOBODY = "http://127.0.0.1:1/gitlab"
STORY = [
    ("open-draft", "", "Anna Berg opened !2 Draft: Show prices with tax with Ben Okafor and 김하늘 as reviewers."),
    ("merge", "", "!2 is a draft. Mark it as ready first."),
    ("ready", "", "Anna Berg marked !2 as ready."),
    ("ready", "", "!2 is no draft. Make it one first."),
    ("draft", "", "Anna Berg made !2 a draft."),
    ("draft", "", "!2 is a draft already. Mark it as ready first."),
    ("ready", "", "Anna Berg marked !2 as ready."),
    ("reply", "", "There is no comment here yet to do that to. Write one first."),
    ("take-back", "", "There is no emoji here to take back. Give one first."),
    ("unapprove", "", "Nobody has approved !2 yet."),
    ("mention", "", "Ben Okafor mentioned 이준호 in !2."),
    ("reply", "", "Anna Berg replied to Ben Okafor in !2."),
    ("thumbs-up", "", "Ben Okafor gave a thumbs-up to Anna Berg's comment in !2."),
    ("take-back", "", "Ben Okafor took :thumbsup: back from !2."),
    ("cheer", "", "Ben Okafor, 김하늘 and 이준호 reacted to Anna Berg's comment in !2."),
    ("edit-comment", "", "Anna Berg edited a comment in !2 and mentioned Ben Okafor."),
    ("review", "", "Ben Okafor reviewed !2 with five comments."),
    ("request-changes", "", "Ben Okafor requested changes to !2."),
    ("push", "", "Anna Berg pushed"),
    ("ask-again", "", "Anna Berg asked Ben Okafor to look at !2 again."),
    ("ask-for-review", "", "Anna Berg asked 이준호 to review !2."),
    ("ask-for-review", "", "Anna Berg asked Carla Rossi to review !2."),
    ("ask-for-review", "", "Everybody reviews it already."),
    ("review-and-approve", "haneul", "김하늘 reviewed !2 with two comments and approved it."),
    ("approve", "", "Carla Rossi approved !2."),
    ("unapprove", "", "Carla Rossi took the approval of !2 back."),
    ("assign", "", "Anna Berg assigned !2 to Ben Okafor."),
    ("unassign", "", "Anna Berg took Ben Okafor off !2."),
    ("unassign", "", "Ben Okafor took Anna Berg off !2."),
    ("unassign", "", "Nobody is assigned. Assign somebody first."),
    ("tada", "", "Ben Okafor celebrated !2."),
    ("on-commit", "", "Ben Okafor commented on"),
    ("on-snippet", "", "Anna Berg commented on $301 How to empty the cache."),
    ("mention-group", "", "Ben Okafor mentioned the group web in !2."),
    ("break", "", "Anna Berg's pipeline for !2: failed."),
    ("mend", "", "Anna Berg's pipeline for !2: success."),
    ("fail-to-deploy", "", "Anna Berg's deployment to production failed."),
    ("release", "", "Somebody published v1.1.0."),
    ("close", "", "Carla Rossi closed !2."),
    ("approve", "", "!2 is closed. Open a new one, or reopen it."),
    ("reopen", "", "Carla Rossi reopened !2."),
    ("reopen", "", "!2 is opened; only a closed one can be reopened."),
    ("merge", "", "Carla Rossi merged !2."),
    ("open", "ben", "Ben Okafor opened !3 장바구니 합계를 한 번만 반올림하기 with Anna Berg and 김하늘 as reviewers."),
    (
        "open-issue",
        "",
        "Carla Rossi opened #2 The total jumps when a coupon is taken back and assigned it",
    ),
    ("comment-issue", "", "Ben Okafor commented on #2."),
    ("reply-issue", "", "Anna Berg replied to Ben Okafor on #2."),
    ("internal-note", "", "Ben Okafor left an internal note on #2."),
    ("heart-issue", "", "Ben Okafor loves #2."),
    ("reopen-issue", "", "#2 is open."),
    ("close-issue", "", "Ben Okafor closed #2."),
    ("close-issue", "", "#2 is closed already."),
    ("reopen-issue", "", "Ben Okafor reopened #2."),
    ("assign-issue", "", "Carla Rossi assigned #2 to Ben Okafor."),
    ("open-task", "", "Carla Rossi opened #3 Write down how refunds are rounded and assigned it to Anna Berg."),
    ("open-confidential", "", "Carla Rossi opened #4"),
    ("wrong-token", "", "No bot has registered a webhook yet."),
    ("gitlab-down", "", "GitLab's API is down. What needs it waits."),
    ("gitlab-up", "", "GitLab's API works again."),
    ("mattermost-down", "", "Mattermost is down. Messages wait."),
    ("mattermost-up", "", "Mattermost is up again. What waited arrives in a moment."),
]
"""What is pressed, on behalf of whom, and how the page puts what happened."""


class Stage:
    """A populated GitLab whose buttons are pressed one after the other."""

    def __init__(self) -> None:
        self.gitlab = GitLab(background=False)
        self.project: Project = populate(self.gitlab)
        self.faults = Faults()
        self.on: dict[str, int] = {}

    def press(self, name: str, who: str = "") -> str:
        answer = stage.act(self.gitlab, self.project, self.faults, name, self.on | {"who": who})
        self.on = {kind: answer[kind] for kind in ("merge_request", "issue")}
        return str(answer.get("said") or answer["not_now"])


@pytest.fixture(name="played")
def a_stage() -> Iterator[Stage]:
    """Close the stage when the test is over."""
    made = Stage()
    yield made
    made.gitlab.close()


def test_acts_tell_what_happened(played: Stage) -> None:
    """Each button does what it says and tells it, or tells why not and what to do first."""
    said = [(name, who, played.press(name, who)) for name, who, _ in STORY]

    wrong = [(row, expected) for row, (_, _, expected) in zip(said, STORY, strict=True) if expected not in row[2]]
    assert not wrong
    assert {name for name, _, _ in STORY} | {"nonsense"} == set(ACTS)


@settings(max_examples=30)
@given(presses=st.lists(ACT, max_size=25))
def test_acts_can_come_in_any_order(presses: list[tuple[str, str]]) -> None:
    """Whatever is pressed in whatever order by whomever, something is said and what is sent is an event."""
    played = Stage()
    played.gitlab.add_hook(played.project, NOBODY)

    for name, who in presses:
        assert played.press(name, who)
    assert {delivery.event for delivery in played.gitlab.deliveries} <= set(EVENTS.values())
    played.gitlab.close()


def test_bad_deliveries_are_bad(played: Stage) -> None:
    """A wrong token and half a JSON are sent to the bot's address, and logged like everything else."""
    receiver = Receiver()
    played.gitlab.add_hook(played.project, f"{receiver.url}/gitlab", token="right")
    played.press("wrong-token")
    played.press("nonsense")
    receiver.close()

    wrong, half = receiver.received
    assert wrong.headers["X-Gitlab-Token"] not in ("", "right")
    assert half.headers["X-Gitlab-Token"] == "right"
    with pytest.raises(ValueError, match=r"char"):
        _ = half.payload
    assert [(row["action"], row["status"]) for row in stage.log(played.gitlab)] == [("no JSON", "204"), ("", "204")]


def test_log_names_actions(played: Stage) -> None:
    """The log says in a word what each event tells, whichever key it stands under."""
    receiver = Receiver()
    played.gitlab.add_hook(played.project, f"{receiver.url}/gitlab")
    for name in ("mention", "tada", "push", "break", "fail-to-deploy", "release"):
        played.press(name)
    receiver.close()

    assert [row["action"] for row in reversed(stage.log(played.gitlab))] == [
        *("create", "award", "push", "update"),
        *("running", "failed", "running", "failed", "create"),
    ]


def test_faults_are_switched(played: Stage) -> None:
    """The buttons of trouble switch the stand-ins' faults on and off."""
    seen = []
    for name in ("gitlab-down", "mattermost-down", "gitlab-up", "mattermost-up"):
        played.press(name)
        seen.append((played.gitlab.fault is not None, played.faults.down))

    assert seen == [(True, False), (True, True), (False, True), (False, False)]


def test_unknown_acts_are_refused(played: Stage) -> None:
    """There is no act but those of the table, and nobody acts who does not exist."""
    for name, who in (("fly", ""), ("approve", "nobody")):
        with pytest.raises(KeyError):
            played.press(name, who)


def test_buttons_have_names_and_hints() -> None:
    """Each button has a name of its own, words, and a sentence of explanation."""
    acts = [act for scope in SCOPES for act in scope.acts]

    assert len({act.name for act in acts}) == len(acts) == len(ACTS)
    assert all(act.label and act.hint.endswith(".") for act in acts)


def test_people_share_no_invented_address() -> None:
    """The invented people are told apart by name and address, and two of them read Korean."""
    assert len({person.email for person in CAST}) == len({person.name for person in CAST}) == len(CAST)
    assert [person.full_name for person in CAST if person.locale == "ko"] == ["김하늘", "이준호"]
    assert CAST[0].name == FIRST
