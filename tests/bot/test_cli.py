"""The command line: what it prints, with which exit code, and never with a traceback."""

import json
import logging
import os
import re
import sqlite3
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest

import bot
from bot.__main__ import main
from bot.messages import Message
from bot.outbox import Batching, put
from bot.people import PersonKey
from bot.store import open_store
from bot.store.schema import inbox, outbox, posts

ROOT = Path(__file__).parents[2]
TOML = """\
[mattermost]
url = "http://127.0.0.1:9"
team = "dev"
login_id = "gitlab-bot"
[gitlab]
url = "http://127.0.0.1:9"
[store]
url = "sqlite:///nudge.db"
"""
SECRETS = {"MATTERMOST_PASSWORD": "a-password", "GITLAB_WEBHOOK_TOKEN": "a-token"}
MINA = {"id": 4, "username": "mina", "name": "Mina"}
PAYLOAD = {
    "object_kind": "issue",
    "user": {"id": 3, "username": "ben", "name": "Ben"},
    "project": {"id": 1, "path_with_namespace": "web/shop", "web_url": "https://gitlab.example.com/web/shop"},
    "object_attributes": {
        "id": 7,
        "iid": 7,
        "title": "Rounded twice",
        "action": "open",
        "url": "https://gitlab.example.com/web/shop/-/issues/7",
        "author_id": 3,
        "assignee_ids": [4],
    },
    "assignees": [MINA],
    "changes": {},
}


@dataclass
class Ran:
    """A command that ran to its end."""

    code: int
    out: str
    err: str


Run = Callable[..., Ran]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Iterator[Run]:
    """Return what runs a command in a folder of its own, with what is given as its whole environment of ours."""
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if re.match("MATTERMOST_|GITLAB_|NUDGE_", name)]:
        monkeypatch.delenv(name)
    root = logging.getLogger()
    handlers = root.handlers[:]

    def command(*arguments: str, **environ: str) -> Ran:
        with monkeypatch.context() as patched:
            for name, value in environ.items():
                patched.setenv(name, value)
            with pytest.raises(SystemExit) as ended:
                main(arguments)
        said = capfd.readouterr()
        assert "Traceback" not in said.err
        return Ran(int(ended.value.code or 0), said.out, said.err)

    yield command
    root.handlers[:] = handlers


@pytest.fixture
def right(tmp_path: Path, run: Run) -> Run:
    """Return the same in a folder with a configuration that is right, and with the secrets it needs."""
    (tmp_path / "bot.toml").write_text(TOML, encoding="utf-8")
    return partial(run, **SECRETS)


