"""The GitLab stand-in's REST API, as python-gitlab sees it."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import falcon
import gitlab as client
import pytest
import requests
from falcon.testing import create_environ
from gitlab.exceptions import GitlabAuthenticationError, GitlabError, GitlabGetError
from hypothesis import given
from hypothesis import strategies as st

from playground.gitlab import comments, issues, merge_requests
from playground.gitlab.calls import paginate
from playground.gitlab.faults import Fault
from playground.gitlab.objects import Snippet
from tests.playground.gitlab_support import START, Bench


def refused(do: Callable[[], Any]) -> int | None:
    """Return the status with which a call is refused."""
    with pytest.raises(GitlabError) as info:
        do()
    return info.value.response_code


def test_tokens_speak_for_their_user(bench: Bench) -> None:
    """A token, as private token or bearer, acts for its user; the server tells its version and the token's scopes."""
    reader = bench.client()
    reader.auth()
    bearer = client.Gitlab(bench.url, oauth_token="read")

    assert reader.user is not None
    assert reader.user.username == "reader"
    assert bearer.version() == ("19.3.0-ee", "playground")
    assert bearer.personal_access_tokens.get("self").scopes == ["read_api"]
    assert requests.get(f"{bench.url}/api/v4/metadata", headers={"PRIVATE-TOKEN": "read"}, timeout=10).json() == {
        "version": "19.3.0-ee",
        "revision": "playground",
        "enterprise": True,
    }


def test_without_a_good_token_nothing_is_told(bench: Bench) -> None:
    """A wrong token, and that of a blocked user, get 401."""
    bench.zoe.state = "blocked"

    for token in ("wrong", "zoe"):
        with pytest.raises(GitlabAuthenticationError):
            bench.client(token).users.get(bench.anna.id)


def test_reading_tokens_cannot_write(bench: Bench) -> None:
    """A token with `read_api` may not change anything."""
    assert refused(lambda: bench.client().http_post(f"/projects/{bench.project.id}/hooks")) == 403


def test_users_are_found_by_id_name_and_address(bench: Bench) -> None:
    """Users are found by id, by name but for case, and by their whole public address."""
    api = bench.client()

    assert api.users.get(bench.ben.id).public_email == "Ben@shop.example"
    assert [user.id for user in api.users.list(username="BEN.O", iterator=True)] == [bench.ben.id]
    assert [user.username for user in api.users.list(search="ben@SHOP.example", iterator=True)] == ["ben.o"]
    assert [user.username for user in api.users.list(search="rossi", iterator=True)] == ["carla"]
    assert list(api.users.list(search="@shop.example", iterator=True)) == []


def test_everybody_sees_a_status(bench: Bench) -> None:
    """The status of a user is found by id and by name, and without one there are nulls."""
    bench.ben.status = "At lunch"
    api = bench.client()

    assert api.users.get(bench.ben.id).status.get().message == "At lunch"
    assert api.http_get("/users/BEN.O/status")["message"] == "At lunch"  # type: ignore[index]  # it is a JSON object
    assert api.users.get(bench.anna.id).status.get().message is None
    assert refused(lambda: api.http_get("/users/99/status")) == 404


def test_only_administrators_see_and_find_hidden_addresses(bench: Bench) -> None:
    """The address of the account is shown to an administrator's token alone, which can search for it, too."""
    ordinary, admin = bench.client(), bench.client("all")

    assert "email" not in ordinary.users.get(bench.anna.id).attributes
    assert admin.users.get(bench.anna.id).email == "anna@shop.example"
    assert list(ordinary.users.list(search="anna@shop.example", iterator=True)) == []
    assert [user.username for user in admin.users.list(search="anna@shop.example", iterator=True)] == ["anna"]


def test_projects_are_found_by_id_and_path(bench: Bench) -> None:
    """A project is found by its id and by its URL-encoded path, and tells who may see what of it."""
    bench.project.features["issues"] = "private"
    api = bench.client()

    assert api.projects.get(bench.project.id).path_with_namespace == "web/shop"
    project = api.projects.get("web/shop")
    assert (project.visibility, project.issues_access_level, project.merge_requests_access_level) == (
        "private",
        "private",
        "enabled",
    )


