"""Pipelines: who is told of a failure and of its end, in both languages, what the card says, and what is remembered."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import count, pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.store import Store, open_store
from gitlab_hooks.delivery import lane
from gitlab_hooks.event import Event, Run
from gitlab_hooks.gather import Memory
from gitlab_hooks.judge import Case, judge
from gitlab_hooks.lookups import Involved, Project, ProjectId, Subject
from gitlab_hooks.memory import keep_run, newest_run
from gitlab_hooks.notices import Notice, Reason, Role, Verdict, Who
from gitlab_hooks.parts import WORDS
from gitlab_hooks.remembered import Remembered
from tests.gitlab_hooks.desk import Desk, desk
from tests.gitlab_hooks.gitlab_fake import FakeGitLab
from tests.gitlab_hooks.team import NAMES, SHOP, Told, gitlab, house, not_told, outcome, payload, told, user
from tests.gitlab_hooks.test_judge import EVENT, PLAIN

HOOK = "pipeline_hook__"
PIPELINES = [name for name in NAMES if name.startswith(HOOK)]
WEB = "https://gitlab.example.com/web/shop/-"
MR = Subject(SHOP, "merge_request", "42")
BROKEN = Memory(newest=Run(1, 0, failed=True))


def asked() -> FakeGitLab:
    """Return the team's GitLab, which knows that !42 is Anna's."""
    return replace(gitlab(), named={MR: Involved(author=user(1))})


def link(label: str, number: int) -> str:
    return f"[{label}]({WEB}/pipelines/{number})"


TITLE = "!42 Show prices with tax"
FAILED, FIXED = "pipeline_failed", "pipeline_fixed"
TOLD: dict[str, dict[str, Told]] = {
    "failed": {
        "ben.okafor": Told(
            FAILED,
            f"Your pipeline failed on {link(TITLE, 8100)}",
            f"내가 실행한 파이프라인이 실패했어요: {link(TITLE, 8100)}",
        ),
        "anna.berg": Told(
            FAILED,
            f"The pipeline failed on your merge request {link(TITLE, 8100)}",
            f"내 MR 파이프라인이 실패했어요: {link(TITLE, 8100)}",
        ),
    },
    "passed": {
        "ben.okafor": Told(
            FIXED,
            f"Your pipeline passes again on {link(TITLE, 8101)}",
            f"내가 실행한 파이프라인이 다시 통과했어요: {link(TITLE, 8101)}",
        ),
        "anna.berg": Told(
            FIXED,
            f"The pipeline passes again on your merge request {link(TITLE, 8101)}",
            f"내 MR 파이프라인이 다시 통과했어요: {link(TITLE, 8101)}",
        ),
    },
    "failed_branch": {
        "carla.rossi": Told(
            FAILED,
            f"Your pipeline failed on {link('main', 8200)}",
            f"내가 실행한 파이프라인이 실패했어요: {link('main', 8200)}",
        )
    },
    "passed_branch": {
        "ben.okafor": Told(
            FIXED,
            f"Your pipeline passes again on {link('main', 8201)}",
            f"내가 실행한 파이프라인이 다시 통과했어요: {link('main', 8201)}",
        )
    },
    "failed_of_bot": {
        "anna.berg": Told(
            FAILED,
            f"The pipeline failed on your merge request {link(TITLE, 8400)}",
            f"내 MR 파이프라인이 실패했어요: {link(TITLE, 8400)}",
        )
    },
    "failed_gitlab_12": {
        "ben.okafor": Told(
            FAILED,
            f"Your pipeline failed on {link('v1.2.0', 8500)}",
            f"내가 실행한 파이프라인이 실패했어요: {link('v1.2.0', 8500)}",
        )
    },
    "failed_child": {},
    "running": {},
}
NOT_TOLD = {"failed_of_bot": {"project_7_bot_4f1c8e": "bot"}}


@pytest.mark.parametrize("case", TOLD)
def test_told(case: str) -> None:
    """Who started a pipeline is told that it failed or passes again, and so is the merge request's author."""
    assert told(payload(HOOK + case), asked(), memory=BROKEN) == TOLD[case]
    assert not_told(payload(HOOK + case), asked(), memory=BROKEN) == NOT_TOLD.get(case, {})


