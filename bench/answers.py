"""What the stand-in answers: of Mattermost and GitLab as much as the bot asks, and what `bench` asks of itself."""

import re
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import msgspec

from bench import people

PAGE = 200
CHANNEL = "c" * 26
LINKED = re.compile(r"/(\d{10})\)")
"""The number of the webhook that a post comes from: the last part of its first link."""


@dataclass(slots=True)
class State:
    """`members` of the notification channel, the `latency` in seconds of a post, and what is remembered.

    `posted` holds each post's webhook and the time of its answer by the monotonic clock; `asked` counts requests.
    """

    members: int
    latency: float
    refusing: bool = False
    posted: list[tuple[int, float]] = field(default_factory=list)
    asked: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True)
class Request:
    """A request, and what its path holds."""

    query: str
    body: bytes
    ids: tuple[str, ...]


Answer = tuple[int, Any]
Handler = Callable[[State, Request], Answer]


def answer(state: State, method: str, target: str, body: bytes) -> Answer:
    """Return the status and the JSON of an answer."""
    path, _, query = target.partition("?")
    line = f"{method} {path}"
    for pattern, handler in ROUTES:
        if found := pattern.fullmatch(line):
            state.asked[handler.__name__.strip("_")] += 1
            return handler(state, Request(query, body, found.groups()))
    return 404, {"id": "bench.unknown", "message": line, "status_code": 404}


def _post(state: State, request: Request) -> Answer:
    if state.refusing:
        return 503, {"id": "bench.refusing", "message": "", "status_code": 503}
    given = msgspec.json.decode(request.body)
    found = LINKED.search(given["message"])
    state.posted.append((int(found[1]) if found else 0, time.monotonic() + state.latency))
    return 201, {"id": f"{state.asked.total():026}", "create_at": time.time_ns() // 1_000_000, **given}


def _me(_: State, __: Request) -> Answer:
    return 200, people.mattermost_user(0) | {"username": people.BOT}


def _ping(_: State, __: Request) -> Answer:
    return 200, {"status": "OK", "database_status": "OK"}


def _channel(_: State, __: Request) -> Answer:
    return 200, {"id": CHANNEL}


def _members(state: State, request: Request) -> Answer:
    query = dict(part.split("=") for part in request.query.split("&"))
    first = int(query["page"]) * PAGE
    return 200, [people.mattermost_user(1 + one) for one in range(first, min(first + PAGE, state.members))]


def _direct(_: State, request: Request) -> Answer:
    return 201, {"id": msgspec.json.decode(request.body)[1]}


def _nothing(_: State, __: Request) -> Answer:
    return 200, []


def _gitlab_user(_: State, request: Request) -> Answer:
    return 200, people.gitlab_user(int(request.ids[0]))


def _project(_: State, request: Request) -> Answer:
    return 200, {"id": int(request.ids[0]), "visibility": "private"}


def _membership(_: State, request: Request) -> Answer:
    return 200, people.gitlab_user(int(request.ids[0])) | {"access_level": 30}


def _remembered(state: State, _: Request) -> Answer:
    return 200, {"posted": state.posted, "asked": state.asked}


def _accept(_: State, __: Request) -> Answer:
    return 204, None


def _count(state: State, _: Request) -> Answer:
    return 200, len(state.posted)


def _forget(state: State, _: Request) -> Answer:
    state.posted.clear()
    state.asked.clear()
    return 204, None


def _refuse(state: State, request: Request) -> Answer:
    state.refusing = request.ids[0] == "on"
    return 204, None


MATTERMOST = "/api/v4"
GITLAB = "/gitlab/api/v4"
BENCH = "/bench"

ROUTES: tuple[tuple[re.Pattern[str], Handler], ...] = tuple(
    (re.compile(pattern), handler)
    for pattern, handler in (
        (f"POST {MATTERMOST}/posts", _post),
        ("POST /gitlab", _accept),
        (f"POST {MATTERMOST}/channels/direct", _direct),
        (f"GET {MATTERMOST}/users", _members),
        (f"GET {MATTERMOST}/users/me", _me),
        (f"GET {MATTERMOST}/system/ping", _ping),
        (f"GET {MATTERMOST}/teams/name/.*/channels/name/.*", _channel),
        (rf"GET {GITLAB}/users/(\d+)", _gitlab_user),
        (f"GET {GITLAB}/users", _nothing),
        (rf"GET {GITLAB}/projects/(\d+)", _project),
        (rf"GET {GITLAB}/projects/\d+/members/all/(\d+)", _membership),
        (f"GET {BENCH}/remembered", _remembered),
        (f"GET {BENCH}/count", _count),
        (f"POST {BENCH}/forget", _forget),
        (f"POST {BENCH}/refuse/(on|off)", _refuse),
    )
)
"""The first that fits answers; the busiest stand first."""