@pytest.mark.parametrize(
    ("visibility", "external", "seen"),
    [("private", False, False), ("internal", False, True), ("internal", True, False), ("public", True, True)],
)
def test_projects_hide_from_outsiders(bench: Bench, visibility: str, external: bool, seen: bool) -> None:
    """Who is no member sees a public project, and an internal one unless they are external."""
    bench.project.visibility, bench.zoe.external = visibility, external
    api = bench.client("zoe")

    if seen:
        assert api.projects.get("web/shop").visibility == visibility
    else:
        assert refused(lambda: api.projects.get("web/shop")) == 404


def test_members_are_inherited(bench: Bench) -> None:
    """Members of the project and of its group are members with their highest level, and nobody else is."""
    project = bench.client().projects.get("web/shop", lazy=True)

    assert project.members_all.get(bench.anna.id).access_level == 50
    assert project.members_all.get(bench.carla.id).access_level == 10
    assert refused(lambda: project.members_all.get(bench.zoe.id)) == 404
    assert {member.username for member in project.members_all.list(get_all=True)} == {
        "anna",
        "ben.o",
        "carla",
        "reader",
    }


def test_groups_list_their_members(bench: Bench) -> None:
    """A group is found by its path and lists its direct members, or with them all whom it inherits."""
    web = bench.gitlab.groups[bench.project.group.id]
    bench.gitlab.add_group("tools", "Tools", {bench.carla: 20, bench.ben: 40}, parent=web)
    group, tools = (bench.client().groups.get(path) for path in ("web", "web/tools"))

    assert (group.full_path, tools.full_path, tools.path, tools.parent_id) == ("web", "web/tools", "tools", web.id)
    assert {member.username for member in group.members_all.list(get_all=True)} == {"anna", "ben.o", "reader"}
    assert {member.username: member.access_level for member in tools.members.list(get_all=True)} == {
        "carla": 20,
        "ben.o": 40,
    }
    assert {member.username: member.access_level for member in tools.members_all.list(get_all=True)} == {
        "anna": 50,
        "ben.o": 40,
        "reader": 20,
        "carla": 20,
    }
    assert tools.members_all.get(bench.anna.id).access_level == 50
    assert refused(lambda: tools.members_all.get(bench.zoe.id)) == 404
    assert refused(lambda: bench.client().groups.get("nowhere")) == 404


@pytest.mark.parametrize(
    ("visibility", "external", "seen"),
    [("private", False, False), ("internal", False, True), ("internal", True, False), ("public", True, True)],
)
def test_groups_hide_from_outsiders(bench: Bench, visibility: str, external: bool, seen: bool) -> None:
    """Who is a member neither of a private group nor of anything in it does not see it."""
    bench.project.group.visibility, bench.zoe.external = visibility, external

    assert bench.client("carla").groups.get("web").visibility == visibility
    if seen:
        assert bench.client("zoe").groups.get("web").mentions_disabled is None
    else:
        assert refused(lambda: bench.client("zoe").groups.get("web")) == 404


def test_projects_inherit_from_all_groups_above(bench: Bench) -> None:
    """The project of a subgroup has its whole path, and the members of every group above it."""
    tools = bench.gitlab.add_group("tools", "Tools", {bench.zoe: 30}, parent=bench.project.group)
    bench.gitlab.add_project(tools, "hammer", {})
    project = bench.client("all").projects.get("web/tools/hammer")

    assert {member.username for member in project.members_all.list(get_all=True)} == {"anna", "ben.o", "reader", "zoe"}
    assert project.members.list(get_all=True) == []


