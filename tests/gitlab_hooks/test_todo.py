"""What waits for a person: in which list it stands, what it waits for, and how it is shown."""

from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.directory import Directory
from bot.errors import TryLater
from bot.markdown import JOINER, Markdown
from bot.people import Member, PersonKey
from bot.preferences import Choices
from gitlab_hooks.lookups import MergeRequest, Party, Progress, Project, ProjectId, User, UserId
from gitlab_hooks.remembered import Remembered
from gitlab_hooks.todo import ASKS, CHECKS, Item, Todo, asking, essence, state_of, waits_for_review
from gitlab_hooks.todo_words import DAY_MS, MOST, Lists
from gitlab_hooks.waiting_for import WaitingFor
from gitlab_hooks.waits import LOOKED_AT, todo_of
from gitlab_hooks.whois import Whois
from tests.gitlab_hooks.gitlab_fake import FakeGitLab
from tests.gitlab_hooks.team import MEMBERS, NOW, SHOP, TEMPLATES, URL, gitlab, user

ANNA, BEN, HANEUL, ZOE = user(1), user(2), user(3), user(6)
DAY = DAY_MS


def mr(number: int, *, days: int = 1, title: str = "Fix login", author: User = ANNA, **more: Any) -> MergeRequest:
    """Return a merge request of the shop, opened so many days ago."""
    url = f"{URL}/web/shop/-/merge_requests/{number}"
    return MergeRequest(SHOP, "web/shop", f"!{number}", title, url, NOW - days * DAY, author=author, **more)


@pytest.mark.parametrize(
    ("request_", "progress", "state"),
    [
        (mr(1, draft=True), Progress(approved=True), "draft"),
        (mr(1), Progress(reviews={BEN.id: "requested_changes"}, pipeline="failed"), "changes_requested"),
        (mr(1), Progress(pipeline="failed", approved=True), "pipeline_failed"),
        (mr(1), Progress(conflicts=True, approved=True), "conflicts"),
        (mr(1), Progress(approved=True, pipeline="success"), "ready"),
        (mr(1), Progress(), "no_reviewer"),
        (mr(1, reviewers=(BEN,)), Progress(reviews={BEN.id: "reviewed"}, pipeline="running"), "review"),
    ],
)
def test_state(request_: MergeRequest, progress: Progress, state: str) -> None:
    """A merge request waits for the first thing that keeps it from being merged."""
    assert state_of(request_, progress) == state


@pytest.mark.parametrize(
    ("request_", "progress", "waits"),
    [
        (mr(1), Progress(), True),
        (mr(1), Progress(reviews={BEN.id: "unreviewed"}), True),
        (mr(1), Progress(reviews={BEN.id: "reviewed"}), True),
        (mr(1), Progress(reviews={BEN.id: "unapproved"}), True),
        (mr(1), Progress(approvers=frozenset({HANEUL.id}), approved=True), True),
        (mr(1), Progress(approvers=frozenset({BEN.id})), False),
        (mr(1), Progress(reviews={BEN.id: "approved"}), False),
        (mr(1), Progress(reviews={BEN.id: "requested_changes"}), False),
        (mr(1), Progress(reviews={HANEUL.id: "requested_changes"}), True),
        (mr(1, draft=True), Progress(), False),
    ],
)
def test_waits_for_review(request_: MergeRequest, progress: Progress, waits: bool) -> None:
    """It is a reviewer's turn until they have decided, and again when they are asked again; a draft is nobody's."""
    assert waits_for_review(request_, progress, BEN.id) is waits


STATES = st.sampled_from(sorted(CHECKS))
ITEMS = st.lists(st.builds(Item, st.builds(mr, st.integers(1, 99)), STATES), max_size=5).map(tuple)
TODOS = st.builds(
    Todo, st.fixed_dictionaries(dict.fromkeys(Party, ITEMS)), st.dictionaries(st.sampled_from(Party), st.just(3))
)


@given(TODOS)
def test_asking(todo: Todo) -> None:
    """What asks for something is every review, and of the rest what its author or assignee can do something about."""
    asks = asking(todo)

    assert asks.lists[Party.REVIEWER] == todo.lists[Party.REVIEWER]
    for party in (Party.AUTHOR, Party.ASSIGNEE):
        assert [item for item in todo.lists[party] if item.state in ASKS] == list(asks.lists[party])
    assert asking(asks) == asks


