"""Catching up: what is read back from GitLab's log, in which order it is accepted, and what happens if GitLab fails."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.errors import Misconfigured, Refused, TryLater
from bot.store import schema
from gitlab_hooks import inbox
from gitlab_hooks.catch_up import AT_ONCE, TRIES, CatchUp, Report, Where
from gitlab_hooks.delivery import content
from tests.gitlab_hooks.desk import Desk, desk
from tests.gitlab_hooks.hook_admin_fake import OURS, PAGE, FakeHookAdmin, attempt
from tests.gitlab_hooks.team import NOW

HOUR = 3_600_000
LATER = TryLater("GET /hooks: 503")


@dataclass
class Pause:
    """Waits for nothing, remembers how long it should have, and wants to stop after some times."""

    seconds: list[float] = field(default_factory=list)
    stop_after: int = 1_000_000

    def __call__(self, seconds: float) -> bool:
        self.seconds.append(seconds)
        return len(self.seconds) > self.stop_after

    @property
    def waited(self) -> list[float]:
        return [seconds for seconds in self.seconds if seconds]


@pytest.fixture(name="at")
def a_desk(tmp_path: Path) -> Iterator[Desk]:
    with desk(tmp_path) as one:
        yield one


@pytest.fixture
def admin() -> FakeHookAdmin:
    """Give a GitLab with a group of two projects, a single project, and hooks of ours and of others."""
    made = FakeHookAdmin()
    web = made.add("group", 3, "web")
    made.below[web] = [
        made.add("project", 7, "web/shop", OURS, "https://ci.example.com"),
        made.add("project", 8, "web/x"),
    ]
    made.add("project", 9, "kim/dotfiles", OURS)
    return made


def body(number: int) -> bytes:
    return json.dumps({"number": number, "object_kind": "note", "merge_request": {"id": number % 3}}).encode()


def runner(at: Desk, admin: FakeHookAdmin, pause: Pause | None = None, **more: Any) -> CatchUp:
    where = Where(
        **{"groups": ["web"], "projects": ["kim/dotfiles"], "public_url": OURS.removesuffix("/gitlab")} | more
    )
    return CatchUp(at.store, admin, where, pause or Pause(), lambda: 0.0, at.reader.wake)


def test_what_failed_is_accepted(at: Desk, admin: FakeHookAdmin) -> None:
    """What failed since is taken from our hooks alone, oldest first whatever its project, with when it failed."""
    admin.log(admin.homes["web/shop"], *(attempt(n, NOW - n, body(n), key=f"key-{n}") for n in (50, 40, 10)))
    admin.log(admin.homes["kim/dotfiles"], attempt(90, NOW - 30, body(90)), attempt(91, NOW - 20, body(91), "204"))

    report = runner(at, admin).run(NOW - 40)

    assert report == Report(hooks=2, taken=3)
    rows = at.rows(schema.inbox, "delivery_id", "received", "due", "late", "body", "headers")
    assert [(key, NOW - received) for key, received, *_ in rows] == [("key-40", 40), (None, 30), ("key-10", 10)]
    assert {(due, late) for _, _, due, late, *_ in rows} == {(NOW, False)}
    assert rows[0][4:] == (body(40), '{"idempotency-key":"key-40"}')


def test_twice_is_once(at: Desk, admin: FakeHookAdmin) -> None:
    """What is here already, by its name or by its content, is known and not taken again."""
    seen = {"user": {"email": "ann@example.com"}, "text": "ask ann@example.com"}
    hidden = {"user": {"email": "[REDACTED]"}, "text": "ask ann@example.com"}
    at.accept(seen)
    at.accept(body(2), delivery_id="key-2")
    shop = admin.homes["web/shop"]
    admin.log(shop, attempt(1, NOW, json.dumps(hidden).encode()), attempt(2, NOW, b'{"other": 1}', key="key-2"))
    admin.log(shop, attempt(3, NOW, body(3)))

    first, second = (runner(at, admin).run(NOW) for _ in range(2))

    assert (first.taken, first.known) == (1, 2)
    assert (second.taken, second.known) == (0, 3)
    assert len(at.rows(schema.inbox, "id")) == 3


def test_looking_again_leaves_no_line(at: Desk, admin: FakeHookAdmin) -> None:
    """However often the same deliveries are met again, the journal does not speak of them."""
    admin.log(admin.homes["web/shop"], attempt(1, NOW, body(1)), attempt(2, NOW, body(2), key="key-2"))
    for _ in range(3):
        runner(at, admin).run(NOW)

    assert at.rows(schema.journal, "id") == []


def test_what_failed_here_is_tried_again(at: Desk, admin: FakeHookAdmin) -> None:
    """A delivery that GitLab's log has and that failed here is worked through once more, and the reader is woken."""
    admin.log(admin.homes["web/shop"], attempt(1, NOW, body(1)))
    runner(at, admin).run(NOW)
    (lease,) = at.store.write(lambda conn: inbox.claim(conn, "me", NOW, 1_000, 1, 1))
    at.store.write(lambda conn: inbox.finish(conn, lease, "failed", "because"))

    report = runner(at, admin).run(NOW)

    assert (report.taken, report.known) == (1, 0)
    assert at.rows(schema.inbox, "state", "attempts") == [("waiting", 0)]


