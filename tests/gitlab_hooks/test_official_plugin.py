"""The fifteen faults of Mattermost's official GitLab plugin, each by its number: none of them is ours.

See https://github.com/mattermost/mattermost-plugin-gitlab; what is meant by each is its test's sentence.
"""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from falcon.testing import TestClient

from bot.asking import Asker
from bot.commands import answer
from bot.courier import Courier
from bot.directory import Directory
from bot.errors import TryLater
from bot.markdown import Markdown
from bot.matching import Account
from bot.people import Member
from bot.preferences import Choices, Defaults
from bot.store import schema
from bot.web import create_app
from gitlab_hooks.authenticity import Secrets
from gitlab_hooks.hook import LIMIT, GitLabHook
from gitlab_hooks.lookups import Involved, Subject, User, UserId
from gitlab_hooks.notices import topics
from tests.bot.engine import one_by_one, send_all
from tests.bot.fakes import FakeMattermost
from tests.gitlab_hooks.desk import LATE, Desk, desk
from tests.gitlab_hooks.team import (
    MEMBERS,
    NAMES,
    SHOP,
    TEMPLATES,
    gitlab,
    house,
    not_told,
    outcome,
    payload,
    told,
    user,
)

MR = Subject(SHOP, "merge_request", "42")
COMMENT = "note_hook__merge_request"
MERGE_REQUESTS = [name for name in NAMES if name.startswith("merge_request_hook__")]
SECRET = {"X-Gitlab-Token": "secret"}


@pytest.fixture(name="at")
def a_desk(tmp_path: Path) -> Iterator[Desk]:
    with desk(tmp_path, language="en") as one:
        yield one


def door(at: Desk) -> TestClient:
    """Return a client of the hook on a desk."""
    hook = GitLabHook(at.store, Secrets(("secret",), ()), lambda: None)
    return TestClient(create_app({"/gitlab": hook}))


def candidates(body: Any, **options: Any) -> set[str]:
    """Return everybody whom a payload concerns at all, told or not."""
    return {one.candidate.user.username for one in outcome(body, house(**options)).results}


def texts(body: Any) -> dict[str, str]:
    """Return what stands in the card of each who is told."""
    results = outcome(body, house(language="en")).results
    return {one.candidate.user.username: one.message.card.text for one in results if one.message}


def pipeline(status: str, **more: Any) -> dict[str, Any]:
    """Return a pipeline of the merge request that Ben started."""
    its = {"id": 800, "iid": 8, "ref": "prices", "sha": "4c1d0f6a", "status": status, "source": "merge_request_event"}
    of = {"id": 4200, "iid": 42, "title": "Show prices with tax", "target_project_id": SHOP}
    note = payload(COMMENT)
    by = {"id": 2, "username": "ben.okafor", "name": "Ben Okafor"}
    commit = {"id": "4c1d0f6a", "message": "Show prices with tax\n\ncc @carla.rossi", "title": "Show prices with tax"}
    return {
        "object_kind": "pipeline",
        "object_attributes": its,
        "merge_request": {**of, "url": note["merge_request"]["url"]},
        "user": by,
        "project": note["project"],
        "commit": commit,
        "builds": [{"id": 1, "stage": "test", "name": "unit", "status": status, "allow_failure": False}],
        **more,
    }


@pytest.mark.parametrize("name", ["min.ji", "min_ji", "min-ji", "Min.Ji_2"])
def test_1_user_names_with_dots_and_underscores(name: str) -> None:
    """Fault 1: a user name with "." or "_" is found whole in a mention, and nobody whose name is a part of it is."""
    server = gitlab()
    server.users |= {UserId(20): User(UserId(20), name), UserId(21): User(UserId(21), "min")}
    server.levels[SHOP, UserId(20)] = 30
    body = payload(COMMENT, {"object_attributes.note": f"Look, @{name}."})

    assert name in told(body, server, links={name.lower(): "zoe.martin"})
    assert "min" not in candidates(body, of=server)


def test_2_failed_pipelines() -> None:
    """Fault 2: a failed pipeline tells who started it, though that is the sender, and the merge request's author."""
    server = gitlab()
    server.named[MR] = Involved(author=user(1))

    assert {name: one.reason for name, one in told(pipeline("failed"), server).items()} == {
        "ben.okafor": "pipeline_failed",
        "anna.berg": "pipeline_failed",
    }


def test_3_author_and_mentioned() -> None:
    """Fault 3: the author whom a comment mentions hears once, that it mentions her, with the comment's text."""
    body = payload(COMMENT, {"object_attributes.note": "The cents are wrong, @anna.berg."})

    assert (told(body)["anna.berg"].reason, told(body)["anna.berg"].also) == ("mentioned", ("commented",))
    assert "The cents are wrong" in texts(body)["anna.berg"]


