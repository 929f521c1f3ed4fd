"""Sends recorded requests to the stand-in again and lays both answers side by side."""

import json
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

import requests

from tests.playground.mattermost_world import RECORDED_BOT, RECORDED_SERVER, RECORDINGS, Asked, World

_ID = re.compile(r"[a-z0-9]{26}")
_RUN = re.compile(r"⟦(.)\*(\d+)⟧", re.DOTALL)
_HOOK = re.compile(r"/hooks/commands/[a-z0-9]{26}")
_ALWAYS_OTHER = {"request_id", "trigger_id", "cookie", "invite_id", "token"}
_COUNTS = {
    *("msg_count", "msg_count_root", "mention_count", "mention_count_root", "total_msg_count", "total_msg_count_root"),
    *("last_viewed_at", "last_post_at", "last_update_at", "reply_count"),
}
_COUNTED = "badge_unread_"
_TIME = 10**12
_OWN_HEADERS = {"Host", "Content-Length", "Connection", "Referer"}


@dataclass
class Seen:
    """One exchange with everything that can be compared."""

    status: int | None
    type: str
    headers: dict[str, str]
    body: Any
    calls: list[Any]
    whispered: list[Any]
    posted: list[Any]
    edited: Any = None


def recorded(group: str) -> list[dict[str, Any]]:
    """Return the recorded exchanges of a group, in the order in which they happened."""
    found: list[dict[str, Any]] = json.loads((RECORDINGS / f"mattermost_{group}.json").read_text())
    return [_whole(one) for one in found]


class Replay:
    """Replays exchanges one after another; `before` prepares what a recording takes for granted."""

    def __init__(self, world: World, before: dict[str, Callable[[World], None]]) -> None:
        self.world = world
        self._before = before
        self._etags: dict[str, str] = {}
        self._counting = False
        self._seeded = set(_ID.findall(json.dumps(world.seeded)))

    def run(self, exchange: dict[str, Any]) -> tuple[Seen, Seen]:
        """Return what the real server did and what the stand-in does, in the same terms."""
        world = self.world
        self._counting = exchange["name"].startswith(_COUNTED)
        if before := self._before.get(exchange["name"]):
            before(world)
        reply = exchange.get("reply")
        if reply:
            world.integration.replies = [(reply["status"], reply["headers"], self._ours(reply["body"]))]
        world.integration.asked.clear()
        marks = self._marks(exchange)
        answer = self._send(exchange)
        self._learn(exchange, answer)
        world.clock.now += 0.01
        return self._expected(exchange), self._got(exchange, answer, marks)

    def _send(self, exchange: dict[str, Any]) -> requests.Response | None:
        request = exchange["request"]
        method, path, body = request["method"], self._ours(request["path"]), request["body"]
        sent = body if isinstance(body, str) else None if body is None else self._ours(json.dumps(body))
        token = self.world.tokens.get(exchange["name"], "")
        if exchange["as"]:
            token = self.world.token("gitlab-notify" if exchange["as"] == "bot" else exchange["as"])
        again = {"If-None-Match": self._etags.get(path, "")} if exchange["name"].endswith("_304") else {}
        try:
            answer = self.world.ask(method, path, sent, token=token, **again)
        except requests.ConnectionError:
            return None
        self._etags[path] = answer.headers.get("Etag", "")
        return answer

    def _learn(self, exchange: dict[str, Any], answer: requests.Response | None) -> None:
        """Remember which of our ids stands for the recorded id of something just made."""
        if answer is not None and answer.status_code in {200, 201} and isinstance(_body(answer), dict):
            for theirs, ours in _pairs((exchange["response"] or {}).get("body"), answer.json()):
                self.world.ids.setdefault(theirs, ours)

    def _marks(self, exchange: dict[str, Any]) -> tuple[int, int]:
        state = self.world.mattermost.state
        return len(state.ephemerals[self._user(exchange)]), len(state.posts)

    def _expected(self, exchange: dict[str, Any]) -> Seen:
        response = exchange["response"]
        if response is None:
            return Seen(None, "", {}, None, [], [], [])
        return Seen(
            response["status"],
            response["type"],
            dict.fromkeys(response["headers"], "given") | ({"Etag": "given"} if response.get("etag") else {}),
            self._plain(response["body"]),
            [self._call(Asked(**one)) for one in exchange.get("calls", ())],
            self._plain(exchange.get("whispered", [])),
            self._plain(exchange.get("posted", [])) if "posted" in exchange else [],
            self._plain(exchange.get("edited")),
        )

    def _got(self, exchange: dict[str, Any], answer: requests.Response | None, marks: tuple[int, int]) -> Seen:
        if answer is None:
            return Seen(None, "", {}, None, [], [], [])
        state = self.world.mattermost.state
        model = exchange["response"] or {"headers": {}, "body": None}
        wanted = {*model["headers"], *(["Etag"] if model.get("etag") else [])}
        body = _body(answer)
        made = list(state.posts.values())[marks[1] :]
        whispers = state.ephemerals[self._user(exchange)][marks[0] :]
        edited = exchange.get("edited")
        return Seen(
            answer.status_code,
            answer.headers.get("Content-Type", ""),
            dict.fromkeys(wanted & set(answer.headers), "given"),
            self._theirs(_like(model["body"], body)),
            [self._call(one) for one in self.world.integration.asked] if "calls" in exchange else [],
            self._theirs([one.shown() for one in whispers]) if "whispered" in exchange else [],
            self._theirs([one.shown() for one in made]) if "posted" in exchange else [],
            self._theirs(state.posts[self.world.ids[edited["id"]]].shown()) if edited else None,
        )

    def _user(self, exchange: dict[str, Any]) -> str:
        return self.world.id_of(exchange["as"]) if exchange["as"] not in {None, "bot"} else ""

    def _ours(self, text: str) -> str:
        for theirs, ours in self.world.ids.items():
            text = text.replace(theirs, ours)
        return text.replace(RECORDED_BOT, self.world.integration.url).replace(RECORDED_SERVER, self.world.server.url)

    def _theirs(self, value: Any) -> Any:
        text = json.dumps(value)
        for theirs, ours in self.world.ids.items():
            text = text.replace(ours, theirs)
        text = text.replace(self.world.integration.url, RECORDED_BOT).replace(self.world.server.url, RECORDED_SERVER)
        return self._plain(json.loads(text))

    def _plain(self, value: Any, key: str = "") -> Any:
        """Return a value with what differs from run to run replaced by a word."""
        if isinstance(value, dict):
            if any(map(_ID.fullmatch, value)):
                return [self._plain(one) for one in value.values()]
            return {name: self._plain(one, name) for name, one in value.items()}
        if isinstance(value, list):
            return [self._plain(one, key) for one in value]
        return self._scalar(value, key)

    def _scalar(self, value: Any, key: str) -> Any:
        if key in _ALWAYS_OTHER and value:
            return f"<{key}>"
        if (key in _COUNTS and not self._counting) or (isinstance(value, int) and value > _TIME):
            return "<number>"
        return self._known(_HOOK.sub("/hooks/commands/<id>", value)) if isinstance(value, str) else value

    def _known(self, text: str) -> str:
        return "<id>" if _ID.fullmatch(text) and text not in self._seeded and text not in self.world.ids else text

    def _call(self, call: Asked) -> Any:
        """Return a request to the integration: keys in their order, what is not ours to choose left out."""
        form = "form" in call.headers["Content-Type"]
        pairs = parse_qsl(call.body, keep_blank_values=True) if form else list(json.loads(call.body).items())
        fields = [[name, self._theirs({name: value})[name]] for name, value in pairs]
        headers = {name: value for name, value in call.headers.items() if name not in _OWN_HEADERS}
        return [call.method, call.path, headers, fields]