def apart(folder: Path, *arguments: str) -> Ran:
    """Run a command with the right secrets in a process of its own, as it is run by its users."""
    kept = {name: value for name, value in os.environ.items() if not re.match("MATTERMOST_|GITLAB_|NUDGE_", name)}
    process = subprocess.run(
        [sys.executable, "-m", "bot", *arguments],
        cwd=folder,
        env={**kept, "PYTHONPATH": str(ROOT), **SECRETS},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert "Traceback" not in process.stderr
    return Ran(process.returncode, process.stdout, process.stderr)


def test_version(run: Run) -> None:
    """`version` needs nothing and prints one line."""
    assert run("version").out == f"{bot.__version__}\n"


def test_help(run: Run) -> None:
    """Without a command all commands are listed."""
    shown = run()

    assert all(name in shown.out + shown.err for name in ("serve", "demo", "preview", "people", "outbox", "inbox"))


@pytest.mark.parametrize(
    "arguments",
    [
        ("dance",),
        ("serve", "--dance"),
        ("preview",),
        ("outbox", "retry"),
        ("outbox", "retry", "one"),
        ("inbox", "retry", "1.5"),
        ("demo", "--port", "http"),
    ],
)
def test_bad_usage(right: Run, arguments: tuple[str, ...]) -> None:
    """A command that is none or lacks something ends with 2 and says so."""
    ran = right(*arguments)

    assert ran.code == 2
    assert ran.err


@pytest.mark.parametrize("command", ["serve", "people"])
def test_no_configuration(run: Run, command: str) -> None:
    """Without a bot.toml a command that needs one ends with 2 and names the file and every missing secret."""
    ran = run(command)

    assert ran.code == 2
    assert ran.err.splitlines() == [
        "GITLAB_WEBHOOK_TOKEN or GITLAB_SIGNING_TOKEN: expected the secret of the webhooks; neither is set",
        "MATTERMOST_TOKEN or MATTERMOST_PASSWORD: expected the login of the shared account",
        "bot.toml: [gitlab] url: expected the instance's address (https://…), found ''",
        "bot.toml: [mattermost] team: expected the team's name, as in the address of its channels",
        "bot.toml: [mattermost] url: expected an address (https://…)",
        "bot.toml: cannot be read: No such file or directory",
    ]


@pytest.mark.parametrize("command", [("outbox", "list"), ("inbox", "retry", "1")])
def test_no_configuration_for_the_store(run: Run, command: tuple[str, ...]) -> None:
    """What looks into the store alone needs its address and no secret."""
    ran = run(*command)

    assert (ran.code, ran.err) == (2, "bot.toml: cannot be read: No such file or directory\n")


def test_which_configuration(right: Run, tmp_path: Path) -> None:
    """The file is that of `--config`, else that of `NUDGE_CONFIG`, else `bot.toml` here."""
    for name in ("one", "two"):
        (tmp_path / f"{name}.toml").write_text(TOML.replace("nudge.db", f"{name}.db"), encoding="utf-8")
    here = right("outbox", "list")
    named = right("outbox", "list", NUDGE_CONFIG="one.toml")
    chosen = right("outbox", "list", "--config", "two.toml", NUDGE_CONFIG="one.toml")

    assert [ran.err for ran in (here, named, chosen)] == [
        f"[store] url: there is no database at {name}.db yet; `serve` makes it\n" for name in ("nudge", "one", "two")
    ]
    assert not list(tmp_path.glob("*.db"))


def test_store_that_is_none(right: Run, tmp_path: Path) -> None:
    """A database that cannot be used is named with what is wrong, and ends with 2."""
    (tmp_path / "nudge.db").write_bytes(b"this is no database " * 100)

    for command in (("serve",), ("outbox", "list"), ("inbox", "list")):
        ran = right(*command)
        assert ran.code == 2
        assert "[store] url: nudge.db is not a database" in ran.err


def test_store_elsewhere(right: Run, tmp_path: Path) -> None:
    """An address of a store that is not known is named, without its password."""
    (tmp_path / "bot.toml").write_text(TOML.replace("sqlite:///nudge.db", "mysql://root:secret@db/nudge"))
    ran = right("outbox", "list")

    assert ran.code == 2
    assert "[store] url: expected sqlite:///" in ran.err
    assert "secret" not in ran.err


def letter(folder: Path, state: str = "dead") -> None:
    """Put a message into the outbox that has come to this."""
    store = open_store(f"sqlite:///{folder}/nudge.db", serving=False)
    message = Message(PersonKey("u1"), "note:9", "mr:1", "g", "mentioned", "mentions", "…")
    store.write(lambda conn: put(conn, [message], delivery=None, now=1_763_596_800_000, batching=Batching()))
    row = {"person": "u1", "message": "…", "props": "{}", "pending_post_id": "p", "first_tried": 1, "state": "dead"}
    store.write(lambda conn: conn.execute(posts.insert().values(**row)).rowcount)
    store.write(lambda conn: conn.execute(outbox.update().values(state=state, post=1, error="403 no")).rowcount)
    store.close()


def states(folder: Path, table: str) -> list[str]:
    """Return the states of a table's rows."""
    with closing(sqlite3.connect(folder / "nudge.db")) as connection, connection:
        return [state for (state,) in connection.execute(f"SELECT state FROM {table}")]  # noqa: S608 - two names of ours


def test_outbox(right: Run, tmp_path: Path) -> None:
    """`outbox list` shows refused messages; `retry` lets one wait again, `drop` gives it up, each once."""
    open_store(f"sqlite:///{tmp_path}/nudge.db", serving=False).close()
    assert right("outbox", "list").out == "Mattermost has refused nothing.\n"
    assert right("inbox", "list").out == "Every delivery could be worked through.\n"
    letter(tmp_path)
    assert right("outbox", "list").out == "1  2025-11-20 00:00:00  u1  note:9  403 no\n"

    assert right("outbox", "retry", "1").code == 0
    assert states(tmp_path, "outbox") == ["waiting"]
    for command in ("retry", "drop"):
        again = right("outbox", command, "1")
        assert (again.code, again.err) == (1, "there is no 1 in this list\n")


def test_outbox_drop(right: Run, tmp_path: Path) -> None:
    """What is dropped is never sent."""
    letter(tmp_path)

    assert right("outbox", "drop", "1").code == 0
    assert states(tmp_path, "outbox") == ["dropped"]


def failed(folder: Path) -> None:
    """Let every delivery have failed."""
    store = open_store(f"sqlite:///{folder}/nudge.db", serving=False)
    store.write(lambda conn: conn.execute(inbox.update().values(state="failed")).rowcount)
    store.close()


def test_inbox(right: Run, tmp_path: Path) -> None:
    """`inbox list` shows failed deliveries, `retry` lets one be worked through again, `drop` gives one up."""
    store = open_store(f"sqlite:///{tmp_path}/nudge.db", serving=False)
    row = {"digest": "d", "object": "mr:1", "headers": "{}", "body": b"{}", "state": "failed", "error": "ValueError"}
    store.write(lambda conn: conn.execute(inbox.insert().values(**row, received=1_763_596_800_000)).rowcount)
    store.close()

    assert right("inbox", "list").out == "1  2025-11-20 00:00:00  mr:1  ValueError\n"
    assert right("inbox", "retry", "1").code == 0
    assert states(tmp_path, "inbox") == ["waiting"]
    assert right("inbox", "retry", "1").code == 1
    assert right("inbox", "drop", "1").code == 1
    failed(tmp_path)
    assert right("inbox", "drop", "1").code == 0
    assert states(tmp_path, "inbox") == ["done"]


def test_server_that_does_not_answer(right: Run) -> None:
    """A server that does not answer is named with what was asked of it, in one line, and ends with 1."""
    ran = right("people")

    assert ran.code == 1
    assert ran.err.startswith("GET http://127.0.0.1:9/api/v4/")
    assert len(ran.err.splitlines()) == 1


def test_preview(run: Run, tmp_path: Path) -> None:
    """`preview` works on several files, without any configuration, and names who is told and who is not."""
    (tmp_path / "issue.json").write_text(json.dumps(PAYLOAD), encoding="utf-8")
    (tmp_path / "mine.json").write_text(json.dumps(PAYLOAD | {"user": MINA}), encoding="utf-8")
    ran = run("preview", "issue.json", "mine.json")

    assert ran.code == 0
    assert "issue.json: issue open by ben → told" in ran.out
    assert "  told      mina (assigned)" in ran.out
    assert "  not told  mina (own_act)" in ran.out


def test_preview_for_programs(run: Run, tmp_path: Path) -> None:
    """`--json` prints one line a file, in its order; a file that cannot be read is named and ends with 1."""
    (tmp_path / "issue.json").write_text(json.dumps(PAYLOAD), encoding="utf-8")
    (tmp_path / "half.json").write_text('{"object_kind": "iss')
    ran = run("preview", "--json", "issue.json", "half.json", "missing.json", ".")
    first, *others = map(json.loads, ran.out.splitlines())

    assert ran.code == 1
    assert (first["file"], first["kind"], first["action"], first["actor"]) == ("issue.json", "issue", "open", "ben")
    assert first["access"] == "assumed"
    assert [(one["person"], one["reason"], one["also"]) for one in first["told"]] == [("mina", "assigned", [])]
    assert [(one["file"], one["verdict"]) for one in others] == [
        ("half.json", "unreadable"),
        ("missing.json", "unreadable"),
        (".", "unreadable"),
    ]


def test_preview_with_own_words_and_rules(run: Run, tmp_path: Path) -> None:
    """`preview` decides by the rules of bot.toml and uses the words of the folder it is given."""
    (tmp_path / "issue.json").write_text(json.dumps(PAYLOAD), encoding="utf-8")
    words = tmp_path / "words" / "en"
    words.mkdir(parents=True)
    (words / "issue.md").write_text("{% block assigned %}Yours now: {{ link }}{% endblock %}")
    told = run("preview", "issue.json", "--json", "--templates", "words")
    (tmp_path / "bot.toml").write_text('[rules]\n"issue.opened" = []\n')
    silent = run("preview", "issue.json", "--json")

    assert "Yours now" in json.loads(told.out)["told"][0]["headline"]
    assert json.loads(silent.out)["told"] == []
    assert json.loads(silent.out)["verdict"] == "no_rule"


def test_preview_with_a_wrong_configuration(run: Run, tmp_path: Path) -> None:
    """A fault of bot.toml is named by `preview` too."""
    (tmp_path / "issue.json").write_text(json.dumps(PAYLOAD), encoding="utf-8")
    (tmp_path / "bot.toml").write_text('[rules]\n"issue.open" = []\n')
    ran = run("preview", "issue.json")
    named = run("preview", "issue.json", "--config", "nowhere.toml")

    assert (ran.code, named.code) == (2, 2)
    assert ran.err == "bot.toml: [rules] issue.open: no such rule; did you mean issue.opened?\n"
    assert "nowhere.toml: cannot be read" in named.err


def test_serve_that_cannot_start(right: Run, tmp_path: Path) -> None:
    """What the bot can do without is a warning, with what that costs; what it cannot do without ends it with 2."""
    (tmp_path / "bot.toml").write_text(f'[server]\nlisten = "a..b:80"\n{TOML}')
    ran = apart(tmp_path, "serve")

    assert ran.code == 2
    warned = [one["message"] for one in map(json.loads, ran.err.splitlines()[:-1]) if one["level"] == "WARNING"]
    assert any(one.startswith("GITLAB_TOKEN is not set: only people whom a webhook itself names") for one in warned)
    assert any(one.startswith("MATTERMOST_COMMAND_TOKEN is not set: the slash command answers 404") for one in warned)
    assert any(one.startswith("[server] public_url is not set") for one in warned)
    assert "[server] listen: a..b:80 cannot be listened on: no name of a host" in ran.err


def test_rules(run: Run, tmp_path: Path) -> None:
    """`rules` prints every row in force as bot.toml may hold it, and where each comes from; it needs no secret."""
    (tmp_path / "bot.toml").write_text('[rules]\n"merge_request.pushed" = ["author"]\n', encoding="utf-8")
    ran = run("rules")
    lines = {" ".join(line.split()) for line in ran.out.splitlines()}

    assert ran.code == 0
    assert '"merge_request.pushed" = ["author"] # bot.toml' in lines
    assert 'stale_after = "24h" # default' in lines
    assert tomllib.loads(ran.out)["rules"]["merge_request.pushed"] == ["author"]