def test_4_reviewers_at_creation() -> None:
    """Fault 4: reviewers set at creation are asked for a review, and assignees are told that it is assigned to them."""
    found = told(payload("merge_request_hook__opened"))

    assert {name: one.reason for name, one in found.items()} == {
        "ben.okafor": "review_requested",
        "haneul": "review_requested",
        "jlee": "assigned",
        "carla.rossi": "mentioned",
    }
    assert "review" in found["ben.okafor"].en
    assert "review" not in found["jlee"].en


def test_5_issues() -> None:
    """Fault 5: an issue assigned after its creation, and a mention in one that is assigned to nobody, are told."""
    nobody: dict[str, Any] = {
        "assignees": [],
        "object_attributes.assignee_ids": [],
        "object_attributes.assignee_id": None,
    }
    mention = payload("issue_hook__opened", {**nobody, "object_attributes.description": "cc @ben.okafor"})

    assert [one.reason for one in told(payload("issue_hook__assigned")).values()] == ["assigned"]
    assert {name: one.reason for name, one in told(mention).items()} == {"ben.okafor": "mentioned"}


def test_6_mentions_in_a_description(at: Desk) -> None:
    """Fault 6: who is mentioned in a description hears of it once, and nothing at what happens to it later.

    The description stays as it is.
    """
    at.gitlab.levels[SHOP, UserId(6)] = 30
    text = {"object_attributes.description": "Zoe knows: @zoe.martin"}
    later = [name for name in MERGE_REQUESTS if payload(name)["object_attributes"].get("action") != "open"]

    assert "zoe.martin" in at.deliver(payload("merge_request_hook__opened", text))
    assert len(later) > 20
    for name in later:
        body = payload(name, text)
        body.get("changes", {}).pop("description", None)
        assert "zoe.martin" not in at.deliver(body), name


def test_6_mentions_in_a_commit_message(tmp_path: Path) -> None:
    """Fault 6, again: a commit's message is read at the push alone, never again as its pipeline goes on."""
    with desk(tmp_path, rules={"push.mentioned": ["mentioned"]}) as at:
        at.gitlab.named[MR] = Involved(author=user(1))
        push = payload("push_hook__branch")
        push["commits"][0]["message"] = "Show prices with tax\n\ncc @carla.rossi"

        assert at.deliver(push) == {"carla.rossi"}
        for status in ("pending", "running", "failed", "success"):
            assert "carla.rossi" not in at.deliver(pipeline(status))


def test_7_edited_comments(at: Desk) -> None:
    """Fault 7: an edit tells those only whom the comment did not mention before."""
    text = "object_attributes.note"
    edit = {"object_attributes.action": "update"}
    at.deliver(payload(COMMENT, {text: "Ask @haneul"}))

    assert at.deliver(payload(COMMENT, edit | {text: "Please ask @haneul"})) == set()
    assert at.deliver(payload(COMMENT, edit | {text: "Please ask @haneul or @ben.okafor"})) == {"ben.okafor"}


@pytest.mark.parametrize("name", MERGE_REQUESTS)
def test_8_events_on_a_closed_merge_request(name: str) -> None:
    """Fault 8: what happens to a closed merge request is told as what it is: the action counts, not the state."""
    closed = payload(name, {"object_attributes.state": "closed", "object_attributes.state_id": 2})

    assert told(closed) == told(payload(name))
    if "__closed" not in name:
        assert "closed" not in {one.reason for one in told(closed).values()}


@pytest.mark.parametrize("name", ["unapproved", "unapproval"])
def test_9_unapproved(name: str) -> None:
    """Fault 9: an approval taken back is called that, not "requested changes"."""
    found = told(payload(f"merge_request_hook__{name}"))

    assert {one.reason for one in found.values()} == {"unapproved"}
    assert all("changes" not in one.en and "수정" not in one.ko for one in found.values())


def test_10_comments_on_merge_requests() -> None:
    """Fault 10: every assignee and everybody in the thread hears of a comment, and reviewers where a team wants it."""
    server = gitlab()
    body = payload(
        COMMENT,
        {
            "object_attributes.note": "Hm.",
            "merge_request.assignee_id": 3,
            "merge_request.assignee_ids": [3, 4],
            "merge_request.reviewer_ids": [2],
        },
    )
    server.levels[SHOP, UserId(6)] = 30
    server.threads[MR, body["object_attributes"]["discussion_id"]] = (user(5), user(6))

    everybody = {name: one.reason for name, one in told(body, server).items()}
    reviewers = told(body, server, rules={"note.merge_request": ["reviewer"]})
    assert everybody == {
        "anna.berg": "commented",
        "haneul": "commented",
        "jlee": "commented",
        "zoe.martin": "replied",
    }
    assert set(reviewers) == {"ben.okafor"}