def test_every_payload_is_a_case() -> None:
    """The table of this test holds every pipeline among the payloads."""
    assert {HOOK + case for case in TOLD} == set(PIPELINES)


@pytest.mark.parametrize("case", ["passed", "passed_branch"])
@pytest.mark.parametrize("newest", [None, Run(1, 0, failed=False), Run(9_000, 0, failed=True)])
def test_a_success_that_mends_nothing(case: str, newest: Run | None) -> None:
    """A pipeline that passes is told to nobody unless the one before it failed."""
    found = not_told(payload(HOOK + case), asked(), memory=Memory(newest=newest))

    assert set(found.values()) == {"no_rule"}
    assert found.keys() == TOLD[case].keys()


def test_a_failure_that_is_over() -> None:
    """A failure that comes after the success of a newer pipeline is stale; after a newer failure it is told."""
    passed, failed = (Memory(newest=Run(9_000, 0, failed=failed)) for failed in (False, True))

    assert set(not_told(payload(HOOK + "failed"), asked(), memory=passed).values()) == {"stale"}
    assert told(payload(HOOK + "failed"), asked(), memory=failed) == TOLD["failed"]


def test_one_person_in_both_roles() -> None:
    """Who started the pipeline of their own merge request is told once, with both reasons in the last line."""
    body = payload(HOOK + "failed", {"user.id": 1, "user.username": "anna.berg"})
    (found,) = outcome(body, house(asked(), language="en")).results

    assert found.message
    assert found.message.headline == f"Your pipeline failed on {link(TITLE, 8100)}"
    assert (
        found.message.card.because == "because you started it and are the author · stop these: `/nudge off pipelines`"
    )


def test_without_a_token() -> None:
    """Without a token the payload's own name is enough for who started it; the author is not known."""
    assert list(told(payload(HOOK + "failed"), Remembered())) == ["ben.okafor"]  # type: ignore[arg-type]


@pytest.mark.parametrize("role", ["starter", "author"])
def test_rules(role: str) -> None:
    """A team may choose one of the two roles."""
    found = told(payload(HOOK + "failed"), asked(), rules={"pipeline.failed": [role]})

    assert list(found) == [{"starter": "ben.okafor", "author": "anna.berg"}[role]]


def test_drafts() -> None:
    """A draft does not silence its pipelines."""
    body = payload(HOOK + "failed", {"merge_request.title": "Draft: Show prices with tax"})

    assert set(told(body, asked())) == {"ben.okafor", "anna.berg"}


@pytest.mark.parametrize("key", ["finished_at", "created_at"])
def test_old_pipelines(key: str) -> None:
    """A pipeline that ended, or where that is not told began, long before its delivery came is stale."""
    times = {"finished_at": None, "created_at": None, key: "2026-11-20 09:00:00 UTC"}
    body = payload(HOOK + "failed", {f"object_attributes.{name}": time for name, time in times.items()})

    assert set(not_told(body, asked()).values()) == {"stale"}


@pytest.mark.parametrize(
    ("project", "level", "verdict"),
    [
        (Project(SHOP, "public"), 0, "told"),
        (Project(SHOP, "public", frozenset({"builds"})), 0, "no_access"),
        (Project(SHOP, "public", frozenset({"builds"})), 10, "no_access"),
        (Project(SHOP, "public", frozenset({"builds"})), 15, "told"),
        (Project(SHOP, "public", frozenset({"merge_requests"})), 0, "told"),
        (Project(SHOP, "private"), 10, "no_access"),
    ],
)
def test_access(project: Project, level: int, verdict: str) -> None:
    """Where pipelines are for members only, they are told from Planner on."""
    of = replace(gitlab(), projects={SHOP: project}, levels={(SHOP, user(5).id): level})

    assert outcome(payload(HOOK + "failed_branch"), house(of)).verdict == verdict


