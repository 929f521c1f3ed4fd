"""What people do in the GitLab stand-in, and the webhooks that this sends."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from standardwebhooks import Webhook

from playground.gitlab import ci, comments, issuables, issues, merge_requests
from playground.gitlab.objects import Issue, MergeRequest, Snippet
from tests.playground.gitlab_support import START, Bench

REAL = Path(__file__).parents[2].parent / "shared" / "payloads"


def new_mr(bench: Bench, *, draft: bool = False) -> MergeRequest:
    return merge_requests.open_merge_request(
        bench.gitlab,
        bench.project,
        bench.anna,
        "Show prices",
        draft=draft,
        assignees=[bench.anna],
        reviewers=[bench.ben],
    )


def new_issue(bench: Bench, *, confidential: bool = False, kind: str = "Issue") -> Issue:
    return issues.open_issue(
        bench.gitlab,
        bench.project,
        bench.carla,
        "Wrong total",
        assignees=[bench.ben],
        confidential=confidential,
        type=kind,
    )


def new_snippet(bench: Bench) -> Snippet:
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
    return snippet


def comment(bench: Bench, on: str) -> None:
    things: dict[str, Callable[[], Any]] = {
        "merge request": lambda: new_mr(bench),
        "issue": lambda: new_issue(bench),
        "confidential issue": lambda: new_issue(bench, confidential=True),
        "commit": lambda: new_mr(bench).last_commit,
        "snippet": lambda: new_snippet(bench),
    }
    comments.comment(bench.gitlab, things[on](), bench.ben, "Why?")


def emoji(bench: Bench, on: str) -> None:
    if on == "note":
        mr = new_mr(bench)
        note = comments.comment(bench.gitlab, mr, bench.ben, "Why?")
        comments.award(bench.gitlab, mr, bench.anna, "eyes", note)
    else:
        things: dict[str, Callable[[Bench], Any]] = {
            "merge request": new_mr,
            "issue": new_issue,
            "snippet": new_snippet,
        }
        comments.award(bench.gitlab, things[on](bench), bench.anna, "thumbsup")


Do = Callable[[Bench], Any]

SHAPES: list[tuple[str, str, Do]] = [
    ("hephaestus/merge_request.open.json", "Merge Request Hook", new_mr),
    (
        "hephaestus/merge_request.update.json",
        "Merge Request Hook",
        lambda b: merge_requests.mark_ready(b.gitlab, new_mr(b, draft=True), b.anna),
    ),
    (
        "hephaestus/merge_request.merge.json",
        "Merge Request Hook",
        lambda b: merge_requests.merge(b.gitlab, new_mr(b), b.anna),
    ),
    (
        "hephaestus/merge_request.close.json",
        "Merge Request Hook",
        lambda b: issuables.close(b.gitlab, new_mr(b), b.anna),
    ),
    (
        "hephaestus/merge_request.approved.json",
        "Merge Request Hook",
        lambda b: merge_requests.approve(b.gitlab, new_mr(b), b.ben),
    ),
    ("hephaestus/issue.open.json", "Issue Hook", new_issue),
    ("hephaestus/issue.close.json", "Issue Hook", lambda b: issuables.close(b.gitlab, new_issue(b), b.anna)),
    ("hephaestus/issue.confidential.open.json", "Confidential Issue Hook", lambda b: new_issue(b, confidential=True)),
    ("zulip/issue_hook__task_created_with_assignee.json", "Issue Hook", lambda b: new_issue(b, kind="Task")),
    ("hephaestus/note.mergerequest.create.json", "Note Hook", lambda b: comment(b, "merge request")),
    ("hephaestus/note.issue.create.json", "Note Hook", lambda b: comment(b, "issue")),
    ("hephaestus/note.commit.create.json", "Note Hook", lambda b: comment(b, "commit")),
    (
        "hephaestus/note.confidential.issue.create.json",
        "Confidential Note Hook",
        lambda b: comment(b, "confidential issue"),
    ),
    ("hephaestus/emoji.award.note.json", "Emoji Hook", lambda b: emoji(b, "note")),
    ("hephaestus/emoji.award.merge_request.json", "Emoji Hook", lambda b: emoji(b, "merge request")),
    ("hephaestus/emoji.award.issue.json", "Emoji Hook", lambda b: emoji(b, "issue")),
    ("zulip/emoji_hook__award__snippet.json", "Emoji Hook", lambda b: emoji(b, "snippet")),
    ("hephaestus/release.create.json", "Release Hook", lambda b: ci.release(b.gitlab, new_mr(b).last_commit, "v1")),
]
"""A real payload, the header it came with, and what makes the stand-in send one of the same shape."""

PEOPLE = {"assignees", "reviewers"}
"""Keys that are there only where there is somebody."""


def keys(value: Any) -> Any:
    """Reduce a payload to its keys; lists and changes depend on what happened, not on the shape."""
    if isinstance(value, dict):
        return {key: keys(inner) for key, inner in value.items() if key not in PEOPLE | {"changes"}}
    return None


@pytest.mark.parametrize(("real", "event", "do"), SHAPES, ids=[row[0] for row in SHAPES])
def test_payloads_have_the_keys_of_real_ones(bench: Bench, real: str, event: str, do: Do) -> None:
    """Each event has exactly the keys, at every depth, that a real GitLab's has."""
    if not (REAL / real).exists():
        pytest.skip("the real payloads do not lie beside this checkout")

    do(bench)

    assert keys(bench.last) == keys(json.loads((REAL / real).read_text("utf-8")))
    assert bench.receiver.received[-1].headers["X-Gitlab-Event"] == event