def test_merge_requests_tell_who_is_involved(bench: Bench) -> None:
    """A merge request answers author, assignees, reviewers with their state, participants, threads and approvals."""
    made = merge_requests.open_merge_request(
        bench.gitlab, bench.project, bench.anna, "Prices", draft=True, assignees=[bench.carla], reviewers=[bench.ben]
    )
    note = comments.comment(bench.gitlab, made, bench.zoe, "Why?")
    comments.reply(bench.gitlab, made, bench.anna, "Because.", note)
    merge_requests.approve(bench.gitlab, made, bench.ben)
    project = bench.client().projects.get(bench.project.id, lazy=True)
    mr = project.mergerequests.get(made.iid)

    assert (mr.author["username"], mr.draft, mr.title) == ("anna", True, "Draft: Prices")
    assert [user["username"] for user in [*mr.assignees, *mr.reviewers]] == ["carla", "ben.o"]
    assert [user["username"] for user in mr.participants()] == ["anna", "carla", "ben.o", "zoe"]
    assert [(one.user["username"], one.state) for one in mr.reviewer_details.list(get_all=True)] == [
        ("ben.o", "approved")
    ]
    thread = mr.discussions.get(note.discussion_id).attributes["notes"]
    assert [one["author"]["username"] for one in thread] == ["zoe", "anna"]
    assert [one["user"]["username"] for one in mr.approvals.get().approved_by] == ["ben.o"]
    assert [one.iid for one in project.mergerequests.list(get_all=True)] == [made.iid]
    assert refused(lambda: mr.discussions.get("0" * 40)) == 404
    assert refused(lambda: project.mergerequests.get(99)) == 404


def test_threads_keep_their_order(bench: Bench) -> None:
    """Threads come in the order in which they were opened, each with its replies, a single note being individual."""
    mr = merge_requests.open_merge_request(bench.gitlab, bench.project, bench.anna, "Prices")
    first = comments.comment(bench.gitlab, mr, bench.ben, "1")
    comments.comment(bench.gitlab, mr, bench.ben, "2")
    comments.reply(bench.gitlab, mr, bench.anna, "3", first)
    threads = bench.client().projects.get("web/shop", lazy=True).mergerequests.get(mr.iid, lazy=True).discussions

    bodies = [
        ([note["body"] for note in thread.attributes["notes"]], thread.individual_note)
        for thread in threads.list(get_all=True)
    ]
    assert bodies == [(["1", "3"], False), (["2"], True)]


def test_confidential_issues_hide_from_guests(bench: Bench) -> None:
    """A confidential issue is shown to its author, its assignees and members from Planner up, not to other guests."""
    own = issues.open_issue(bench.gitlab, bench.project, bench.carla, "Mine", confidential=True)
    other = issues.open_issue(bench.gitlab, bench.project, bench.ben, "Not mine", confidential=True)
    guest, reporter = (bench.client(token).projects.get("web/shop", lazy=True) for token in ("carla", "read"))

    assert guest.issues.get(own.iid).confidential
    assert refused(lambda: guest.issues.get(other.iid)) == 404
    assert reporter.issues.get(other.iid).author["username"] == "ben.o"
    assert [user["username"] for user in reporter.issues.get(other.iid).participants()] == ["ben.o"]


def test_commits_and_snippets_have_threads(bench: Bench) -> None:
    """Commits and snippets are found with their author, and with what was said on them."""
    commit = merge_requests.add_commit(bench.gitlab, bench.project, bench.ben, "Round once")
    snippet = Snippet(
        id=7,
        project=bench.project,
        title="Cache",
        author=bench.ben,
        file_name="cache.sh",
        content="true",
        created_at=START,
        updated_at=START,
    )
    bench.project.snippets[7] = snippet
    project = bench.client().projects.get("web/shop", lazy=True)

    for thing, found in ((commit, project.commits.get(commit.sha)), (snippet, project.snippets.get(7))):
        note = comments.comment(bench.gitlab, thing, bench.anna, "Why?")
        assert found.discussions.get(note.discussion_id).attributes["notes"][0]["body"] == "Why?"
    assert project.commits.get(commit.sha).author_email == "ben@shop.example"
    assert project.snippets.get(7).author["username"] == "ben.o"
    assert refused(lambda: project.commits.get("0" * 40)) == 404
    assert refused(lambda: project.snippets.get(8)) == 404