def _body(answer: requests.Response) -> Any:
    try:
        return answer.json()
    except requests.JSONDecodeError:
        return answer.text or None


def _whole(value: Any) -> Any:
    """Undo the shortening of the recordings: `⟦x*5⟧` is five x."""
    if isinstance(value, str):
        return _RUN.sub(lambda found: found[1] * int(found[2]), value)
    if isinstance(value, list):
        return [_whole(one) for one in value]
    if isinstance(value, dict):
        return {key: _whole(one) for key, one in value.items()}
    return value


def _like(model: Any, value: Any) -> Any:
    """Shorten a long list as the recording shortened its own: its length and its first row."""
    if isinstance(model, dict) and "$list" in model:
        return {"$list": len(value), "first": _like(model["first"], value[0])}
    return value


def _pairs(theirs: Any, ours: Any) -> Iterator[tuple[str, str]]:
    """Yield what stands in the same place of both answers, where the recorded one has an id or a secret."""
    if isinstance(theirs, dict) and isinstance(ours, dict):
        for key in theirs.keys() & ours.keys():
            if key not in {"request_id", "trigger_id"}:
                yield from _pairs(theirs[key], ours[key])
    elif isinstance(theirs, str) and isinstance(ours, str) and theirs != ours and _is_made(theirs):
        yield theirs, ours


def _is_made(text: str) -> bool:
    return bool(_ID.fullmatch(text)) or text.startswith("scrubbed-")


def names(groups: Iterable[str]) -> list[tuple[str, str]]:
    """Return (group, name) of every recording, for the table of tests."""
    return [(group, exchange["name"]) for group in groups for exchange in recorded(group)]