def test_headers_are_those_of_gitlab(bench: Bench) -> None:
    """A delivery carries GitLab's headers, with the token, and fresh UUIDs."""
    new_mr(bench)
    sent = bench.receiver.received[-1].headers

    assert {name: sent[name] for name in ("Content-Type", "User-Agent", "X-Gitlab-Token", "X-Gitlab-Instance")} == {
        "Content-Type": "application/json",
        "User-Agent": "GitLab/19.3.0-ee",
        "X-Gitlab-Token": "secret",
        "X-Gitlab-Instance": bench.url,
    }
    uuids = [sent[name] for name in ("Idempotency-Key", "X-Gitlab-Webhook-UUID", "X-Gitlab-Event-UUID")]
    assert len(set(uuids)) == len(uuids)


def test_signature_is_a_standard_webhook(bench: Bench) -> None:
    """With a signing secret a delivery verifies by Standard Webhooks, its id being the Idempotency-Key."""
    secret = "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="
    bench.gitlab.hooks.clear()
    bench.gitlab.clock = lambda: datetime.now(UTC)
    bench.gitlab.add_hook(bench.project, f"{bench.receiver.url}/gitlab", signing_token=secret)

    new_mr(bench)

    received = bench.receiver.received[-1]
    headers = {name.lower(): value for name, value in received.headers.items()}
    assert Webhook(secret).verify(received.body, headers)
    assert headers["webhook-id"] == headers["idempotency-key"]
    assert "x-gitlab-token" not in headers


def test_one_action_shares_its_uuid_between_hooks(bench: Bench) -> None:
    """Two hooks tell of the same action with one event UUID, and with an Idempotency-Key each."""
    bench.gitlab.add_hook(bench.project, f"{bench.receiver.url}/second")

    new_mr(bench)

    first, second = (received.headers for received in bench.receiver.received)
    assert first["X-Gitlab-Event-UUID"] == second["X-Gitlab-Event-UUID"]
    assert first["Idempotency-Key"] != second["Idempotency-Key"]


def test_hooks_get_what_they_want(bench: Bench) -> None:
    """A hook gets the events that are switched on for it, and no others."""
    [hook] = bench.gitlab.hooks.values()
    hook.flags["merge_requests_events"] = False

    mr = new_mr(bench)
    comments.comment(bench.gitlab, mr, bench.ben, "Why?")

    assert [payload["object_kind"] for payload in bench.payloads] == ["note"]