def test_asked_of_gitlab() -> None:
    """Only for a merge request's pipeline that ended is its author asked for, in the project the request goes to."""
    body = payload(HOOK + "failed", {"merge_request.target_project_id": 8})
    for case, questions in ((body, [("involved", replace(MR, project=ProjectId(8)))]), (payload(HOOK + "running"), [])):
        of = asked()
        outcome(case, house(of))
        assert [one for one in of.asked if one[0] == "involved"] == questions
    of = asked()
    outcome(payload(HOOK + "failed_branch"), house(of))
    assert not [one for one in of.asked if one[0] == "involved"]


def test_status_missing() -> None:
    """A pipeline without a status is a test."""
    assert outcome(payload(HOOK + "failed", {"object_attributes.status": None})).verdict == "test"


# ---- the lane


def parsed(body: Any) -> Event:
    event = outcome(body, house(asked())).event
    assert event
    return event


@pytest.mark.parametrize("name", PIPELINES)
def test_lane(name: str) -> None:
    """A pipeline waits in the lane of its merge request, else of its branch, and its messages and memory are there."""
    assert lane(payload(name)) == parsed(payload(name)).thing.key


def test_lanes() -> None:
    """Lanes are named by the merge request, or by project and branch."""
    assert lane(payload(HOOK + "failed")) == "mr:4200"
    assert lane(payload(HOOK + "failed_branch")) == "ref:7:main"


@given(st.text(), st.integers(min_value=1, max_value=2**40))
def test_any_branch(ref: str, project: int) -> None:
    """Whatever a branch is called, its pipelines have one lane, or none where no branch can be called so."""
    body = payload(HOOK + "failed_branch", {"object_attributes.ref": ref, "project.id": project})

    assert parsed(body).thing.key == (lane(body) or "pipeline:8200")
    assert "\x00" not in lane(body)


# ---- the card


def card(body: Any, language: str) -> list[str]:
    message = outcome(body, house(asked(), language=language)).results[0].message
    assert message
    return message.card.text.split("\n")


def job(number: int, **more: Any) -> dict[str, Any]:
    plain = {"id": number, "name": f"job {number}", "stage": "test", "status": "failed", "allow_failure": False}
    return {**plain, "failure_reason": "script_failure", **more}


def listed(builds: list[dict[str, Any]] | None, language: str = "en") -> list[str]:
    return card(payload(HOOK + "failed", {"builds": builds}), language)


def test_card() -> None:
    """The card lists each job that failed once, by its newest run, with stage and reason; allowed failures are none."""
    browser, unit = "browser: [chromium, de]\u2060", "unit"

    assert card(payload(HOOK + "failed"), "en") == [
        f"- [{browser}]({WEB}/jobs/81004) (test): took too long",
        f"- [{unit}]({WEB}/jobs/81006) (test): runner failed",
    ]
    assert card(payload(HOOK + "failed"), "ko") == [
        f"- [{browser}]({WEB}/jobs/81004) (test): 시간 초과",
        f"- [{unit}]({WEB}/jobs/81006) (test): 러너 오류",
    ]


def test_retried_job() -> None:
    """A job that failed and passed when it was tried again has not failed, whatever the order of the list."""
    builds = [job(2, name="unit", status="success"), job(1, name="unit"), job(3)]

    assert listed(builds) == [f"- [job 3]({WEB}/jobs/3) (test): script failed"]


@pytest.mark.parametrize(
    ("failure", "en", "ko"),
    [
        ("script_failure", ": script failed", ": 스크립트 실패"),
        ("unknown_failure", "", ""),
        ("", "", ""),
        (None, "", ""),
        ("moon_phase_failure", ": moon phase failure", ": moon phase failure"),
    ],
)
def test_failure_reasons(failure: str | None, en: str, ko: str) -> None:
    """GitLab's word for why a job failed is said in plain words; one that we do not know is shown as words."""
    assert listed([job(1, failure_reason=failure)]) == [f"- [job 1]({WEB}/jobs/1) (test){en}"]
    assert listed([job(1, failure_reason=failure)], "ko") == [f"- [job 1]({WEB}/jobs/1) (test){ko}"]