def test_what_has_no_hook_of_ours(at: Desk, admin: FakeHookAdmin) -> None:
    """It is told of each project and group by its name, and what to do; it is no trouble, and nothing to ask again."""
    admin.homes |= {"ops": admin.add("group", 4, "ops"), "kim/other": admin.add("project", 10, "kim/other")}

    report = runner(at, admin, groups=["web", "ops"], projects=["kim/dotfiles", "kim/other"]).run(0)

    where = (
        "sends to https://nudge.example.com/gitlab: what happens there does not arrive, and cannot be caught up with;"
    )
    assert report.unhooked == [
        f"no webhook of the group ops, or of a project in it, {where} add one there, or mend [server] public_url",
        f"no webhook of kim/other {where} add one there, or mend [server] public_url",
    ]
    assert (report.finished, report.troubles) == (True, [])


def test_a_groups_hook_is_that_of_its_projects(at: Desk, admin: FakeHookAdmin) -> None:
    """A project that is named by itself needs no hook of its own where its group has one."""
    admin.add("group", 5, "ops", OURS)
    admin.below[admin.homes["ops"]] = [admin.add("project", 11, "ops/x")]

    assert runner(at, admin, groups=["ops"], projects=["ops/x"]).run(0).unhooked == []


def test_what_could_not_be_looked_at_is_not_said_to_have_none(at: Desk, admin: FakeHookAdmin) -> None:
    """Where the token may not see the hooks, it is not known whether there are any."""
    admin.fail(admin.homes["kim/dotfiles"], Refused("needs the role Maintainer"))

    assert runner(at, admin).run(0).unhooked == []


def test_what_is_late(at: Desk, admin: FakeHookAdmin) -> None:
    """What failed longer ago than the limit is late; what GitLab gives no time for counts as failed now."""
    ages = (5 * HOUR, 4 * HOUR, None)
    failed = [attempt(n, None if age is None else NOW - age, body(n)) for n, age in enumerate(ages)]
    admin.log(admin.homes["kim/dotfiles"], *failed)

    report = runner(at, admin, summary_after=4 * HOUR).run(NOW - 72 * HOUR)

    assert (report.taken, report.late) == (3, 1)
    assert sorted(at.rows(schema.inbox, "received", "late")) == [
        (NOW - 5 * HOUR, True),
        (NOW - 4 * HOUR, False),
        (NOW, False),
    ]


def test_what_gitlab_has_not_kept_is_lost(at: Desk, admin: FakeHookAdmin) -> None:
    """A delivery without its body is counted and cannot be taken."""
    empty = replace(attempt(3, NOW, None), empty=True)
    admin.log(admin.homes["kim/dotfiles"], attempt(1, NOW, None), attempt(2, NOW, body(2)), empty)

    assert runner(at, admin).run(NOW) == Report(hooks=2, taken=1, lost=1, empty=1)


def test_a_dry_run(at: Desk, admin: FakeHookAdmin) -> None:
    """A dry run counts the same and takes nothing."""
    at.accept(body(1))
    admin.log(admin.homes["kim/dotfiles"], *(attempt(n, NOW - HOUR * n, body(n)) for n in (3, 2, 1, 0)))
    before = at.rows(schema.inbox, "id"), at.rows(schema.journal, "id")

    report = runner(at, admin, summary_after=HOUR).run(0, dry_run=True)

    assert report == Report(hooks=2, taken=3, known=1, late=2)
    assert (at.rows(schema.inbox, "id"), at.rows(schema.journal, "id")) == before


def test_how_far_it_has_come(at: Desk, admin: FakeHookAdmin) -> None:
    """Somebody who waits is told into which project it looks, and of how many."""
    told: list[tuple[int, int, str]] = []

    runner(at, admin).run(0, looked=lambda *how_far: told.append(how_far))

    assert told == [(0, 4, "web"), (1, 4, "web/shop"), (2, 4, "web/x"), (3, 4, "kim/dotfiles"), (4, 4, "")]


def test_each_home_once(at: Desk, admin: FakeHookAdmin) -> None:
    """A project that is named by itself and by its group is looked into once."""
    runner(at, admin, projects=["web/shop", "kim/dotfiles"]).run(0)

    assert admin.asked.count(("hooks", admin.homes["web/shop"])) == 1


def test_refused(at: Desk, admin: FakeHookAdmin) -> None:
    """What the token may not see is told, and the rest is taken; asking again would change nothing."""
    admin.fail(admin.homes["web/shop"], Refused("needs the role Maintainer"))
    admin.log(admin.homes["kim/dotfiles"], attempt(1, NOW, body(1)))

    report = runner(at, admin, groups=["nope", "web"]).run(0)

    assert report.troubles == ["GITLAB_HOOKS_TOKEN does not find nope", "needs the role Maintainer"]
    assert (report.taken, report.finished) == (1, True)