def test_hooks_are_kept(bench: Bench) -> None:
    """A maintainer creates, lists, changes and deletes hooks; only push events are on by default."""
    hooks = bench.client("keep").projects.get("web/shop", lazy=True).hooks
    hook = hooks.create({"url": "http://127.0.0.1:1/x", "token": "t", "note_events": True})

    assert (hook.push_events, hook.note_events, hook.issues_events) == (True, True, False)
    assert (hook.token_present, hook.signing_token_present) == (True, False)
    hook.push_events = False
    hook.save()
    assert hooks.get(hook.id).push_events is False
    assert hooks.get(hook.id).token_present is True
    hook.url = "http://127.0.0.1:1/y"
    hook.save()
    assert hooks.get(hook.id).token_present is False
    hook.delete()
    assert hook.id not in [one.id for one in hooks.list(get_all=True)]
    assert refused(lambda: hooks.get(hook.id)) == 404


def test_hooks_are_for_maintainers(bench: Bench) -> None:
    """Whoever is no maintainer can neither see nor make hooks, and a hook without an address is refused."""
    project = bench.client().projects.get("web/shop", lazy=True)

    assert refused(lambda: project.hooks.list(get_all=True)) == 403
    keeper = bench.client("keep")
    assert refused(lambda: keeper.http_post(f"/projects/{bench.project.id}/hooks", post_data={"token": "t"})) == 400


def test_hook_tests_send_real_things(bench: Bench) -> None:
    """A test sends the newest merge request or issue without an action, and is refused where there is neither."""
    [made] = bench.gitlab.hooks
    hook = bench.client("keep").projects.get("web/shop", lazy=True).hooks.get(made)

    assert refused(lambda: hook.test("merge_requests_events")) == 422
    assert refused(lambda: hook.test("weather_events")) == 400
    merge_requests.open_merge_request(bench.gitlab, bench.project, bench.anna, "Prices")
    issues.open_issue(bench.gitlab, bench.project, bench.anna, "Wrong total")
    for trigger in ("issues_events", "merge_requests_events"):
        hook.test(trigger)
        assert bench.last["object_attributes"]["title"] in ("Prices", "Wrong total")
        assert "action" not in bench.last["object_attributes"]


def test_hook_log_can_be_read_and_resent(bench: Bench) -> None:
    """The log shows deliveries, the newest first, by status if asked, and sends one again under the same key."""
    bench.receiver.answer = lambda _: (503, "")
    merge_requests.open_merge_request(bench.gitlab, bench.project, bench.anna, "Prices")
    bench.receiver.answer = lambda _: (204, "")
    issues.open_issue(bench.gitlab, bench.project, bench.anna, "Wrong total")
    [hook] = bench.gitlab.hooks
    api, path = bench.client("keep"), f"/projects/{bench.project.id}/hooks/{hook}/events"

    newest, failed = api.http_list(path, get_all=True)
    assert [newest["response_status"], failed["response_status"]] == ["204", "503"]
    assert failed["request_headers"]["X-Gitlab-Token"] == "[REDACTED]"
    assert api.http_list(path, query_data={"status": "503"}, get_all=True) == [failed]
    api.http_post(f"{path}/{failed['id']}/resend")
    first, _, again = bench.receiver.received
    assert first.body == again.body
    assert first.headers["Idempotency-Key"] == again.headers["Idempotency-Key"]
    assert refused(lambda: api.http_post(f"{path}/9999/resend")) == 404


