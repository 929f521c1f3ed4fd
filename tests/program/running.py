"""The program as its users run it: a process of its own, between a Mattermost and a GitLab that answer over HTTP."""

import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, TypeVar

import psycopg
import requests

from playground.cast import CAST
from playground.chat import ACCOUNT
from playground.gitlab import comments, merge_requests, payloads
from playground.gitlab.hooks import event_of, headers
from playground.gitlab.objects import MergeRequest, Note, User
from playground.world import World

ROOT = Path(__file__).parents[2]
OURS = ("MATTERMOST_", "GITLAB_", "NUDGE_")
STOPS_WITHIN = 10.0

T = TypeVar("T")


def eventually(check: Callable[[], T | None], within: float = 60.0) -> T:
    """Ask again and again until something holds, and return it; fail when it does not within so many seconds."""
    end = time.monotonic() + within
    while not (found := check()):
        assert time.monotonic() < end, f"not within {within:g} s"
        time.sleep(0.02)
    return found


def environment(given: Mapping[str, str]) -> dict[str, str]:
    """Return the environment of a process: ours without anything the program reads, and what is given."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
    return {**kept, "PYTHONPATH": str(ROOT), "NO_COLOR": "1", "COLUMNS": "200", **given}


def cli(folder: Path, *arguments: str, **given: str) -> subprocess.CompletedProcess[str]:
    """Run one command to its end in a folder."""
    return subprocess.run(
        [sys.executable, "-m", "bot", *arguments],
        cwd=folder,
        env=environment(given),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


class Program:
    """`python -m bot serve` in a folder; after its first start it listens on the same port again."""

    def __init__(self, folder: Path, toml: str, environ: Mapping[str, str], *command: str) -> None:
        self.folder = folder
        self.environ = dict(environ)
        self.toml = toml
        self.url = ""
        self._command = command or ("serve",)
        self._process: subprocess.Popen[bytes] | None = None
        self._started = 0

    def twin(self) -> "Program":
        """Return another one in the same folder, not yet started."""
        other = Program(self.folder, self.toml, self.environ)
        other._started = self._started + 100
        return other

    @property
    def process(self) -> subprocess.Popen[bytes]:
        assert self._process, "not started"
        return self._process

    def log(self) -> str:
        """Return what this run has said on standard error."""
        return self._file("err").read_text(errors="replace")

    def said(self) -> str:
        """Return what this run has said on standard output."""
        return self._file("out").read_text(errors="replace")

    def begin(self) -> None:
        """Start a process without waiting for it."""
        self._started += 1
        (self.folder / "bot.toml").write_text(self.toml, encoding="utf-8")
        with self._file("out").open("wb") as out, self._file("err").open("wb") as err:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "bot", *self._command],
                cwd=self.folder,
                env=environment(self.environ),
                stdout=out,
                stderr=err,
            )

    def start(self) -> None:
        """Start, and wait until it listens."""
        self.begin()
        port = eventually(self._port)
        self.url = f"http://127.0.0.1:{port}"
        self.toml = self.toml.replace("127.0.0.1:0", f"127.0.0.1:{port}")

    def kill(self) -> None:
        """End the process as a power cut would."""
        self.process.kill()
        self.process.wait(STOPS_WITHIN)

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Ask the process to end and return its exit code."""
        self.process.send_signal(number)
        return self.process.wait(STOPS_WITHIN)

    def end(self) -> None:
        """Leave no process behind, whatever happened."""
        if self._process and self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(STOPS_WITHIN)
            except subprocess.TimeoutExpired:
                self.kill()

    def ready(self) -> dict[str, Any]:
        """Return what `GET /readyz` says."""
        answer: dict[str, Any] = requests.get(f"{self.url}/readyz", timeout=20).json()
        return answer

    def degraded(self) -> dict[str, str]:
        """Return the parts that do not work, each with why."""
        return {one["part"]: one["why"] for one in self.ready()["degraded"]}

    def _port(self) -> str:
        if found := re.search(r"listening on \S+:(\d+)", self.said()):
            return found[1]
        assert self.process.poll() is None, self.log()
        return ""

    def _file(self, kind: str) -> Path:
        return self.folder / f"{self._started}.{kind}"


