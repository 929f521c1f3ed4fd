"""Every project gets its webhook, whatever fails on the way; a second run changes nothing."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.errors import Misconfigured, Refused, TryLater
from bot.store import schema
from gitlab_hooks.authenticity import Secrets
from gitlab_hooks.hook_admin import Hook, Shape
from gitlab_hooks.hook_asking import GIVE_UP, TRIES, Asking
from gitlab_hooks.hook_plan import Step, Wish
from gitlab_hooks.hook_sync import HookSync, Result, Synced, Where
from tests.gitlab_hooks.desk import Desk, desk
from tests.gitlab_hooks.hook_admin_fake import OURS, FakeHookAdmin
from tests.gitlab_hooks.test_catch_up import Pause

LATER, LIMIT, NO = TryLater("GET /hooks: 503"), TryLater("GET /hooks: 429", 7), Refused("may not see")
SIGNING, TOKENS = Secrets(("t",), ("s",)), Secrets(("new", "old"))
WISH = Wish(OURS.removesuffix("/gitlab"), frozenset({"note_events"}), ())


@pytest.fixture(name="at")
def a_desk(tmp_path: Path) -> Iterator[Desk]:
    with desk(tmp_path) as one:
        yield one


@pytest.fixture
def admin() -> FakeHookAdmin:
    """Give a GitLab with a group of two projects, one of them with a hook of ours, and a single project."""
    made = FakeHookAdmin()
    web = made.add("group", 3, "web")
    made.below[web] = [made.add("project", 7, "web/shop", OURS), made.add("project", 8, "web/x")]
    made.add("project", 9, "kim/dotfiles", "https://ci.example.com")
    return made


def syncing(at: Desk, admin: FakeHookAdmin, pause: Pause | None = None, **more: Any) -> HookSync:
    where = Where(["web"], ["kim/dotfiles"], replace(WISH, **more.pop("wish", {})), more.pop("secrets", SIGNING))
    return HookSync(at.store, admin, where, lambda: Asking(pause or Pause(), lambda: 0.0))


def steps(synced: Synced) -> dict[str, tuple[Step | None, str]]:
    return {one.path: (one.step, one.trouble) for one in synced.results}


def changes(admin: FakeHookAdmin) -> list[str]:
    return [question for question, _ in admin.asked if question in {"create", "change", "wake"}]


def remembered(at: Desk) -> int:
    return at.store.read(lambda conn: len(conn.execute(schema.hooks.select()).all()))


def given_secrets(admin: FakeHookAdmin) -> list[dict[str, str]]:
    return [admin.secrets[number] for number in sorted(admin.secrets)]


def test_all_projects(at: Desk, admin: FakeHookAdmin) -> None:
    """What is not there is created, what is wrong is repaired, hooks of others stay, and then nothing is to do."""
    seen: list[tuple[int, int, str]] = []
    first = syncing(at, admin).run(looked=lambda *one: seen.append(one))

    assert steps(first) == {
        "web/shop": (Step.REPAIR, ""),
        "web/x": (Step.CREATE, ""),
        "kim/dotfiles": (Step.CREATE, ""),
    }
    assert seen == [(1, 3, "web/shop"), (2, 3, "web/x"), (3, 3, "kim/dotfiles")]
    assert [hook.url for hook in admin.hooks_of(admin.homes["kim/dotfiles"])] == ["https://ci.example.com", OURS]
    assert given_secrets(admin) == [{"signing_token": "s"}] * 3
    admin.asked.clear()
    assert syncing(at, admin).run().count(Step.KEEP) == 3
    assert changes(admin) == []


def test_dry_run(at: Desk, admin: FakeHookAdmin) -> None:
    """A dry run tells the same and changes nothing."""
    dry = syncing(at, admin).run(dry_run=True)

    assert (changes(admin), remembered(at)) == ([], 0)
    assert steps(dry) == steps(syncing(at, admin).run())


def test_rotation(at: Desk, admin: FakeHookAdmin) -> None:
    """A new secret in front is for new webhooks; the others get it when it is rotated, once, or when theirs is gone."""
    syncing(at, admin, secrets=Secrets(("old",))).run()
    assert syncing(at, admin, secrets=TOKENS).run().count(Step.KEEP) == 3
    assert syncing(at, admin, secrets=TOKENS, wish={"rotate": True}).run().count(Step.REPAIR) == 3
    assert given_secrets(admin) == [{"token": "new"}] * 3
    assert syncing(at, admin, secrets=TOKENS, wish={"rotate": True}).run().count(Step.KEEP) == 3
    assert syncing(at, admin, secrets=Secrets(("newest",))).run().count(Step.REPAIR) == 3
    assert syncing(at, admin, secrets=Secrets(("newest",)), wish={"again": True}).run().count(Step.REPAIR) == 3


def test_an_old_gitlab(at: Desk, admin: FakeHookAdmin) -> None:
    """A GitLab before 19.0 gets the token; without one nothing can be done, and that is said."""
    admin.release = (18, 11)

    assert syncing(at, admin).run().failed == []
    assert given_secrets(admin) == [{"token": "t"}] * 3
    with pytest.raises(Misconfigured, match=r"GitLab 18\.11 knows no signing tokens.*GITLAB_WEBHOOK_TOKEN"):
        syncing(at, admin, secrets=Secrets((), ("s",))).run()


def test_signing_switched_off(at: Desk, admin: FakeHookAdmin) -> None:
    """A GitLab that passes over the signing token although it is new enough gets the token, and keeps it."""
    admin.signs = False

    assert syncing(at, admin).run().failed == []
    assert given_secrets(admin) == [{"token": "t"}] * 3
    assert syncing(at, admin).run().count(Step.KEEP) == 3
    failed = syncing(at, admin, secrets=Secrets((), ("s",))).run().failed
    assert len(failed) == 3
    assert "has taken no signing token for web/shop: set GITLAB_WEBHOOK_TOKEN" in failed[0]


def test_disabled(at: Desk, admin: FakeHookAdmin) -> None:
    """A webhook that GitLab has disabled is switched on again; one whose test fails is told as failed."""
    syncing(at, admin).run()
    for hook in [hook for hook in admin.logs if hook.url == OURS]:
        admin.logs[replace(hook, shape=replace(hook.shape, alert="disabled"))] = admin.logs.pop(hook)
    admin.fail(("wake", admin.homes["web/x"]), Refused("stays disabled"))
    synced = syncing(at, admin).run()

    assert (synced.count(Step.ENABLE), synced.failed) == (2, ["web/x: stays disabled"])
    assert syncing(at, admin).run().count(Step.KEEP) == 2


def test_moved_and_gone(at: Desk, admin: FakeHookAdmin) -> None:
    """Webhooks follow the bot to another address; what is remembered of those that are gone is forgotten."""
    syncing(at, admin).run()
    moved = syncing(at, admin, wish={"public_url": "https://new.example.com"}).run()
    assert {one.wrong for one in moved.results} == {("address",)}
    admin.logs.clear()
    again = syncing(at, admin).run()

    assert again.count(Step.CREATE) == 3
    assert remembered(at) == 3


@pytest.mark.parametrize(
    ("asked_for", "errors", "failed"),
    [
        (lambda its: its["web/x"], [NO], ["web/x: may not see"]),
        (lambda its: ("create", its["web/x"]), [NO], ["web/x: may not see"]),
        (lambda its: ("change", its["web/shop"]), [NO], ["web/shop: may not see"]),
        (lambda its: its["web/x"], [LATER] * TRIES, ["web/x: GET /hooks: 503"]),
        (lambda its: its["web/x"], [LATER, LIMIT, LATER], ["web/x: GET /hooks: 503"]),
        (lambda its: its["web/x"], [LIMIT] * (TRIES + 2), []),
        (lambda its: ("create", its["web/x"]), [LATER], []),
        (lambda _: "web", [NO], ["may not see"]),
        (lambda _: "kim/dotfiles", [NO], ["may not see"]),
        (lambda _: "version", [LATER], []),
    ],
)
def test_failures(
    at: Desk, admin: FakeHookAdmin, asked_for: Callable[[Any], object], errors: list[Any], failed: list[str]
) -> None:
    """What fails for good is told and holds up nobody else, what passes is tried again, and nothing is made twice."""
    admin.fail(asked_for(admin.homes), *errors)

    assert syncing(at, admin).run().failed == failed
    assert syncing(at, admin).run().failed == []
    admin.asked.clear()
    syncing(at, admin).run()
    assert changes(admin) == []
    assert sorted(hook.home.path for hook in admin.logs if hook.url == OURS) == ["kim/dotfiles", "web/shop", "web/x"]


def test_a_limit_is_waited_for(at: Desk, admin: FakeHookAdmin) -> None:
    """Nobody comes back sooner than GitLab asks for."""
    pause = Pause()
    admin.fail(admin.homes["web/x"], LIMIT)
    syncing(at, admin, pause).run()

    assert pause.waited == [7]


def test_a_token_that_is_refused(at: Desk, admin: FakeHookAdmin) -> None:
    """What fails for every project ends the run."""
    admin.fail(admin.homes["web/x"], Misconfigured("401"))

    with pytest.raises(Misconfigured, match="401"):
        syncing(at, admin).run()


def test_a_gitlab_that_goes_down(at: Desk, admin: FakeHookAdmin) -> None:
    """After some projects without an answer no more are asked about."""
    crowd = [admin.add("project", number, f"web/p{number}") for number in range(100, 140)]
    admin.below[admin.homes["web"]] = crowd
    for home in crowd:
        admin.fail(home, *[LATER] * TRIES)
    failed = syncing(at, admin).run().failed

    assert len(failed) == 41
    assert sum("GitLab does not answer" in one for one in failed) >= 41 - GIVE_UP - 4


def test_stopped(at: Desk, admin: FakeHookAdmin) -> None:
    """Whoever is stopped while waiting tells what was not looked at; the next run does the rest."""
    admin.below[admin.homes["web"]] = [admin.add("project", number, f"web/p{number}") for number in range(100, 140)]
    for home in admin.below[admin.homes["web"]]:
        admin.fail(home, LIMIT)
    failed = syncing(at, admin, Pause(stop_after=0)).run().failed

    assert any("stopped before it was looked at" in one for one in failed)
    assert syncing(at, admin).run().failed == []
    assert syncing(at, admin).run().count(Step.KEEP) == 41


@settings(max_examples=20)  # a database for each
@given(
    st.lists(
        st.tuples(
            st.sampled_from([OURS, f"{OURS}/", "https://ci.example.com"]),
            st.builds(
                Shape,
                on=st.frozensets(st.sampled_from(["note_events", "push_events"])),
                verified=st.sampled_from([None, True, False]),
                branches=st.sampled_from(["", "main"]),
                template=st.booleans(),
                alert=st.sampled_from(["executable", "disabled", "temporarily_disabled"]),
            ),
        ),
        max_size=4,
    ),
)
def test_the_second_run_changes_nothing(tmp_path_factory: pytest.TempPathFactory, hooks: list[Any]) -> None:
    """From whatever it was, after one run every project has a webhook as wished, and the next finds nothing to do."""
    admin = FakeHookAdmin()
    home = admin.add("project", 9, "kim/dotfiles")
    admin.add("group", 3, "web")
    for number, (url, shape) in enumerate(hooks):
        admin.logs[Hook(home, 90 + number, url, shape)] = []
    others = {hook for hook in admin.logs if hook.url == "https://ci.example.com"}
    with desk(tmp_path_factory.mktemp("desk")) as at:
        assert syncing(at, admin).run().failed == []
        admin.asked.clear()
        assert {one.step for one in syncing(at, admin).run().results} == {Step.KEEP}

    assert changes(admin) == []
    assert others <= set(admin.logs)
    assert any(hook.url == OURS or hook.url.rstrip("/") == OURS for hook in admin.logs)


def test_results_add_up() -> None:
    """A step that failed is not counted as taken."""
    synced = Synced([Result("a", Step.CREATE), Result("b", Step.CREATE, trouble="no")], ["web: no"])

    assert (synced.count(Step.CREATE), synced.failed) == (1, ["web: no", "b: no"])