def test_11_drafts(at: Desk) -> None:
    """Fault 11: a draft announces itself to nobody; when it is ready everybody hears of it, once however it flaps."""
    ready = "merge_request_hook__made_ready"

    assert at.deliver(payload("merge_request_hook__opened_draft")) == set()
    assert at.deliver(payload("merge_request_hook__assigned_while_draft")) == set()
    assert at.deliver(payload(ready))
    assert at.deliver(payload("merge_request_hook__made_draft")) == set()
    assert at.deliver(payload(ready, {"object_attributes.updated_at": "2026-11-24T09:59:00.000Z"})) == set()


def test_12_who_may_not_read() -> None:
    """Fault 12: nobody is told what they may not read: of a private project, an internal comment, a confidential issue.

    Zoe is a guest: she may read issues, but neither merge requests nor what is kept from guests.
    """
    server = gitlab()
    server.levels[SHOP, UserId(6)] = 10
    mention = {"object_attributes.note": "@zoe.martin"}

    assert "zoe.martin" in told(payload("note_hook__issue", mention), server)
    for name in (COMMENT, "confidential_note_hook__internal", "confidential_note_hook__confidential_issue"):
        assert not_told(payload(name, mention), server)["zoe.martin"] == "no_access"


def test_12_texts_in_the_log(at: Desk, caplog: pytest.LogCaptureFixture) -> None:
    """Fault 12, again: from the webhook to the post, no text of a comment or a title comes into the log."""
    caplog.set_level("DEBUG")
    body = payload(COMMENT, {"object_attributes.note": "The cents leak", "merge_request.title": "Secret prices"})
    mattermost = FakeMattermost(at.time)
    courier = Courier(at.store, mattermost, one_by_one(send_all))

    assert door(at).simulate_post("/gitlab", json=body, headers=SECRET).status_code == 204
    at.read()
    at.time.pass_ms(LATE)
    while courier.step():
        pass

    assert any("Secret prices" in post.message for posts in mattermost.channels.values() for post in posts)
    assert "sent as" in caplog.text
    assert "leak" not in caplog.text
    assert "Secret" not in caplog.text


def test_13_unknown_events(at: Desk) -> None:
    """Fault 13: what no rule reads is answered 2xx, and a body above the limit 413 before it is read."""
    client = door(at)

    assert client.simulate_post("/gitlab", json={"object_kind": "comet"}, headers=SECRET).status_code == 204
    large = {**SECRET, "Content-Length": str(LIMIT + 1)}
    assert client.simulate_post("/gitlab", body=b"", headers=large).status_code == 413


def test_13_work_and_retries(at: Desk) -> None:
    """Fault 13, again: the request asks nobody anything, and what finds no answer is tried until there is one."""
    at.gitlab.down = TryLater("GET /users: 503")
    answered = door(at).simulate_post("/gitlab", json=payload("merge_request_hook__assigned"), headers=SECRET)

    assert (answered.status_code, at.gitlab.asked) == (204, [])
    at.read()
    assert at.rows(schema.outbox, "id") == []
    at.gitlab.down = None
    at.time.pass_ms(LATE)
    at.read()
    assert len(at.rows(schema.outbox, "id")) == 1


def test_14_case() -> None:
    """Fault 14: the case of a user name does not matter, in a mention or between the two servers."""
    server = gitlab()
    server.users[UserId(2)] = replace(user(2), username="Ben.Okafor")

    assert "Ben.Okafor" in told(payload(COMMENT, {"object_attributes.note": "@BEN.OKAFOR"}), server)


def test_14_renamed_people() -> None:
    """Fault 14, again: who is renamed on either side stays who they are, by their address."""
    members = [Member(MEMBERS[3].key, "junho.lee", "junho@shop.example")]
    directory = Directory(lambda: members, {}, lambda: 0.0)
    directory.refresh()
    before = directory.match(Account("jlee", "junho@shop.example"))
    members[0] = replace(members[0], name="lee.junho")
    directory.refresh()
    after = directory.match(Account("junho.l", "Junho@shop.example"))

    assert before.member is not None
    assert after.member is not None
    assert before.member.key == after.member.key == MEMBERS[3].key


def test_15_settings() -> None:
    """Fault 15: a changed setting is answered with what now holds, and `status` shows it again at any time."""
    ask = partial(answer, asker=Asker("ben.okafor"), topics=topics(), defaults=Defaults())
    choices, changed = ask("off reactions", choices=Choices())
    _, status = ask("status", choices=choices)
    said = [
        TEMPLATES.render("en", "nudge", reply.block, command=Markdown("/nudge"), **reply.values)
        for reply in (changed, status)
    ]

    assert "`reactions`: now **off**" in said[0]
    assert "- Off: `reactions`" in said[1]
    assert "- On: `mentions`" in said[1]