@given(TODOS)
def test_essence(todo: Todo) -> None:
    """A list is the same as long as the same things wait for the same; titles and ages do not matter."""
    older = {
        party: tuple(replace(item, request=replace(item.request, title="Other", opened=0)) for item in items)
        for party, items in todo.lists.items()
    }

    assert list(essence(Todo(older, {}))) == list(essence(todo))


@dataclass
class Office:
    """The team's GitLab with some open merge requests, and people who ask."""

    gitlab: FakeGitLab = field(default_factory=gitlab)

    def ask(self, name: str, language: str = "en", of: Any = None) -> str:
        directory = Directory(lambda: MEMBERS, {}, lambda: 0.0)
        directory.refresh()
        asked = of or self.gitlab
        todo = WaitingFor(asked, Whois(asked, directory, {}), Lists(URL), lambda: NOW)
        member = next((one for one in MEMBERS if one.name == name), Member(PersonKey("x"), name))
        reply = todo(member, Choices(), ())
        command = Markdown("/nudge")
        said = TEMPLATES.render(language, reply.words, reply.block, command=command, **reply.values)
        return said.replace(JOINER, "")

    def has(self, *requests: MergeRequest, **progress: Progress) -> None:
        self.gitlab.open += requests
        self.gitlab.far |= {requests[int(name[1:])].subject: far for name, far in progress.items()}


@pytest.fixture
def office() -> Office:
    return Office()


def test_three_lists(office: Office) -> None:
    """Reviews, what is assigned and one's own, each with its age and what it waits for, in both languages."""
    office.has(
        mr(1, days=5, reviewers=(BEN,)),
        mr(2, days=1, reviewers=(BEN,), assignees=(BEN,)),
        mr(3, days=0, author=BEN, assignees=(BEN,), reviewers=(ANNA,)),
        _2=Progress(approved=True, approvers=frozenset({ANNA.id})),
    )
    link = f"[web/shop!{{0}} Fix login]({URL}/web/shop/-/merge_requests/{{0}})"

    assert office.ask("ben.okafor") == (
        f"**Waiting for your review**\n"
        f"\n- {link.format(1)} · Anna Berg · 5 days\n- {link.format(2)} · Anna Berg · 1 day"
        f"\n\n**Assigned to you**\n\n- {link.format(2)} · 1 day: waits for a review"
        f"\n\n**Your own**\n\n- {link.format(3)} · today: **approved, ready to merge**"
    )
    assert office.ask("ben.okafor", "ko") == (
        f"**내 리뷰를 기다리는 MR**\n"
        f"\n- {link.format(1)} · Anna Berg 님 · 5일째\n- {link.format(2)} · Anna Berg 님 · 1일째"
        f"\n\n**내가 담당하는 MR**\n\n- {link.format(2)} · 1일째: 리뷰를 기다려요"
        f"\n\n**내가 올린 MR**\n\n- {link.format(3)} · 오늘: **승인됐어요. 머지하면 돼요**"
    )


@pytest.mark.parametrize(
    ("language", "nothing"), [("en", "Nothing waits for you."), ("ko", "기다리고 있는 일이 없어요.")]
)
def test_nothing(office: Office, language: str, nothing: str) -> None:
    """Who has nothing to do is told so."""
    office.has(mr(1, reviewers=(BEN,)), _0=Progress(approvers=frozenset({BEN.id})))

    assert office.ask("ben.okafor", language) == nothing


def test_what_may_not_be_read(office: Office) -> None:
    """Somebody who has left the project sees nothing of it, though merge requests still name them."""
    office.has(mr(1, reviewers=(ZOE,)), mr(2, author=ZOE))
    assert office.ask("zoe.martin") == "Nothing waits for you."

    office.gitlab.levels[SHOP, ZOE.id] = 30
    assert "web/shop!1 " in office.ask("zoe.martin")

    office.gitlab.projects[SHOP] = Project(SHOP, "public", frozenset({"merge_requests"}))
    office.gitlab.levels[SHOP, ZOE.id] = 0
    assert office.ask("zoe.martin") == "Nothing waits for you."


