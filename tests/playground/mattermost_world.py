"""A stand-in seeded like the recorded server, and an integration that answers as the recorded one did."""

import json
import socket
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import requests

from playground.mattermost import Mattermost, serve

RECORDINGS = Path(__file__).parents[1] / "recordings"
RECORDED_BOT = "http://127.0.0.1:8080"
RECORDED_SERVER = "http://127.0.0.1:8065"
_DISPLAY_NAMES = {
    "notification": "Notification",
    "notification-private": "Notification (private)",
    "town-square": "Town Square",
}
START = 1_795_488_000.0


@dataclass
class Clock:
    """Seconds since 1970, moved by hand."""

    now: float = START

    def __call__(self) -> float:
        return self.now


@dataclass(frozen=True)
class Asked:
    """A request the stand-in made."""

    method: str
    path: str
    headers: dict[str, str]
    body: str


@dataclass
class Integration:
    """A web server that answers every request with the next of `replies` (status, headers, body); None drops it."""

    replies: list[tuple[int | None, dict[str, str], str]] = field(default_factory=list)
    asked: list[Asked] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def _handler(integration: Integration) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers.get("Content-Length", 0))
            body = self.rfile.read(length).decode()
            integration.asked.append(Asked("POST", self.path, dict(self.headers), body))
            status, headers, text = integration.replies.pop(0)
            if status is None:
                self.connection.shutdown(socket.SHUT_RDWR)
                return
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value.replace(RECORDED_BOT, integration.url))
            self.send_header("Content-Length", str(len(text.encode())))
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, *_args: object) -> None:
            """Say nothing."""

    return Handler


@dataclass
class World:
    """The stand-in, the integration, and which recorded id is which of ours."""

    clock: Clock = field(default_factory=Clock)
    ids: dict[str, str] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    slept: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.mattermost = Mattermost(clock=self.clock, sleep=self.slept.append)
        self.seeded = json.loads((RECORDINGS / "mattermost_seeded.json").read_text())
        self.server = serve(self.mattermost)
        self.integration = Integration()
        self.http = requests.Session()
        self._seed()

    def close(self) -> None:
        self.http.close()
        self.server.close()
        self.integration.close()

    def token(self, username: str) -> str:
        """Return a token that works for a user, the same each time."""
        if username not in self.tokens:
            bot = username == self.seeded["bot"]["username"]
            make = self.mattermost.personal_token if bot else self.mattermost.login_token
            self.tokens[username] = make(username)
        return self.tokens[username]

    def ask(self, method: str, path: str, body: Any = None, *, token: str = "", **headers: str) -> requests.Response:
        """Send one request; text is sent as it stands, everything else as JSON."""
        sent = body if isinstance(body, str) else None if body is None else json.dumps(body)
        allowed = {"Authorization": f"Bearer {token}"} if token else {}
        known = {"Content-Type": "application/json", **allowed, **self.headers, **headers}
        return self.http.request(method, self.server.url + path, data=sent, headers=known, timeout=30)

    def api(self, username: str, method: str, path: str, body: Any = None) -> Any:
        """Ask as a user and return the JSON of the answer."""
        return self.ask(method, f"/api/v4{path}", body, token=self.token(username)).json()

    def id_of(self, username: str) -> str:
        return self.mattermost.state.user(username).id

    def _seed(self) -> None:
        mattermost, bot, command = self.mattermost, self.seeded["bot"], self.seeded["command"]
        for user in self.seeded["users"]:
            self._add_user(user)
        mattermost.add_user(
            bot["username"],
            id=bot["id"],
            is_bot=True,
            email=f"{bot['username']}@localhost",
            first_name="GitLab Notify",
            bot_description="probe bot",
        )
        mattermost.add_team("dev", self.seeded["team"]["id"])
        for name, channel in self.seeded["channels"].items():
            members = channel.get("members") or [one for one in mattermost.state.usernames if one != "outsider"]
            ordered = sorted(members, key=lambda one: one != "sysadmin")
            mattermost.add_channel("dev", name, ordered, private=channel["type"] == "P", channel_id=channel["id"])
            mattermost.state.channels[channel["id"]].display_name = _DISPLAY_NAMES[name]
        mattermost.state.team_names["dev"].display_name = "Dev Team"
        mattermost.deactivate("grace")
        url = command["url"].replace(RECORDED_BOT, self.integration.url)
        mattermost.add_command("dev", command["trigger"], url, command["token"])
        made = next(iter(mattermost.state.commands.values()))
        self.ids[command["id"]] = made.id
        made.creator_id, made.display_name = self.id_of("sysadmin"), "GitLab"
        made.auto_complete_desc, made.auto_complete_hint = "GitLab notifications", "[help]"

    def _add_user(self, user: dict[str, Any]) -> None:
        admin = user["username"] == "sysadmin"
        self.mattermost.add_user(
            user["username"],
            id=user["id"],
            email=user["email"],
            password=user["password"],
            first_name="" if admin else user["username"].capitalize(),
            last_name="" if admin else "Example",
            roles="system_admin system_user" if admin else "system_user",
        )
