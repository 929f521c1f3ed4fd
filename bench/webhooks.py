"""The webhooks: merge requests opened, 13 kB each, every one new, with two reviewers who are told of it."""

import json
from pathlib import Path
from typing import Any

from bench import people
from bench.load import MARK, Spec, post

SIZE = 13_000
PEOPLE = 50
RECIPIENTS = 2
"""Of each webhook that tells anybody."""

TOKEN = "bench"  # noqa: S105 - the secret of a benchmark
PAYLOAD = Path(__file__).parents[1] / "tests" / "payloads" / "merge_request_hook__opened.json"
DESCRIPTION = """\
The amounts are rounded once, at the end, and the receipt shows what was rounded away.

* the sum of the lines is the sum of the receipt
* the tax is that of the sum, see `Receipt.tax`

Tried with the receipts of last month: three of 4,118 differ, each by a cent, and all three were wrong before.
Follows !4711 and closes #815. Until it is in, the old receipts stay where they are.
"""


def load(
    port: int, clients: int, *, seconds: float = 0.0, total: int = 0, rate: float = 0.0, first: int = 0, told: int = 1
) -> Spec:
    """Return a load of webhooks as GitLab sends them, each on a connection of its own.

    One in `told` is of a merge request of which two people are told; see `bench.load.Spec` for the others. `first`
    counts from 0 on: where the number of a webhook was there before, it would be a duplicate.
    """
    templates = [template for one in told_of() for template in (one, *[untold()] * (told - 1))]
    return Spec(port, templates, clients, seconds, total, rate, int(MARK) + first, fresh=True)


def told_of() -> list[bytes]:
    """Return a request a person, who opens a merge request of which the next two are told."""
    return [_request(opened(*(1 + (one + offset) % PEOPLE for offset in range(3)))) for one in range(PEOPLE)]


def untold() -> bytes:
    """Return a request of which nobody is told: a merge request opened as a draft."""
    return _request(opened(1, 2, 3, draft=True))


def opened(author: int, *reviewers: int, draft: bool = False) -> dict[str, Any]:
    """Return the payload of a merge request that somebody opened; its number is `MARK`."""
    body: dict[str, Any] = json.loads(PAYLOAD.read_bytes())
    number = int(MARK)
    url = f"https://gitlab.example.com/web/shop/-/merge_requests/{number}"
    body |= {"user": _user(author), "assignees": [], "reviewers": [_user(one) for one in reviewers], "labels": []}
    its = body["object_attributes"]
    its |= {"id": number, "iid": number, "author_id": author, "assignee_id": None, "assignee_ids": [], "url": url}
    its |= {"reviewer_ids": list(reviewers), "draft": draft, "work_in_progress": draft, "description": DESCRIPTION}
    while len(json.dumps(body)) < SIZE:  # GitLab says every label twice, and they are what makes a payload long
        its["labels"] = body["labels"] = [*body["labels"], _label(len(body["labels"]))]
    return body


def _label(number: int) -> dict[str, Any]:
    label = {"id": 100 + number, "title": f"area::{number}", "color": "#428BCA", "project_id": 7, "template": False}
    when = "2026-01-12T08:30:00.000Z"
    label |= {"created_at": when, "updated_at": when, "type": "ProjectLabel", "group_id": None}
    return label | {"description": "What belongs to this part of the shop, and who looks after it"}


def _user(number: int) -> dict[str, Any]:
    user = people.gitlab_user(number)
    return {"id": number, "name": user["name"], "username": user["username"], "avatar_url": None, "email": "[REDACTED]"}


def _request(body: dict[str, Any]) -> bytes:
    headers = {"User-Agent": "GitLab", "X-Gitlab-Event": "Merge Request Hook", "X-Gitlab-Token": TOKEN}
    return post("/gitlab", json.dumps(body).encode(), headers | {"Idempotency-Key": f"bench-{MARK.decode()}"})