def test_gone_meanwhile(office: Office) -> None:
    """A merge request that is not to be seen any more when it is looked at is left out."""
    office.has(mr(1, reviewers=(BEN,)))
    office.gitlab.far = dict.fromkeys([mr(1).subject])  # type: ignore[assignment]

    assert office.ask("ben.okafor") == "Nothing waits for you."


def test_no_token(office: Office) -> None:
    """Without a token nothing can be listed, and that is said."""
    assert "GITLAB_TOKEN" in office.ask("ben.okafor", of=Remembered())
    assert "GITLAB_TOKEN" in office.ask("ben.okafor", "ko", of=Remembered())


def test_no_account(office: Office) -> None:
    """Whose account is not known is told where to look."""
    assert "`/nudge status` says more" in office.ask("stranger")


def test_no_answer(office: Office) -> None:
    """Where GitLab gives no answer, nobody is told that nothing waits."""
    office.gitlab.down_for[Party.ASSIGNEE] = TryLater("GET /merge_requests: 503")
    with pytest.raises(TryLater):
        office.ask("ben.okafor")


def test_many(office: Office) -> None:
    """A long list ends after ten, with how many more there are and where; no more than so many are looked at."""
    office.has(*(mr(number, days=60 - number, reviewers=(BEN,)) for number in range(1, 31)))
    shown = office.ask("ben.okafor")

    assert [f"web/shop!{number} " in shown for number in (1, MOST, MOST + 1)] == [True, True, False]
    assert f"- [and 20 more]({URL}/dashboard/merge_requests?reviewer_username=ben.okafor)" in shown
    assert sum(question[0] == "progress" for question in office.gitlab.asked) == LOOKED_AT


@given(st.lists(st.tuples(st.text(min_size=1, max_size=255), st.text(max_size=2000)), max_size=30))
def test_whatever_titles(titles: list[tuple[str, str]]) -> None:
    """Whatever titles and addresses are like, every line is whole, and the answer fits."""
    items = tuple(Item(replace(mr(1, title=title), url=f"{URL}/{path}"), "review") for title, path in titles)
    values = Lists(URL).values(Todo(dict.fromkeys(Party, items), {}), BEN, NOW)

    for language in ("en", "ko"):
        shown = TEMPLATES.render(language, "todo", "todo", command=Markdown("/nudge"), **values)
        assert len(shown) < 16_000
        for one in values["lists"]:  # type: ignore[attr-defined]
            assert len(one["items"]) + one["more"] == len(titles)


@pytest.mark.parametrize("language", ["en", "ko"])
def test_every_word(language: str) -> None:
    """Every list and everything that can be waited for has its words in both languages."""
    blocks = TEMPLATES.blocks(language, "todo")

    assert {f"state_{name}" for name in CHECKS} == {name for name in blocks if name.startswith("state_")}
    for what in ("list", "count"):
        assert {f"{what}_{party}" for party in Party} == {name for name in blocks if name.startswith(f"{what}_")}


def test_a_project_that_the_token_does_not_see() -> None:
    """What lies in a project that the token does not see cannot be checked, and is left out."""
    of = gitlab()
    of.open = [replace(mr(1, reviewers=(BEN,)), project=ProjectId(99))]

    assert todo_of(BEN, of).empty


def test_own_review() -> None:
    """One's own merge request stands among one's own alone, whatever else one is to it."""
    of = gitlab()
    of.open = [mr(1, author=BEN, reviewers=(BEN,), assignees=(BEN,))]
    lists = todo_of(BEN, of).lists

    assert {party: len(items) for party, items in lists.items()} == {
        Party.REVIEWER: 0,
        Party.ASSIGNEE: 0,
        Party.AUTHOR: 1,
    }


def test_without_an_author() -> None:
    """A merge request whose author is gone is nobody's own."""
    of = gitlab()
    of.open = [replace(mr(1, reviewers=(BEN,)), author=None)]

    assert len(todo_of(BEN, of).lists[Party.REVIEWER]) == 1
    assert UserId(0) not in of.users