class House:
    """A world, and the program that serves it; `toml` is appended to the world's own `bot.toml`.

    `lacking` are variables of the environment that are not set.
    """

    def __init__(
        self,
        folder: Path,
        *,
        toml: str = "",
        environ: Mapping[str, str] | None = None,
        store: str = "sqlite:///nudge.db",
        lacking: Collection[str] = (),
    ) -> None:
        self.world = World(background=False)
        self.database = folder / "nudge.db"
        self.store = store
        own = self.world.bot_toml(listen="127.0.0.1:0", store=store)
        given = dict(self.world.environment() if environ is None else environ)
        for name in lacking:
            del given[name]
        self.program = Program(folder, f"{own}{toml or AT_ONCE}", given)

    def start(self) -> None:
        """Start the program, and let GitLab and Mattermost call it."""
        self.program.start()
        if not self.world.gitlab.hooks:
            self.world.register_bot(self.program.url)

    def restart(self) -> None:
        """Start the program again after it ended."""
        self.program.start()

    def close(self) -> None:
        self.program.end()
        self.world.close()

    def user(self, name: str) -> User:
        """Return somebody's account in GitLab."""
        return self.world.gitlab.user(name)

    def badges(self) -> Counter[str]:
        """Return the number at everybody's task bar."""
        return Counter({person.name: self.world.mattermost.badge(person.name) for person in CAST})

    def posts(self, person: str) -> list[dict[str, Any]]:
        """Return what the shared account has written to a person, oldest first."""
        return [post for post in self.world.mattermost.direct_posts(person) if post["author"] == ACCOUNT]

    def heard(self, person: str) -> list[str]:
        """Return the headlines that a person has got, one a post."""
        return [post["message"] for post in self.posts(person)]

    def statuses(self) -> list[str]:
        """Return what the program answered to each webhook, oldest first."""
        return [delivery.status for delivery in self.world.gitlab.deliveries]

    def settle(self, within: float = 60.0) -> None:
        """Wait until everything that was accepted is worked through and sent, but for what people hold back."""
        eventually(self.settled, within)

    def settled(self) -> bool:
        return self.rows(WAITING) == [(0, 0)]

    def rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        """Ask the database itself."""
        if self.store.startswith("postgresql"):
            with closing(psycopg.connect(self.store)) as asked:
                return asked.execute(query.replace("%", "%%").replace("?", "%s").encode(), values).fetchall()
        with closing(sqlite3.connect(f"file:{self.database}?mode=ro", uri=True)) as connection:
            return connection.execute(query, values).fetchall()

    def write(self, statement: str) -> None:
        """Change the database of a program that does not run."""
        with closing(sqlite3.connect(self.database)) as connection, connection:
            connection.execute(statement)

    @contextmanager
    def telling(self) -> Iterator[Counter[str]]:
        """Yield a counter that holds, afterwards, how many messages each person has got meanwhile."""
        self.settle()
        before, found = self.badges(), Counter[str]()
        yield found
        self.settle()
        found.update(self.badges() - before)


WAITING = """
SELECT (SELECT count(*) FROM inbox WHERE state = 'waiting'),
    (SELECT count(*) FROM outbox WHERE state = 'waiting' AND "group" NOT LIKE 'held:%' AND kind <> 'reminder')
"""
AT_ONCE = """\
[defaults]
batch_seconds = 0
"""


def opened(house: House) -> MergeRequest:
    """Open a merge request of Anna's, which nobody is told of."""
    return merge_requests.open_merge_request(
        house.world.gitlab, house.world.project, house.user("anna.berg"), "Round once"
    )


def say(house: House, mr: MergeRequest, *texts: str) -> list[int]:
    """Let Ben comment, of which Anna is told; return the comments' numbers."""
    return [comments.comment(house.world.gitlab, mr, house.user("ben"), text).id for text in texts]


def webhook(house: House, mr: MergeRequest, number: int) -> tuple[bytes, dict[str, str]]:
    """Return body and headers of a comment of Ben's, to be sent by hand, as often as it takes."""
    gitlab, key = house.world.gitlab, f"delivery of {number}"
    now = gitlab.clock()
    note = Note(number, house.user("ben"), "What about zero?", f"thread {number}", now, now)
    payload = payloads.note(gitlab.url, mr, note, "create")
    body = json.dumps(payload).encode()
    hook = next(iter(gitlab.hooks.values()))
    return body, headers(hook, event_of(payload), body, uuids=(key, key, key), now=0, url=gitlab.url)


def told_of(house: House, mr: MergeRequest, person: str = "anna.berg") -> list[int]:
    """Return the comments on a merge request that a person was told of, in order: each message links to its own."""
    link = re.compile(rf"/merge_requests/{mr.iid}#note_(\d+)")
    texts = [text for post in house.posts(person) for text in (post["message"], *map(_text, cards(post)))]
    return [int(number) for text in texts for number in link.findall(text)]


def cards(post: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the cards of a post."""
    found: list[dict[str, Any]] = post["props"]["attachments"]
    return found


def _text(card: dict[str, Any]) -> str:
    return str(card["text"])
