"""The bot of a benchmark between its stand-ins: the real program, `python -m bot serve`, on a database of its own."""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench import webhooks
from bench.processes import Process, ask, running, wait_for

SECRETS = {"MATTERMOST_TOKEN": "bench", "GITLAB_TOKEN": "bench", "GITLAB_WEBHOOK_TOKEN": webhooks.TOKEN}
MEMBERS_WITHIN = 60.0
POST_SECONDS = 0.004
"""What a real Mattermost takes for one post when nobody else asks (p50, measured on two cores with PostgreSQL)."""

BUSY_POST_SECONDS = 0.02
"""What it takes when eight clients post at once."""

BOT_TOML = """\
[server]
listen = "127.0.0.1:0"
[mattermost]
url = "http://127.0.0.1:{port}"
team = "dev"
[gitlab]
url = "http://127.0.0.1:{port}/gitlab"
[store]
url = "{store}"
[defaults]
batch_seconds = 0
"""


@dataclass(frozen=True, slots=True)
class Standin:
    """The stand-in for both servers, running."""

    port: int

    @property
    def count(self) -> int:
        """Return how many posts there are."""
        return int(ask(self.port, "/bench/count"))

    def forget(self) -> None:
        """Begin to count anew."""
        ask(self.port, "/bench/forget", method="POST")

    def refuse(self, *, on: bool) -> None:
        """Let it answer posts with 503, or no more."""
        ask(self.port, f"/bench/refuse/{'on' if on else 'off'}", method="POST")

    def posted(self) -> list[tuple[int, float]]:
        """Return for each post the webhook it comes from, and when it was answered, by the monotonic clock."""
        return [(number, at) for number, at in ask(self.port, "/bench/remembered")["posted"]]

    def asked(self) -> dict[str, int]:
        """Return how often each address was asked for."""
        found: dict[str, int] = ask(self.port, "/bench/remembered")["asked"]
        return found


@dataclass(frozen=True, slots=True)
class Bot:
    """The bot, running and ready; `ready_after` seconds, from the start of the process, it answered `/readyz`."""

    process: Process
    port: int
    ready_after: float

    def degraded(self) -> list[Any]:
        """Return what does not work."""
        found: list[Any] = ask(self.port, "/readyz")["degraded"]
        return found


@contextmanager
def standin(folder: Path, *, members: int = 50, latency: float = 0.0) -> Iterator[Standin]:
    """Run a stand-in with so many members of the notification channel; a post takes `latency` seconds."""
    with running(["bench.standin", str(members), str(latency)], folder) as process:
        yield Standin(int(process.line()))


@contextmanager
def bot(folder: Path, store: str, there: Standin, environ: Mapping[str, str] | None = None) -> Iterator[Bot]:
    """Run the bot until the end of the block; it is ready, and knows its members, when the block begins."""
    (folder / "bot.toml").write_text(BOT_TOML.format(port=there.port, store=store), encoding="utf-8")
    with running(["bot", "serve"], folder, SECRETS | dict(environ or {})) as process:
        port = int(process.line().rpartition(":")[2])
        ask(port, "/readyz")
        one = Bot(process, port, time.monotonic() - process.began)
        wait_for(lambda: not one.degraded(), MEMBERS_WITHIN, "the members are known")
        yield one