def test_a_group_whose_projects_cannot_be_listed(at: Desk, admin: FakeHookAdmin) -> None:
    """The group's own hooks are looked at all the same."""
    web = admin.homes["web"]
    admin.fail(web, Refused("the projects of web"))

    report = runner(at, admin).run(0)

    assert report.troubles == ["the projects of web"]
    assert ("hooks", web) in admin.asked
    assert ("hooks", admin.homes["web/shop"]) not in admin.asked


def test_misconfigured(at: Desk, admin: FakeHookAdmin) -> None:
    """A token that is refused ends it at once."""
    admin.fail("web", Misconfigured("401"))

    with pytest.raises(Misconfigured, match="401"):
        runner(at, admin).run(0)
    assert len(admin.asked) == 1


def test_a_failure_is_waited_out(at: Desk, admin: FakeHookAdmin) -> None:
    """Between two pages, too: what was read before is there once; the pauses grow, or are what GitLab asks for."""
    shop, pause = admin.homes["web/shop"], Pause()
    admin.log(shop, *(attempt(n, NOW - n, body(n)) for n in range(PAGE + 5, 0, -1)))
    admin.fail((70, 1), LATER, TryLater("429", after=7))

    report = runner(at, admin, pause).run(0)

    assert report == Report(hooks=2, taken=PAGE + 5)
    assert pause.waited == [1.0, 7.0]


def test_a_failure_that_stays(at: Desk, admin: FakeHookAdmin) -> None:
    """What fails again and again is left out and the rest is taken; the next that fails is not waited for."""
    admin.fail(admin.homes["web/shop"], *[LATER] * TRIES)
    admin.fail(admin.homes["web/x"], LATER)
    admin.log(admin.homes["kim/dotfiles"], attempt(1, NOW, body(1)))
    pause = Pause()

    report = runner(at, admin, pause).run(0)

    assert report.troubles == [str(LATER)] * 2
    assert (report.taken, report.finished, len(pause.waited)) == (1, False, TRIES - 1)


@pytest.mark.parametrize("times", range(4))
def test_stopped(at: Desk, admin: FakeHookAdmin, times: int) -> None:
    """Somebody who wants it to stop is obeyed at the next project, and nothing is taken."""
    admin.fail("web", LATER)
    admin.log(admin.homes["web/shop"], attempt(1, NOW, body(1)))

    report = runner(at, admin, Pause(stop_after=times)).run(0)

    assert (report.taken, report.finished) == (0, False)
    assert at.rows(schema.inbox, "id") == []


def test_much_is_accepted_bit_by_bit(at: Desk, admin: FakeHookAdmin) -> None:
    """However much there is, it comes in order."""
    numbers = range(2 * AT_ONCE + 1)
    admin.log(admin.homes["kim/dotfiles"], *(attempt(n, NOW + n, body(n)) for n in numbers))

    assert runner(at, admin).run(0).taken == len(numbers)
    assert [json.loads(one)["number"] for (one,) in at.rows(schema.inbox, "body")] == list(numbers)


@pytest.fixture(name="shared", scope="module")
def a_shared_desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    with desk(tmp_path_factory.mktemp("catch_up")) as one:
        yield one


ROWS = st.lists(
    st.tuples(
        st.integers(0, 40), st.sampled_from(["204", "503", "internal error", "401"]), st.integers(0, 8), st.booleans()
    ),
    max_size=12,
)


@settings(max_examples=30)
@given(rows=ROWS, since=st.integers(0, 40), runs=st.integers(1, 3))
def test_the_lane_keeps_its_order(shared: Desk, rows: list[Any], since: int, runs: int) -> None:
    """However often it runs, all that failed since is in the inbox once, in the order in which it failed."""
    shared.store.write(lambda conn: conn.execute(schema.inbox.delete()))
    admin = FakeHookAdmin()
    homes = [admin.add("project", 1, "a", OURS), admin.add("project", 2, "b", OURS)]
    log = sorted(((at, number, *rest) for number, (at, *rest) in enumerate(rows)), key=lambda row: row[:2])
    for at, number, status, content_of, where in log:
        admin.log(homes[where], attempt(number, at, body(content_of), status))

    for _ in range(runs):
        runner(shared, admin, groups=[], projects=["a", "b"]).run(since)

    expected = list(dict.fromkeys(body(what) for at, _, status, what, _ in log if at >= since and status != "204"))
    found = [kept for (kept,) in shared.rows(schema.inbox, "body")]
    assert found == expected


def test_known(at: Desk) -> None:
    """A delivery is known by its name or by its content."""
    at.accept(body(1), delivery_id="key")

    def known(number: int, name: str | None) -> bool:
        return at.store.read(lambda conn: inbox.known(conn, content(body(number)), name))

    assert [known(1, None), known(1, "x"), known(2, "key"), known(2, "x"), known(2, None)] == [
        True,
        True,
        True,
        False,
        False,
    ]