def test_ready_tells_of_title_and_draft(bench: Bench) -> None:
    """Taking the draft flag away changes the title and `draft`, and setting it again the reverse."""
    mr = new_mr(bench, draft=True)
    merge_requests.mark_ready(bench.gitlab, mr, bench.anna)
    ready = bench.last["changes"]
    merge_requests.mark_draft(bench.gitlab, mr, bench.anna)

    assert ready["title"] == {"previous": "Draft: Show prices", "current": "Show prices"}
    assert ready["draft"] == {"previous": True, "current": False}
    assert bench.last["changes"]["draft"] == {"previous": False, "current": True}


def test_people_are_left_out_where_there_are_none(bench: Bench) -> None:
    """`assignees` and `reviewers` stand at the top only where there is somebody."""
    merge_requests.open_merge_request(bench.gitlab, bench.project, bench.anna, "Alone")

    assert not PEOPLE & bench.last.keys()


@pytest.mark.parametrize(
    ("do", "key", "previous", "current"),
    [
        (lambda b, mr: issuables.assign(b.gitlab, mr, b.anna, b.ben), "assignees", ["anna"], ["anna", "ben.o"]),
        (lambda b, mr: issuables.unassign(b.gitlab, mr, b.anna, b.anna), "assignees", ["anna"], []),
        (
            lambda b, mr: merge_requests.request_review(b.gitlab, mr, b.anna, b.carla),
            "reviewers",
            ["ben.o"],
            ["carla", "ben.o"],
        ),
        (lambda b, mr: merge_requests.remove_reviewer(b.gitlab, mr, b.anna, b.ben), "reviewers", ["ben.o"], []),
    ],
)
def test_changes_name_people(
    bench: Bench, do: Callable[[Bench, MergeRequest], None], key: str, previous: list[str], current: list[str]
) -> None:
    """Adding and taking away assignees and reviewers is told as the lists before and after."""
    do(bench, new_mr(bench))

    change = bench.last["changes"][key]
    assert [user["username"] for user in change["previous"]] == previous
    assert [user["username"] for user in change["current"]] == current


def test_edits_tell_before_and_after(bench: Bench) -> None:
    """An edited description is told with the text before and after, and with who edited."""
    mr = new_mr(bench)
    issuables.edit(bench.gitlab, mr, bench.ben, description="Look, @carla")

    changes = bench.last["changes"]
    assert changes["description"] == {"previous": "", "current": "Look, @carla"}
    assert changes["last_edited_by_id"]["current"] == bench.ben.id
    assert "title" not in changes


def test_asking_again_marks_the_reviewer(bench: Bench) -> None:
    """Asking for a review again is an update that says whose state changed, and `re_requested` for that one."""
    mr = new_mr(bench)
    merge_requests.approve(bench.gitlab, mr, bench.ben)
    merge_requests.re_request_review(bench.gitlab, mr, bench.anna, bench.ben)

    change = bench.last["changes"]["reviewers"]
    assert [(user["state"], user["re_requested"]) for user in change["previous"]] == [("approved", False)]
    assert [(user["state"], user["re_requested"]) for user in change["current"]] == [("unreviewed", True)]
    assert bench.last["reviewers"][0]["re_requested"]


def test_requesting_changes_is_an_update(bench: Bench) -> None:
    """Requested changes come as an update of the reviewer's state, and take the approval back silently."""
    mr = new_mr(bench)
    merge_requests.approve(bench.gitlab, mr, bench.ben)
    merge_requests.request_changes(bench.gitlab, mr, bench.ben)

    assert bench.last["object_attributes"]["action"] == "update"
    assert bench.last["changes"]["reviewers"]["current"][0]["state"] == "requested_changes"
    assert not mr.approved