def test_failure_words() -> None:
    """Both languages have words for the same failures."""
    english, korean = (
        set(re.findall(r'"(\w+)": "', (WORDS[0] / language / "pipeline.md").read_text("utf-8")))
        for language in ("en", "ko")
    )

    assert english == korean
    assert "script_failure" in english


@pytest.mark.parametrize(("many", "en", "ko"), [(10, [], []), (11, ["and 1 more"], ["외 1개"])])
def test_many_jobs(many: int, en: list[str], ko: list[str]) -> None:
    """Ten jobs are listed, of more their number is told."""
    builds = [job(number) for number in range(1, many + 1)]

    for language, end in (("en", en), ("ko", ko)):
        found = listed(builds, language)
        assert [line for line in found if line.startswith("- ")] == found[:10]
        assert [line for line in found[10:] if line] == end


@pytest.mark.parametrize("builds", [None, [], [job(1, status="canceled")], [job(1, allow_failure=True)]])
def test_no_jobs(builds: list[dict[str, Any]] | None) -> None:
    """A pipeline that failed without any job of its own (its configuration, a downstream pipeline) lists none."""
    assert listed(builds) == [""]


def test_a_success_lists_no_jobs() -> None:
    """A pipeline that passes lists no jobs, though some were allowed to fail."""
    (first, *_) = outcome(payload(HOOK + "passed"), house(asked(), memory=BROKEN)).results

    assert first.message
    assert first.message.card.text == ""


@given(st.text(max_size=400), st.text(max_size=400))
def test_any_job(name: str, failure: str) -> None:
    """Whatever jobs are called, the card is a list of one line each, and pings nobody."""
    many = [job(number, name=f"{name}{number}", stage=name, failure_reason=failure) for number in range(1, 12)]
    found = listed(many)

    assert [line[:3] for line in found[:10]] == ["- ["] * 10
    assert not any(f"@{letter}" in line for line in found for letter in "abcdefghijklmnopqrstuvwxyz")


def test_endless_addresses() -> None:
    """Names and addresses that never end fit into a card all the same."""
    builds = [job(number, name="[" * 5_000 + str(number), stage="[" * 5_000) for number in range(1, 12)]
    body = payload(HOOK + "failed", {"builds": builds, "project.web_url": f"https://gitlab.example.com/{'é' * 9_000}"})

    assert len("\n".join(card(body, "en"))) < 16_000


# ---- the memory


@pytest.fixture(name="at")
def a_desk(tmp_path: Path) -> Iterator[Desk]:
    with desk(tmp_path) as one:
        one.gitlab.named[MR] = Involved(author=user(1))
        yield one


def hook(number: int, status: str, minute: int = 20) -> dict[str, Any]:
    its = {"id": number, "status": status, "finished_at": f"2026-11-24 09:{minute}:00 UTC"}
    return payload(HOOK + "failed", {f"object_attributes.{key}": value for key, value in its.items()})


BOTH = {"ben.okafor", "anna.berg"}


@pytest.mark.parametrize(
    "story",
    [
        [("1 failed", 20, BOTH), ("2 success", 30, BOTH), ("3 success", 40, set())],
        [("1 failed", 20, BOTH), ("1 failed", 25, set()), ("1 success", 30, BOTH), ("1 failed", 35, set())],
        [("1 failed", 20, BOTH), ("2 failed", 30, BOTH), ("3 success", 40, BOTH)],
        [("2 success", 30, set()), ("1 failed", 20, set()), ("3 success", 40, set())],
        [("2 success", 30, set()), ("3 failed", 40, BOTH), ("1 failed", 20, BOTH), ("4 success", 50, BOTH)],
        [("2 failed", 30, BOTH), ("1 success", 20, set()), ("3 success", 40, BOTH)],
        [("1 success", 30, set()), ("1 failed", 20, set()), ("2 success", 40, set())],
        [("1 failed", 20, BOTH), ("2 canceled", 30, set()), ("3 running", 40, set()), ("4 success", 50, BOTH)],
    ],
)
def test_story(at: Desk, story: list[tuple[str, int, set[str]]]) -> None:
    """Failures and the first success after them are told once each, whatever order GitLab sends them in."""
    for what, minute, people in story:
        number, status = what.split()
        body = hook(int(number), status, minute)
        assert at.deliver(body) == people, what
        assert at.deliver(body) == set(), "a duplicate"