def test_hook_log_tells_what_failed(bench: Bench) -> None:
    """The log tells when, hides addresses, is asked for by kinds of status, and gives at most twenty a page."""
    merge_requests.open_merge_request(bench.gitlab, bench.project, bench.ben, "Prices")
    answers = [401, 503, 302]
    bench.receiver.answer = lambda _: (answers.pop(0), "")
    while answers:
        issues.open_issue(bench.gitlab, bench.project, bench.ben, f"Will be answered by {answers[0]}")
    [hook] = bench.gitlab.hooks.values()
    hook.url = "http://127.0.0.1:1/nobody"
    issues.open_issue(bench.gitlab, bench.project, bench.ben, "Nobody is there")
    api, path = bench.client("keep"), f"/projects/{bench.project.id}/hooks/{hook.id}/events"

    def statuses(wanted: str) -> list[str]:
        return [one["response_status"] for one in api.http_list(path, {"status": wanted}, get_all=True)]

    assert statuses("successful") == ["204"]
    assert statuses("client_failure,302") == ["302", "401"]
    assert statuses("server_failure") == ["internal error", "503"]
    newest, *_ = api.http_list(path, get_all=True)
    assert newest["created_at"] == bench.gitlab.deliveries[-1].at.strftime("%Y-%m-%dT%H:%M:%S.000Z")
    assert newest["request_data"]["user"]["email"] == "[REDACTED]" != bench.last["user"]["email"]
    assert refused(lambda: api.http_list(path, {"per_page": "21"}, get_all=True)) == 400


def test_hook_log_is_of_the_last_days(bench: Bench) -> None:
    """What was sent more than seven days ago is in no log."""
    merge_requests.open_merge_request(bench.gitlab, bench.project, bench.anna, "Prices")
    bench.gitlab.clock = lambda: START + timedelta(days=8)
    [hook] = bench.gitlab.hooks

    assert bench.client("keep").http_list(f"/projects/{bench.project.id}/hooks/{hook}/events", get_all=True) == []


@pytest.mark.parametrize(
    ("version", "read", "sent"), [("16.11.2", 404, 404), ("17.3.0-ee", 200, 404), ("17.4.1", 200, 201)]
)
def test_older_versions_have_no_log(bench: Bench, version: str, read: int, sent: int) -> None:
    """The log can be read since 17.3, and sent again since 17.4; the version says which one it is."""
    merge_requests.open_merge_request(bench.gitlab, bench.project, bench.anna, "Prices")
    bench.gitlab.version = version
    [hook] = bench.gitlab.hooks
    url, key = f"{bench.url}/api/v4/projects/{bench.project.id}/hooks/{hook}/events", {"PRIVATE-TOKEN": "keep"}

    assert requests.get(url, headers=key, timeout=10).status_code == read
    assert requests.post(f"{url}/1/resend", headers=key, timeout=10).status_code == sent
    assert bench.client().version()[0] == version


def test_groups_list_their_projects(bench: Bench) -> None:
    """A group lists its projects that the caller sees, those of the groups below it and the archived ones if asked."""
    below = bench.gitlab.add_group("web/mobile", "Mobile", {bench.anna: 40})
    other = bench.gitlab.add_group("website", "Website", {bench.anna: 40})
    for group, name in ((below, "app"), (below, "old"), (other, "page")):
        bench.gitlab.add_project(group, name, {bench.bot: 20}).archived = name == "old"
    bench.gitlab.add_project(below, "secret", {})
    api = bench.client()

    def paths(**query: str) -> list[str]:
        return [one["path_with_namespace"] for one in api.http_list("/groups/web/projects", query, get_all=True)]

    assert paths() == ["web/shop"]
    assert paths(include_subgroups="true") == ["web/shop", "web/mobile/app", "web/mobile/old"]
    assert paths(include_subgroups="true", archived="false") == ["web/shop", "web/mobile/app"]


def test_unknown_addresses_are_refused(bench: Bench) -> None:
    """An unknown address of the API is 404, a number that is none 400, and a page of GitLab's own says what it is."""
    api = bench.client()

    assert refused(lambda: api.http_get("/nonsense")) == 404
    assert refused(lambda: api.http_get("/users/eve")) == 400
    assert refused(lambda: api.users.get(999)) == 404
    page = requests.get(f"{bench.url}/web/shop/-/merge_requests/1", timeout=10)
    assert "stand-in" in page.text
    assert requests.post(f"{bench.url}/gitlab", timeout=10).status_code == 404