@pytest.mark.parametrize(
    ("required", "actions"),
    [
        (0, ["approved", "approved", "unapproved", "unapproved"]),
        (2, ["approval", "approved", "unapproved", "unapproval"]),
    ],
)
def test_approvals_depend_on_the_rule(bench: Bench, required: int, actions: list[str]) -> None:
    """Without a rule each approval is `approved`; with one, those that change nothing overall are `approval`."""
    bench.project.approvals_required = required
    mr = new_mr(bench)
    for do in (merge_requests.approve, merge_requests.unapprove):
        for user in (bench.ben, bench.carla):
            do(bench.gitlab, mr, user)

    assert [payload["object_attributes"]["action"] for payload in bench.payloads[1:]] == actions


def test_approving_twice_counts_once(bench: Bench) -> None:
    """Somebody who approves again, or takes back what they did not give, changes nothing."""
    mr = new_mr(bench)
    merge_requests.approve(bench.gitlab, mr, bench.carla)
    merge_requests.approve(bench.gitlab, mr, bench.carla)
    merge_requests.unapprove(bench.gitlab, mr, bench.ben)

    assert mr.approved_by == [bench.carla]


def test_pushes_carry_oldrev(bench: Bench) -> None:
    """A push is a push event, then an update with the commit before it."""
    mr = new_mr(bench)
    before = mr.last_commit.sha
    merge_requests.push(bench.gitlab, mr, bench.anna, "More")

    push, update = bench.payloads[-2:]
    assert (push["object_kind"], push["before"], push["after"]) == ("push", before, mr.last_commit.sha)
    assert update["object_attributes"]["oldrev"] == before
    assert update["object_attributes"]["last_commit"]["title"] == "More"


def test_reviews_send_a_note_a_comment(bench: Bench) -> None:
    """A review of five comments is five notes on the diff, then the verdict."""
    mr = new_mr(bench)
    comments.review(bench.gitlab, mr, bench.ben, list("abcde"), "approve")

    *notes, verdict = bench.payloads[1:]
    assert [note["object_attributes"]["note"] for note in notes] == list("abcde")
    assert {note["object_attributes"]["type"] for note in notes} == {"DiffNote"}
    assert len({note["object_attributes"]["discussion_id"] for note in notes}) == len(notes)
    assert verdict["object_attributes"]["action"] == "approved"


def test_reviews_without_verdict_change_the_state(bench: Bench) -> None:
    """A reviewer's review without a verdict is told as `reviewed`, anybody else's only by its comments."""
    mr = new_mr(bench)
    comments.review(bench.gitlab, mr, bench.ben, ["a"])
    reviewed = bench.last
    comments.review(bench.gitlab, mr, bench.carla, ["b"])

    assert reviewed["changes"]["reviewers"]["current"][0]["state"] == "reviewed"
    assert bench.last["object_kind"] == "note"


def test_replies_share_the_thread(bench: Bench) -> None:
    """A reply carries its thread's discussion and is a discussion note."""
    mr = new_mr(bench)
    first = comments.comment(bench.gitlab, mr, bench.ben, "Why?")
    comments.reply(bench.gitlab, mr, bench.anna, "Because.", first)

    attributes = bench.last["object_attributes"]
    assert (attributes["discussion_id"], attributes["type"]) == (first.discussion_id, "DiscussionNote")


def test_edited_comments_name_their_author(bench: Bench) -> None:
    """An edited comment names its author as `user`, and the editor only by id."""
    mr = new_mr(bench)
    note = comments.comment(bench.gitlab, mr, bench.ben, "Why?")
    comments.edit_comment(bench.gitlab, mr, note, bench.anna, "Why, @carla?")

    assert bench.last["user"]["username"] == "ben.o"
    assert bench.last["object_attributes"]["updated_by_id"] == bench.anna.id
    assert bench.last["object_attributes"]["action"] == "update"