def test_branches_apart(at: Desk) -> None:
    """What fails on a branch is mended by a success there alone; child pipelines count for nothing."""
    at.deliver(payload(HOOK + "failed_branch"))
    elsewhere = {"object_attributes.id": 8202, "object_attributes.ref": "prices"}
    child = {"object_attributes.id": 8203, "object_attributes.source": "parent_pipeline"}

    assert at.deliver(payload(HOOK + "passed_branch", elsewhere)) == set()
    assert at.deliver(payload(HOOK + "passed_branch", child)) == set()
    assert at.deliver(payload(HOOK + "passed_branch")) == {"ben.okafor"}


def test_remembered_though_nobody_is_told(at: Desk) -> None:
    """A failure that nobody heard of, since a bot caused it, is mended all the same."""
    assert at.deliver(payload(HOOK + "failed_branch", {"user": payload(HOOK + "failed_of_bot")["user"]})) == set()
    assert at.deliver(payload(HOOK + "passed_branch")) == {"ben.okafor"}


RUNS = st.builds(Run, st.integers(1, 5), st.integers(0, 3), failed=st.booleans())


def later(newest: Run | None, run: Run) -> Run:
    return newest if newest and newest.follows(run) else run


def case(run: Run, newest: Run | None) -> Case:
    reason, rule = (
        (Reason.PIPELINE_FAILED, "pipeline.failed") if run.failed else (Reason.PIPELINE_FIXED, "pipeline.fixed")
    )
    notice = Notice(Who(user(2).id), Role.STARTER, reason, rule, f"pipeline:{run.id}")
    return replace(PLAIN, event=replace(EVENT, run=run), notice=notice, newest=newest)


def told_runs(arriving: Sequence[Run]) -> list[Run]:
    """Return what would be told of some pipelines, in the order in which they arrive."""
    newest, found = None, []
    for run in arriving:
        if judge(case(run, newest)) is Verdict.TOLD:
            found.append(run)
        newest = later(newest, run)
    return found


@given(st.lists(st.booleans()))
def test_in_order(outcomes: list[bool]) -> None:
    """In order, every failure is told and every success that follows a failure."""
    runs = [Run(number, number, failed=failed) for number, failed in enumerate(outcomes, 1)]
    news = [run for before, run in pairwise([None, *runs]) if run and (run.failed or (before and before.failed))]

    assert told_runs(runs) == news


@given(st.lists(RUNS, max_size=8))
def test_in_any_order(arriving: list[Run]) -> None:
    """In any order, nothing is told that a newer success is known to have settled, and no failure is mended twice."""
    found = told_runs(arriving)

    for place, run in enumerate(arriving):
        newest = max(arriving[:place], key=lambda one: (one.id, one.ended), default=None)
        if newest and newest.follows(run) and not newest.failed:
            assert judge(case(run, newest)) is not Verdict.TOLD
    assert sum(not run.failed for run in found) <= sum(run.failed for run in arriving)


@pytest.fixture(name="store", scope="module")
def a_store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    store = open_store(f"sqlite:///{tmp_path_factory.mktemp('runs') / 'nudge.db'}", serving=False)
    yield store
    store.close()


THINGS = (f"ref:7:{number}" for number in count())


@given(st.lists(RUNS, max_size=6))
def test_newest_is_kept(store: Store, arriving: list[Run]) -> None:
    """Of each branch and merge request the newest pipeline is remembered, whatever order they come in."""
    thing, newest = next(THINGS), None
    for run in arriving:
        store.write(lambda conn, run=run: keep_run(conn, thing, run))  # type: ignore[misc]
        newest = later(newest, run)
        assert store.read(lambda conn: newest_run(conn, thing)) == newest
    assert store.read(lambda conn: newest_run(conn, "mr:1")) is None