@given(count=st.integers(0, 250), size=st.integers(-3, 300), page=st.integers(-2, 30))
def test_pages_are_parts_of_the_whole(count: int, size: int, page: int) -> None:
    """Every page is a slice of the list, at most 100 long, and the headers lead from one to the next."""
    environment = create_environ("/api/v4/users", query_string=f"page={page}&per_page={size}")
    response = falcon.Response()

    paginate(falcon.Request(environment), response, list(range(count)))

    per_page, shown, total = (int(response.get_header(name) or 0) for name in ("X-Per-Page", "X-Page", "X-Total"))
    start = (shown - 1) * per_page
    assert response.media == list(range(count))[start : start + per_page]
    assert per_page <= 100
    assert total == count
    assert bool(response.get_header("X-Next-Page")) == (start + per_page < count)


def test_lists_are_read_to_their_end(bench: Bench) -> None:
    """python-gitlab reads a list of many pages to its end, keeping what was asked for."""
    for number in range(45):
        bench.gitlab.add_user(f"extra{number}", f"Extra {number}")

    found = bench.client().users.list(search="extra", per_page=7, get_all=True)

    assert len({user.id for user in found}) == 45


@pytest.mark.parametrize(
    ("kind", "status"),
    [("unauthorized", 401), ("forbidden", 403), ("rate_limited", 429), ("error", 500), ("unavailable", 503)],
)
def test_faults_answer_in_its_place(bench: Bench, kind: str, status: int) -> None:
    """A fault answers as often as it was asked to, then the API works again."""
    bench.gitlab.fault = Fault(kind, times=2, retry_after=7)
    url, headers = f"{bench.url}/api/v4/version", {"PRIVATE-TOKEN": "read"}
    answers = [requests.get(url, headers=headers, timeout=10) for _ in range(3)]

    assert [answer.status_code for answer in answers] == [status, status, 200]
    assert answers[0].headers.get("Retry-After") == ("7" if kind == "rate_limited" else None)


def test_being_down_drops_connections(bench: Bench) -> None:
    """A server that is down closes connections without an answer, until it is mended."""
    bench.gitlab.fault = Fault("down")
    for _ in range(2):
        with pytest.raises(requests.ConnectionError):
            requests.get(f"{bench.url}/api/v4/version", timeout=10)
    bench.gitlab.fault = None

    assert bench.client().version()[0] == "19.3.0-ee"


def test_slow_answers_come_late(bench: Bench) -> None:
    """A slow server answers rightly after the delay."""
    slept: list[float] = []
    bench.gitlab.sleep = slept.append
    bench.gitlab.fault = Fault("slow", times=1, delay=20)

    assert bench.client().version()[0] == "19.3.0-ee"
    assert slept == [20]


def test_faults_are_switched_over_http(bench: Bench) -> None:
    """Faults are switched on and off by a POST, which refuses a kind that does not exist and works while one is on."""
    url = f"{bench.url}/playground/gitlab/faults"

    assert requests.post(url, json={"kind": "unavailable"}, timeout=10).json() == {"fault": "unavailable"}
    with pytest.raises(GitlabGetError):
        bench.client().users.get(bench.anna.id)
    assert requests.post(url, json={"kind": "gremlins"}, timeout=10).status_code == 400
    assert requests.post(url, json={"kind": ""}, timeout=10).json() == {"fault": None}
    assert bench.client().users.get(bench.anna.id).username == "anna"


def test_background_deliveries_arrive_in_order(bench: Bench) -> None:
    """In the background webhooks arrive in the order of what was done, all of them before the stand-in is closed."""
    mr = merge_requests.open_merge_request(bench.gitlab, bench.project, bench.anna, "Prices")
    behind = type(bench.gitlab)(background=True)
    behind.add_hook(bench.project, f"{bench.receiver.url}/gitlab")

    comments.review(behind, mr, bench.ben, [str(number) for number in range(20)])
    assert behind.sender.drain()
    comments.comment(behind, mr, bench.ben, "20")
    behind.close()

    said = [payload["object_attributes"]["note"] for payload in bench.payloads if payload["object_kind"] == "note"]
    assert said == [str(number) for number in range(21)]