def test_internal_notes_are_confidential(bench: Bench) -> None:
    """An internal note on an open issue is a confidential note on an issue that is not confidential."""
    issue = new_issue(bench)
    comments.comment(bench.gitlab, issue, bench.ben, "The customer is the king.", internal=True)

    assert bench.last["event_type"] == "confidential_note"
    assert bench.last["issue"]["confidential"] is False
    assert bench.receiver.received[-1].headers["X-Gitlab-Event"] == "Confidential Note Hook"


def test_snippets_are_commented_on_under_their_name(bench: Bench) -> None:
    """A comment on a snippet describes it as `snippet`."""
    comment(bench, "snippet")

    assert bench.last["snippet"]["title"] == "Cache"


def test_becoming_confidential_is_a_change(bench: Bench) -> None:
    """Making an issue confidential is told to the confidential hook, as a change."""
    issues.set_confidential(bench.gitlab, new_issue(bench), bench.anna)

    assert bench.last["changes"]["confidential"] == {"previous": False, "current": True}
    assert bench.last["event_type"] == "confidential_issue"


def test_issues_close_and_reopen(bench: Bench) -> None:
    """Closing and reopening are told with the state before and after."""
    issue = new_issue(bench)
    issuables.close(bench.gitlab, issue, bench.anna)
    issuables.reopen(bench.gitlab, issue, bench.anna)

    closed, reopened = bench.payloads[-2:]
    assert closed["changes"]["state_id"] == {"previous": 1, "current": 2}
    assert reopened["changes"]["closed_at"]["current"] is None


def test_emoji_can_be_taken_back(bench: Bench) -> None:
    """A revoked emoji is told with the id of its award, and is gone."""
    mr = new_mr(bench)
    award = comments.award(bench.gitlab, mr, bench.ben, "tada")
    comments.revoke(bench.gitlab, mr, award)

    assert bench.last["event_type"] == "revoke"
    assert bench.last["object_attributes"]["id"] == award.id
    assert not mr.awards


def test_pipelines_run_to_their_end(bench: Bench) -> None:
    """A pipeline is told as running and then by its end, with its merge request but without that one's author."""
    mr = new_mr(bench)
    ci.pipeline(bench.gitlab, mr.last_commit, bench.anna, "failed", mr=mr)
    ci.pipeline(bench.gitlab, mr.last_commit, bench.anna, "success")

    runs = bench.payloads[1:]
    assert [run["object_attributes"]["status"] for run in runs] == ["running", "failed", "running", "success"]
    assert runs[1]["merge_request"]["iid"] == mr.iid
    assert "author" not in runs[1]["merge_request"]
    assert runs[-1]["merge_request"] is None
    assert runs[-1]["object_attributes"]["detailed_status"] == "passed"


def test_deployments_run_to_their_end(bench: Bench) -> None:
    """A deployment is told as running and then by its end."""
    ci.deployment(bench.gitlab, new_mr(bench).last_commit, bench.anna, "failed")

    assert [payload["status"] for payload in bench.payloads[1:]] == ["running", "failed"]


def test_hidden_addresses_are_redacted(bench: Bench) -> None:
    """A payload shows the public e-mail address, or that there is one which it does not show."""
    mr = new_mr(bench)
    comments.comment(bench.gitlab, mr, bench.ben, "Why?")

    assert bench.payloads[0]["user"]["email"] == "[REDACTED]"
    assert bench.last["user"]["email"] == "Ben@shop.example"


def test_log_tells_what_was_answered(bench: Bench) -> None:
    """The log keeps the receiver's status, and `internal error` where nobody answered."""
    bench.receiver.answer = lambda _: (401, "no")
    mr = new_mr(bench)
    [hook] = bench.gitlab.hooks.values()
    hook.url = "http://127.0.0.1:1/nobody"
    merge_requests.approve(bench.gitlab, mr, bench.ben)

    refused, lost = bench.gitlab.deliveries
    assert (refused.status, refused.answer) == ("401", "no")
    assert lost.status == "internal error"
